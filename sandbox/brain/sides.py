"""Shares and changes: a figure of a part beside the whole, or of one period beside another."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from sandbox.brain import moments, times
from sandbox.brain.choosing import Unread
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.moments import Grain, Period
from sandbox.brain.query import Change, Condition, Group, Query, Share
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling


class Sides:
    """The sides of one query."""

    def __init__(self, schema: Schema, parts: Gathered, settling: Settling) -> None:
        self._schema = schema
        self._parts = parts
        self._settling = settling

    # ── changes ──

    def ends(self, query: Query) -> tuple[Period, Period] | None:
        """The two periods that a change is between; None for a series of periods."""
        if len(query.measures) != 1:
            raise Unread(*(item.text for item in self._parts.of("change")))
        if any(group.grain for group in query.groups) and len(self._parts.periods) < 2:
            return None
        return self._ends(self._parts.periods)

    def changed(self, query: Query, ref: Ref, ends: tuple[Period, Period] | None) -> Query:
        """The query told as a change over a time column."""
        kind = self._kind
        if ends:
            return replace(query, change=Change(ref, ends[0], ends[1], kind == "pct"))
        return self._series(query, ref, self._parts.periods)

    @property
    def _kind(self) -> str:
        """Abs, pct or trend."""
        return str(self._parts.of("change")[0].data)

    def _series(self, query: Query, ref: Ref, periods: tuple[Period, ...]) -> Query:
        kind = self._kind
        if periods:
            query = replace(query, conditions=(*query.conditions, Condition(ref, "period", periods=periods)))
        if not any(group.grain for group in query.groups):
            if kind != "trend":
                raise Unread(*(item.text for item in self._parts.of("change")))
            query = replace(query, groups=(Group(ref, self._natural(ref, periods)), *query.groups))
        return query if kind == "trend" else replace(query, change=Change(ref, relative=kind == "pct"))

    def _natural(self, ref: Ref, periods: tuple[Period, ...]) -> Grain:
        years = [period.start.year for period in periods if period.start] + [p.end.year for p in periods if p.end]
        long = not years or max(years) - min(years) >= 2
        grains: tuple[Grain, ...] = ("year", "quarter", "month") if long else ("month", "quarter", "year")
        return next((grain for grain in grains if times.fine_enough(self._schema, ref, grain)), "year")

    def _ends(self, periods: tuple[Period, ...]) -> tuple[Period, Period] | None:
        """The two periods of a change: given as two, as the ends of a range, or as a year and the one before."""
        trend = self._kind == "trend"
        if len(periods) == 2:
            return periods[0], periods[1]
        if (
            len(periods) != 1
            or periods[0].start is None
            or periods[0].end is None
            or periods[0].grain in {"day", "week"}
        ):
            return None
        period, grain = periods[0], periods[0].grain
        first = moments.shifted(grain, period.start, 0) if period.start else period
        final = moments.shifted(grain, period.end, 0) if period.end else period
        if first == final or (first.start, first.end) == (final.start, final.end):
            return (
                (moments.shifted("year", first.start, -1), first)
                if grain == "year" and not trend and first.start
                else None
            )
        if trend and (final.start is None or first.start is None or final.start.year - first.start.year > 1):
            return None
        if trend and grain != "year":
            return None
        return first, final

    # ── shares ──

    def shared(self, query: Query) -> Query:
        """The query told in per cent of the whole."""
        if len(query.measures) != 1 or query.measures[0].function not in {"sum", "count"} or query.limit:
            raise Unread(*(item.text for item in self._parts.of("share")))
        counted = cast(tuple[Item, ...], self._parts.of("share")[0].data or ())
        if query.groups and not counted:
            return replace(query, share=Share())
        told = {self._settling.of(item).ref for item in counted}
        if told & {group.ref for group in query.groups}:
            raise Unread(*(item.text for item in counted))
        part = tuple(one for one in query.conditions if one.ref in told) if counted else self._numerator(query)
        rest = tuple(condition for condition in query.conditions if condition not in part)
        return replace(query, conditions=rest, share=Share(part))

    def _numerator(self, query: Query) -> tuple[Condition, ...]:
        """The condition that the share is of: the only one, or the one that follows the word."""
        values = [condition for condition in query.conditions if condition.operator != "period"]
        if len(values) == 1:
            return (values[0],)
        share = self._parts.of("share")[0]
        part = self._after_source() or self._before_whole(share)
        if not values or part is None:
            raise Unread(share.text)
        return tuple(condition for condition in values if condition.ref == self._settling.of(part).ref)

    def _after_source(self) -> Item | None:
        """What share of generation came from wind: the part stands after the verb."""
        for source in self._parts.of("source"):
            return next((item for item, _ in self._parts.conditions if item.start >= source.end), None)
        return None

    def _before_whole(self, share: Item) -> Item | None:
        """The share of wind in the generation of Denmark: the part stands before "in", the whole after it."""
        order = [item for item in self._parts.all if item.start > share.start]
        kinds = [item.kind for item in order[:2]]
        return order[0] if kinds == ["condition", "in"] else None
