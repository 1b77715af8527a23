"""From items to a query: what is listed, computed, grouped, filtered and ranked, over which table.

Whatever does not fit raises Unread or Unclear; nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.brain.certainty import Certainty
from sandbox.brain.choosing import Pick, Unclear, Unread
from sandbox.brain.conditions import Conditions
from sandbox.brain.extremes import Extremes
from sandbox.brain.figures import Figures
from sandbox.brain.gathered import Gathered
from sandbox.brain.groups import Groups
from sandbox.brain.heads import Heads
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.query import Group, Measure, Order, Query
from sandbox.brain.ranks import Ranks
from sandbox.brain.rhythm import Rhythm
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling


class Assembly:
    """Assembles one question."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered) -> None:
        parts.check_stray()
        self._schema = schema
        self._parts = parts
        self._settling = Settling(schema, joins, parts)
        self._figures = Figures(schema, joins, parts, self._settling)
        self._groups = Groups(schema, joins, self._settling)
        self._heads = Heads(schema, parts, self._settling)
        self._conditions = Conditions(schema, joins, parts, self._settling)
        self._certainty = Certainty(schema, joins, parts, self._settling)
        self._extremes = Extremes(schema, joins, parts)
        self._rhythm = Rhythm(schema, parts, self._settling)
        self._ranks = Ranks(schema, parts, self._settling, self._figures, self._groups, self._heads)

    def query(self) -> Query:
        """The whole question."""
        measures = tuple(self._figures.measure(item) for item in self._parts.of("measure"))
        groups = tuple(group for item, draft in self._parts.groups for group in self._groups.of(item, draft.grain))
        query = Query(self._settling.base, measures=measures, groups=groups)
        rank = self._parts.rank
        query = self._ranks.ranked(query, rank) if rank else self._headed(query)
        query = self._conditions.applied(query)
        query = self._rhythm.applied(query)
        query = self._extremes.told(self._sorted(query))
        self._certainty.check(query)
        return query

    # ── what is asked for ──

    def _headed(self, query: Query) -> Query:
        """Columns beside figures become groups; alone they are listed; a lone figure of a log is put together."""
        heads = self._heads.listed()
        figures = [ref for ref in heads if self._schema.is_measure(ref)]
        others = [ref for ref in heads if not self._schema.is_measure(ref)]
        if query.measures or self._parts.havings:
            return self._with_figures(query, figures, others)
        if self._is_each_row(query):
            return self._rows(replace(query, groups=()), heads)
        if not heads and query.groups and self._parts.of("table", "noun"):
            return self._only_figure(query)
        if figures and (query.groups or not self._schema.is_thing(query.base)):
            return self._grouped(replace(query, measures=self._figures.habitual(figures)), others)
        return self._rows(query, heads)

    def _with_figures(self, query: Query, figures: list[Ref], others: list[Ref]) -> Query:
        if figures and not self._schema.is_thing(query.base):
            query = replace(query, measures=query.measures + self._figures.habitual(figures))
            figures = []
        query = self._grouped(query, [*others, *figures])
        return self._having(query) if self._parts.havings else query

    def _is_each_row(self, query: Query) -> bool:
        """As in "the name and result of each battle": every row is one already."""
        known = {self._schema.name(query.base), self._schema.key(query.base), *self._schema.person_names(query.base)}
        return bool(query.groups) and all(group.ref in known for group in query.groups)

    def _rows(self, query: Query, heads: list[Ref]) -> Query:
        if query.groups:
            raise Unread(*(item.text for item, _ in self._parts.groups))
        log = not self._schema.is_thing(query.base) and self._schema.key(query.base) is None
        if not heads and log and self._parts.of("table", "noun"):
            return self._only_figure(query)
        if not heads:
            return replace(query, columns=self._heads.shown())
        repeated = not self._schema.is_thing(query.base) or self._parts.has("distinct")
        name = self._schema.name(query.base)
        if name and all(self._schema.is_measure(ref) and ref.table == query.base for ref in heads):
            heads = [name, *heads]
        return replace(query, columns=tuple(dict.fromkeys(heads)), distinct=repeated)

    def _only_figure(self, query: Query) -> Query:
        """A log named without a figure ("green energy consumption in France") means the one figure it keeps.

        Things with a key of their own are counted: "accidents by country" are not their lost days.
        """
        item = self._parts.of("table", "noun")[0]
        figures = [ref for ref in self._schema.of(query.base) if self._schema.is_measure(ref)]
        counted = query.groups and not self._schema.called(query.base, item.text)
        if counted and self._schema.key(query.base):
            return replace(query, measures=(Measure("count", query.base),))
        if not figures:
            return replace(query, columns=self._heads.shown())
        figures = self._schema.namesakes(query.base, item.text) or figures
        if len(figures) > 1:
            raise Unclear(item, [Pick(ref.table, ref) for ref in figures])
        return replace(query, measures=(self._figures.figure(self._figures.habit(figures[0]), figures[0]),))

    def _grouped(self, query: Query, refs: Sequence[Ref]) -> Query:
        known = {group.ref for group in query.groups}
        of = self._groups.of_subject if self._parts.havings else self._groups.of_column
        extra = [group for ref in refs if ref not in known for group in of(ref)]
        if not extra and not query.groups and self._parts.havings:
            extra = self._subject()
        return replace(query, groups=query.groups + tuple(dict.fromkeys(extra)))

    def _subject(self) -> list[Group]:
        for item in self._parts.of("table", "noun"):
            pick = self._settling.of(item)
            if pick.ref is None:
                return list(self._groups.of_things(pick.table))
        return []

    def _having(self, query: Query) -> Query:
        if not query.groups:
            raise Unread(*(item.text for item in self._parts.of("having")))
        found = tuple(self._figures.having(draft) for draft in self._parts.havings)
        return replace(query, having=found, measures=query.measures or tuple(having.measure for having in found))

    # ── order ──

    def _sorted(self, query: Query) -> Query:
        if query.columns and any(item.kind == "measure" for sort in self._parts.sorts for item in sort.by):
            groups = tuple(group for ref in query.columns for group in self._groups.of_subject(ref))
            query = replace(query, columns=(), distinct=False, groups=groups)
        orders = list(query.order)
        for sort in self._parts.sorts:
            by = [self._order_by(item, query) for item in sort.by] or [self._only_thing(query)]
            orders.extend(Order(one, sort.descending) for one in by)
        return replace(query, order=tuple(orders))

    def _order_by(self, item: Item, query: Query) -> Measure | Ref | Group:
        if item.kind == "measure":
            return self._figures.measure(item)
        pick = self._settling.of(item)
        ref = pick.ref or self._schema.name(pick.table)
        for group in query.groups:
            if ref in {group.ref, group.key}:
                return group
        for measure in query.measures:
            if measure.ref == ref:
                return measure
        if ref is None or query.measures:
            raise Unread(item.text)
        return ref

    def _only_thing(self, query: Query) -> Measure | Ref | Group:
        choices: tuple[Measure | Ref | Group, ...] = query.measures or query.columns or query.groups
        if len(choices) != 1:
            raise Unread(*(item.text for item in self._parts.of("sort")))
        return choices[0]
