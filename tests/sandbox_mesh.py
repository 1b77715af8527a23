"""A mesh small enough to read at a glance, and a workspace on it, for tests of the sandbox's parts."""

from __future__ import annotations

import duckdb

from sandbox.databricks.knobs import Knobs
from sandbox.databricks.workspace import Workspace
from sandbox.mesh import Column, ForeignKey, Mesh, Product, Table

SALES = Table(
    "energy",
    "usage",
    "sales",
    (
        Column("country", "string", "Where it was sold", tags=(("class.geo", "true"),)),
        Column("day", "date"),
        Column("customer_id", "bigint", nullable=False),
        Column("amount", "decimal(10,2)", "Net amount", unit="EUR"),
    ),
    comment="Sales by country and day",
    primary_key=("country", "day"),
    foreign_keys=(ForeignKey(("customer_id",), "energy.usage.customers", ("id",)),),
    tags=(("certified", "gold"),),
)
CUSTOMERS = Table(
    "energy",
    "usage",
    "customers",
    (Column("id", "bigint"), Column("email", "string", tags=(("class.pii", "true"),))),
)
SALARIES = Table("people", "hr", "salaries", (Column("name", "string"), Column("salary", "bigint")))
MESH = Mesh(
    (
        Product("sales", "Sales", "commerce", (SALES, CUSTOMERS), owner="Sales team", space="space-sales"),
        Product("pay", "Pay", "people", (SALARIES,), sensitivity="restricted", readers=("hr",)),
    )
)


def fill(connection: duckdb.DuckDBPyConnection, _mesh: Mesh) -> None:
    """Four sales, two customers, two salaries."""
    connection.execute(
        "CREATE TABLE energy.usage.sales(country VARCHAR, day DATE, customer_id BIGINT, amount DECIMAL(10,2));"
        "INSERT INTO energy.usage.sales VALUES ('France', '2025-01-05', 1, 10.50), ('France', '2025-02-05', 2, 20),"
        "('Germany', '2025-01-05', 1, 5.25), ('Italy', '2025-03-01', 2, NULL);"
        "CREATE TABLE energy.usage.customers AS SELECT i AS id, 'c' || i || '@example.org' AS email "
        "FROM range(1, 3) t(i);"
        "CREATE TABLE people.hr.salaries AS SELECT 'Ana' AS name, 100::BIGINT AS salary UNION ALL SELECT 'Bob', 200;"
    )


def workspace(knobs: Knobs | None = None) -> Workspace:
    """A workspace on the small mesh; close it."""
    return Workspace(MESH, knobs, fill=fill)
