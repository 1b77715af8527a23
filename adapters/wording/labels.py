"""Names of columns, units and filters as the asker knows them: the contract's words, not the warehouse's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.wording.numbers import month
from adapters.wording.phrases import phrase
from adapters.wording.spoken import Span
from agents.domain import Calculation, Column, Filter, Language, Reading, Table

KEEPS_UNIT = frozenset({"sum", "avg", "min", "max", "median"})
SUFFIX_UNITS = {
    **{unit.lower(): unit for unit in ("kWh", "MWh", "GWh", "TWh", "kW", "MW", "GW", "km", "kg", "t")},
    **{"eur": "€", "keur": "k€", "meur": "M€", "pct": "%", "percent": "%", "share": "%", "hours": "h", "days": "d"},
}


def column_named(name: str, tables: Iterable[Table]) -> Column | None:
    """The column of that name (perhaps qualified `alias.column`) in these tables, or None."""
    wanted = name.rsplit(".", 1)[-1].lower()
    return next((column for table in tables for column in table.columns if column.name.lower() == wanted), None)


def label(name: str, tables: Iterable[Table], language: Language) -> str:
    """What people call the column: a synonym in their language, its business name, else its own name."""
    column = column_named(name, tables)
    if column is None:
        return name
    own = next((word for tongue, word in column.synonyms if tongue[:2].lower() == language), "")
    if language == "fr" and own:
        return own
    return column.label.lower() if column.label else column.name


def calculation_of(alias: str, reading: Reading) -> Calculation | None:
    """What the output column of this name computes."""
    return next((calc for calc in reading.calculations if calc.alias.lower() == alias.lower()), None)


def unit_of(output: str, reading: Reading, tables: Sequence[Table]) -> str:
    """The unit of an output column: its source column's where the calculation keeps it, else by the alias's ending."""
    calc = calculation_of(output, reading)
    if calc is None:
        column = column_named(output, tables)
        return column.unit if column and column.unit else ""
    if calc.function in KEEPS_UNIT:
        column = column_named(calc.column, tables)
        return column.unit if column else ""
    if calc.function.startswith("count"):
        return ""
    return SUFFIX_UNITS.get(output.lower().rsplit("_", 1)[-1], "")


def calculation(calc: Calculation, tables: Sequence[Table], language: Language) -> tuple[Span, ...]:
    """In words: somme de `consumption_mwh`."""
    if calc.function == "count" and calc.column == "*":
        return (Span(phrase(language, "calc.rows")),)
    known = calc.function in ("sum", "avg", "min", "max", "count", "count distinct", "median")
    if not known:
        return (Span(calc.function, code=True),)
    return (Span(phrase(language, f"calc.{calc.function.replace(' ', '_')}") + " "), Span(calc.column, code=True))


def condition(one: Filter, tables: Sequence[Table], language: Language) -> str:
    """A filter in words: pays = France; mois de 2025-01 à 2025-03."""
    name = label(one.column, tables, language)
    if one.operator == "between" and len(one.values) == 2:
        return phrase(language, "filter.between", name=name, first=one.values[0], last=one.values[1])
    if one.operator in ("is null", "is not null"):
        return phrase(language, f"filter.{one.operator.replace(' ', '_')}", name=name)
    sign = {"<=": "≤", ">=": "≥", "!=": "≠", "in": "=", "not in": "≠", "like": "~"}.get(one.operator, one.operator)
    return f"{name} {sign} {phrase(language, 'filter.or').join(one.values)}"


def where(filters: Sequence[Filter], language: Language) -> str:
    """The filters' values alone, for a sentence: France, septembre 2025."""
    spoken = [
        ", ".join(month(value, language) for value in one.values) for one in filters if one.operator in ("=", "in")
    ]
    return ", ".join(spoken)
