"""Dates and spans as people say them: July 2025 rather than 2025-07-01 to 2025-07-31."""

from __future__ import annotations

import calendar
import re
from datetime import date

from adapters.wording.numbers import day, month
from adapters.wording.phrases import phrase
from agents.domain import Language

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_MONTH = re.compile(r"(\d{4})-(\d\d)")


def moment(text: str, language: Language) -> str:
    """A date or month in words; any other text as it is."""
    found = _date(text)
    return day(found, language) if found else month(text, language)


def span(first: str, last: str, language: Language) -> str:
    """Both ends included: a year, quarter or month by its name, else "from … to …"; empty where these are no dates."""
    start, end = _start(first), _end(last)
    if start is None or end is None or start > end:
        return ""
    return _named(start, end, language) or phrase(
        language, "period.between", first=moment(first, language), last=moment(last, language)
    )


def reach(first: str, last: str, language: Language) -> str:
    """From the first to the last value: de janvier 2019 à octobre 2025, du 3 mai 2019 au 12 mars 2025."""
    key = "reach.days" if is_date(first) and is_date(last) else "reach.other"
    return phrase(language, key, first=moment(first, language), last=moment(last, language))


def is_named(first: str, last: str) -> bool:
    """True for one day, month or quarter, and for whole years."""
    start, end = _start(first), _end(last)
    if start is None or end is None or not (start == end or _is_whole(start, end)):
        return False
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    return months == 1 or (months == 3 and start.month % 3 == 1) or (start.month, end.month) == (1, 12)


def _is_whole(start: date, end: date) -> bool:
    return start.day == 1 and end.day == calendar.monthrange(end.year, end.month)[1]


def _named(start: date, end: date, language: Language) -> str:
    if start == end:
        return day(start, language)
    if not _is_whole(start, end):
        return ""
    if (start.month, end.month) == (1, 12):
        return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"
    if (start.year, start.month) == (end.year, end.month):
        return month(f"{start:%Y-%m}", language)
    if start.year == end.year and start.month % 3 == 1 and end.month == start.month + 2:
        return phrase(language, "period.quarter", number=str(end.month // 3), year=str(start.year))
    return phrase(
        language,
        "period.months",
        first=month(f"{start:%Y-%m}", language),
        last=month(f"{end:%Y-%m}", language),
    )


def is_date(text: str) -> bool:
    """Written as a day: 2025-03-12. A month, 2025-03, is none."""
    return _date(text) is not None


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _start(text: str) -> date | None:
    return _date(f"{text}-01") if _MONTH.fullmatch(text) else _date(text)


def _end(text: str) -> date | None:
    first = _start(text)
    if first is None or not _MONTH.fullmatch(text):
        return first
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])
