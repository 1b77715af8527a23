"""All rows as XLSX. Without it numbers and dates would have to be told apart from text by whoever opens the file."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from adapters.replying.comma_separated import legal, plain
from agents.domain import Cell, SqlResult

EXACT_DIGITS = 15
"""Spreadsheets keep so many; longer numbers are written as text."""
MOST_TEXT = 32_000  # characters that one cell of a spreadsheet holds


def workbook(result: SqlResult) -> bytes:
    """Numbers, dates and truth values keep their types; text is text, whatever it begins with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("findata")
    sheet.append([_text_cell(sheet, name) for name in result.columns])
    for row in result.rows:
        sheet.append([_typed(sheet, value) for value in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _typed(sheet: object, value: Cell) -> object:
    kept = _kept(value)
    return _text_cell(sheet, kept) if isinstance(kept, str) else kept


def _kept(value: Cell) -> object:
    """The value where a spreadsheet has its type and loses none of it, else its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) if value.year >= 1900 else value.isoformat()
    if isinstance(value, date):
        return value if value.year >= 1900 else value.isoformat()
    if isinstance(value, int | float | Decimal):
        return value if _exact(value) else str(value)
    return str(plain(value))


def _exact(value: float | Decimal) -> bool:
    number = Decimal(str(value))
    if not number.is_finite() or isinstance(value, float):
        return number.is_finite()
    return abs(number) < 10**EXACT_DIGITS and len(number.normalize().as_tuple().digits) <= EXACT_DIGITS


def _text_cell(sheet: object, text: str) -> object:
    """Never a formula, even when it begins with "="."""
    cell = WriteOnlyCell(sheet, legal(text)[:MOST_TEXT])
    cell.data_type = "s"
    return cell
