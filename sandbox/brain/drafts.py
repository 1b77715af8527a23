"""What the grammar's rules leave in the row of items: conditions, measures, ranks … whose columns are still open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.brain.items import Item
from sandbox.brain.meanings import Meaning
from sandbox.brain.moments import Grain, Period
from sandbox.brain.query import Function, Operator
from sandbox.brain.schema import Ref
from sandbox.brain.units import Unit


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit."""

    value: float
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What a figure is compared with: numbers, or (`average`) the average of a column."""

    operator: Operator
    values: tuple[Quantity, ...] = ()
    concept: str = ""
    average: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One column that may be meant, with the values to compare with as that column holds them."""

    ref: Ref
    weight: float = 1.0
    values: tuple[str | float, ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionDraft:
    """A condition on one of several columns."""

    operator: Operator
    options: tuple[Option, ...]
    periods: tuple[Period, ...] = ()
    average: bool = False
    compared: bool = False  # the values are to be told side by side
    both: bool = False
    together: bool = False  # joined by "and", not "or"
    denied: bool = False  # "do not …": said of the thing, not of one of its records


@dataclass(frozen=True, slots=True)
class MeasureDraft:
    """A figure to compute; `function` empty: nobody said how."""

    function: Function | None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class HavingDraft:
    """A condition on a figure of each group."""

    measure: Item
    amount: Amount


@dataclass(frozen=True, slots=True)
class RankDraft:
    """The first ones by a measure or column item (`by`), else by a concept: age, price, "many" (how many)."""

    descending: bool
    by: Item | None = None
    concept: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class SortDraft:
    """The order asked for."""

    by: tuple[Item, ...]
    descending: bool


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """One row per value, or per period of this grain."""

    grain: Grain | None = None


def options(item: Item) -> tuple[Option, ...]:
    """The columns that an item may mean."""
    return tuple(Option(meaning.ref, meaning.weight) for meaning in item.meanings if meaning.kind == "column")


def value_options(meanings: Iterable[Meaning]) -> tuple[Option, ...]:
    """The values that a word may mean, by column; several values of one column stay apart."""
    return tuple(
        Option(meaning.ref, meaning.weight, (meaning.value,)) for meaning in meanings if meaning.kind == "value"
    )
