"""The filters of an answer as fields to edit, and back. Without it a value would have to be typed as it is stored.

A platform draws the fields; what they hold, and what may be typed into them, is the same on each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from adapters.replying.keeping import Kept
from adapters.wording import cut, phrase
from agents.domain import Filter, Language
from agents.language import fold

MOST = 10  # conditions that can be edited
LONGEST = 1_000  # characters of one field
LISTS = ("=", "in", "not in")
"""Conditions whose field takes several values."""
SIGNS = {"=": "", "in": "", "between": "", "not in": "≠", "!=": "≠", "<=": "≤", ">=": "≥"}
_JOINERS = "\u200c\u200d"  # they shape Persian words and families of emoji
_PIECE = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=;|$)|([^;]+))')


@dataclass(frozen=True, slots=True)
class Field:
    """One line to type in, or (`is_day`) a day to pick; `value` is what it holds at first, a day as YYYY-MM-DD."""

    id: str
    label: str
    value: str
    is_day: bool = False


def fields(kept: Kept) -> tuple[Field, ...]:
    """A field for each value, two for a period, one for a list; none where a condition has no value."""
    return tuple(field for at in range(min(len(kept.filters), MOST)) for field in _fields(kept, at))


def read(kept: Kept, typed: Mapping[str, str]) -> tuple[tuple[Filter, ...], dict[str, str]]:
    """The filters as they were sent, and what is wrong, in the reply's language, by the field's id.

    `typed` holds what was sent for each of `fields`, by its id. A field that was left as it was changes nothing.
    """
    filters, wrong = list(kept.filters), dict[str, str]()
    for at in range(min(len(filters), MOST)):
        shown = _fields(kept, at)
        sent = [_line(typed.get(field.id, ""))[:LONGEST] for field in shown]
        if sent != [field.value for field in shown]:
            filters[at] = _changed(kept, at, shown, sent)
            wrong |= _mistakes(shown, sent, filters[at], kept.language)
    return tuple(filters), wrong


# ── out ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _fields(kept: Kept, at: int) -> list[Field]:
    one, values = kept.filters[at], _named(kept, at)
    sign = SIGNS.get(one.operator, one.operator)
    name = f"{kept.labels[at] if at < len(kept.labels) else one.column} {sign}".strip()
    if not values:
        return []
    if _is_period(one):
        ends = (phrase(kept.language, f"field.{key}", name=name) for key in ("first", "last"))
        return [_field(at, n, label, value) for n, (label, value) in enumerate(zip(ends, values, strict=True))]
    if one.operator in LISTS and not (len(values) == 1 and _is_day(values[0])):
        return [_field(at, 0, phrase(kept.language, "field.several", name=name), listed(values))]
    return [_field(at, n, name, value) for n, value in enumerate(values)]


def _field(at: int, number: int, label: str, value: str) -> Field:
    shown = cut(_line(value), LONGEST)
    return Field(f"f{at}_{number}", label, shown, _is_day(shown))


def _named(kept: Kept, at: int) -> tuple[str, ...]:
    """The filter's values as the answer calls them."""
    known = dict(_names(kept, at))
    return tuple(known.get(value, value) for value in kept.filters[at].values)


def _names(kept: Kept, at: int) -> Sequence[tuple[str, str]]:
    return kept.names[at] if at < len(kept.names) else ()


def listed(values: Sequence[str]) -> str:
    """Several values in one field; one that would be read as something else is quoted."""
    return "; ".join(_quoted(value) if ";" in value or value.startswith('"') else value for value in values)


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace('"', '""'))


def _line(text: str) -> str:
    """Without what a line to type in does not show: clients and platforms drop such characters, or put them in."""
    spaced = re.sub(r"[\t\n\r]", " ", text.encode("utf-8", "replace").decode())
    kept = (char for char in spaced if char.isprintable() or char in _JOINERS or unicodedata.category(char) == "Zs")
    return "".join(kept).strip()


def _is_period(one: Filter) -> bool:
    return one.operator == "between" and len(one.values) == 2


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


# ── back ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _changed(kept: Kept, at: int, shown: Sequence[Field], sent: Sequence[str]) -> Filter:
    one = kept.filters[at]
    if one.operator in LISTS:
        values = tuple(dict.fromkeys(_stored(kept, at, said) for said in _unlisted(sent[0])))
        return replace(one, values=values, operator="in" if one.operator == "=" and len(values) > 1 else one.operator)
    pairs = zip(one.values, shown, sent, strict=True)
    return replace(one, values=tuple(old if new == was.value else _stored(kept, at, new) for old, was, new in pairs))


def _unlisted(text: str) -> Iterator[str]:
    for quoted, bare in _PIECE.findall(text):
        if value := quoted.replace('""', '"') or bare.strip():
            yield value


def _stored(kept: Kept, at: int, said: str) -> str:
    """The value as it is stored: known by its name, or as stored; whatever the case, then without accents too."""
    own = kept.filters[at].values
    names = sorted(_names(kept, at), key=lambda one: one[0] in own, reverse=True)  # of two of one name it is its own
    alike: tuple[Callable[[str], str], ...] = (str.casefold, fold)
    for same in alike:
        by_name = {same(name): value for value, name in reversed(names)}
        as_stored = {same(value): value for value, _ in names}
        if found := by_name.get(same(said)) or as_stored.get(same(said)):
            return found
    return said


def _mistakes(shown: Sequence[Field], sent: Sequence[str], made: Filter, language: Language) -> dict[str, str]:
    empty = [field.id for field, value in zip(shown, sent, strict=True) if not value]
    if not empty and _is_period(made) and _backwards(*made.values):
        return {shown[1].id: phrase(language, "field.backwards")}
    return dict.fromkeys(empty if made.values else [shown[0].id], phrase(language, "field.empty"))


def _backwards(first: str, last: str) -> bool:
    """Numbers are compared as such; days and months as text, in which they are in order, like any other text."""
    try:
        return float(first) > float(last)
    except ValueError:
        return first > last
