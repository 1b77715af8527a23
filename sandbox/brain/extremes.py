"""When an extreme was, and whose it is: "highest price and when?". Without this, the second half would be left out."""

# ruff: noqa: SIM905 - lists of words are easier to read and to add to as text

from __future__ import annotations

from dataclasses import replace

from sandbox.brain import times
from sandbox.brain.choosing import Unread
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.joins import Joins
from sandbox.brain.moments import Grain
from sandbox.brain.query import Group, Measure, Order, Query
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.stems import name_words, plain

_PLACES = frozenset(
    "country pays city ville region location place lieu address adresse site state zone continent street".split()
)
_ASKED = {"when": "when", "quand": "when", "where": "where", "ou": "where", "who": "who", "whom": "who", "qui": "who"}
_WHICH = ("which", "what", "quel", "quelle")
_FINEST: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


def _asks_for(found: Found, *wanted: str) -> Reading:
    """The word, read as what it asks for, with what stands around it."""
    word = found.one("word")
    kind = str(word.data) if word.kind == "wh" else _ASKED.get(plain(word.text), "")
    if kind not in wanted:
        return None
    return tuple(item.become(kind, None) if item is word else item for item in found.items)


def _at_end(found: Found) -> Reading:
    """Highest price, and where?"""
    return _asks_for(found, "when", "where", "who")


def _at_start(found: Found) -> Reading:
    """When was the price highest?"""
    read = _asks_for(found, "when", "where")
    if read is None or isinstance(read, Item):
        return None
    return tuple(item.become("place", None) if item.kind == "where" else item for item in read)


def _whose(found: Found) -> Reading:
    """Highest price, and in which country?"""
    word = found.one("word")
    if not plain(word.text).endswith(_WHICH):
        return None
    return tuple(item.become("whose", None) if item is word else item for item in found.items)


ASKED = (
    Rule("(sep|and)+ word:that|wh", lambda found: _asks_for(found, "when")),
    Rule("word:that|ask|or|wh (be|with)* end:end", _at_end),
    Rule("word:that|ask|or|wh (be|with)* $", _at_end),
    Rule("^ (sep|and)* word:that|wh", _at_start),
    Rule("(sep|and)+ in? word:that|ask thing:column|grain_column", _whose),
)


class Extremes:
    """Completes one query whose extreme is asked for with its moment or its owner."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered) -> None:
        self._schema = schema
        self._joins = joins
        self._parts = parts

    def told(self, query: Query) -> Query:
        """The query with what was asked for besides the figure; Unread when that cannot be told."""
        extreme = _extreme(query)
        if self._parts.has("whose") and extreme and query.groups:
            query = _first(query, query.groups, extreme)
        if self._parts.has("place") and (query.measures or query.limit) and not self._shows_place(query):
            raise Unread(*(item.text for item in self._parts.of("place")))
        if not self._parts.has("when") or self._shows_time(query):
            return query
        time = self._moment(query)
        if extreme is None or query.groups or time is None:
            raise Unread(*(item.text for item in self._parts.of("when")))
        return _first(query, (Group(time),), extreme)

    def _shows_time(self, query: Query) -> bool:
        return any(ref in self._schema.times(ref.table) for ref in _shown(query))

    def _shows_place(self, query: Query) -> bool:
        words = {word for ref in _shown(query) for word in (*self._schema.words(ref), *name_words(ref.column))}
        return bool(words & _PLACES)

    def _moment(self, query: Query) -> Ref | None:
        """The column that tells best when a row was; none where several rows of a moment add up to one figure."""
        for grain in _FINEST:
            found = times.candidates(self._schema, self._joins, query.base, grain)
            if found:
                own = len(found) == 1 and found[0].table == query.base and times.is_of_row(self._schema, found[0])
                return found[0] if own and self._is_whole(query, found[0]) else None
        return None

    def _is_whole(self, query: Query, time: Ref) -> bool:
        fixed = {one.ref.column for one in query.conditions if one.operator == "="} | {time.column}
        added = any(one.ref and self._schema.habit(one.ref) == "sum" for one in query.measures)
        return not added or set(self._schema.tables[query.base].primary_key) <= fixed


def _shown(query: Query) -> tuple[Ref, ...]:
    return (*query.columns, *(group.ref for group in query.groups))


def _extreme(query: Query) -> Measure | None:
    """The only figure, where it is the greatest or the least of a column."""
    plainly = not (query.order or query.having or query.share or query.change)
    only = query.measures[0] if plainly and len(query.measures) == 1 else None
    return only if only and only.function in {"max", "min"} else None


def _first(query: Query, groups: tuple[Group, ...], extreme: Measure) -> Query:
    return replace(query, groups=groups, order=(Order(extreme, extreme.function == "max"),), limit=1)
