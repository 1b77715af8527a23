"""Arrow results as plain Python values and warehouse type texts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from agents.domain import Cell

_NAMES = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float": "float",
    "double": "double",
    "string": "string",
    "large_string": "string",
    "binary": "binary",
    "large_binary": "binary",
    "date32[day]": "date",
    "null": "void",
}


def rows_of(table: Any) -> list[tuple[Cell, ...]]:
    """Rows as tuples: Decimal, aware datetime, list, dict for structs and maps, None for NULL."""
    columns = [column.to_pylist(maps_as_pydicts="lossy") for column in table.columns]
    return list(zip(*columns, strict=True)) if columns else []


def type_text(kind: Any) -> str:
    """What the warehouse calls an Arrow type: "decimal(18,3)", "array<struct<a:int>>"."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    if pa.types.is_map(kind):
        return f"map<{type_text(kind.key_type)},{type_text(kind.item_type)}>"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array<{type_text(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{type_text(field.type)}' for field in kind)}>"
    return _NAMES.get(str(kind), str(kind))
