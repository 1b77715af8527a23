"""Results in the types that a warehouse would give. Without it sums of integers would come as 38-digit decimals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from sandbox.databricks.arrow_columns import strings


def normalised(rows: pa.Table, duckdb_types: Sequence[str]) -> pa.Table:
    """The same rows with BIGINT for HUGEINT and unsigned numbers, and text for times, intervals and the like."""
    columns = [_column(rows.column(i), duckdb_types[i]) for i in range(rows.num_columns)]
    fields = [pa.field(field.name, column.type) for field, column in zip(rows.schema, columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _column(column: pa.ChunkedArray[Any], duckdb_type: str) -> pa.ChunkedArray[Any]:
    wanted = _wanted(column.type, duckdb_type)
    if wanted == column.type:
        return column
    if pa.types.is_interval(column.type):
        texts = [None if value is None else _interval(value) for value in column.to_pylist()]
        return pa.chunked_array([strings(texts)])
    return column.cast(wanted)


def _wanted(arrow: pa.DataType, duckdb_type: str) -> pa.DataType:
    if duckdb_type == "HUGEINT" or pa.types.is_unsigned_integer(arrow):
        return pa.int64()
    if pa.types.is_time(arrow) or pa.types.is_interval(arrow) or pa.types.is_large_string(arrow):
        return pa.string()
    if pa.types.is_string_view(arrow):
        return pa.string()
    if pa.types.is_timestamp(arrow) and arrow.tz:
        return pa.timestamp("us", tz="Etc/UTC")
    return arrow


def _interval(value: pa.MonthDayNano) -> str:
    seconds = value.nanoseconds / 1e9
    return f"{value.months} months {value.days} days {seconds:g} seconds"
