"""Conditions on values and numbers: of the table asked about, of what it refers to, and of what refers to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from sandbox.brain.choosing import Unread
from sandbox.brain.drafts import ConditionDraft
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.query import Condition, Existence, Group, Having, Measure, Operator, Query
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling

_DENIALS: dict[Operator, Operator] = {"!=": "=", "not in": "in"}


class Filtering:
    """Filters one query."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered, settling: Settling) -> None:
        self._schema = schema
        self._joins = joins
        self._parts = parts
        self._settling = settling

    def filtered(self, query: Query) -> Query:
        """The query with its conditions on values and numbers."""
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
        """Students who do not have a cat: none of their pets is one; "pets other than cats" would be something else."""
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
        if self._is_counted(query):
            return False
        log = self._schema.key(base) is None and bool(self._schema.times(base)) and not self._schema.is_entity(base)
        return log and condition.ref.table == base and self._schema.is_measure(condition.ref)

    def _is_counted(self, query: Query) -> bool:
        """Hours with a negative price in one zone: each of them is an entry, and has one price."""
        times = {*self._schema.times(query.base)}
        fixed = {option.ref.column for _, draft in self._parts.conditions if draft.operator == "=" for option in
                 draft.options}  # fmt: skip
        keys = {
            column for column in self._schema.tables[query.base].primary_key if Ref(query.base, column) not in times
        }
        counts = [one for one in query.measures if one.function.startswith("count") and one.table == query.base]
        entries = [one for one in counts if one.ref is None or (one.ref in times and keys <= fixed)]
        return bool(entries) and len(entries) == len(query.measures)

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
        """Tables reached only by rows that refer to the base: named, denied, or with conditions of their own."""
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


def _each(condition: Condition) -> list[Condition]:
    return [replace(condition, operator="=", values=(value,)) for value in condition.values]
