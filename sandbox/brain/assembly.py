"""From items to a query: what is listed, computed, grouped, filtered and ranked, over which table.

Whatever does not fit raises Unread or Unclear; nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sandbox.brain import times, units
from sandbox.brain.choosing import Choice, Need, Pick, Role, Unclear, Unread, choose
from sandbox.brain.conditions import Conditions
from sandbox.brain.drafts import ConditionDraft, HavingDraft, MeasureDraft, RankDraft
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.moments import Grain
from sandbox.brain.query import Function, Group, Having, Measure, Order, Query
from sandbox.brain.ranks import Ranks
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.units import Unit


class Assembly:
    """Assembles one question."""

    def __init__(self, schema: Schema, joins: Joins, gathered: Gathered) -> None:
        self._schema = schema
        self._joins = joins
        self._parts = gathered
        self._needs: list[Need] = []
        self._choice = Choice("", (), 0.0)

    def query(self) -> Query:
        """The whole question."""
        self._collect()
        if not self._needs:
            raise Unread()
        self._check_stray()
        self._choice = choose(self._schema, self._joins, self._needs)
        return self._finished(self._headed(Query(self._choice.base)))

    def _check_stray(self) -> None:
        """Beside figures, a column must be listed with them or before them: elsewhere its part is not clear."""
        first = next(iter(self._parts.of("measure")), None)
        for item in self._parts.of("column", "grain_column") if first else ():
            if first and item.start > first.start and not self._parts.is_listed(item):
                raise Unread(item.text)

    @property
    def base(self) -> str:
        """The table whose rows are asked about."""
        return self._choice.base

    # ── what has to be settled ──

    def _collect(self) -> None:
        for item in self._parts.heads:
            self._need(item, self._head_role(item))
        for item in self._parts.of("measure"):
            self._need_measure(item)
        for item, _ in self._parts.groups:
            if item.meanings:
                self._need(item, "rows")
        for item, draft in self._parts.conditions:
            self._needs.append(Need(item, "filter", _condition_picks(draft)))
        for item in self._parts.of("existence"):
            self._need(item, "subject")
        for having in self._parts.havings:
            self._need_measure(having.measure)
        for by in self._ordering_items():
            self._need_measure(by) if by.kind == "measure" else self._need(by, "rows")

    def _ordering_items(self) -> list[Item]:
        rank = self._parts.rank
        found = [rank.by] if rank and rank.by else []
        return found + [item for sort in self._parts.sorts for item in sort.by]

    def _head_role(self, item: Item) -> Role:
        only_head = len(self._parts.heads) == 1 and not self._parts.has("measure")
        return "subject" if item.kind in {"table", "noun"} and not only_head else "rows"

    def _need(self, item: Item, role: Role) -> None:
        picks = tuple(self._pick(m.table, m.ref if m.kind == "column" else None, m.weight) for m in item.meanings)
        self._needs.append(Need(item, role, tuple(dict.fromkeys(picks))))

    def _pick(self, table: str, ref: Ref | None, weight: float) -> Pick:
        """A reference such as plant_id, called "plant", means the plant it points at."""
        if ref is not None and weight < 0.9:
            if ref == self._schema.key(table):
                return Pick(table, None, weight + 0.05)
            for link in self._schema.links:
                if link.child == table and link.columns == (ref.column,):
                    return Pick(link.parent, None, weight + 0.05)
        return Pick(table, ref, weight)

    def _need_measure(self, item: Item) -> None:
        draft = cast(MeasureDraft, item.data)
        if draft.function == "count":
            self._needs.append(Need(item, "count", self._counted(item)))
            return
        wanted = self._wanted_unit()
        picks = [Pick(m.table, m.ref, m.weight) for m in item.meanings if self._suits(m.ref, wanted)]
        if not picks:
            raise Unread(*(unit.text for unit in self._parts.of("unit")))
        self._needs.append(Need(item, "figure", tuple(picks)))

    def _counted(self, item: Item) -> tuple[Pick, ...]:
        picks = (self._pick(m.table, m.ref if m.kind == "column" else None, m.weight) for m in item.meanings)
        return tuple(dict.fromkeys(picks))

    def _wanted_unit(self) -> Unit | None:
        found = self._parts.of("unit")
        if len(found) > 1:
            raise Unread(*(item.text for item in found))
        return cast(Unit, found[0].data) if found else None

    def _suits(self, ref: Ref, wanted: Unit | None) -> bool:
        return wanted is None or units.factor(wanted, self._schema.column(ref).unit) is not None

    def settled(self, item: Item) -> Pick:
        return next(p for need, p in zip(self._needs, self._choice.picks, strict=True) if need.item is item)

    # ── what is asked for ──

    def _headed(self, query: Query) -> Query:
        measures = tuple(self.measure(item) for item in self._parts.of("measure"))
        groups = tuple(group for item, draft in self._parts.groups for group in self._group(item, draft.grain))
        query = replace(query, measures=measures, groups=groups)
        rank = self._parts.rank
        if rank is not None:
            return self._ranked(query, rank)
        query = self._with_heads(query)
        if self._parts.havings:
            query = self._having(query)
        return query

    def _with_heads(self, query: Query) -> Query:
        """Columns beside figures become groups; alone they are listed; a lone figure of a log is totalled."""
        heads = self.listed()
        figures = [ref for ref in heads if self._schema.is_measure(ref)]
        others = [ref for ref in heads if not self._schema.is_measure(ref)]
        if query.measures or self._parts.havings:
            if figures and not self.is_thing(self.base):
                query = replace(query, measures=query.measures + self.habitual(figures))
                figures = []
            return self._grouped(query, [*others, *figures])
        if self._is_each_row(query):
            return self._rows(replace(query, groups=()), heads)
        if query.groups or not self.is_thing(self.base):
            return self._totalled(query, figures, others)
        return self._rows(query, heads)

    def _is_each_row(self, query: Query) -> bool:
        """ "the name and result of each battle": every row is one already."""
        return bool(query.groups) and all(
            group.ref in {self._schema.name(self.base), self._schema.key(self.base)} for group in query.groups
        )

    def _totalled(self, query: Query, figures: list[Ref], others: list[Ref]) -> Query:
        if not figures:
            if query.groups:
                raise Unread(*(item.text for item, _ in self._parts.groups))
            return self._rows(query, others)
        return self._grouped(replace(query, measures=self.habitual(figures)), others)

    def _rows(self, query: Query, heads: list[Ref]) -> Query:
        if query.groups:
            raise Unread(*(item.text for item, _ in self._parts.groups))
        if heads:
            repeated = not self.is_thing(self.base) or self._parts.has("distinct")
            return replace(query, columns=tuple(dict.fromkeys(heads)), distinct=repeated)
        columns = self._shown()
        if not columns:
            raise Unread()
        return replace(query, columns=columns)

    def _shown(self) -> tuple[Ref, ...]:
        """What to show of things when no column was named: their name to "which", all they have to "show"."""
        if not self._parts.of("table", "noun"):
            return ()
        return self._schema.of(self.base)[:16]

    def _grouped(self, query: Query, refs: Sequence[Ref]) -> Query:
        known = {group.ref for group in query.groups} | {group.key for group in query.groups}
        extra = [group for ref in refs if ref not in known for group in self.groups_of(ref)]
        subject = self._subject_group() if not extra and not query.groups and self._parts.havings else []
        return replace(query, groups=query.groups + tuple(dict.fromkeys([*extra, *subject])))

    def _having(self, query: Query) -> Query:
        if not query.groups:
            raise Unread(*(item.text for item in self._parts.of("having")))
        found = []
        for draft in self._parts.havings:
            measure = self.measure(draft.measure)
            found.append(Having(measure, draft.amount.operator, self._having_values(draft, measure)))
        measures = query.measures or tuple(having.measure for having in found)
        return replace(query, having=tuple(found), measures=measures)

    def _having_values(self, draft: HavingDraft, measure: Measure) -> tuple[float, ...]:
        values = []
        own = self._schema.column(measure.ref).unit if measure.ref else ""
        for value in draft.amount.values:
            size = units.factor(value.unit, own) if value.unit else None
            if value.unit and size is None:
                raise Unread(value.unit.text)
            values.append(float(value.value / size) if size else value.value)
        return tuple(values)

    def listed(self) -> list[Ref]:
        """The columns named outside conditions; a thing named alone, or beside figures, is told by its name."""
        found: list[Ref] = []
        heads = self._parts.heads
        columns = any(self.settled(item).ref for item in heads)
        for item in heads:
            pick = self.settled(item)
            if pick.ref is not None:
                found.append(pick.ref)
            elif len(heads) == 1 and not columns and not self._asks_rows(item) and (name := self._schema.name(pick.table)):
                if not self._parts.has("measure"):
                    found.append(name)
        return found

    def _asks_rows(self, item: Item) -> bool:
        """show plants: every column; which plants: their names."""
        return not self._parts.has("rank") and item.kind == "table" and item.start <= 2 and not self._parts.has("having")

    def _subject_group(self) -> list[Group]:
        for item in self._parts.of("table", "noun"):
            pick = self.settled(item)
            if pick.ref is None:
                return list(self.thing(pick.table))
        return []

    # ── figures ──

    def measure(self, item: Item) -> Measure:
        pick, draft = self.settled(item), cast(MeasureDraft, item.data)
        if draft.function != "count":
            return self.figure(cast(Function, draft.function), cast(Ref, pick.ref))
        if pick.ref is None:
            return self._count_of(pick.table)
        if self._schema.is_measure(pick.ref) and not draft.distinct:
            return self.figure(self._habit(pick.ref), pick.ref)
        return Measure("count distinct", pick.ref.table, pick.ref)

    def _count_of(self, table: str) -> Measure:
        """Rows of the base; things that the base refers to are counted once each."""
        if table == self.base:
            return Measure("count", table)
        path = self._joins.up(self.base, table)
        if path is None or len(path.up[-1].columns) != 1:
            raise Unread(self._schema.tables[table].label or self._schema.tables[table].name)
        return Measure("count distinct", table, Ref(table, path.up[-1].parent_columns[0]))

    def figure(self, function: Function, ref: Ref) -> Measure:
        own = self._schema.column(ref).unit
        wanted = self._wanted_unit()
        size = units.factor(wanted, own) if wanted else None
        return Measure(function, ref.table, ref, wanted.text, size) if wanted and size else Measure(function, ref.table, ref, own)

    def _habit(self, ref: Ref) -> Function:
        habit = self._schema.habit(ref)
        if habit == "ask":
            raise Unclear(self._item_of(ref), (Pick(ref.table, ref, 1.0, ("sum",)), Pick(ref.table, ref, 1.0, ("avg",))))
        return habit

    def _item_of(self, ref: Ref) -> Item:
        return next(need.item for need, pick in zip(self._needs, self._choice.picks, strict=True) if pick.ref == ref)

    def habitual(self, refs: Sequence[Ref]) -> tuple[Measure, ...]:
        return tuple(self.figure(self._habit(ref), ref) for ref in refs)

    # ── groups ──

    def _group(self, item: Item, grain: Grain | None) -> tuple[Group, ...]:
        if grain is not None:
            return (self._time_group(item, grain),)
        pick = self.settled(item)
        return self.groups_of(pick.ref) if pick.ref else self.thing(pick.table)

    def _time_group(self, item: Item, grain: Grain) -> Group:
        if item.meanings and (ref := self.settled(item).ref) and self._schema.is_time(ref):
            return Group(ref, grain)
        found = times.candidates(self._schema, self._joins, self.base, grain)
        if not found:
            if item.meanings and (ref := self.settled(item).ref):
                return Group(ref)
            raise Unread(item.text)
        if len(found) > 1:
            raise Unclear(item, tuple(Pick(ref.table, ref) for ref in found))
        return Group(found[0], grain)

    def groups_of(self, ref: Ref) -> tuple[Group, ...]:
        if self._schema.is_time(ref) and self._schema.kinds[ref] in {"date", "timestamp", "day"}:
            return (Group(ref, "day"),)
        if ref == self._schema.name(ref.table):
            return self.thing(ref.table)
        return (Group(ref),)

    def thing(self, table: str) -> tuple[Group, ...]:
        """One row per thing: by name, kept apart by key."""
        name, key = self._schema.name(table), self._schema.key(table)
        if name is None:
            if key is None:
                raise Unread(self._schema.tables[table].label or self._schema.tables[table].name)
            return (Group(key),)
        return (Group(name, None, None if key is None or self._schema.unique(name) else key),)

    def is_thing(self, table: str) -> bool:
        """Rows are things to be listed, rather than records to be added up."""
        if self._schema.is_entity(table):
            return True
        key = self._schema.key(table)
        return key is not None and not self._schema.times(table)

    # ── ranks, order, conditions ──

    def _ranked(self, query: Query, rank: RankDraft) -> Query:
        return Ranks(self._schema, self, self._parts).ranked(query, rank)

    def _finished(self, query: Query) -> Query:
        query = Conditions(self._schema, self._joins, self._parts, self.settled).applied(query)
        return self._sorted(query)

    def _sorted(self, query: Query) -> Query:
        orders = list(query.order)
        for sort in self._parts.sorts:
            by = [self._order_by(item, query) for item in sort.by] or [self._only_thing(query)]
            orders.extend(Order(one, sort.descending) for one in by)
        return replace(query, order=tuple(orders))

    def _order_by(self, item: Item, query: Query) -> Measure | Ref | Group:
        if item.kind == "measure":
            return self.measure(item)
        ref = self.settled(item).ref or self._schema.name(self.settled(item).table)
        group = next((group for group in query.groups if ref in {group.ref, group.key}), None)
        if group:
            return group
        measure = next((measure for measure in query.measures if measure.ref == ref), None)
        if measure:
            return measure
        if ref is None or query.measures:
            raise Unread(item.text)
        return ref

    def _only_thing(self, query: Query) -> Measure | Ref | Group:
        choices: tuple[Measure | Ref | Group, ...] = query.measures or query.columns or query.groups
        if len(choices) != 1:
            raise Unread(*(item.text for item in self._parts.of("sort")))
        return choices[0]


def _condition_picks(draft: ConditionDraft) -> tuple[Pick, ...]:
    return tuple(Pick(option.ref.table, option.ref, option.weight, option.values) for option in draft.options)

