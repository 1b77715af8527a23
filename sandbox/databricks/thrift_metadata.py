"""What the SQL connector's catalogs(), schemas(), tables() and columns() list, as JDBC names the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from sandbox.databricks.arrow_columns import numbers, strings, table
from sandbox.databricks.column_types import of_text
from sandbox.databricks.information_schema import InformationSchema

_NUMBERS = {"DATA_TYPE", "ORDINAL_POSITION", "COLUMN_SIZE", "DECIMAL_DIGITS", "NULLABLE"}


def catalogs(views: InformationSchema, _request: Any) -> pa.Table:
    """Catalogs that the asker may know of."""
    return _listed(["TABLE_CAT"], sorted((row["catalog_name"],) for row in views.catalogs()))


def schemas(views: InformationSchema, request: Any) -> pa.Table:
    """Schemas whose names match."""
    rows = [(row["schema_name"], row["catalog_name"]) for row in views.schemata()]
    kept = [row for row in rows if _like(row[1], request.catalogName) and _like(row[0], request.schemaName)]
    return _listed(["TABLE_SCHEM", "TABLE_CATALOG"], sorted(kept))


def tables(views: InformationSchema, request: Any) -> pa.Table:
    """Tables whose names match and whose type is asked for."""
    names = ["TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS"]
    if request.tableTypes and not {"TABLE", "MANAGED"} & {kind.upper() for kind in request.tableTypes}:
        return _listed(names, [])
    found = [relation.table for relation in views.relations()]
    rows = [(it.catalog, it.schema, it.name, "TABLE", it.comment) for it in found if _matches(it, request)]
    return _listed(names, sorted(rows))


def columns(views: InformationSchema, request: Any) -> pa.Table:
    """Columns whose names match."""
    names = ["TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE"]
    names += ["DECIMAL_DIGITS", "NULLABLE", "REMARKS", "ORDINAL_POSITION", "IS_NULLABLE"]
    rows = []
    for relation in views.relations():
        it = relation.table
        for position, column in enumerate(it.columns):
            if _matches(it, request) and _like(column.name, request.columnName):
                kind = of_text(column.type)
                where = (it.catalog, it.schema, it.name, column.name)
                size = (kind.jdbc, kind.text.upper(), kind.precision, kind.scale)
                nullable = (int(column.nullable), column.comment, position, "YES" if column.nullable else "NO")
                rows.append((*where, *size, *nullable))
    return _listed(names, rows)


def _matches(it: Any, request: Any) -> bool:
    wanted = ((it.catalog, request.catalogName), (it.schema, request.schemaName), (it.name, request.tableName))
    return all(_like(value, pattern) for value, pattern in wanted)


def _like(value: object, pattern: str | None) -> bool:
    r"""JDBC patterns: % is anything, _ is one character, \ takes the next one as it is."""
    if not pattern:
        return True
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(expression, str(value), re.IGNORECASE | re.DOTALL) is not None


def _listed(names: list[str], rows: Sequence[Sequence[object]]) -> pa.Table:
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    made = {
        name: numbers(column) if name in _NUMBERS else strings(column)
        for name, column in zip(names, cells, strict=True)
    }
    return table(made)
