"""Replies to show in Teams."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from agents.domain import (
    Answer,
    Apology,
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
    Talk,
)

REF = TableRef("main", "energy", "green_energy")
TABLE = Table(
    REF,
    (
        Column("month", "string", label="Month"),
        Column("country", "string", label="Country"),
        Column("mwh", "decimal(18,3)", label="Green", unit="MWh"),
    ),
)
PRODUCT = DataProduct(
    "energy-usage", "Energy usage", "energy", description="Green energy by country", owner="energy-team",
    url="https://mesh.example.org/products/energy-usage", tables=(TABLE,), documentation=95, lifecycle=Lifecycle.ACTIVE,
)  # fmt: skip
SQL = "SELECT month, SUM(mwh) AS mwh FROM green_energy WHERE country = 'France' GROUP BY month"
ROWS = tuple((f"2025-{month:02d}", Decimal(1000 * month)) for month in range(1, 13))
FRANCE = Filter("country", "=", ("France",))
PERIOD = Filter("month", "between", ("2025-01", "2025-12"))
KINDS = Filter("kind", "in", ("wind", "solar"))


def figures(rows: tuple[tuple[Any, ...], ...] = ROWS, *, sensitivity: Sensitivity = Sensitivity.INTERNAL) -> Figures:
    """Green energy by month."""
    result = SqlResult(SQL, ("month", "mwh"), ("string", "decimal(18,3)"), rows, as_whom="asker")
    reading = Reading((REF,), (FRANCE, PERIOD, KINDS), (), ("month",))
    draft = Draft(SQL, space="space", conversation="talk", message="words")
    return Figures(result, reading, (replace(PRODUCT, sensitivity=sensitivity),), (TABLE,), draft=draft)


ANSWER = Answer("en", figures(), ("And in Germany?", "By country?"))
RESTRICTED = Answer("en", figures(sensitivity=Sensitivity.RESTRICTED))
WHICH = Clarification("en", "product", (Option("k1", "Energy usage", "energy"), Option("k2", "Wind parks")))
MANY = Clarification("en", "product", tuple(Option(f"k{at}", f"Product {at}") for at in range(30)))
FAILED = Apology("en", "unavailable", {}, "abcd1234", retry=True)
HELLO = Answer("en", Talk("hello"))
