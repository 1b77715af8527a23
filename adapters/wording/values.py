"""Stored values as people call them: Allemagne for Germany. Without it answers would speak the language of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agents.domain import Calculation, Column, Language, Table

_SHOWS_ONE = frozenset({"min", "max"})  # of these a result holds a value of the column itself


def names_of_values(column: str, tables: Iterable[Table], language: Language) -> Mapping[str, str]:
    """Stored value to its name, of the columns that are called so (perhaps `alias.column`), in the contract's order.

    A value that the contract gives no name in this language is left out.
    """
    wanted = column.rsplit(".", 1)[-1].lower()
    known: dict[str, str] = {}
    for found in (one for table in tables for one in table.columns if one.name.lower() == wanted):
        for stored, name in named_values(found, language):
            known.setdefault(stored, name)
    return {stored: name for stored, name in known.items() if name}


def named_values(column: Column, language: Language) -> Iterable[tuple[str, str]]:
    """(stored, name) of each value: the first name in the language, else the first in none, else empty."""
    for stored, names in column.values:
        yield stored, next((word for wanted in (language, "") for tongue, word in names if tongue == wanted), "")


def names_in_output(
    output: str, calc: Calculation | None, tables: Iterable[Table], language: Language
) -> Mapping[str, str]:
    """As `names_of_values`, for a column of a result; `calc` is what it computes, None where it is shown as stored."""
    if calc and calc.function not in _SHOWS_ONE:
        return {}
    return names_of_values(calc.column if calc else output, tables, language)
