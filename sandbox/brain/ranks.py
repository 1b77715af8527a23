"""The first and the last ones: rows by a column, groups by a figure, or the extreme figure itself."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from sandbox.brain import times
from sandbox.brain.amounts import quantity
from sandbox.brain.choosing import Pick, Unclear, Unread
from sandbox.brain.concepts import about
from sandbox.brain.drafts import RankDraft
from sandbox.brain.figures import Figures
from sandbox.brain.gathered import Gathered
from sandbox.brain.groups import Groups
from sandbox.brain.heads import Heads
from sandbox.brain.items import Item
from sandbox.brain.query import Group, Measure, Order, Query
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling


class Ranks:
    """Ranks one question."""

    def __init__(
        self, schema: Schema, parts: Gathered, settling: Settling, figures: Figures, groups: Groups, heads: Heads
    ) -> None:
        self._schema = schema
        self._parts = parts
        self._settling = settling
        self._figures = figures
        self._groups = groups
        self._heads = heads

    def ranked(self, query: Query, rank: RankDraft) -> Query:
        """The query with its rank."""
        rank = replace(rank, limit=limit_of(rank, self._parts))
        if rank.by is None:
            return self._by_concept(query, rank)
        if rank.by.kind == "measure":
            return self._by_measure(query, rank, self._figures.measure(rank.by))
        ref = self._settling.of(rank.by).ref
        if ref is None:
            raise Unread(rank.by.text)
        return self._by_column(query, rank, ref)

    def _by_concept(self, query: Query, rank: RankDraft) -> Query:
        if rank.concept == "frequency":
            return self._by_frequency(query, rank)
        measures = query.measures or self._only_figure()
        if rank.concept == "" and len(measures) == 1:
            return self._by_measure(replace(query, measures=()), rank, measures[0])
        found = about(self._schema, rank.concept, self._schema.of(query.base))
        if rank.concept == "age" and not found:
            found, rank = times.beginnings(self._schema, query.base), replace(rank, descending=not rank.descending)
        if rank.concept == "" or not found:
            raise Unread(*(item.text for item in self._parts.of("rank")))
        if len(found) > 1:
            raise Unclear(self._parts.of("rank")[0], [Pick(ref.table, ref) for ref in found])
        return self._by_column(query, rank, found[0])

    def _only_figure(self) -> tuple[Measure, ...]:
        """Production by plant, top 3."""
        figures = [ref for ref in self._heads.listed() if self._schema.is_measure(ref)]
        return self._figures.habitual(figures) if len(figures) == 1 else ()

    def _by_frequency(self, query: Query, rank: RankDraft) -> Query:
        refs = [ref for ref in self._heads.listed() if not self._schema.is_measure(ref)]
        if len(refs) != 1:
            raise Unread(*(item.text for item in self._parts.of("rank")))
        return self._by_measure(query, rank, Measure("count", query.base))

    def _by_measure(self, query: Query, rank: RankDraft, measure: Measure) -> Query:
        """The things or values with the greatest figure."""
        groups = query.groups or self._heads_of(measure)
        if not groups:
            raise Unread(*(item.text for item in self._parts.of("rank")))
        others = tuple(one for one in query.measures if one != measure)
        order = Order(measure, rank.descending)
        return replace(query, groups=groups, measures=(measure, *others), order=(order,), limit=rank.limit or 1)

    def _heads_of(self, measure: Measure) -> tuple[Group, ...]:
        found = [group for ref in self._heads.listed() if ref != measure.ref for group in self._groups.of_subject(ref)]
        if not found:
            for item in self._parts.of("table", "noun"):
                pick = self._settling.of(item)
                if pick.ref is None and pick.table != self._counted(measure):
                    return self._groups.of_things(pick.table)
        return tuple(dict.fromkeys(found))

    def _counted(self, measure: Measure) -> str:
        return measure.table if measure.function.startswith("count") else ""

    def _by_column(self, query: Query, rank: RankDraft, ref: Ref) -> Query:
        """Rows of things by a column of theirs; values of a log by the figure put together; or the extreme alone."""
        heads = [head for head in self._heads.listed() if head != ref]
        if query.measures:
            return self._beside(query, rank, ref, heads)
        if self._parts.has("whose"):
            return self._of_one(query, rank, ref, heads)
        if self._is_extreme(heads, query):
            extreme = self._figures.figure("max" if rank.descending else "min", ref)
            if rank.limit not in {None, 1}:
                raise Unread(*(item.text for item in self._parts.of("rank")))
            return replace(query, measures=(extreme,), groups=query.groups)
        if query.groups:
            raise Unread(*(item.text for item, _ in self._parts.groups))
        if self._schema.is_thing(query.base) or (not heads and self._schema.key(query.base)):
            return self._rows(query, rank, ref, heads)
        measure = self._figures.habitual([ref])[0]
        return self._by_measure(query, rank, measure)

    def _beside(self, query: Query, rank: RankDraft, ref: Ref, heads: list[Ref]) -> Query:
        """The average price, and the largest volume: the extreme is one more figure."""
        item = self._parts.of("rank")[0]
        before = [one.kind for one in self._parts.all if one.end <= item.start and one.kind not in {"ask", "be", "of"}]
        if heads or query.groups or rank.limit is not None or before[-1:] not in (["and"], ["sep"]):
            raise Unread(item.text)
        extreme = self._figures.figure("max" if rank.descending else "min", ref)
        return replace(query, measures=(*query.measures, extreme))

    def _of_one(self, query: Query, rank: RankDraft, ref: Ref, heads: list[Ref]) -> Query:
        """The highest price, and in which country: the figure itself, and whose it is."""
        if len(heads) != 1 or query.groups or rank.limit is not None:
            raise Unread(*(item.text for item in self._parts.of("whose")))
        extreme = self._figures.figure("max" if rank.descending else "min", ref)
        return replace(query, measures=(extreme,), groups=tuple(self._groups.of_column(heads[0])))

    def _is_extreme(self, heads: list[Ref], query: Query) -> bool:
        """As in "the highest capacity (of all plants)": nothing is named before it but the question word."""
        grouped = {group.ref for group in query.groups}
        if [head for head in heads if head not in grouped]:
            return False
        rank = self._parts.of("rank")[0]
        before = [item for item in self._parts.heads if item.start < rank.start]
        if query.groups:
            return True
        return (
            not before
            and rank.data is not None
            and cast(RankDraft, rank.data).by is not None
            and not self._named_alone(rank)
        )

    def _named_alone(self, rank: Item) -> bool:
        return cast(RankDraft, rank.data).limit is not None

    def _rows(self, query: Query, rank: RankDraft, ref: Ref, heads: list[Ref]) -> Query:
        name = self._schema.name(query.base)
        shown = heads or ([name] if name else list(self._schema.of(query.base)))
        columns = tuple(dict.fromkeys([*shown, ref]))
        return replace(query, columns=columns, order=(Order(ref, rank.descending),), limit=rank.limit or 1)


def limit_of(rank: RankDraft, parts: Gathered) -> int | None:
    """How many are asked for: said with the rank, or before the noun ("les 5 pays qui …")."""
    number = parts.number()
    return int(quantity(number).value) if rank.limit is None and number else rank.limit
