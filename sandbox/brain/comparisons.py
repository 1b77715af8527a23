"""Rules for comparisons: numbers and periods of a column, texts in it, gaps, and whether other things exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sandbox.brain import units
from sandbox.brain.amounts import quantity
from sandbox.brain.concepts import about
from sandbox.brain.drafts import (
    Amount,
    ConditionDraft,
    HavingDraft,
    MeasureDraft,
    Option,
    Quantity,
    options,
)
from sandbox.brain.filters import NEGATED
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.moments import Period
from sandbox.brain.numbers import literal
from sandbox.brain.query import Operator
from sandbox.brain.schema import Schema
from sandbox.brain.stems import plain

_FIRST_YEAR = 1000


def amount_of(item: Item) -> str:
    """How a year compares as a number: "=" by itself, "<" in "before 2003"."""
    period = item.data[0] if isinstance(item.data, tuple) else cast(Period, item.data)
    return period.amount[0] if period.amount else ""


class Comparisons:
    """The rules for the columns of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.comparisons = (
            Rule("column:column|table (that|be|with|of|in)* not:not? like:like|with (in|be)* text:quote|unknown",
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

    def _plain_period(self, found: Found) -> Reading:
        if found.before and found.before.kind == "per":
            return None
        return found.one("period")

    def _period(self, found: Found) -> Reading:
        """Founded before 2003; population between 1900 and 2000."""
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
        if len(periods) != 1 or amount is None or not figures or self._has_time(figures) or self._is_said_when(found):
            return None
        values = tuple(float(value) for value in (amount[1:] if amount[0] == "between" else amount[1:2]))
        with_values = tuple(replace(option, values=values) for option in figures)
        return found.merged("condition", ConditionDraft(cast(Operator, amount[0]), with_values))

    def _is_said_when(self, found: Found) -> bool:
        """As in "the amount in 2025": a year that it was in, never the amount."""
        return amount_of(found.one("period")) == "=" and any(item.kind == "in" for item in found.items)

    def _is_no_year(self, option: Option, values: Sequence[float]) -> bool:
        """More than one is a number of things, not a year."""
        return self._schema.kinds[option.ref] == "year" and any(value < _FIRST_YEAR for value in values)

    def _is_said(self, option: Option) -> bool:
        """A numeric key counts as a number only when it is named in full."""
        called = not self._schema.is_key(option.ref) or self._schema.is_called_key(option.ref)
        return called and option.weight >= 0.9 and self._schema.is_number(option.ref)

    def _has_time(self, figures: tuple[Option, ...]) -> bool:
        """As in "consumption between 2024 and 2025" speaks of years where there are years to speak of."""
        return any(self._schema.times(option.ref.table) for option in figures)

    def _compared(self, found: Found) -> Reading:
        column, amount = found.one("column"), cast(Amount, found.one("amount").data)
        operator = NEGATED[amount.operator] if found.get("not") and amount.operator in NEGATED else amount.operator
        choices = tuple(one for one in options(column) if self._schema.is_figure(one.ref) or self._is_said(one))
        if amount.concept:
            fitting = set(about(self._schema, amount.concept, [one.ref for one in choices]))
            choices = tuple(one for one in choices if one.ref in fitting)
        return self._condition(found, choices, replace(amount, operator=operator))

    def _alone(self, found: Found) -> Reading:
        """Plus de 100 MW; older than 20: the unit or the adjective says which column."""
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
            if values is not None and not self._is_no_year(option, values):
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
        """With 4 cylinders; capacity of 500; code 12."""
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
        if found.after and found.after.kind in {"table", "noun"}:
            return None  # "how many countries have more than 2 makers": the makers are counted
        return None if amount.average else found.merged("having", HavingDraft(found.one("measure"), amount))

    # ── texts, gaps, existence ──

    def _text(self, found: Found) -> Reading:
        """Whose name contains 'Hey': only texts that occur in the data become part of the SQL."""
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
