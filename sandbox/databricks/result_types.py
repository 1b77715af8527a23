"""Results in the types that a warehouse would give. Without it sums of integers would come as 38-digit decimals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from sandbox.databricks.arrow_columns import strings


def normalised(rows: pa.Table, duckdb_types: Sequence[str], wanted: Sequence[str] = ()) -> pa.Table:
    """The same rows with BIGINT for HUGEINT and unsigned numbers, and text for times, intervals and the like.

    `wanted`: Databricks' types of the columns, for numbers; "" where that is not known.
    """
    columns = [_column(rows.column(i), duckdb_types[i]) for i in range(rows.num_columns)]
    if len(wanted) == len(columns):
        columns = [_sized(column, kind) for column, kind in zip(columns, wanted, strict=True)]
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


def _sized(column: pa.ChunkedArray[Any], wanted: str) -> pa.ChunkedArray[Any]:
    """A number in its Databricks type, where it fits."""
    digits = re.fullmatch(r"decimal\((\d+), ?(\d+)\)", wanted)
    kind = pa.decimal128(int(digits[1]), int(digits[2])) if digits else _NUMBERS.get(wanted)
    number = any(test(column.type) for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal))
    if kind is None or kind == column.type or not number:
        return column
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        return column


_NUMBERS: dict[str, pa.DataType] = {"int": pa.int32(), "bigint": pa.int64(), "double": pa.float64()}


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
    """As Hive writes them: "1-2" for years and months, "3 04:05:06.000000000" for days and less."""
    if not (value.days or value.nanoseconds):
        return (
            f"{'-' * (value.months < 0)}{abs(value.months) // 12}-{abs(value.months) % 12}" if value.months else _ZERO
        )
    if value.months:
        return f"{value.months} months {value.days} days {value.nanoseconds / 1e9:g} seconds"
    total = value.days * _DAY + value.nanoseconds
    days, rest = divmod(abs(total), _DAY)
    seconds, nanoseconds = divmod(rest, 10**9)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{nanoseconds:09}"
    return f"{'-' * (total < 0)}{days} {clock}"


_DAY = 24 * 3600 * 10**9
_ZERO = "0 00:00:00.000000000"
