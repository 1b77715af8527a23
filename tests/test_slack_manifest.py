"""The manifest: what an admin pastes into Slack fits its limits, and asks for what is built and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from adapters.slack.scopes import EVENTS, SCOPES
from tests.slack_node import valid

MANIFEST = json.loads((Path(__file__).parent.parent / "manifest" / "slack.json").read_text())


def text(least: int, most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most}


def closed(required: str = "", /, **properties: Any) -> dict[str, Any]:
    """An object with these keys and no others."""
    return {
        "type": "object", "properties": properties, "required": required.split(), "additionalProperties": False,
    }  # fmt: skip


def several(items: Any, most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most, "uniqueItems": True}


FLAG = {"type": "boolean"}
URL = text(1, 3000) | {"pattern": "^https://"}
SCHEMA = closed(
    "display_information features oauth_config settings",
    _metadata=closed("major_version", major_version={"const": 2}, minor_version={"type": "integer"}),
    display_information=closed(
        "name", name=text(1, 35), description=text(1, 140), long_description=text(175, 4000),
        background_color={"type": "string", "pattern": "^#([0-9a-fA-F]{3}){1,2}$"},
    ),
    features=closed(
        "",
        agent_view=closed(
            "agent_description",
            agent_description=text(1, 300),
            suggested_prompts=several(closed("title message", title=text(1, 75), message=text(1, 3000)), 4),
        ),
        app_home=closed("", home_tab_enabled=FLAG, messages_tab_enabled=FLAG, messages_tab_read_only_enabled=FLAG),
        bot_user=closed("display_name", display_name=text(1, 80), always_online=FLAG),
        slash_commands=several(
            closed(
                "command description",
                command=text(2, 32) | {"pattern": "^/"}, description=text(1, 2000), usage_hint=text(0, 1000), url=URL,
                should_escape=FLAG,
            ),
            50,
        ),
        shortcuts=several(
            closed(
                "type name callback_id description",
                type={"enum": ["message", "global"]}, name=text(1, 24), callback_id=text(1, 255),
                description=text(1, 150),
            ),
            10,
        ),
    ),
    oauth_config=closed(
        "scopes", redirect_urls=several(URL, 1000), scopes=closed("bot", bot=several(text(1, 50), 255)),
    ),
    settings=closed(
        "",
        event_subscriptions=closed("bot_events", request_url=URL, bot_events=several(text(1, 255), 100)),
        interactivity=closed("is_enabled", is_enabled=FLAG, request_url=URL),
        org_deploy_enabled=FLAG, socket_mode_enabled=FLAG, token_rotation_enabled=FLAG,
    ),
)  # fmt: skip
fits = fastjsonschema.compile(SCHEMA)


def test_the_manifest_fits_slacks_schema() -> None:
    """Lengths, counts and keys of the current manifest, with the agent's view and without the one it replaced."""
    fits(MANIFEST)
    assert "agent_view" in MANIFEST["features"]
    assert "assistant_view" not in MANIFEST["features"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("features/assistant_view", {"assistant_description": "x"}),
        ("display_information/name", "x" * 36),
        ("display_information/long_description", "short"),
        ("features/shortcuts/0/name", "x" * 25),
        ("settings/event_subscriptions/request_url", "http://findata.example.com"),
        ("settings/colour", "blue"),
    ],
)
def test_the_schema_sees_what_is_wrong(path, value) -> None:
    """A schema that lets everything through would prove nothing."""
    broken = copy.deepcopy(MANIFEST)
    *parents, last = path.split("/")
    node: Any = broken
    for part in parents:
        node = node[int(part)] if part.isdecimal() else node[part]
    node[last] = value
    with pytest.raises(fastjsonschema.JsonSchemaException):
        fits(broken)


def test_scopes_and_events_are_those_that_the_code_uses() -> None:
    """The install link and the manifest ask for the same; every event has the scope that it needs."""
    assert tuple(MANIFEST["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENTS)
    assert {scope for scope in EVENTS.values() if scope} <= set(SCOPES)


def test_the_manifest_is_what_the_vendors_types_know() -> None:
    """Slack's own SDK lists keys, scopes and events; two of ours are newer than its lists, and nothing else is."""
    newer = {"assistant:write", "agent_session_stopped"}
    known = copy.deepcopy(MANIFEST)
    listed = (known["oauth_config"]["scopes"]["bot"], known["settings"]["event_subscriptions"]["bot_events"])
    for names in listed:
        names[:] = [name for name in names if name not in newer]
    valid("Manifest")(known)
    for name, names in zip(sorted(newer), reversed(listed), strict=True):
        names.append(name)
        with pytest.raises(fastjsonschema.JsonSchemaException, match="must be one of"):
            valid("Manifest")(known)
        names.remove(name)


def test_every_address_is_one_that_we_serve() -> None:
    """One path for all requests, one for coming back from an install."""
    assert {url.removeprefix("https://findata.example.com") for url in addresses(MANIFEST)} == {
        "/slack/events", "/slack/oauth_redirect",
    }  # fmt: skip


def addresses(node: Any) -> Iterator[str]:
    """Every address in it."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from addresses(one)
    elif isinstance(node, str) and node.startswith("https://"):
        yield node
