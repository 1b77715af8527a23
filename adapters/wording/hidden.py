"""What access rights may hide from the asker. Without it "no rows" would be said where it is "not yours to see"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from adapters.wording.labels import column_label
from adapters.wording.phrases import phrase
from adapters.wording.spoken import Line, Span
from agents.domain import Cell, Column, Figures, Language


def is_partial(figures: Figures) -> bool:
    """True where others may see more: rows are filtered, or what a statement names is masked."""
    return any(table.filtered for table in figures.tables) or any(_masked(figures))


def whom_to_ask(figures: Figures, language: Language) -> Line:
    """Where nothing was found that others might see: who can tell."""
    if not is_partial(figures) or not _finds_nothing(figures):
        return ()
    owner = figures.products[0].owner if figures.products else ""
    return (Span(phrase(language, "empty.hidden", owner=owner or phrase(language, "empty.owner"))),)


def masks(figures: Figures, language: Language) -> Line:
    """Which values access rights may hide, beside what was found."""
    names = ", ".join(dict.fromkeys(column_label(column, language) for column in _masked(figures)))
    return (Span(phrase(language, "note.masked", names=names)),) if names else ()


def rights(figures: Figures, language: Language) -> str:
    """Whose rights the rows were read with, and that those may hide some; empty where neither is known."""
    who = figures.result.as_whom
    filtered = any(table.filtered for table in figures.tables) and not _finds_nothing(figures)
    told = [phrase(language, "note.as_whom", who=who)] if who else []
    return ", ".join([*told, phrase(language, "note.filtered")] if filtered else told)


def _finds_nothing(figures: Figures) -> bool:
    """No rows, or one of sums over nothing and counts of it."""
    return len(figures.result.rows) <= 1 and all(_is_nothing(cell) for row in figures.result.rows for cell in row)


def _is_nothing(cell: Cell) -> bool:
    counted = isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)
    return cell is None or (counted and not cell)


def _masked(figures: Figures) -> Iterator[Column]:
    """The masked columns that the statement names or shows."""
    shown = {name.lower() for name in figures.result.columns}
    for column in (column for table in figures.tables for column in table.columns if column.masked):
        named = re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", figures.result.sql, re.IGNORECASE)
        if named or column.name.lower() in shown:
            yield column
