"""Types in the words of each side: Databricks text, Unity Catalog names, Arrow, DuckDB. Without it none would agree."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import pyarrow as pa
import sqlglot
from sqlglot import exp

from sandbox.databricks.failures import SqlFailure

# first word of the type text -> (Unity Catalog type_name, name in type_json, JDBC type code)
_NAMES = {
    "string": ("STRING", "string", 12),
    "varchar": ("STRING", "string", 12),
    "char": ("CHAR", "string", 1),
    "bigint": ("LONG", "long", -5),
    "long": ("LONG", "long", -5),
    "int": ("INT", "integer", 4),
    "integer": ("INT", "integer", 4),
    "smallint": ("SHORT", "short", 5),
    "tinyint": ("BYTE", "byte", -6),
    "double": ("DOUBLE", "double", 8),
    "float": ("FLOAT", "float", 6),
    "boolean": ("BOOLEAN", "boolean", 16),
    "date": ("DATE", "date", 91),
    "timestamp": ("TIMESTAMP", "timestamp", 93),
    "timestamp_ntz": ("TIMESTAMP_NTZ", "timestamp_ntz", 93),
    "binary": ("BINARY", "binary", -2),
    "decimal": ("DECIMAL", "decimal", 3),
    "array": ("ARRAY", "array", 2003),
    "map": ("MAP", "map", 2000),
    "struct": ("STRUCT", "struct", 2002),
    "variant": ("VARIANT", "variant", 1111),
    "interval": ("INTERVAL", "interval", 1111),
    "void": ("NULL", "void", 0),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One type. `text` is Databricks' ("decimal(18,3)"), `name` Unity Catalog's ("DECIMAL"), `jdbc` a java.sql code."""

    text: str
    name: str
    jdbc: int
    precision: int | None = None
    scale: int | None = None


@lru_cache(maxsize=1024)
def of_text(text: str) -> Kind:
    """The type that this Databricks text means; unknown text is taken for a string."""
    text = re.sub(r"\s+", "", text.lower()) if "struct" not in text.lower() else text.lower()
    text = {"decimal": "decimal(10,0)", "integer": "int", "long": "bigint"}.get(text, text)
    head = re.match(r"[a-z_]+", text)
    name, _, jdbc = _NAMES.get(head[0] if head else "", ("STRING", "string", 12))
    digits = re.fullmatch(r"decimal\((\d+)(?:,(\d+))?\)", text)
    if digits:
        return Kind(text, name, jdbc, int(digits[1]), int(digits[2] or 0))
    return Kind(text, name, jdbc)


def type_json(name: str, text: str, *, nullable: bool = True, comment: str = "") -> str:
    """The column or parameter as Spark writes it; what UCFunctionToolkit reads argument types from."""
    metadata = {"comment": comment} if comment else {}
    return json.dumps({"name": name, "type": _spark(text), "nullable": nullable, "metadata": metadata})


def _spark(text: str) -> object:
    tree = exp.DataType.build(text, dialect="databricks")
    if tree.this == exp.DataType.Type.ARRAY:
        return {"type": "array", "elementType": _spark(_inner(tree, 0)), "containsNull": True}
    if tree.this == exp.DataType.Type.MAP:
        key, value = _spark(_inner(tree, 0)), _spark(_inner(tree, 1))
        return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}
    if tree.this == exp.DataType.Type.STRUCT:
        fields = [(part.name, _spark(part.args["kind"].sql("databricks"))) for part in tree.expressions]
        listed = [{"name": name, "type": kind, "nullable": True, "metadata": {}} for name, kind in fields]
        return {"type": "struct", "fields": listed}
    kind = of_text(text)
    return kind.text if kind.name == "DECIMAL" else _NAMES.get(kind.text, ("", kind.text, 0))[1]


def _inner(tree: exp.DataType, index: int) -> str:
    return str(tree.expressions[index].sql("databricks"))


@lru_cache(maxsize=1024)
def to_duckdb(text: str) -> str:
    """The DuckDB type for a Databricks one."""
    text = "decimal(10,0)" if text.strip().lower() in ("decimal", "numeric", "dec") else text
    try:
        return str(exp.DataType.build(text, dialect="databricks").sql("duckdb"))
    except sqlglot.ParseError as error:
        raise SqlFailure("UNSUPPORTED_DATATYPE", f'Unsupported data type "{text}".', "0A000") from error


_PLAIN: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "tinyint"),
    (pa.types.is_int16, "smallint"),
    (pa.types.is_int32, "int"),
    (pa.types.is_int64, "bigint"),
    (pa.types.is_float32, "float"),
    (pa.types.is_float64, "double"),
    (pa.types.is_date, "date"),
    (pa.types.is_binary, "binary"),
    (pa.types.is_null, "void"),
)


def of_arrow(arrow: pa.DataType) -> Kind:
    """The type of a result column."""
    return of_text(_arrow_text(arrow))


def _arrow_text(arrow: pa.DataType) -> str:
    for test, text in _PLAIN:
        if test(arrow):
            return text
    if pa.types.is_decimal(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    if pa.types.is_timestamp(arrow):
        return "timestamp" if arrow.tz else "timestamp_ntz"
    return _nested_text(arrow)


def _nested_text(arrow: pa.DataType) -> str:
    if pa.types.is_map(arrow):
        return f"map<{_arrow_text(arrow.key_type)},{_arrow_text(arrow.item_type)}>"
    if pa.types.is_list(arrow):
        return f"array<{_arrow_text(arrow.value_type)}>"
    if pa.types.is_struct(arrow):
        return "struct<" + ",".join(f"{field.name}:{_arrow_text(field.type)}" for field in arrow) + ">"
    return "string"


# ── Parameters, which arrive as text with a type ──────────────────────────────────────────────────────────────────────

_READERS: dict[str, Callable[[str], object]] = {
    "BIGINT": int,
    "LONG": int,
    "INT": int,
    "INTEGER": int,
    "SMALLINT": int,
    "TINYINT": int,
    "DOUBLE": float,
    "FLOAT": float,
    "DECIMAL": Decimal,
    "DATE": dt.date.fromisoformat,
    "TIMESTAMP": dt.datetime.fromisoformat,
    "TIMESTAMP_NTZ": dt.datetime.fromisoformat,
    "BOOLEAN": lambda text: {"true": True, "false": False}[text.lower()],
}


def read_parameter(kind: str, text: str | None) -> object:
    """The value of a statement parameter; raises SqlFailure when the text is not of the type."""
    name = (kind or "STRING").split("(")[0].strip().upper()
    if text is None or name == "VOID":
        return None
    try:
        value = _READERS.get(name, str)(text)
    except (ValueError, KeyError, InvalidOperation) as error:
        shown = f'The value \'{text[:80]}\' of the type "STRING" cannot be cast to "{name}".'
        raise SqlFailure("CAST_INVALID_INPUT", shown, "22018") from error
    if name == "TIMESTAMP" and isinstance(value, dt.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=dt.UTC)
    return value
