"""A form as Slack sends it. Without it a field that nobody touched would come as if it had been emptied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

MARK = b"view_submission"
FIRST = ("initial_value", "initial_date")


def filled(raw: bytes) -> bytes:
    """The body of a request; in a sent form, fields that come without a value hold what they held at first.

    local-slack sends null for what was not touched, and an empty text for what was emptied, which Slack calls null.
    """
    if MARK not in raw:
        return raw
    payload = json.loads(parse_qs(raw.decode())["payload"][0])
    if payload.get("type") != "view_submission":
        return raw
    view = payload["view"]
    elements = {block.get("block_id"): block.get("element") or {} for block in view["blocks"]}
    for id_, fields in view["state"]["values"].items():
        for field in fields.values():
            _fill(field, elements.get(id_, {}))
    return urlencode({"payload": json.dumps(payload)}).encode()


def _fill(field: dict[str, Any], element: Mapping[str, Any]) -> None:
    for name in ("value", "selected_date"):
        if field.get(name, "") is None:
            field[name] = next((element[first] for first in FIRST if first in element), None)
        elif field.get(name) == "":
            field[name] = None
