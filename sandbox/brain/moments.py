"""Stretches of the calendar: a day, a month, a quarter, a year, or what lies between two of them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Grain = Literal["day", "week", "month", "quarter", "half", "year"]
MONTHS_IN: dict[Grain, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`, both included; an open side is None.

    `part` is the number of the month, quarter or half-year when its year was not said, so that a later word can do so.
    `amount` keeps what the words are as plain numbers (operator, low, high): "over 2000" may be a year or megawatts.
    """

    start: date | None
    end: date | None
    grain: Grain
    part: int = 0
    amount: tuple[str, int, int] | None = None

    def in_year(self, year: int) -> Period:
        """The same month, quarter or half of another year; itself when its year was said."""
        return replace(span(self.grain, year, self.part), part=0) if self.part else self


def span(grain: Grain, year: int, part: int = 1) -> Period:
    """The `part`-th month, quarter or half of a year, or the year itself."""
    size = MONTHS_IN[grain]
    first = size * (part - 1) + 1
    last = first + size - 1
    return Period(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]), grain)


def latest(grain: Grain, part: int, today: date) -> Period:
    """The latest such month, quarter or half that has begun."""
    found = span(grain, today.year, part)
    if found.start and found.start > today:
        found = span(grain, today.year - 1, part)
    return replace(found, part=part)


def shifted(grain: Grain, today: date, by: int) -> Period:
    """The period of this grain that is `by` periods away from the one we are in."""
    if grain == "day":
        day = today + timedelta(days=by)
        return Period(day, day, "day")
    if grain == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=by)
        return Period(monday, monday + timedelta(days=6), "week")
    size = MONTHS_IN[grain]
    index = (today.year * 12 + today.month - 1) // size + by
    return span(grain, index * size // 12, index * size % 12 // size + 1)


def last(grain: Grain, count: int, today: date) -> Period:
    """The last `count` whole months, quarters or years; for days and weeks, counted back from today."""
    if grain in {"day", "week"}:
        days = count * (7 if grain == "week" else 1)
        return Period(today - timedelta(days=days), today, "day")
    return Period(shifted(grain, today, -count).start, shifted(grain, today, -1).end, grain)


def through(first: Period, final: Period) -> Period:
    """From the beginning of one to the end of the other; a year said once serves both."""
    if first.part and final.end and not final.part:
        first = first.in_year(final.end.year)
        if first.start and first.start > final.end:
            first = replace(first, start=first.start.replace(year=first.start.year - 1))
    elif first.part and final.part and first.start and final.end and first.start > final.end:
        first = replace(first, start=first.start.replace(year=first.start.year - 1))
    amount = None
    if first.amount and final.amount:
        amount = ("between", first.amount[1], final.amount[1])
    grain = first.grain if first.grain == final.grain else "day"
    grain = final.grain if "month" in {first.grain, final.grain} and grain == "day" and _whole(first, final) else grain
    return Period(first.start, final.end, grain, 0, amount)


def _whole(first: Period, final: Period) -> bool:
    return {first.grain, final.grain} <= {"month", "quarter", "half", "year"}


def since(period: Period) -> Period:
    """From its beginning on."""
    return replace(period, end=None, part=0, amount=_compare(">=", period))


def after(period: Period) -> Period:
    """From the day after it on."""
    start = period.end + timedelta(days=1) if period.end else None
    return replace(period, start=start, end=None, part=0, amount=_compare(">", period))


def before(period: Period) -> Period:
    """Up to the day before it."""
    end = period.start - timedelta(days=1) if period.start else None
    return replace(period, start=None, end=end, part=0, amount=_compare("<", period))


def until(period: Period) -> Period:
    """Up to its end."""
    return replace(period, start=None, part=0, amount=_compare("<=", period))


def _compare(operator: str, period: Period) -> tuple[str, int, int] | None:
    return (operator, period.amount[1], period.amount[1]) if period.amount else None
