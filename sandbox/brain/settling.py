"""What each word of a question needs to be settled on, and what it was settled on once the table is chosen."""

from __future__ import annotations

from typing import cast

from sandbox.brain import units
from sandbox.brain.choosing import Choice, Need, Pick, Role, Unread, choose
from sandbox.brain.drafts import ConditionDraft, MeasureDraft
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.stems import plain
from sandbox.brain.units import Unit

_CALLED = 0.98  # a table is called so; a mere synonym of another table's name is not meant then
_SYNONYM = 0.05
_IDS = frozenset({"id", "ids", "identifiant", "identifiants", "identifier", "identifiers"})


class Settling:
    """Settles the words of one question; `base` fixes the table when an earlier question chose it."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered, base: str = "") -> None:
        self._schema = schema
        self._parts = parts
        self._needs: list[Need] = []
        self._collect()
        if not self._needs and not base:
            raise Unread
        self._choice = choose(schema, joins, self._needs, base) if self._needs else Choice(base, (), 0.0)

    @property
    def base(self) -> str:
        """The table whose rows are asked about."""
        return self._choice.base

    def of(self, item: Item) -> Pick:
        """What an item means."""
        return next(pick for need, pick in self.settled if need.item is item)

    @property
    def settled(self) -> tuple[tuple[Need, Pick], ...]:
        """Every need with what it was settled on."""
        return tuple(zip(self._needs, self._choice.picks, strict=True))

    @property
    def things(self) -> frozenset[str]:
        """The tables that are named themselves, not only by their columns."""
        found = {pick.table for _, pick in self.settled if pick.ref is None}
        for need, pick in self.settled:
            found |= need.item.owner & {pick.table}
        return frozenset(found)

    def item_of(self, ref: Ref) -> Item:
        """The item that means this column."""
        return next((need.item for need, pick in self.settled if pick.ref == ref), self._parts.items[0])

    def wanted_unit(self) -> Unit | None:
        """The unit that figures are asked in; Unread when there are two."""
        found = self._parts.of("unit")
        if len(found) > 1:
            raise Unread(*(item.text for item in found))
        return cast(Unit, found[0].data) if found else None

    # ── needs ──

    def _collect(self) -> None:
        for place, item in enumerate(self._parts.heads):
            computed = self._parts.has("measure") or self._parts.has("rank")
            self._need(item, self._head_role(item) if place or computed else "head")
        for item in self._parts.of("measure"):
            self._need_measure(item)
        for item, draft in self._parts.groups:
            if item.meanings and draft.grain is None:
                self._need(item, "rows")
        for item, condition in self._parts.conditions:
            self._needs.append(Need(item, "filter", self._nearest(item, _condition_picks(condition))))
        for item in self._parts.of("existence"):
            self._need(item, "absent")
        for having in self._parts.havings:
            self._need_measure(having.measure)
        self._collect_order()

    def _nearest(self, item: Item, picks: tuple[Pick, ...]) -> tuple[Pick, ...]:
        """A condition is said of what was named last before it, where that has such a column."""
        if tables := self._related(item):
            return tuple(pick for pick in picks if pick.table in tables) or picks
        named = [one for one in self._parts.of("table", "noun", "measure", "existence") if one.start < item.start]
        last = max(named, key=lambda one: one.start, default=None)
        tables = {meaning.table for meaning in last.meanings if meaning.kind == "table"} if last else set()
        return tuple(pick for pick in picks if pick.table in tables) or picks

    def _related(self, item: Item) -> set[str]:
        """A cat that is three years old: the age of what has just been told by a value."""
        before = [one for one in self._parts.all if one.end <= item.start and one.kind not in {"be", "with", "end"}][
            -2:
        ]
        if [one.kind for one in before] != ["condition", "that"]:
            return set()
        return {option.ref.table for option in cast(ConditionDraft, before[0].data).options}

    def _collect_order(self) -> None:
        rank = self._parts.rank
        found = [rank.by] if rank and rank.by else []
        for by in found + [item for sort in self._parts.sorts for item in sort.by]:
            if by.kind == "measure":
                self._need_measure(by)
            else:
                self._need(by, "rows")

    def _head_role(self, item: Item) -> Role:
        only_head = len(self._parts.heads) == 1 and not self._parts.has("measure")
        return "subject" if item.kind in {"table", "noun"} and not only_head else "rows"

    def _need(self, item: Item, role: Role) -> None:
        picks = self._picks(item)
        computed = {m.ref for measure in self._parts.of("measure") for m in measure.meanings if m.kind == "column"}
        again = any(pick.ref in computed for pick in picks if pick.ref)  # "the average price, the gas price at …"
        if again or not (self._parts.has("measure") or self._parts.has("existence")):
            picks = self._preferring_figures(picks)
        self._needs.append(Need(item, role, picks))

    def _preferring_figures(self, picks: tuple[Pick, ...]) -> tuple[Pick, ...]:
        """As in "emissions" names a log and its figure: where nothing else is computed, the figure is meant."""
        figures = tuple(pick for pick in picks if pick.ref and self._schema.is_measure(pick.ref))
        logs = tuple(pick for pick in picks if pick.ref is None)
        return figures if figures and logs and not any(self._schema.is_thing(pick.table) for pick in logs) else picks

    def _picks(self, item: Item) -> tuple[Pick, ...]:
        """A thing and the column that names it are one: "plant" is the table of plants, not their names."""
        sure = bool(_IDS & set(plain(item.text).split()))
        found = tuple(self._pick(m.table, m.ref if m.kind == "column" else None, m.weight, sure) for m in item.meanings)
        if any(pick.ref is None and pick.weight >= _CALLED for pick in found):
            found = tuple(pick for pick in found if pick.ref or pick.weight >= _CALLED - _SYNONYM)
        named = {self._schema.name(pick.table) for pick in found if pick.ref is None}
        named |= {
            self._schema.key(pick.table) for pick in found if pick.ref is None and pick.weight >= _CALLED and not sure
        }
        return tuple(dict.fromkeys(pick for pick in found if pick.ref is None or pick.ref not in named))

    def _pick(self, table: str, ref: Ref | None, weight: float, sure: bool) -> Pick:
        """A reference means the thing that it points at, unless it is called by a name of its own ("plant id")."""
        if ref is None or ((sure or weight >= 0.9) and self._schema.is_called_key(ref)):
            return Pick(table, ref, weight)
        if ref == self._schema.key(table) and weight < 0.9:
            return Pick(table, None, weight + 0.05)
        for link in self._schema.links:
            if (
                link.child == table
                and link.columns == (ref.column,)
                and (weight < 0.9 or self._schema.name(link.parent))
            ):
                return Pick(link.parent, None, min(1.0, weight + 0.05))
        return Pick(table, ref, weight)

    def _need_measure(self, item: Item) -> None:
        if cast(MeasureDraft, item.data).function == "count":
            picks = self._picks(item)
            tables = tuple(pick for pick in picks if pick.ref is None)
            self._needs.append(Need(item, "count", tables or picks))
            return
        wanted = self.wanted_unit()
        picks = tuple(Pick(m.table, m.ref, m.weight) for m in item.meanings if self._suits(m.ref, wanted))
        if not picks:
            raise Unread(*(unit.text for unit in self._parts.of("unit")))
        self._needs.append(Need(item, "figure", picks))

    def _suits(self, ref: Ref, wanted: Unit | None) -> bool:
        return wanted is None or units.factor(wanted, self._schema.column(ref).unit) is not None


def _condition_picks(draft: ConditionDraft) -> tuple[Pick, ...]:
    return tuple(Pick(option.ref.table, option.ref, option.weight, option.values) for option in draft.options)
