"""Green energy by month: one product with its table, and figures from it for a platform to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from agents.domain import (
    Clarification,
    Column,
    DataProduct,
    Draft,
    Figures,
    Filter,
    Lifecycle,
    Option,
    Reading,
    Sensitivity,
    SqlResult,
    Table,
    TableRef,
)

REF = TableRef("main", "energy", "green_energy")
MONTH = Column("month", "string", label="Month")
COUNTRY = Column("country", "string", label="Country")
MWH = Column("mwh", "decimal(18,3)", label="Green", unit="MWh")
TABLE = Table(REF, (MONTH, COUNTRY, MWH))
URL = "https://mesh.example.org/products/energy-usage"
PRODUCT = DataProduct(
    "energy-usage", "Energy usage", "energy", description="Green energy by country", owner="energy-team", url=URL,
    tables=(TABLE,), documentation=95, lifecycle=Lifecycle.ACTIVE,
)  # fmt: skip
SQL = "SELECT month, SUM(mwh) AS mwh FROM green_energy WHERE country = 'France' GROUP BY month"
FRANCE = Filter("country", "=", ("France",))
WHICH = Clarification("en", "product", (Option("k1", "Energy usage", "energy"), Option("k2", "Wind parks")))

Rows = tuple[tuple[Any, ...], ...]


def months(last: int) -> Rows:
    """1000 MWh in January 2025, 2000 in February and so on."""
    return tuple((f"2025-{month:02d}", Decimal(1000 * month)) for month in range(1, last + 1))


def by_month(rows: Rows, filters: Sequence[Filter], sensitivity: Sensitivity, **more: Any) -> Figures:
    """What Genie's statement found."""
    result = SqlResult(SQL, ("month", "mwh"), ("string", "decimal(18,3)"), rows, as_whom="asker")
    draft = Draft(SQL, space="space", conversation="talk", message="words")
    product = replace(PRODUCT, sensitivity=sensitivity)
    return Figures(result, Reading((REF,), tuple(filters), (), ("month",)), (product,), (TABLE,), draft=draft, **more)
