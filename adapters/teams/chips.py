"""What a person edits or chooses on a card, and its values read back. Without it we could ask back in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from adapters.teams import elements
from adapters.teams.activity import clean
from adapters.teams.elements import Element
from adapters.teams.markdown import cut, escaped, one_line
from adapters.wording import Spoken, phrase
from agents.domain import Filter, Language

LISTS = ("=", "in", "not in")
"""Conditions whose field takes several values."""
SIGNS = {"=": "", "in": "", "between": "", "not in": "≠", "!=": "≠", "<=": "≤", ">=": "≥"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOST_FILTERS, MOST_BUTTONS, MOST_OPTIONS, MOST_VALUES = 8, 6, 100, 50


class Incomplete(Exception):
    """The values make no filter; `key` is the phrase that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def chosen_from(spoken: Spoken, id_: str) -> Iterator[Element]:
    """The options of a clarification: buttons, or a menu when there are many."""
    options = spoken.options[:MOST_OPTIONS]
    if not options or not id_:
        return
    for option in options if len(options) <= MOST_BUTTONS else ():
        if option.hint.strip():
            words = f"**{escaped(one_line(option.label)) or '–'}** — {escaped(one_line(cut(option.hint, 300)))}"
            yield elements.text(words, spacing="Small")
    if len(options) <= MOST_BUTTONS:
        made = [elements.press(one.label, "choose", q=id_, n=at) for at, one in enumerate(options)]
        yield from elements.buttons(made)
        return
    yield elements.menu("n", [(str(at), one.label) for at, one in enumerate(options)])
    yield from elements.buttons([elements.press(phrase(spoken.language, "teams.choose"), "choose", q=id_)])


def chips(spoken: Spoken, id_: str, labels: Sequence[str], box: str) -> Iterator[Element]:
    """The answer's filters as fields to change, folded away; running them again asks no model."""
    editable = list(_editable(spoken.filters))
    if not editable or not id_:
        return
    fields = [made for at, one in editable for made in _fields(at, one, labels, spoken.language)]
    run = elements.press(phrase(spoken.language, "teams.run_again"), "refine", q=id_)
    yield elements.hidden(box, [*fields, *elements.buttons([run])])


def _editable(filters: Sequence[Filter]) -> Iterator[tuple[int, Filter]]:
    return ((at, one) for at, one in enumerate(filters[:MOST_FILTERS]) if one.values)


def _fields(at: int, one: Filter, labels: Sequence[str], language: Language) -> list[Element]:
    name = labels[at] if at < len(labels) else one.column
    if _ranged(one):
        first, last = (phrase(language, f"teams.{key}", name=name) for key in ("first", "last"))
        return [_field(f"f{at}a", first, one.values[0]), _field(f"f{at}b", last, one.values[1])]
    if one.operator in LISTS:
        name = phrase(language, "teams.several", name=name)
    return [_field(f"f{at}a", f"{name} {SIGNS.get(one.operator, one.operator)}".strip(), listed(one.values))]


def _field(id_: str, label: str, value: str) -> Element:
    return elements.day(id_, label, value) if _DAY.fullmatch(value) else elements.field(id_, label, value)


def _ranged(one: Filter) -> bool:
    return one.operator == "between" and len(one.values) == 2


def listed(values: Sequence[str]) -> str:
    """Several values in one field; a value with a semicolon in it is quoted."""
    return "; ".join(f'"{value}"' if ";" in value else value for value in values)


def _unlisted(text: str) -> tuple[str, ...]:
    parts = re.findall(r'"([^"]*)"|([^;]+)', text)
    found = dict.fromkeys(value for value in ((quoted or bare).strip() for quoted, bare in parts) if value)
    return tuple(found)[:MOST_VALUES]


def refined(filters: Sequence[Filter], data: Mapping[str, object]) -> tuple[Filter, ...]:
    """The filters with the values that were typed. Raises Incomplete."""
    return tuple(_refined(one, data, at) if one.values and at < MOST_FILTERS else one for at, one in enumerate(filters))


def _refined(one: Filter, data: Mapping[str, object], at: int) -> Filter:
    first = _typed(data, f"f{at}a")
    if _ranged(one):
        last = _typed(data, f"f{at}b")
        if first > last and not (_number(first) and _number(last) and float(first) <= float(last)):
            raise Incomplete("teams.backwards")
        return replace(one, values=(first, last))
    if one.operator in LISTS:
        return _listed(one, first)
    return replace(one, values=(first,))


def _listed(one: Filter, typed: str) -> Filter:
    """What is typed with semicolons is several values; a field left as it was changes nothing."""
    values = one.values if typed == elements.fitted(listed(one.values)).strip() else _unlisted(typed)
    if not values:
        raise Incomplete("teams.empty")
    return replace(one, values=values, operator="in" if one.operator == "=" and len(values) > 1 else one.operator)


def _typed(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    words = clean(value).strip()[: elements.FIELD] if isinstance(value, str) else ""
    if not words:
        raise Incomplete("teams.empty")
    return words


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
