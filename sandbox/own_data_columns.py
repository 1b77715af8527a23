"""Describes columns from their names and values: type, unit, measure or dimension, the values of short lists.

Without it a drafted contract would be a list of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from sandbox.own_data_files import quoted
from sandbox.own_data_keys import is_key_name

MOST_VALUES = 50
_LONGEST_VALUE = 60

_UNITS = {
    "kwh": "kWh", "mwh": "MWh", "gwh": "GWh", "twh": "TWh", "kw": "kW", "mw": "MW", "gw": "GW",
    "eur": "EUR", "euro": "EUR", "euros": "EUR", "usd": "USD", "gbp": "GBP", "chf": "CHF", "keur": "kEUR",
    "meur": "MEUR",
    "pct": "%", "percent": "%", "pourcent": "%", "kg": "kg", "tonnes": "t", "tons": "t", "tco2": "tCO2",
    "kgco2": "kgCO2",
    "km": "km", "mm": "mm", "m2": "m²", "m3": "m³", "litres": "l", "liters": "l", "hours": "h", "heures": "h",
    "minutes": "min", "seconds": "s", "days": "d", "jours": "d", "celsius": "°C", "ms": "m/s",
}  # fmt: skip

_TYPES = {
    "BOOLEAN": ("boolean", "boolean"),
    "TINYINT": ("tinyint", "integer"),
    "SMALLINT": ("smallint", "integer"),
    "INTEGER": ("int", "integer"),
    "BIGINT": ("bigint", "integer"),
    "FLOAT": ("float", "number"),
    "DOUBLE": ("double", "number"),
    "DATE": ("date", "date"),
    "TIMESTAMP WITH TIME ZONE": ("timestamp", "timestamp"),
    "BLOB": ("binary", "string"),
}

_CODES = re.compile(r"(^|_)(year|annee|an|month|mois|day|jour|week|semaine|quarter|trimestre|zip|postal|siret|siren|"
                    r"phone|telephone|lat|latitude|lon|lng|longitude|rank|rang|version)(_|$)")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Described:
    """A column as the contract will state it."""

    name: str
    label: str
    physical: str  # Databricks type
    logical: str  # ODCS logicalType
    unit: str
    measure: bool
    required: bool
    values: tuple[str, ...]


def describe(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, label: Callable[[str], str]
) -> tuple[Described, ...]:
    """Every column of a table of the store; `label` gives a column's name as its file wrote it."""
    relation = connection.table(quoted(schema, table))
    kinds = zip(relation.columns, map(str, relation.types), strict=True)
    return tuple(_described(connection, (schema, table), name, kind, label(name)) for name, kind in kinds)


def _described(
    connection: duckdb.DuckDBPyConnection, table: tuple[str, str], name: str, kind: str, label: str
) -> Described:
    physical, logical = _TYPES.get(kind, ("string", "string"))
    if kind.startswith("DECIMAL("):
        physical, logical = kind.lower(), "number"
    column = quoted(name)
    counted = f"SELECT count(*), count({column}), count(DISTINCT {column}) FROM {quoted(*table)}"
    rows, filled, different = connection.execute(counted).fetchall()[0]
    short = physical == "string" and 0 < different <= MOST_VALUES and (different <= filled / 2 or different <= 12)
    return Described(
        name=name,
        label=label,
        physical=physical,
        logical=logical,
        unit=unit_of(name, label) if logical in ("integer", "number") else "",
        measure=logical in ("integer", "number") and not is_key_name(name) and not _CODES.search(name),
        required=rows == filled,
        values=_values(connection, table, column) if short and not is_key_name(name) else (),
    )


def _values(connection: duckdb.DuckDBPyConnection, table: tuple[str, str], column: str) -> tuple[str, ...]:
    sql = f"SELECT DISTINCT {column} FROM {quoted(*table)} WHERE {column} IS NOT NULL AND {column} <> '' ORDER BY 1"
    values = tuple(str(value) for (value,) in connection.execute(sql).fetchall())
    return values if all(len(value) <= _LONGEST_VALUE for value in values) else ()


def unit_of(name: str, label: str = "") -> str:
    """The unit that a column's name ends in or its label puts in brackets; empty when it names none."""
    if "€" in label:
        return "EUR"
    parts = name.split("_")
    return next((_UNITS[part] for part in reversed(parts) if part in _UNITS and len(parts) > 1), "")
