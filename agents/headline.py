"""A model's sentence about a result, let through only when every number in it stands in the rows.

Without it a fluent model could put a figure into an answer that no data supports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel

from agents.domain import Cell, Question, Reading, SqlResult, Table
from agents.judgement import judge
from agents.language import fold, words_of
from agents.state import Context

_LONGEST = 280
_ROWS = 30  # rows shown to the model

_NUMBER = re.compile(r"\d(?:[\d .,'’\u00a0\u202f]*\d)?")
_SPACES = re.compile(r"[ '’\u00a0\u202f]")
_ROUNDED = re.compile(
    r"\b(environ|pres de|quelque|autour de|about|around|roughly|nearly|approximately|almost|some)\b|~|≈"
)
_SCALES = {
    **dict.fromkeys(("k", "mille", "thousand", "milliers"), Decimal(10) ** 3),
    **dict.fromkeys(("m", "million", "millions", "mio"), Decimal(10) ** 6),
    **dict.fromkeys(("milliard", "milliards", "billion", "billions", "bn", "md", "mds"), Decimal(10) ** 9),
}
_SPELLED = re.compile(
    r"\b(deux|trois|quatre|cinq|six|sept|huit|neuf|dix|dizaines?|onze|douze|vingt|trente|cent|double|triple|moitie|tiers"
    r"|quart|two|three|four|five|seven|eight|nine|ten|eleven|twelve|twenty|thirty|hundred|half|third|quarter|twice"
    r"|dozens?|percent)\b"
)
_FORBIDDEN = re.compile(r"https?:|www\.|[<>\[\]{}`*_|@#]")


class Phrased(BaseModel):
    """The sentence."""

    headline: str = ""


async def headline(
    context: Context, question: Question, result: SqlResult, reading: Reading, tables: Iterable[Table]
) -> str:
    """The model's sentence if it is plain and true to the rows, else empty."""
    units = {column.name: column.unit for table in tables for column in table.columns if column.unit}
    given = {
        "question": question.text,
        "columns": result.columns,
        "rows": result.rows[:_ROWS],
        "total_rows": len(result.rows),
        "filters": [str(one) for one in reading.filters],
        "units": units,
    }
    phrased = await judge(context, "synthesizer", given, Phrased)
    text = " ".join(phrased.headline.split()) if phrased else ""
    asked = (question.text, *(value for one in reading.filters for value in one.values))
    return text if text and is_plain(text) and is_true(text, result, asked) else ""


def is_plain(text: str) -> bool:
    """One short line without links, markup or mentions."""
    return len(text) <= _LONGEST and not _FORBIDDEN.search(text)


def is_true(text: str, result: SqlResult, asked: Iterable[str] = ()) -> bool:
    """True when every number in the text stands in the rows or, like a year, is written so in the question or filters.

    Locale formatting and scales ("12,48 millions") are undone; a rounded number counts only where the text says that it
    is rounded. Numbers in letters cannot be held against the rows and make the text untrue.
    """
    if _SPELLED.search(fold(text)):
        return False
    known = {number for row in result.rows for cell in row for number in _numbers_in(cell)}
    known.add(Decimal(len(result.rows)))
    said = {found.group() for words in asked for found in _NUMBER.finditer(words)}
    rounded = bool(_ROUNDED.search(fold(text)))
    return all(_is_supported(found, text, known, said, rounded=rounded) for found in _NUMBER.finditer(text))


def _is_supported(found: re.Match[str], text: str, known: set[Decimal], said: set[str], *, rounded: bool) -> bool:
    readings, scale = _readings(found.group()), _scale(text[found.end() :])
    as_asked = scale == 1 and found.group() in said
    return as_asked or any(_equals(number, scale, value, rounded=rounded) for number in readings for value in known)


def _equals(number: Decimal, scale: Decimal, value: Decimal, *, rounded: bool) -> bool:
    if number * scale == abs(value):
        return True
    step = scale * Decimal(10) ** min(0, _exponent(number))
    return rounded and abs(number * scale - abs(value)) <= step / 2


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _scale(after: str) -> Decimal:
    following = words_of(after[:14])
    return _SCALES.get(following[0], Decimal(1)) if following and not after[:1].isalnum() else Decimal(1)


def _readings(digits: str) -> set[Decimal]:
    """What a written number may mean: comma or point may part thousands or decimals."""
    plain = _SPACES.sub("", digits)
    candidates = {plain.replace(",", ""), plain.replace(".", "").replace(",", "."), plain.replace(",", ".")}
    return {number for text in candidates if (number := _decimal(text)) is not None}


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _numbers_in(cell: Cell) -> Iterable[Decimal]:
    """The numbers that a cell shows: itself, a date's parts, the figures within a text."""
    if isinstance(cell, date):
        return tuple(Decimal(part) for part in (cell.year, cell.month, cell.day))
    if isinstance(cell, str):
        written = (number for found in _NUMBER.finditer(cell) for number in _readings(found.group()))
        return (*written, *map(Decimal, re.findall(r"\d+", cell)))
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        number = _decimal(str(cell))
        return (abs(number),) if number is not None and number.is_finite() else ()
    return ()
