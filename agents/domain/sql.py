"""SQL: what somebody drafted, what an executed statement did, and the rows that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents.domain.mesh import TableRef

Cell: TypeAlias = object
"""One value of a result row, as the warehouse's client gives it: str, int, float, Decimal, bool, date, datetime, bytes,
list, dict or None."""


Operator: TypeAlias = Literal[
    "=", "!=", "<", "<=", ">", ">=", "in", "not in", "between", "like", "is null", "is not null"
]


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one column, read off executed SQL: country = France; month between 2025-01 and 2025-03."""

    column: str
    operator: Operator
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As models and a conversation's memory have it: "country in France, Germany"; people read adapters/wording."""
        return f"{self.column} {self.operator} {', '.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Calculation:
    """One computed output column: sum of consumption_mwh, as total. `column` is "*" for COUNT(*)."""

    function: str  # sum, avg, min, max, count, count distinct, or the SQL text of another expression
    column: str
    alias: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What an executed statement did, read off its syntax tree. `complete` False: there is more than is told here."""

    tables: tuple[TableRef, ...]
    filters: tuple[Filter, ...] = ()
    calculations: tuple[Calculation, ...] = ()
    grouping: tuple[str, ...] = ()
    order: tuple[tuple[str, Literal["asc", "desc"]], ...] = ()
    limit: int | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """SQL somebody wrote, not checked yet. `conversation` and `message` are Genie's, empty when a model wrote it."""

    sql: str
    description: str = ""
    author: Literal["genie", "model", "asker"] = "genie"
    space: str = ""
    conversation: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class SaidByGenie:
    """Genie answered in words: it asks back (`asks`), or says what it could not read. Untrusted text."""

    text: str
    asks: bool = False
    suggestions: tuple[str, ...] = ()
    space: str = ""
    conversation: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class SqlResult:
    """The rows of one executed statement. `types` are warehouse type texts; `truncated`: a cap cut rows off.

    `total`: how many rows there are in all, where rows were cut off and could be counted; else None.
    """

    sql: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool = False
    statement_id: str = ""
    as_whom: str = ""  # whose rights were used: the asker's user name, or the service principal's
    total: int | None = None
