"""Rules for conditions: values ("in France", "hors Espagne"), comparisons ("capacity above 100 MW"), texts, gaps and
whether other things exist ("plants without an outage")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sandbox.brain import units
from sandbox.brain.amounts import quantity
from sandbox.brain.concepts import about
from sandbox.brain.drafts import Amount, ConditionDraft, HavingDraft, MeasureDraft, Option, Quantity, options, value_options
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.moments import Period
from sandbox.brain.numbers import literal
from sandbox.brain.query import Operator
from sandbox.brain.schema import Schema
from sandbox.brain.stems import plain

_NEGATED: dict[Operator, Operator] = {
    "=": "!=", "!=": "=", "in": "not in", "not in": "in", ">": "<=", "<": ">=", ">=": "<", "<=": ">", "null": "not null",
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
            Rule("not:not|without (in|of|be|with|that)* condition:condition", self._negated),
        )  # fmt: skip
        self.flags = (
            Rule("not:not? be? column:column table:table", self._flag),
            Rule("(that|be|in|with)* not:not? column:column", self._flag_alone),
        )
        self.comparisons = (
            Rule("column:column|table (that|be|with|of|in)* not:not? like:like|with (in|be)* text:quote|value|unknown|condition",
                 self._text),
            Rule("grain|grain_column (be|of|in)* period:period", self._plain_period),
            Rule("column:column (be|in|of|that)* not:not? period:period", self._period),
            Rule("column:column (that|be|with|of|in)* not:not? amount:amount", self._compared),
            Rule("amount:amount of? column:column", self._compared),
            Rule("column:column not:not? (be|of|in)* number:number|quantity", self._equal),
            Rule("with number:number column:column", self._equal),
            Rule("measure:measure (that|be|with|of|in)* amount:amount", self._having),
            Rule("amount:amount", self._alone),
            Rule("column:column be? not:not? null:null", self._null),
            Rule("null:null column:column", self._null),
        )  # fmt: skip
        self.existence = (
            Rule("without:without|not (with|of|in|be)* table:table", self._absent),
            Rule("without:without column:column", self._missing),
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
        """country is France; types other than cat."""
        column, condition = found.one("column"), found.one("condition")
        before = found.before.kind if found.before else ""
        kept = self._of_column(column, draft(condition).options)
        if not kept or before == "per" or draft(condition).operator not in {"=", "in", "!=", "not in"}:
            return None
        read = replace(draft(condition), options=kept)
        negation = found.get("not") or found.get("never")
        if negation:
            read = replace(read, operator=_NEGATED[read.operator], denied=negation.data == "verb")
        return found.merged("condition", read)

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
        negated = _NEGATED.get(read.operator)
        denied = found.one("not").data == "verb" or found.one("not").kind == "without"
        return found.merged("condition", replace(read, operator=negated, denied=denied)) if negated else None

    # ── comparisons ──

    def _plain_period(self, found: Found) -> Reading:
        if found.before and found.before.kind == "per":
            return None
        return found.one("period")

    def _period(self, found: Found) -> Reading:
        """founded before 2003; population between 1900 and 2000."""
        column, item = found.one("column"), found.one("period")
        if found.before and found.before.kind == "per":
            return None
        periods = item.data if isinstance(item.data, tuple) else (cast(Period, item.data),)
        times = tuple(option for option in options(column) if self._schema.is_time(option.ref))
        if times:
            operator: Operator = "not period" if found.get("not") else "period"
            return found.merged("condition", ConditionDraft(operator, times, periods=periods))
        amount = periods[0].amount
        figures = tuple(
            option for option in options(column) if self._schema.is_figure(option.ref) or self._is_said(option)
        )
        if len(periods) != 1 or amount is None or not figures or self._has_time(figures):
            return None
        values = tuple(float(value) for value in (amount[1:] if amount[0] == "between" else amount[1:2]))
        with_values = tuple(replace(option, values=values) for option in figures)
        return found.merged("condition", ConditionDraft(cast(Operator, amount[0]), with_values))

    def _is_said(self, option: Option) -> bool:
        """A numeric key counts as a number only when it is named in full."""
        return option.weight >= 0.9 and self._schema.is_number(option.ref)

    def _has_time(self, figures: tuple[Option, ...]) -> bool:
        """ "consumption between 2024 and 2025" speaks of years where there are years to speak of."""
        return any(self._schema.times(option.ref.table) for option in figures)

    def _compared(self, found: Found) -> Reading:
        column, amount = found.one("column"), cast(Amount, found.one("amount").data)
        operator = _NEGATED[amount.operator] if found.get("not") and amount.operator in _NEGATED else amount.operator
        choices = tuple(one for one in options(column) if self._schema.is_figure(one.ref) or self._is_said(one))
        if amount.concept:
            fitting = set(about(self._schema, amount.concept, [one.ref for one in choices]))
            choices = tuple(one for one in choices if one.ref in fitting)
        return self._condition(found, choices, replace(amount, operator=operator))

    def _alone(self, found: Found) -> Reading:
        """plus de 100 MW; older than 20: the unit or the adjective says which column."""
        item = found.one("amount")
        amount = cast(Amount, item.data)
        if item.meanings:
            return self._condition(found, options(item), amount)
        unit = next((value.unit for value in amount.values if value.unit), None)
        refs = [ref for ref in self._schema.refs if self._schema.is_number(ref)]
        if unit is not None:
            refs = [ref for ref in refs if units.factor(unit, self._schema.column(ref).unit)]
        elif amount.concept:
            refs = about(self._schema, amount.concept, refs)
        else:
            return None
        return self._condition(found, tuple(Option(ref, 0.9) for ref in refs), amount)

    def _condition(self, found: Found, choices: tuple[Option, ...], amount: Amount) -> Reading:
        kept = []
        for option in choices:
            values = self._converted(option, amount.values) if self._schema.is_number(option.ref) else None
            if values is not None:
                kept.append(replace(option, values=values))
        if not kept:
            return None
        return found.merged("condition", ConditionDraft(amount.operator, tuple(kept), average=amount.average))

    def _converted(self, option: Option, values: tuple[Quantity, ...]) -> tuple[float, ...] | None:
        own, found = self._schema.column(option.ref).unit, []
        for value in values:
            size = units.factor(value.unit, own) if value.unit else None
            if value.unit and size is None:
                return None
            found.append(float(value.value / size) if size else value.value)
        return tuple(found)

    def _equal(self, found: Found) -> Reading:
        """with 4 cylinders; capacity of 500; code 12."""
        column, item = found.one("column"), found.one("number")
        if item.kind == "year":
            return None
        value, kept = quantity(item), []
        for option in options(column):
            text = literal(value.value)
            if option.weight < 0.9 and self._schema.is_key(option.ref):
                continue
            if self._schema.is_number(option.ref) and (numbers := self._converted(option, (value,))):
                kept.append(replace(option, values=numbers))
            elif text in self._schema.values[option.ref]:
                kept.append(replace(option, values=(text,)))
        operator: Operator = "!=" if found.get("not") else "="
        return found.merged("condition", ConditionDraft(operator, tuple(kept))) if kept else None

    def _having(self, found: Found) -> Reading:
        amount = cast(Amount, found.one("amount").data)
        counted = cast(MeasureDraft, found.one("measure").data).function == "count"
        if counted and any(value.unit for value in amount.values):
            return None  # "how many plants are over 1000 MW": a condition on the plants, not on their number
        return None if amount.average else found.merged("having", HavingDraft(found.one("measure"), amount))

    # ── texts, gaps, existence ──

    def _text(self, found: Found) -> Reading:
        """whose name contains 'Hey': only texts that occur in the data become part of the SQL."""
        like, item = found.one("like"), found.one("text")
        if like.kind == "with" and item.kind != "quote":
            return None
        text = str(item.data) if item.kind == "quote" else item.text
        operator = cast(Operator, "contains" if like.kind == "with" else like.data)
        if found.get("not"):
            return None
        choices = options(found.one("column")) or self._names(found.one("column"))
        kept = tuple(replace(option, values=(text,)) for option in choices if self._occurs(option, operator, text))
        return found.merged("condition", ConditionDraft(operator, kept)) if kept else None

    def _names(self, item: Item) -> tuple[Option, ...]:
        names = [self._schema.name(meaning.table) for meaning in item.meanings if meaning.kind == "table"]
        return tuple(Option(name) for name in names if name)

    def _occurs(self, option: Option, operator: Operator, text: str) -> bool:
        wanted = plain(text)
        values = (plain(value) for value in self._schema.values[option.ref])
        if operator == "starts":
            return any(value.startswith(wanted) for value in values)
        if operator == "ends":
            return any(value.endswith(wanted) for value in values)
        return any(wanted in value for value in values)

    def _flag(self, found: Found) -> Reading:
        """active customers: a column that is true or false, used as an adjective."""
        kept = tuple(option for option in options(found.one("column")) if self._schema.kinds[option.ref] == "boolean")
        if not kept:
            return None
        operator: Operator = "false" if found.get("not") else "true"
        condition = replace(found.one("column"), kind="condition", data=ConditionDraft(operator, kept), meanings=())
        return condition, found.one("table")

    def _flag_alone(self, found: Found) -> Reading:
        """… are in operation: true of what is counted or listed; but a flag that is listed or grouped by is a column."""
        column = found.one("column")
        flags = tuple(option for option in options(column) if self._schema.kinds[option.ref] == "boolean")
        before = found.before.kind if found.before else "ask"
        if column.kind != "column" or len(flags) < len(column.meanings) or before in {"ask", "per", "sep", "and", "count"}:
            return None
        operator: Operator = "false" if found.get("not") else "true"
        return found.merged("condition", ConditionDraft(operator, flags))

    def _null(self, found: Found) -> Reading:
        operator: Operator = "not null" if found.get("not") else "null"
        return found.merged("condition", ConditionDraft(operator, options(found.one("column"))))

    def _missing(self, found: Found) -> Reading:
        kept = tuple(
            one for one in options(found.one("column")) if one.weight >= 0.9 or not self._schema.is_key(one.ref)
        )
        return found.merged("condition", ConditionDraft("null", kept)) if kept else None

    def _absent(self, found: Found) -> Reading:
        table = found.one("table")
        return found.merged("existence", True, tuple(m for m in table.meanings if m.kind == "table"))
