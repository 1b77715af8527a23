"""All rows as CSV. Without it whoever needs row 21 would have to ask the warehouse by hand."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, time
from decimal import Decimal

from agents.domain import Cell, SqlResult

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BLANKS = " \u00a0"


def comma_separated(result: SqlResult) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets need to see it is not Latin-1. No cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_harmless(name) for name in result.columns])
    writer.writerows([_harmless(plain(value)) for value in row] for row in result.rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def plain(value: Cell) -> str | int | float | Decimal:
    """A value as text; numbers stay numbers, so that a negative one is no formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal | str):
        return value
    if isinstance(value, date | time):  # a datetime is a date, too
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)


def legal(text: str) -> str:
    """Without the control characters and broken code points that a file's readers stumble over."""
    clean = text.encode("utf-8", "replace").decode()
    return "".join(char for char in clean if char in "\t\n" or (ord(char) >= 32 and char not in "\ufffe\uffff"))


def _harmless(value: str | int | float | Decimal) -> object:
    """Text that a spreadsheet would run gets an apostrophe before it."""
    if not isinstance(value, str):
        return value
    text = legal(value)
    return f"'{text}" if text.lstrip(BLANKS).startswith(FORMULA) else text
