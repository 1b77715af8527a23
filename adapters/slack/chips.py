"""The filters of an answer as a form. Without it changing a period or a country would take another question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from adapters.slack.elements import Block, plain_text
from adapters.slack.notebook import Kept
from adapters.slack.text import cut, literal
from adapters.wording import phrase
from agents.domain import Filter

MOST = 20  # conditions in one form
LONGEST = 1000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def form(kept: Kept, place: str) -> Block:
    """A modal with a field for each value; `place` comes back with it."""
    language = kept.language
    return {
        "type": "modal",
        "callback_id": "filters",
        "private_metadata": place,
        "title": plain_text(phrase(language, "slack.filters_title"), 24),
        "submit": plain_text(phrase(language, "slack.apply"), 24),
        "close": plain_text(phrase(language, "slack.cancel"), 24),
        "blocks": [block for at in range(min(len(kept.filters), MOST)) for block in _fields(kept, at)],
    }


def _fields(kept: Kept, at: int) -> list[Block]:
    one, name, values = kept.filters[at], kept.labels[at], _named(kept, at)
    if not values:
        return []
    if one.operator == "between" and len(values) == 2:
        first, last = (phrase(kept.language, f"slack.{key}", name=name) for key in ("first", "last"))
        return [_field(f"f{at}_0", first, values[0]), _field(f"f{at}_1", last, values[1])]
    if one.operator in ("=", "in", "not in"):
        label = phrase(kept.language, "slack.several", name=name)
        return [_field(f"f{at}_0", f"{label} {_sign(one)}".strip(), listed(values))]
    return [_field(f"f{at}_{n}", f"{name} {_sign(one)}".strip(), value) for n, value in enumerate(values)]


def _named(kept: Kept, at: int) -> tuple[str, ...]:
    """The filter's values as the answer calls them."""
    known = dict(kept.names[at]) if at < len(kept.names) else {}
    return tuple(known.get(value, value) for value in kept.filters[at].values)


def _stored(kept: Kept, at: int, values: Iterable[str]) -> tuple[str, ...]:
    """The inverse; a value without a name, or given as it is stored, is taken as it is."""
    known = {name.casefold(): value for value, name in kept.names[at]} if at < len(kept.names) else {}
    return tuple(known.get(value.casefold(), value) for value in values)


def _sign(one: Filter) -> str:
    return {"=": "", "in": "", "between": "", "not in": "≠", "!=": "≠", "<=": "≤", ">=": "≥"}.get(
        one.operator, one.operator
    )


def _field(id_: str, label: str, value: str) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": "value", "max_length": LONGEST}
    element["initial_value"] = cut(literal(value), LONGEST)
    if _DAY.fullmatch(value):
        element = {"type": "datepicker", "action_id": "value", "initial_date": value}
    return {"type": "input", "block_id": id_, "label": plain_text(label, 200), "element": element}


def listed(values: tuple[str, ...]) -> str:
    """Several values in one field; a value with a semicolon in it is quoted."""
    return "; ".join(f'"{value}"' if ";" in value else value for value in values)


def _unlisted(text: str) -> tuple[str, ...]:
    parts = re.findall(r'"([^"]*)"|([^;]+)', text)
    return tuple(dict.fromkeys(value for value in ((quoted or bare).strip() for quoted, bare in parts) if value))


def read(kept: Kept, state: Mapping[str, Any]) -> tuple[tuple[Filter, ...], dict[str, str]]:
    """The filters as they were sent, and what is wrong with which field."""
    filters: list[Filter] = []
    wrong: dict[str, str] = {}
    for at, one in enumerate(kept.filters):
        values = [_value(state, f"f{at}_{n}") for n in range(2) if f"f{at}_{n}" in state]
        if not values:
            filters.append(one)
            continue
        wrong |= _mistakes(kept, at, one, values)
        filters.append(_changed(kept, at, values))
    return tuple(filters), wrong


def _changed(kept: Kept, at: int, values: list[str]) -> Filter:
    one = kept.filters[at]
    if one.operator not in ("=", "in", "not in"):
        return Filter(one.column, one.operator, _stored(kept, at, values))
    several = one.values if values[0] == listed(_named(kept, at)) else _stored(kept, at, _unlisted(values[0]))
    if one.operator == "not in":
        return Filter(one.column, "not in", several)
    return Filter(one.column, "in" if len(several) > 1 or one.operator == "in" else "=", several)


def _mistakes(kept: Kept, at: int, one: Filter, values: list[str]) -> dict[str, str]:
    empty = {f"f{at}_{n}": phrase(kept.language, "slack.empty") for n, value in enumerate(values) if not value}
    if empty or one.operator != "between" or len(values) != 2:
        return empty
    if all(map(_DAY.fullmatch, values)) and date.fromisoformat(values[0]) > date.fromisoformat(values[1]):
        return {f"f{at}_1": phrase(kept.language, "slack.backwards")}
    return {}


def _value(state: Mapping[str, Any], id_: str) -> str:
    field = (state.get(id_) or {}).get("value") or {}
    return str(field.get("value") or field.get("selected_date") or "").strip()
