"""What a question asks, in terms of tables and columns: the meeting point of reading, SQL, echo and follow-ups."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from sandbox.brain.moments import Grain, Period
from sandbox.brain.schema import Ref

Function = Literal["sum", "avg", "min", "max", "median", "count", "count distinct"]
Operator = Literal[
    "=", "!=", "<", "<=", ">", ">=", "in", "not in", "between", "contains", "starts", "ends", "null", "not null",
    "period",
    "not period", "true", "false",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """A computed figure: rows of `table` counted when `ref` is None. `factor` turns the column's unit into `unit`.

    `per`: what is averaged are the sums of such periods of `time`, not rows.
    """

    function: Function
    table: str
    ref: Ref | None = None
    unit: str = ""
    factor: Fraction = Fraction(1)
    per: Grain | None = None
    time: Ref | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows count. `average`: the value compared with is the column's own average over the whole table."""

    ref: Ref
    operator: Operator
    values: tuple[str | float, ...] = ()
    periods: tuple[Period, ...] = ()
    average: bool = False


@dataclass(frozen=True, slots=True)
class Existence:
    """Rows that have (or lack) rows of another table that meet its conditions."""

    table: str
    negated: bool = False
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One row per value of a column, per period of time (`grain`), or per thing (`key` tells its namesakes apart)."""

    ref: Ref
    grain: Grain | None = None
    key: Ref | None = None


@dataclass(frozen=True, slots=True)
class Having:
    """Which groups count."""

    measure: Measure
    operator: Operator
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Sorted by a measure, a listed column or a group."""

    by: Measure | Ref | Group
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """In per cent of the whole: of the rows meeting `part`, or of each group when `part` is empty."""

    part: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """From one period to the other, or from each period to the next when the two are not given."""

    ref: Ref
    first: Period | None = None
    final: Period | None = None
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood. `base` is the table whose rows are listed or counted together."""

    base: str
    columns: tuple[Ref, ...] = ()
    groups: tuple[Group, ...] = ()
    measures: tuple[Measure, ...] = ()
    conditions: tuple[Condition, ...] = ()
    existence: tuple[Existence, ...] = ()
    having: tuple[Having, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    distinct: bool = False
    share: Share | None = None
    change: Change | None = None
