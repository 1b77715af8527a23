"""The filters of an answer as a form. Without it changing a period or a country would take another question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.replying import Kept, filters
from adapters.slack.elements import Block, plain_text
from adapters.wording import phrase
from agents.domain import Filter


def form(kept: Kept, place: str) -> Block:
    """A modal with a field for each value; `place` comes back with it."""
    language = kept.language
    return {
        "type": "modal",
        "callback_id": "filters",
        "private_metadata": place,
        "title": plain_text(phrase(language, "slack.filters"), 24),
        "submit": plain_text(phrase(language, "slack.apply"), 24),
        "close": plain_text(phrase(language, "slack.cancel"), 24),
        "blocks": [_drawn(field) for field in filters.fields(kept)],
    }


def _drawn(field: filters.Field) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": "value", "max_length": filters.LONGEST}
    element |= {"initial_value": field.value} if field.value else {}
    if field.is_day:
        element = {"type": "datepicker", "action_id": "value", "initial_date": field.value}
    return {"type": "input", "block_id": field.id, "label": plain_text(field.label, 200), "element": element}


def read(kept: Kept, state: Mapping[str, Any]) -> tuple[tuple[Filter, ...], dict[str, str]]:
    """The filters as they were sent, and what is wrong with which field."""
    return filters.read(kept, {field.id: _value(state, field.id) for field in filters.fields(kept)})


def _value(state: Mapping[str, Any], id_: str) -> str:
    field = (state.get(id_) or {}).get("value") or {}
    return str(field.get("value") or field.get("selected_date") or "")
