"""Which rows count: filters and periods, and shares and changes, which are conditions seen from two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.brain import times
from sandbox.brain.choosing import Pick, Unclear, Unread
from sandbox.brain.filtering import Filtering
from sandbox.brain.gathered import Gathered
from sandbox.brain.joins import Joins
from sandbox.brain.moments import Grain
from sandbox.brain.query import Condition, Group, Query
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling
from sandbox.brain.sides import Sides


class Conditions:
    """Adds its conditions to one query."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered, settling: Settling) -> None:
        self._schema = schema
        self._joins = joins
        self._parts = parts
        self._settling = settling
        self._filtering = Filtering(schema, joins, parts, settling)
        self._sides = Sides(schema, parts, settling)

    def applied(self, query: Query) -> Query:
        """The query with every condition of the question."""
        query = self._filtering.filtered(query)
        if self._parts.has("change"):
            query = self._changed(query)
        elif self._parts.periods:
            query = self._timed(query)
        if self._parts.has("share"):
            query = self._sides.shared(query)
        self._check_numbers(query)
        self._contradictions(query)
        return query

    def _check_numbers(self, query: Query) -> None:
        """A number that no rule took is only understood as how many of a rank."""
        number = self._parts.number()
        if number is not None and query.limit is None:
            raise Unread(number.text)

    def _contradictions(self, query: Query) -> None:
        seen: set[Ref] = set()
        for condition in query.conditions:
            if condition.operator in {"=", "in"} and condition.ref in seen:
                raise Unread(*map(str, condition.values))
            seen.add(condition.ref)

    def _timed(self, query: Query) -> Query:
        periods = self._parts.periods
        finest = times.finest(periods)
        ref, place = self._time_column(query, finest)
        condition = Condition(ref, "period", periods=periods)
        if self._parts.has("period_pair") or (self._parts.compares() and len(periods) > 1):
            query = replace(query, groups=(*query.groups, Group(ref, finest)))
        if place is None:
            return replace(query, conditions=(*query.conditions, condition))
        return self._timed_far(query, place, condition)

    def _time_column(self, query: Query, grain: Grain) -> tuple[Ref, str | None]:
        place = self._spoken_of(query)
        if place is not None and (found := times.candidates(self._schema, self._joins, place, grain)):
            return self._single(found), place
        found = times.candidates(self._schema, self._joins, query.base, grain)
        place = None
        if not found:
            for existence in query.existence:
                found = times.candidates(self._schema, self._joins, existence.table, grain)
                place = existence.table
        if not found:
            raise Unread(*(item.text for item in self._parts.of("period", "period_pair", "year")))
        return self._single(found), place

    def _single(self, found: Sequence[Ref]) -> Ref:
        if len(found) > 1 or not times.is_of_row(self._schema, found[0]):
            item = self._parts.of("period", "period_pair", "year")[0]
            raise Unclear(item, [Pick(ref.table, ref) for ref in found])
        return found[0]

    def _spoken_of(self, query: Query) -> str | None:
        """Plants without outages in 2025: the year is said of the outages, the last thing named before it."""
        far = {existence.table for existence in query.existence}
        period = next(iter(self._parts.of("period", "period_pair", "year")), None)
        named = [item for item in self._parts.of("table", "noun", "existence") if period and item.start < period.start]
        last = max(named, key=lambda item: item.start, default=None)
        table = self._settling.of(last).table if last else None
        return table if table in far else None

    def _timed_far(self, query: Query, place: str, condition: Condition) -> Query:
        if len(condition.periods) > 1:  # in one of them, or in each of them?
            raise Unread(*(item.text for item in self._parts.of("period", "year")))
        existence = tuple(
            replace(one, conditions=(*one.conditions, condition)) if one.table == place else one
            for one in query.existence
        )
        return replace(query, existence=existence)

    def _changed(self, query: Query) -> Query:
        """A change, told over the time column that can tell its periods."""
        ends = self._sides.ends(query)
        periods = ends or self._parts.periods
        grouped: Grain = next((one.grain for one in query.groups if one.grain), "year")
        grain = times.finest(periods) if periods else grouped
        ref, place = self._time_column(query, grain)
        if place is not None:
            raise Unread(*(item.text for item in self._parts.of("change")))
        return self._sides.changed(query, ref, ends)
