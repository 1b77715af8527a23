"""The sample mesh's rows: several years of an energy group's life, the same on every machine and at every start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
from sqlglot import exp

from sandbox.mesh import Mesh, Table

_HERE = Path(__file__).parent
# In this order: later scripts read the tables of earlier ones. `axes` makes what all need, `clean` takes it away again.
_SCRIPTS = (
    "axes",
    "renewables",
    "generation",
    "grid",
    "trading",
    "customers",
    "finance",
    "weather",
    "assets",
    "people",
    "carbon",
    "mobility",
    "procurement",
    "clean",
)


def fill(connection: duckdb.DuckDBPyConnection, mesh: Mesh) -> None:
    """Creates every table of the sample mesh, typed as its contract says, and fills it.

    The catalogs must be attached; missing schemas are created. Nothing depends on the clock: rows run from January 2019
    to October 2026. Raises `duckdb.Error` when a contract promises a column that no script fills.
    """
    for statement in _definitions(mesh):
        connection.execute(statement)
    for name in _SCRIPTS:
        connection.execute((_HERE / f"{name}.sql").read_text(encoding="utf-8"))


def _definitions(mesh: Mesh) -> Iterator[str]:
    for table in mesh.tables:
        yield f"CREATE SCHEMA IF NOT EXISTS {_quoted(table.catalog, table.schema)}"
        yield f"CREATE TABLE {_quoted(table.catalog, table.schema, table.name)} ({', '.join(_columns(table))})"


def _columns(table: Table) -> Iterator[str]:
    for column in table.columns:
        kind = exp.DataType.build(column.type, dialect="databricks").sql("duckdb")
        yield f"{_quoted(column.name)} {kind}{'' if column.nullable else ' NOT NULL'}"


def _quoted(*parts: str) -> str:
    return ".".join(f'"{part}"' for part in parts)
