"""What a person edits or chooses on a card, and its values read back. Without it we could ask back in vain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from adapters.teams import elements
from adapters.teams.activity import clean
from adapters.teams.elements import Element
from adapters.teams.markdown import cut, escaped, one_line
from adapters.wording import Spoken, phrase
from agents.domain import Filter, Language

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
    if one.operator == "between" and len(one.values) == 2:
        first, last = (phrase(language, f"teams.{key}", name=name) for key in ("first", "last"))
        return [elements.field(f"f{at}a", first, one.values[0]), elements.field(f"f{at}b", last, one.values[1])]
    title = phrase(language, "teams.several", name=name) if one.operator in ("in", "not in") else name
    return [elements.field(f"f{at}a", title, "; ".join(one.values))]


def refined(filters: Sequence[Filter], data: Mapping[str, object]) -> tuple[Filter, ...]:
    """The filters with the values that were typed. Raises Incomplete."""
    return tuple(_refined(one, data, at) if one.values and at < MOST_FILTERS else one for at, one in enumerate(filters))


def _refined(one: Filter, data: Mapping[str, object], at: int) -> Filter:
    first = _typed(data, f"f{at}a")
    if one.operator == "between" and len(one.values) == 2:
        last = _typed(data, f"f{at}b")
        if first > last and not (_number(first) and _number(last) and float(first) <= float(last)):
            raise Incomplete("teams.backwards")
        return replace(one, values=(first, last))
    if one.operator in ("in", "not in"):
        values = tuple(dict.fromkeys(part.strip() for part in first.split(";") if part.strip()))[:MOST_VALUES]
        if not values:
            raise Incomplete("teams.empty")
        return replace(one, values=values)
    return replace(one, values=(first,))


def _typed(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    words = clean(value).strip()[:500] if isinstance(value, str) else ""
    if not words:
        raise Incomplete("teams.empty")
    return words


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
