"""What is wrong with a message or a card: the vendor's own models, and the rules of Teams that they do not hold."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from microsoft_teams.cards import core
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel

KNOWN = ("$.msteams.width",)
"""The vendor's models want "full", its documentation says "Full"."""
FALLING = ("CodeBlock", "Chart.")
"""What older clients leave out without a word, unless there is a fallback."""


@cache
def _kinds() -> dict[str, type[BaseModel]]:
    found = {}
    for _, kind in inspect.getmembers(core, inspect.isclass):
        if issubclass(kind, BaseModel) and "type" in kind.model_fields:
            name = kind.model_fields["type"].default
            if isinstance(name, str):
                found[name] = kind
    return found


def wrong_with_card(card: dict[str, Any]) -> list[str]:
    """Everything that Teams would refuse, leave out, or draw badly."""
    found = [one for one in (*_schema(card, "$"), *_rules(card, "$")) if not one.startswith(KNOWN)]
    if card.get("version") != "1.5" or card.get("type") != "AdaptiveCard":
        found.append("$: not an Adaptive Card 1.5")
    ids = [node["id"] for node in nodes(card) if "id" in node]
    if len(ids) != len(set(ids)):
        found.append("$: an id twice")
    targets = {target for node in nodes(card) for target in node.get("targetElements", ())}
    return found + [f"$: nothing to toggle: {target}" for target in targets - set(ids)]


def _schema(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, list):
        for at, one in enumerate(node):
            yield from _schema(one, f"{path}[{at}]")
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    if kind is not None:
        yield from _typed(node, str(kind), path)
    free = {"data", "msteams"} if str(kind).startswith("Action.") else {"msteams"}
    for name, value in node.items():
        if name not in free:
            yield from _schema(value, f"{path}.{name}")


def _typed(node: dict[str, Any], kind: str, path: str) -> Iterator[str]:
    model = _kinds().get(kind)
    if model is None:
        yield f"{path}: unknown type {kind}"
        return
    known = {to_camel(name) for name in model.model_fields} | {"$schema"}
    yield from (f"{path}.{name}: not a property of {kind}" for name in node if name not in known)
    try:
        model.model_validate(node)
    except ValidationError as error:
        yield from (f"{path}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for one in node:
            yield from nodes(one)
    elif isinstance(node, dict):
        yield node
        for name, value in node.items():
            if name != "data":
                yield from nodes(value)


def _rules(card: dict[str, Any], path: str) -> Iterator[str]:
    for node in nodes(card):
        kind = str(node.get("type", ""))
        if kind == "TextBlock" and not node.get("text"):
            yield f"{path}: a TextBlock without text"
        if kind.startswith(FALLING) and "fallback" not in node:
            yield f"{path}: {kind} without fallback"
        if kind == "Table":
            yield from _table(node, path)
        if kind.startswith("Action.") and not node.get("title"):
            yield f"{path}: a button without a title"
        if kind == "Action.OpenUrl" and not str(node.get("url")).startswith("https://"):
            yield f"{path}: a link to {node.get('url')}"
        if kind == "Input.ChoiceSet" and not node.get("choices"):
            yield f"{path}: a menu of nothing"


def _table(node: dict[str, Any], path: str) -> Iterator[str]:
    wide = len(node["columns"])
    if wide > 5 or len(node["rows"]) > 11:
        yield f"{path}: a table of {wide} columns and {len(node['rows'])} rows"
    if any(len(row["cells"]) != wide for row in node["rows"]):
        yield f"{path}: a row of another width"


def wrong_with_message(activity: dict[str, Any]) -> list[str]:
    """A message as it is sent."""
    found = []
    sent = json.dumps(activity, ensure_ascii=False)
    if len(sent.encode("utf-16-le")) > 80_000:  # also proves that no lone surrogate reaches the wire
        found.append(f"too large: {len(sent)} characters")
    text, attachments = activity.get("text"), activity.get("attachments")
    if bool(text) == bool(attachments):
        found.append("either a text or a card")
    for one in attachments or ():
        found += wrong_with_card(one["content"])
    for entity in activity.get("entities", ()):
        found += list(_entity(entity, text or ""))
    return found


def _entity(entity: dict[str, Any], text: str) -> Iterator[str]:
    claims = entity.get("citation", ())
    if len(claims) > 10:
        yield "too many citations"
    for claim in claims:
        seen = claim["appearance"]
        if not 1 <= len(seen["name"]) <= 80 or not 1 <= len(seen["abstract"]) <= 160:
            yield "a citation's name or abstract"
        if any(len(word) > 28 for word in seen.get("keywords", ())) or len(seen.get("keywords", ())) > 3:
            yield "a citation's keywords"
        if f"[{claim['position']}]" not in text:
            yield "a citation that the text does not have"
        if not seen["url"].startswith("https://"):
            yield "a citation's address"
