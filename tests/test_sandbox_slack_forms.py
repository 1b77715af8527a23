"""A form sent from the page of a local Slack, as Slack itself would send it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlencode

from sandbox.slack.forms import filled


def sent(values: dict[str, Any]) -> bytes:
    """A form of a text and a day."""
    blocks = [
        {"block_id": "text", "type": "input", "element": {"initial_value": "France & Co"}},
        {"block_id": "day", "type": "input", "element": {"initial_date": "2025-01-31"}},
        {"block_id": "new", "type": "input", "element": {}},
    ]
    payload = {"type": "view_submission", "view": {"blocks": blocks, "state": {"values": values}}}
    return urlencode({"payload": json.dumps(payload)}).encode()


def values(raw: bytes) -> dict[str, Any]:
    """What its fields hold."""
    state: dict[str, Any] = json.loads(parse_qs(raw.decode())["payload"][0])["view"]["state"]["values"]
    return {id_: next(iter(fields["value"].values())) for id_, fields in state.items()}


def test_what_was_not_touched_is_as_it_was() -> None:
    """Whatever characters it holds; what was typed stays, and what never held anything is still empty."""
    untouched = {"text": {"value": {"value": None}}, "day": {"value": {"selected_date": None}}}
    assert values(filled(sent(untouched | {"new": {"value": {"value": None}}}))) == {
        "text": "France & Co", "day": "2025-01-31", "new": None,
    }  # fmt: skip
    assert values(filled(sent({"text": {"value": {"value": "Spain"}}}))) == {"text": "Spain"}


def test_what_was_emptied_is_empty() -> None:
    """As Slack says it: without a value."""
    assert values(filled(sent({"text": {"value": {"value": ""}}}))) == {"text": None}


def test_everything_else_goes_through_as_it_is() -> None:
    """Byte by byte, whatever it is: it is signed again, not read."""
    for raw in (
        b"",
        b"\xff",
        b'{"type": "event_callback"}',
        urlencode({"payload": '{"type": "block_actions"}'}).encode(),
    ):
        assert filled(raw) == raw
    said = urlencode({"payload": '{"type": "block_actions", "value": "view_submission"}'}).encode()
    assert filled(said) == said
