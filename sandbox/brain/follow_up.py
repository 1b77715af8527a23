"""A follow-up changes what it names and keeps the rest: "et en Allemagne ?", "par mois", "and in 2024?", "in GWh"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sandbox.brain import units
from sandbox.brain.choosing import Unread
from sandbox.brain.conditions import Conditions
from sandbox.brain.drafts import ConditionDraft, RankDraft
from sandbox.brain.extremes import Extremes
from sandbox.brain.figures import Figures
from sandbox.brain.filters import NEGATED
from sandbox.brain.gathered import Gathered
from sandbox.brain.groups import Groups
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.query import Condition, Function, Group, Measure, Order, Query, Share
from sandbox.brain.ranks import limit_of
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling

_STARTERS = frozenset({"and", "same", "only", "instead"})


def starts_as_follow_up(items: Sequence[Item]) -> bool:
    """As in "and …", "et …", "same …", "only …": said of what was asked before."""
    return bool(items) and min(items, key=lambda item: item.start).kind in _STARTERS


def year_of(query: Query) -> int | None:
    """The year that the whole query is about, if it is one."""
    periods = [period for one in query.conditions for period in one.periods]
    ends = {day.year if day else None for period in periods for day in (period.start, period.end)}
    return next(iter(ends)) if len(ends) == 1 else None


def _without_those(parts: Gathered, base: str) -> Gathered:
    """As in "without the stopped projects" said of projects: those are left out, nothing is missing from others."""
    lacks = {item for item in parts.of("existence") if any(one.table == base for one in item.meanings)}
    kinds = [item for item in parts.of("condition") if cast(ConditionDraft, item.data).operator in {"=", "in"}]
    if len(lacks) != 1 or len(kinds) != 1 or kinds != list(parts.of("condition")):
        return parts
    draft = cast(ConditionDraft, kinds[0].data)
    denied = replace(kinds[0], data=replace(draft, operator=NEGATED[draft.operator]))
    return replace(parts, items=tuple(denied if one is kinds[0] else one for one in parts.items if one not in lacks))


class FollowUp:
    """One change of one earlier query."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered, before: Query) -> None:
        self._schema = schema
        self._joins = joins
        self._parts = parts = _without_those(parts, before.base)
        self._before = before
        self._settling = Settling(schema, joins, parts, before.base)
        self._extremes = Extremes(schema, joins, parts)
        self._figures = Figures(schema, joins, parts, self._settling)
        self._groups = Groups(schema, joins, self._settling)

    def query(self) -> Query:
        """The earlier query, changed; Unread when nothing of it is changed or a word has no part."""
        self._check()
        query = self._measured(self._before)
        query = self._filtered(query)
        query = self._grouped(query)
        query = self._ranked(query)
        query = self._extremes.told(self._shared(self._converted(query)))
        if query == self._before and not self._parts.has("same"):
            raise Unread(*(item.text for item in self._parts.items))
        return query

    def _check(self) -> None:
        """Only what a change can be about: no new things, no new comparisons of periods."""
        odd = self._parts.of("having", "existence", "change", "period_pair", "distinct", "table")
        odd += self._parts.of("row_grain", "versus", "each", "place", "whose") + (
            () if self._parts.has("rank") else self._parts.of("number")
        )
        odd += tuple(item for item in self._parts.heads if not self._is_figure(item))
        if odd or (self._before.change and self._parts.periods):
            raise Unread(*(item.text for item in odd or self._parts.of("period", "year")))

    def _is_figure(self, item: Item) -> bool:
        ref = self._settling.of(item).ref
        return ref is not None and self._schema.is_measure(ref) and bool(self._before.measures)

    # ── figures ──

    def _measured(self, query: Query) -> Query:
        """Another figure ("et la production ?"), or the same figures computed otherwise ("in average")."""
        functions = [cast(Function, item.data) for item in self._parts.of("agg")]
        stated = tuple(self._figures.measure(item) for item in self._parts.of("measure"))
        named = [cast(Ref, self._settling.of(item).ref) for item in self._parts.heads]
        measures = stated + self._figures.habitual(named)
        if functions and (len(functions) > 1 or not query.measures or measures):
            raise Unread(*(item.text for item in self._parts.of("agg")))
        if functions:
            measures = tuple(self._computed(measure, functions[0]) for measure in query.measures)
        if not measures:
            return query
        if not query.measures or query.having:
            raise Unread(*(item.text for item in self._parts.of("measure", "column")))
        order = tuple(replace(one, by=measures[0]) if isinstance(one.by, Measure) else one for one in query.order)
        return replace(query, measures=measures, order=order)

    def _computed(self, measure: Measure, function: Function) -> Measure:
        if measure.ref is None or measure.per:
            raise Unread(*(item.text for item in self._parts.of("agg")))
        return replace(measure, function=function)

    def _converted(self, query: Query) -> Query:
        """The same figures in another unit."""
        wanted = self._settling.wanted_unit()
        if wanted is None:
            return query
        found = {}
        for measure in query.measures:
            own = self._schema.column(measure.ref).unit if measure.ref else ""
            size = units.factor(wanted, own)
            if size is None:
                raise Unread(*(item.text for item in self._parts.of("unit")))
            found[measure] = replace(measure, unit=wanted.text, factor=size)
        if not found:
            raise Unread(*(item.text for item in self._parts.of("unit")))
        order = tuple(
            replace(one, by=found.get(one.by, one.by)) if isinstance(one.by, Measure) else one for one in query.order
        )
        return replace(query, measures=tuple(found.values()), order=order)

    # ── filters ──

    def _filtered(self, query: Query) -> Query:
        """New conditions take the place of those on the same column; new periods, of the old period."""
        blank = replace(query, conditions=(), existence=(), share=None, change=None, having=())
        added = Conditions(self._schema, self._joins, self._parts.without("share"), self._settling).applied(blank)
        if added.having:
            raise Unread(*(item.text for item in self._parts.of("condition")))
        fresh = {condition.ref for condition in added.conditions}
        timed = any(condition.operator == "period" for condition in added.conditions)
        kept = tuple(
            one for one in query.conditions if one.ref not in fresh and not (timed and one.operator == "period")
        )
        conditions, share = kept + added.conditions, query.share
        if share and share.part:
            share, conditions = self._repartitioned(share, conditions, fresh)
        existence = tuple(one for one in query.existence if one.table not in {new.table for new in added.existence})
        return replace(
            query, conditions=conditions, existence=existence + added.existence, share=share, groups=added.groups
        )

    def _repartitioned(
        self, share: Share, conditions: tuple[Condition, ...], fresh: set[Ref]
    ) -> tuple[Share, tuple[Condition, ...]]:
        """As in "et l'Allemagne ?" after a share of France: the part changes, not the whole."""
        part = tuple(one for one in conditions if one.ref in fresh and one.ref in {old.ref for old in share.part})
        if not part:
            return share, conditions
        kept = tuple(old for old in share.part if old.ref not in fresh)
        return Share(kept + part), tuple(one for one in conditions if one not in part)

    # ── groups, ranks, shares ──

    def _grouped(self, query: Query) -> Query:
        found = tuple(group for item, draft in self._parts.groups for group in self._groups.of(item, draft.grain))
        if not found:
            return query
        query = self._put_together(query)
        timed = any(group.grain for group in found)
        plain = any(not group.grain for group in found)
        more = self._parts.adds()
        kept = tuple(old for old in query.groups if more or not (timed if old.grain else plain))
        groups = tuple(dict.fromkeys((*kept, *found)))
        refs = {group.ref for group in found}
        conditions = tuple(
            one for one in query.conditions if one.ref not in refs or one.operator in {"period", "not in", "!="}
        )
        return replace(query, groups=groups, conditions=conditions, limit=None, order=())

    def _put_together(self, query: Query) -> Query:
        """Figures that were listed thing by thing are put together the usual way to be told by groups."""
        figures = [ref for ref in query.columns if self._schema.is_measure(ref)]
        if query.measures:
            return query
        if not figures or any(ref.table != query.base for ref in figures):
            raise Unread(*(item.text for item, _ in self._parts.groups))
        return replace(query, columns=(), distinct=False, measures=self._figures.habitual(figures))

    def _ranked(self, query: Query) -> Query:
        """Only the top 3; the 5 lowest."""
        ranks = self._parts.of("rank")
        for item in ranks:
            rank = cast(RankDraft, item.data)
            if (
                rank.by is not None
                or rank.concept not in {"", "size", "many", "unsaid"}
                or not query.groups
                or not query.measures
            ):
                raise Unread(item.text)
            order = Order(query.measures[0], rank.descending)
            query = replace(query, order=(order,), limit=limit_of(rank, self._parts))
        for sort in self._parts.sorts:
            by = [self._sort_key(item, query) for item in sort.by] or list(query.measures[:1])
            query = replace(query, order=tuple(Order(one, sort.descending) for one in by))
        return query

    def _sort_key(self, item: Item, query: Query) -> Measure | Ref | Group:
        if item.kind == "measure":
            return self._figures.measure(item)
        ref = self._settling.of(item).ref
        known: tuple[Group | Measure, ...] = (*query.groups, *query.measures)
        for one in known:
            if one.ref == ref:
                return one
        if ref is None or query.measures:
            raise Unread(item.text)
        return ref

    def _shared(self, query: Query) -> Query:
        if not self._parts.has("share"):
            return query
        if not query.groups or len(query.measures) != 1 or query.limit:
            raise Unread(*(item.text for item in self._parts.of("share")))
        return replace(query, share=Share())
