"""Numbers, dates and cells as the asker's language writes them. Without it a French reader would meet 12,480,000.00."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from agents.domain import Cell, Language

LOCALES: dict[Language, str] = {"fr": "fr_FR", "en": "en_GB"}
MAX_CELL = 200  # characters of one cell that are shown; the CSV has them all
LONGEST = 1e21  # beyond it a number is not read digit by digit, nor does Babel round it
MONTH = re.compile(r"(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])")


def figure(value: float | Decimal, language: Language, unit: str = "") -> str:
    """A number with its unit: 12 480 000 MWh. Whole numbers stay whole; others keep what is worth reading."""
    if not Decimal(value).is_finite():
        return "–"
    text = format_decimal(value, format=_pattern(value), locale=LOCALES[language])
    return f"{text}\u00a0{unit}" if unit else text


def _pattern(value: float | Decimal) -> str:
    size = abs(float(value))
    if size >= LONGEST:
        return "0.###E0"
    if value == int(value) or size >= 100_000:
        return "#,##0"
    if size >= 1:
        return "#,##0.##"
    return "0.####" if size >= 0.001 else "0.###E0"


def is_number(value: Cell) -> bool:
    """True for what can be summed or drawn; a bool cannot."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def cell(value: Cell, language: Language, unit: str = "") -> str:
    """One cell as text, cut to what can be shown. NULL is an en dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return {"fr": ("non", "oui"), "en": ("no", "yes")}[language][value]
    if isinstance(value, int | float | Decimal):
        return figure(value, language, unit)
    return _clip(_text(value, language))


def _text(value: Cell, language: Language) -> str:
    if isinstance(value, datetime):
        return format_datetime(value, "short", locale=LOCALES[language])
    if isinstance(value, date):
        return format_date(value, "short" if language == "fr" else "medium", locale=LOCALES[language])
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.hex() if isinstance(value, bytes) else str(value)


def _clip(text: str) -> str:
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def day(value: date, language: Language) -> str:
    """A date in words: 12 mars 2025, 1er mars 2025."""
    text = format_date(value, "long", locale=LOCALES[language])
    return text.replace("1 ", "1er ", 1) if language == "fr" and value.day == 1 else text


def month(text: str, language: Language) -> str:
    """A month written 2025-09 in words: septembre 2025; any other text as it is."""
    found = MONTH.fullmatch(text)
    if not found:
        return text
    first = date(int(found["year"]), int(found["month"]), 1)
    return format_date(first, "MMMM y", locale=LOCALES[language])
