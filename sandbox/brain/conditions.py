"""Which rows count: conditions on the table asked about, on what it refers to, and on what refers to it; periods; shares
and changes, which are conditions seen from two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from sandbox.brain import moments, times
from sandbox.brain.choosing import Pick, Unclear, Unread
from sandbox.brain.drafts import ConditionDraft
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.moments import Grain, Period
from sandbox.brain.query import Change, Condition, Existence, Group, Having, Measure, Operator, Query, Share
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling


_DENIALS: dict[Operator, Operator] = {"!=": "=", "not in": "in"}


class Conditions:
    """Adds its conditions to one query."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered, settling: Settling) -> None:
        self._schema = schema
        self._joins = joins
        self._parts = parts
        self._settling = settling

    def applied(self, query: Query) -> Query:
        """The query with every condition of the question."""
        query = self._filtered(query)
        query = self._timed(query)
        if self._parts.has("change"):
            query = self._changed(query)
        if self._parts.has("share"):
            query = self._shared(query)
        self._check_numbers(query)
        self._contradictions(query)
        return query

    def _check_numbers(self, query: Query) -> None:
        """A number that no rule took is only understood as how many of a rank."""
        number = self._parts.number()
        if number is not None and query.limit is None:
            raise Unread(number.text)

    # ── values and numbers ──

    def _filtered(self, query: Query) -> Query:
        own: list[Condition] = []
        far: dict[str, list[Condition]] = {}
        denied: list[Existence] = []
        for item, draft in self._parts.conditions:
            condition = self._condition(item, draft)
            if self._joins.up(query.base, condition.ref.table) is not None:
                if draft.both:
                    raise Unread(item.text)
                if self._is_of_total(query, condition):
                    query = self._having(query, item, condition)
                else:
                    own.append(condition)
            elif condition.operator in _DENIALS:
                denied.append(self._denied(item, draft, condition))
            else:
                self._check_far(item, draft, condition)
                apart = draft.both or (draft.together and condition.operator == "in")
                far.setdefault(condition.ref.table, []).extend(_each(condition) if apart else [condition])
            if draft.compared or (self._parts.compares() and condition.operator == "in"):
                query = replace(query, groups=(*query.groups, Group(condition.ref)))
        query = replace(query, conditions=tuple(own))
        return replace(query, existence=self._existence(query, far, denied))

    def _denied(self, item: Item, draft: ConditionDraft, condition: Condition) -> Existence:
        """students who do not have a cat: none of their pets is one; "pets other than cats" would be something else."""
        if not draft.denied:
            raise Unread(item.text)
        return Existence(condition.ref.table, True, (replace(condition, operator=_DENIALS[condition.operator]),))

    def _check_far(self, item: Item, draft: ConditionDraft, condition: Condition) -> None:
        """An ordinary word that happens to be a value of a table that nobody mentioned is not taken for that value."""
        mentioned = {self._settling.of(one).table for one in self._parts.of("table", "noun")}
        written = all(isinstance(value, str) and not value.islower() for value in condition.values)
        if draft.operator == "=" and condition.ref.table not in mentioned and item.text.islower() and written:
            raise Unread(item.text)

    def _is_of_total(self, query: Query, condition: Condition) -> bool:
        """In a log without a key of its own, "more than 100 GWh" speaks of a total, not of single entries."""
        base = query.base
        log = self._schema.key(base) is None and bool(self._schema.times(base)) and not self._schema.is_entity(base)
        return log and condition.ref.table == base and self._schema.is_measure(condition.ref)

    def _having(self, query: Query, item: Item, condition: Condition) -> Query:
        habit = self._schema.habit(condition.ref)
        groups = query.groups or tuple(Group(ref) for ref in query.columns)
        others = [measure for measure in query.measures if measure.ref != condition.ref]
        if habit == "ask" or not groups or others or condition.average:
            raise Unread(item.text)
        unit = self._schema.column(condition.ref).unit
        measure = next(iter(query.measures), Measure(habit, condition.ref.table, condition.ref, unit))
        having = Having(
            replace(measure, unit=unit, factor=Fraction(1)), condition.operator, tuple(map(float, condition.values))
        )
        return replace(
            query, groups=groups, columns=(), distinct=False, measures=(measure,), having=(*query.having, having)
        )

    def _condition(self, item: Item, draft: ConditionDraft) -> Condition:
        pick = self._settling.of(item)
        if pick.ref is None:
            raise Unread(item.text)
        return Condition(pick.ref, draft.operator, pick.values, draft.periods, draft.average)

    def _existence(
        self, query: Query, far: dict[str, list[Condition]], denied: Sequence[Existence]
    ) -> tuple[Existence, ...]:
        """Tables that are only reached by the rows that refer to the base: named, denied, or with conditions of their own."""
        found: list[Existence] = list(denied)
        for item in self._parts.of("existence"):
            table = self._settling.of(item).table
            found.append(Existence(table, True, tuple(far.pop(table, []))))
        for table, conditions in far.items():
            if self._is_repeated(conditions):
                found.extend(Existence(table, False, (condition,)) for condition in conditions)
            else:
                found.append(Existence(table, False, tuple(conditions)))
        known = {existence.table for existence in found}
        for item in self._parts.of("table", "noun"):
            pick = self._settling.of(item)
            if pick.ref is None and pick.table not in known and self._joins.up(query.base, pick.table) is None:
                found.append(Existence(pick.table))
        return tuple(found)

    def _is_repeated(self, conditions: Sequence[Condition]) -> bool:
        return len({condition.ref for condition in conditions}) < len(conditions)

    def _contradictions(self, query: Query) -> None:
        seen: set[Ref] = set()
        for condition in query.conditions:
            if condition.operator in {"=", "in"} and condition.ref in seen:
                raise Unread(*map(str, condition.values))
            seen.add(condition.ref)

    # ── periods ──

    def _timed(self, query: Query) -> Query:
        periods = self._parts.periods
        if not periods:
            return query
        if self._parts.has("change"):
            return query
        finest = _finest(periods)
        ref, place = self._time_column(query, finest)
        condition = Condition(ref, "period", periods=periods)
        if self._parts.has("period_pair") or (self._parts.compares() and len(periods) > 1):
            query = replace(query, groups=(*query.groups, Group(ref, finest)))
        if place is None:
            return replace(query, conditions=(*query.conditions, condition))
        return self._timed_far(query, place, condition)

    def _time_column(self, query: Query, grain: Grain) -> tuple[Ref, str | None]:
        found = times.candidates(self._schema, self._joins, query.base, grain)
        place = None
        if not found:
            for existence in query.existence:
                found = times.candidates(self._schema, self._joins, existence.table, grain)
                place = existence.table
        if not found:
            raise Unread(*(item.text for item in self._parts.of("period", "period_pair", "year")))
        if len(found) > 1:
            item = self._parts.of("period", "period_pair", "year")[0]
            raise Unclear(item, [Pick(ref.table, ref) for ref in found])
        return found[0], place

    def _timed_far(self, query: Query, place: str, condition: Condition) -> Query:
        if len(condition.periods) > 1:  # in one of them, or in each of them?
            raise Unread(*(item.text for item in self._parts.of("period", "year")))
        existence = tuple(
            replace(one, conditions=(*one.conditions, condition)) if one.table == place else one
            for one in query.existence
        )
        return replace(query, existence=existence)

    # ── changes ──

    def _changed(self, query: Query) -> Query:
        kind = str(self._parts.of("change")[0].data)
        if len(query.measures) != 1:
            raise Unread(*(item.text for item in self._parts.of("change")))
        periods = self._parts.periods
        ends = self._ends(periods, kind)
        ref, place = self._time_column(query, _finest(ends or periods) if periods else self._grain(query))
        if place is not None:
            raise Unread(*(item.text for item in self._parts.of("change")))
        if ends:
            return replace(query, change=Change(ref, ends[0], ends[1], kind == "pct"))
        return self._series(query, ref, periods, kind)

    def _series(self, query: Query, ref: Ref, periods: tuple[Period, ...], kind: str) -> Query:
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

    def _grain(self, query: Query) -> Grain:
        return next((group.grain for group in query.groups if group.grain), "year")

    def _ends(self, periods: tuple[Period, ...], kind: str) -> tuple[Period, Period] | None:
        """The two periods of a change: given as two, as the ends of a range, or as a year and the one before."""
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
                if grain == "year" and kind != "trend" and first.start
                else None
            )
        if kind == "trend" and (final.start is None or first.start is None or final.start.year - first.start.year > 1):
            return None
        if kind == "trend" and grain != "year":
            return None
        return first, final

    # ── shares ──

    def _shared(self, query: Query) -> Query:
        if len(query.measures) != 1 or query.measures[0].function not in {"sum", "count"} or query.limit:
            raise Unread(*(item.text for item in self._parts.of("share")))
        if query.groups:
            return replace(query, share=Share())
        part = self._numerator(query)
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
        """what share of generation came from wind: the part stands after the verb."""
        for source in self._parts.of("source"):
            return next((item for item, _ in self._parts.conditions if item.start >= source.end), None)
        return None

    def _before_whole(self, share: Item) -> Item | None:
        """the share of wind in the generation of Denmark: the part stands before "in", the whole after it."""
        order = [item for item in self._parts.all if item.start > share.start]
        kinds = [item.kind for item in order[:2]]
        return order[0] if kinds == ["condition", "in"] else None


def _each(condition: Condition) -> list[Condition]:
    return [replace(condition, operator="=", values=(value,)) for value in condition.values]


def _finest(periods: Sequence[Period]) -> Grain:
    order: tuple[Grain, ...] = ("day", "week", "month", "quarter", "half", "year")
    grains = {_needed(period) for period in periods}
    return next(grain for grain in order if grain in grains)


def _needed(period: Period) -> Grain:
    """The coarsest grain that can tell this period: the first of a month to the end of another needs months only."""
    if period.grain != "day":
        return period.grain
    starts = period.start is None or period.start.day == 1
    following = None if period.end is None else moments.shifted("day", period.end, 1).start
    return "month" if starts and (following is None or following.day == 1) else "day"
