"""Names of columns, units and filters as the asker knows them: the contract's words, not the warehouse's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from adapters.wording.numbers import cell
from adapters.wording.periods import is_date, is_named, moment, span
from adapters.wording.phrases import phrase, phrases
from adapters.wording.spoken import Span
from adapters.wording.values import names_of_values
from agents.domain import Calculation, Column, Filter, Language, Reading, Table

LONGEST_EXPRESSION = 60  # characters of SQL inside a sentence
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
        return phrases(language).get(f"column.{name.lower()}") or name
    return column_label(column, language)


def column_label(column: Column, language: Language) -> str:
    """As `label`, for a column at hand."""
    own = next((word for tongue, word in column.synonyms if tongue[:2].lower() == language), "")
    if language == "fr" and own:
        return own
    return column.label.lower() if column.label else column.name


def calculation_of(alias: str, reading: Reading) -> Calculation | None:
    """What the output column of this name computes."""
    return next((calc for calc in reading.calculations if calc.alias.lower() == alias.lower()), None)


def titled(output: str, reading: Reading, tables: Sequence[Table], language: Language) -> str:
    """What a column of the result is called: its column's label for a plain calculation, else its own name in words."""
    calc = calculation_of(output, reading)
    if calc and calc.function in KEEPS_UNIT:
        return label(calc.column, tables, language)
    if calc and calc.function == "count" and calc.column == "*" and (counted := phrase(language, "column.count")):
        return counted
    known = label(output, tables, language)
    return known if known != output else _in_words(output, tables, language)


def _in_words(output: str, tables: Sequence[Table], language: Language) -> str:
    """total_net_amount_2024 as total + the label of net_amount + 2024; without the unit that stands beside it."""
    stem = re.sub(rf"_({'|'.join(SUFFIX_UNITS)})$", "", output)
    columns = (column.name for table in tables for column in table.columns if column.name.lower() in stem.lower())
    held = max(columns, key=len, default="")
    if not held:
        return _translated(stem, language)
    before, _, after = stem.lower().partition(held.lower())
    before = "" if language == "fr" and before == "total_" else before  # "total production" is no French
    parts = (_translated(before, language), label(held, tables, language), _translated(after, language))
    return " ".join(part for part in parts if part)


def _translated(words: str, language: Language) -> str:
    known = phrases(language)
    return " ".join(known.get(f"column.{word}") or word for word in words.lower().split("_") if word)


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
    own = SUFFIX_UNITS.get(output.lower().rsplit("_", 1)[-1], "")
    return own or _unit_held(output, tables)


def _unit_held(output: str, tables: Sequence[Table]) -> str:
    """That of the column whose name stands in an output's name: total_produced_mwh_before is in MWh."""
    columns = (column for table in tables for column in table.columns if column.name.lower() in output.lower())
    held = max(columns, key=lambda column: len(column.name), default=None)
    return held.unit if held and held.role == "measure" else ""


def calculation(calc: Calculation, language: Language) -> tuple[Span, ...]:
    """In words: somme de `consumption_mwh`."""
    if calc.function == "count" and calc.column == "*":
        return (Span(phrase(language, "calc.rows")),)
    if calc.function not in (*KEEPS_UNIT, "count", "count distinct"):
        short = len(calc.function) <= LONGEST_EXPRESSION
        return (Span(calc.function, code=True) if short else Span(phrase(language, "calc.expression")),)
    return (Span(phrase(language, f"calc.{calc.function.replace(' ', '_')}") + " "), Span(calc.column, code=True))


def condition(one: Filter, tables: Sequence[Table], language: Language) -> str:
    """A filter in words: pays = France; jour = juillet 2025."""
    name = label(one.column, tables, language)
    if one.operator == "between" and len(one.values) == 2:
        return _between(name, one.values[0], one.values[1], language)
    if one.operator in ("is null", "is not null"):
        return phrase(language, f"filter.{one.operator.replace(' ', '_')}", name=name)
    sign = {"<=": "≤", ">=": "≥", "!=": "≠", "in": "=", "not in": "≠", "like": "~"}.get(one.operator, one.operator)
    known = names_of_values(one.column, tables, language)
    values = [known.get(value) or _shown(value, language) for value in one.values]
    return f"{name} {sign} {phrase(language, 'filter.or').join(values)}"


def _shown(value: str, language: Language) -> str:
    if value in ("true", "false"):
        return cell(value == "true", language)
    return moment(value, language) if is_date(value) else value


def _between(name: str, first: str, last: str, language: Language) -> str:
    if spoken := span(first, last, language):
        key = "filter.span" if is_named(first, last) else "filter.long_span"
        return phrase(language, key, name=name, span=spoken)
    return phrase(language, "filter.between", name=name, first=first, last=last)


def where(filters: Sequence[Filter], tables: Sequence[Table], language: Language) -> str:
    """The filters' values alone, for a sentence: France, septembre 2025."""
    spoken = (_value(one, tables, language) for one in filters)
    return ", ".join(value for value in spoken if value)


def _value(one: Filter, tables: Sequence[Table], language: Language) -> str:
    if one.operator in ("=", "in"):
        known = names_of_values(one.column, tables, language)
        told = (value for value in one.values if value not in ("true", "false"))
        return ", ".join(known.get(value) or moment(value, language) for value in told)
    if one.operator == "between" and len(one.values) == 2:
        return span(one.values[0], one.values[1], language)
    since = moment(one.values[0], language) if one.operator == ">=" and one.values else ""
    return phrase(language, "period.since", first=since) if since and since != one.values[0] else ""
