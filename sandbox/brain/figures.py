"""From settled words to figures: which function of which column, in which unit, or how many of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast, get_args

from sandbox.brain import phrases, times, units
from sandbox.brain.choosing import Pick, Unclear, Unread
from sandbox.brain.drafts import HavingDraft, MeasureDraft
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.language import Language
from sandbox.brain.query import Function, Having, Measure
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling
from sandbox.brain.tokens import Token, tokenize

_EXTREMES: dict[tuple[str, str], Function] = {
    ("agg", "min"): "min", ("agg", "max"): "max", ("super", "asc"): "min", ("super", "desc"): "max",
}  # fmt: skip


def _extremes(tokens: Sequence[Token], at: int) -> Iterator[Function]:
    """What a word says of the figure behind it, in either language."""
    for language in get_args(Language):
        found = phrases.longest(tokens[: at + 2], at, language)
        if found and (function := _EXTREMES.get((found[1][0], str(found[1][1])))):
            yield function


class Figures:
    """The figures of one question."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered, settling: Settling) -> None:
        self._schema = schema
        self._parts = parts
        self._joins = joins
        self._settling = settling

    def measure(self, item: Item) -> Measure:
        """The figure that an item asks for."""
        pick, draft = self._settling.of(item), cast(MeasureDraft, item.data)
        if draft.function != "count":
            self._check_total(item, draft.function, cast(Ref, pick.ref))
            return self.figure(cast(Function, draft.function), cast(Ref, pick.ref))
        if pick.ref is None:
            self._check_unit()
            return self._count_of(pick.table)
        if self._schema.is_measure(pick.ref) and not draft.distinct:
            return self.figure(self.habit(pick.ref), pick.ref)
        return Measure("count distinct", pick.ref.table, pick.ref)

    def _check_unit(self) -> None:
        """How many things there are is a number of no unit: in percent, it would be another figure."""
        if self._settling.wanted_unit() is not None:
            raise Unread(*(item.text for item in self._parts.of("unit")))

    def _check_total(self, item: Item, function: Function | None, ref: Ref) -> None:
        """A stock is not added up over time, even when a total is asked for: it needs a moment."""
        log = not self._schema.is_thing(ref.table) and bool(self._schema.times(ref.table))
        if function == "sum" and log and self._schema.is_stock(ref) and not self._is_one_moment(ref):
            raise Unread(item.text)

    def figure(self, function: Function, ref: Ref) -> Measure:
        """A function of a column, in the unit asked for or its own."""
        if ref.table != self._settling.base:
            raise Unread(
                self._schema.column(ref).label or ref.column
            )  # joined, its rows would be counted more than once
        own, wanted = self._schema.column(ref).unit, self._settling.wanted_unit()
        size = units.factor(wanted, own) if wanted else None
        if wanted and size is None:
            raise Unread(*(item.text for item in self._parts.of("unit")))
        return (
            Measure(function, ref.table, ref, wanted.text, size)
            if wanted and size
            else Measure(function, ref.table, ref, own)
        )

    def habit(self, ref: Ref) -> Function:
        """How a column is put together when nobody says how; Unclear when that cannot be guessed."""
        if said := self._said(ref):
            return said
        habit = self._schema.habit(ref)
        if habit == "ask" and self._schema.is_stock(ref) and self._is_one_moment(ref):
            return "sum"
        if habit == "ask":
            functions = ("avg",) if self._schema.is_stock(ref) else ("sum", "avg")
            picks = [Pick(ref.table, ref, 1.0, (function,)) for function in functions]
            raise Unclear(self._settling.item_of(ref), picks)
        return habit

    def _said(self, ref: Ref) -> Function | None:
        """As in "the lowest temperature", where a column is called so: the lowest of them, not their average."""
        tokens = tokenize(self._settling.item_of(ref).text)
        said = {entry for at in range(len(tokens)) for entry in _extremes(tokens, at)}
        return next(iter(said)) if len(said) == 1 else None

    def habitual(self, refs: Sequence[Ref]) -> tuple[Measure, ...]:
        """Each column put together the usual way."""
        return tuple(self.figure(self.habit(ref), ref) for ref in refs)

    def having(self, draft: HavingDraft) -> Having:
        """A condition on a figure, in the column's own unit."""
        measure = self.measure(draft.measure)
        own, values = self._schema.column(measure.ref).unit if measure.ref else "", []
        for value in draft.amount.values:
            size = units.factor(value.unit, own) if value.unit else None
            if value.unit and size is None:
                raise Unread(value.unit.text)
            values.append(float(value.value / size) if size else value.value)
        return Having(measure, draft.amount.operator, tuple(values))

    def _is_one_moment(self, ref: Ref) -> bool:
        """What is there at one moment can be added up: the question names one period, as fine as the rows are."""
        grains = [draft.grain for _, draft in self._parts.groups if draft.grain]
        grains += [period.grain for period in self._parts.periods]
        finest = [time for time in self._schema.times(ref.table)[:1] if self._schema.kinds[time] != "timestamp"]
        return len(grains) == 1 and any(times.is_of_grain(self._schema, time, grains[0]) for time in finest)

    def _count_of(self, table: str) -> Measure:
        """Rows of the base; things that the base refers to are counted once each."""
        base = self._settling.base
        if table == base:
            return Measure("count", table)
        path = self._joins.up(base, table)
        if path is None or len(path.up[-1].columns) != 1:
            raise Unread(self._schema.tables[table].label or self._schema.tables[table].name)
        return Measure("count distinct", table, Ref(table, path.up[-1].parent_columns[0]))
