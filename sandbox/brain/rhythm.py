"""Averages of periods: "average monthly consumption". Without it single rows would pass for months."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from sandbox.brain import times
from sandbox.brain.choosing import Unread
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.moments import Grain
from sandbox.brain.query import Query
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling

_WHOLE = frozenset({"month", "day"})  # the last year or quarter of a table is rarely a whole one


class Rhythm:
    """The rhythm that one question's averages have."""

    def __init__(self, schema: Schema, parts: Gathered, settling: Settling) -> None:
        self._schema = schema
        self._parts = parts
        self._settling = settling

    def applied(self, query: Query) -> Query:
        """The query with its averages by period; Unread where a row is no period and its sums would be another's."""
        for item in self._parts.of("row_grain"):
            query = self._by_period(query, item)
        self._check_groups(query)
        return query

    def _by_period(self, query: Query, item: Item) -> Query:
        """Rows are averaged where each is a period of one named thing, else the sums of the periods."""
        grain = cast(Grain, item.data)
        time = next(iter(self._schema.times(query.base)), None)
        if time is None:
            raise Unread(item.text)
        unfixed = self._unfixed(query, time)
        if times.is_of_grain(self._schema, time, grain) and unfixed <= self._named(query):
            return query
        if not self._adds_up(query, time, grain) or unfixed & self._things(query):
            raise Unread(item.text)
        return replace(query, measures=tuple(replace(one, per=grain, time=time) for one in query.measures))

    def _adds_up(self, query: Query, time: Ref, grain: Grain) -> bool:
        """Can the periods' sums be averaged: amounts of the log itself, not told by a time as well?"""
        amounts = all(
            one.function == "avg" and one.ref and one.ref.table == query.base and self._schema.habit(one.ref) == "sum"
            for one in query.measures
        )
        whole = grain in _WHOLE and times.fine_enough(self._schema, time, grain)
        timed = any(group.grain for group in query.groups)
        return amounts and whole and not timed and bool(self._schema.tables[query.base].primary_key)

    def _check_groups(self, query: Query) -> None:
        means = [one.ref for one in query.measures if one.function == "avg" and one.ref]
        averaged = any(self._schema.habit(ref) == "sum" for ref in means)
        for group in query.groups:
            if group.grain and averaged and self._unfixed(query, group.ref):
                raise Unread(*(item.text for item in self._parts.of("group")))

    def _unfixed(self, query: Query, time: Ref) -> set[str]:
        """The key columns besides time that neither a condition nor a group holds to one value."""
        fixed = {one.ref.column for one in query.conditions if one.operator == "="}
        fixed |= {(one.key or one.ref).column for one in query.groups}
        return set(self._schema.tables[query.base].primary_key) - fixed - {time.column}

    def _named(self, query: Query) -> set[str]:
        """Key columns that refer to things which the question names: "of residential sites" means each of them."""
        links = [link for link in self._schema.links if link.child == query.base]
        return {column for link in links if link.parent in self._settling.things for column in link.columns}

    def _things(self, query: Query) -> set[str]:
        return {column for link in self._schema.links if link.child == query.base for column in link.columns}
