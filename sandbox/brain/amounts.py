"""Rules for numbers: with units, in comparisons ("plus de 100 MW", "between 5 and 10"), or against an average."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from sandbox.brain.drafts import Amount, Quantity
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.moments import Period
from sandbox.brain.query import Operator
from sandbox.brain.units import Unit


def quantity(item: Item) -> Quantity:
    """The number of a number, quantity or year item."""
    if isinstance(item.data, Quantity):
        return item.data
    if isinstance(item.data, Period) and item.data.amount:
        return Quantity(float(item.data.amount[1]))
    return Quantity(cast(float, item.data))


def _with_unit(found: Found) -> Reading:
    return found.merged("quantity", Quantity(quantity(found.one("number")).value, cast(Unit, found.one("unit").data)))


def _compared(found: Found) -> Reading:
    operator, _, concept = str(found.one("cmp").data).partition(" ")
    value = quantity(found.one("number"))
    return found.merged("amount", Amount(cast(Operator, operator), (value,), concept))


def _signed(found: Found) -> Reading:
    """Negative prices: below zero."""
    item = found.one("sign")
    return item.become("amount", Amount(cast(Operator, item.data), (Quantity(0.0),)))


def _suffixed(found: Found) -> Reading:
    return found.merged("amount", Amount(cast(Operator, found.one("more").data), (quantity(found.one("number")),)))


def _between(found: Found) -> Reading:
    low, high = quantity(found.one("low")), quantity(found.one("high"))
    low = low if low.unit else Quantity(low.value, high.unit)
    return found.merged("amount", Amount("between", (low, high)))


def _average(found: Found) -> Reading:
    """Above the average (age)."""
    agg = found.one("agg")
    if agg.data != "avg":
        return None
    operator, _, concept = str(found.one("cmp").data).partition(" ")
    column = found.get("column")
    meanings = column.meanings if column else ()
    return found.merged("amount", Amount(cast(Operator, operator), (), concept, average=True), meanings)


NUMBERS = (
    Rule("number:number unit:unit", _with_unit),
    Rule("between low:quantity|number and|in high:quantity|number", _between),
    Rule("number:quantity|number more:ormore", _suffixed),
    Rule("cmp:cmp (in|of|be)* number:quantity|number", _compared),
    Rule("sign:sign", _signed),
)


def _split(found: Found) -> Reading:
    """A greater weight than 10; above age 20: the column stands inside the comparison."""
    operator = cast(Operator, str(found.one("cmp").data).split(" ")[0])
    amount = Amount(operator, (quantity(found.one("number")),))
    return found.one("column"), replace(found.one("cmp"), kind="amount", data=amount, end=found.items[-1].end)


SPLIT = (
    Rule("cmp:comp column:column than number:number|quantity", _split),
    Rule("cmp:cmp column:column number:number|quantity", _split),
)
AVERAGES = (
    Rule("cmp:cmp (that of)? of? agg:agg (of? column:column)?", _average),
    Rule("cmp:cmp column:column agg:agg", _average),
)
