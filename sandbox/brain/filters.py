"""Rules for conditions on values ("in France", "hors Espagne") and on flags ("active customers")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sandbox.brain.drafts import (
    ConditionDraft,
    Option,
    options,
    value_options,
)
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.query import Operator
from sandbox.brain.schema import Schema

NEGATED: dict[Operator, Operator] = {
    "=": "!=", "!=": "=", "in": "not in", "not in": "in", ">": "<=", "<": ">=", ">=": "<", "<=": ">",
    "null": "not null",
    "not null": "null", "period": "not period", "true": "false", "false": "true",
}  # fmt: skip


def draft(item: Item) -> ConditionDraft:
    """The condition that an item carries."""
    return cast(ConditionDraft, item.data)


class Filters:
    """The rules for the columns of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.values = (
            Rule("first:value second:value", self._parts),
            Rule("value:value", self._value),
            Rule("both:both? condition ((sep|and|or|versus)+ (in|of|with)* condition)+", self._list),
            Rule("column:column|table not:not? (be|of|in|with|that)* never:not? condition:condition", self._named),
            Rule("condition:condition be? column:column", self._named_after),
            Rule("column:column per condition:condition", self._named),
            Rule("per condition:condition", self._agent),
            Rule("not:not|without (in|of|be|with|that)* condition:condition", self._negated),
        )  # fmt: skip
        self.flags = (
            Rule("not:not? be? column:column table:table", self._flag),
            Rule("(that|be|in|with)* not:not? column:column", self._flag_alone),
        )

    # ── values ──

    def _parts(self, found: Found) -> Reading:
        """Words that together name one value: "Saint" "Nazaire"."""
        first, second = found.one("first"), found.one("second")
        common = tuple(m for m in first.meanings if any((m.ref, m.value) == (o.ref, o.value) for o in second.meanings))
        if not common or "part" not in {first.data, second.data}:
            return None
        weight = 0.85 if len(common) == 1 else 0.7
        return found.merged("value", "part", tuple(replace(meaning, weight=weight) for meaning in common))

    def _value(self, found: Found) -> Reading:
        item = found.one("value")
        condition = found.merged("condition", ConditionDraft("=", value_options(item.meanings)))
        if isinstance(item.data, tuple):
            return replace(item, kind="table", data=None, meanings=item.data), condition
        return condition

    def _list(self, found: Found) -> Reading:
        conditions = [item for item in found.items if item.kind == "condition"]
        if any(draft(item).operator not in {"=", "in"} for item in conditions):
            return None
        shared = self._shared([draft(item).options for item in conditions])
        if not shared:
            return None
        compared = any(item.kind == "versus" for item in found.items)
        together = not any(item.kind == "or" for item in found.items)
        both = found.get("both") is not None
        return found.merged("condition", ConditionDraft("in", shared, compared=compared, both=both, together=together))

    def _shared(self, lists: Sequence[tuple[Option, ...]]) -> tuple[Option, ...]:
        """The columns that hold a value of each list, with one value of each."""
        found = []
        for option in lists[0]:
            same = [next((o for o in other if o.ref == option.ref), None) for other in lists]
            if all(same):
                values = tuple(dict.fromkeys(value for o in same if o for value in o.values))
                found.append(Option(option.ref, min(o.weight for o in same if o), values))
        return tuple(found)

    def _named(self, found: Found) -> Reading:
        """Country is France; types other than cat."""
        column, condition = found.one("column"), found.one("condition")
        before = found.before.kind if found.before else ""
        kept = self._of_column(column, draft(condition).options)
        if not kept or before == "per" or draft(condition).operator not in {"=", "in", "!=", "not in"}:
            return None
        read = replace(draft(condition), options=kept)
        negation = found.get("not") or found.get("never")
        if negation:
            read = replace(read, operator=NEGATED[read.operator], denied=negation.data == "verb")
        return found.merged("condition", read)

    def _agent(self, found: Found) -> Reading:
        """Caused by storms: "by" belongs to the value, not to a group."""
        return replace(found.one("condition"), start=found.items[0].start)

    def _named_after(self, found: Found) -> Reading:
        column, condition = found.one("column"), found.one("condition")
        kept = self._of_column(column, draft(condition).options)
        return found.merged("condition", replace(draft(condition), options=kept)) if kept else None

    def _of_column(self, column: Item, values: tuple[Option, ...]) -> tuple[Option, ...]:
        """The values of the column that was named, or of the table's naming column: "the country France"."""
        refs = {meaning.ref for meaning in column.meanings if meaning.kind == "column"}
        names = {self._schema.name(meaning.table) for meaning in column.meanings if meaning.kind == "table"}
        return tuple(option for option in values if option.ref in refs | names)

    def _negated(self, found: Found) -> Reading:
        condition = found.one("condition")
        read = draft(condition)
        negated = NEGATED.get(read.operator)
        denied = found.one("not").data == "verb" or found.one("not").kind == "without"
        return found.merged("condition", replace(read, operator=negated, denied=denied)) if negated else None

    # ── flags ──

    def _flag(self, found: Found) -> Reading:
        """Active customers: a column that is true or false, used as an adjective."""
        kept = tuple(option for option in options(found.one("column")) if self._schema.kinds[option.ref] == "boolean")
        if not kept:
            return None
        operator: Operator = "false" if found.get("not") else "true"
        condition = replace(found.one("column"), kind="condition", data=ConditionDraft(operator, kept), meanings=())
        return condition, found.one("table")

    def _flag_alone(self, found: Found) -> Reading:
        """Those in operation: true of what is counted or listed; a flag that is listed or grouped by is a column."""
        column = found.one("column")
        flags = tuple(option for option in options(column) if self._schema.kinds[option.ref] == "boolean")
        before = found.before.kind if found.before else "ask"
        if (
            column.kind != "column"
            or len(flags) < len(column.meanings)
            or before in {"ask", "per", "sep", "and", "count"}
        ):
            return None
        operator: Operator = "false" if found.get("not") else "true"
        return found.merged("condition", ConditionDraft(operator, flags))
