"""How far the values of a time column reach, and whether a period asked for goes beyond: dates only, nothing is asked.

Without it half a year of data would be told as the sum of the year that was asked for.
"""

from __future__ import annotations

import calendar
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from agents.domain import Cell, Filter, SqlResult

_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(?:[ T].*)?)?))?")
_DAILY = re.compile(r"day|jour|hour|heure|week|semaine|_at$|_on$", re.IGNORECASE)
_SLACK = timedelta(days=7)  # events are not recorded on every day of a long period
_SHORT = timedelta(days=15)  # a period of fewer days is missed by a day
_KEPT = 2_000  # spans remembered, over all askers

Days = tuple[date, date]
"""The first and the last day."""


class Span(NamedTuple):
    """The first and the last value of a column that has an order."""

    column: str
    first: str
    last: str

    @property
    def days(self) -> Days | None:
        """The first and the last day; None for values that are no periods."""
        first, last = days_of(self.first), days_of(self.last)
        return (first[0], last[1]) if first and last else None


def span_of(column: str, first: Cell, last: Cell) -> Span:
    """The span of values as a warehouse gives them; months kept as their first days are months."""
    texts = [_text(first), _text(last)]
    begins = all(re.fullmatch(r"\d{4}-\d\d-01", text) for text in texts)
    if begins and not _DAILY.search(column):
        texts = [text[:7] for text in texts]
    return Span(column, *texts)


def _text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def days_of(text: str) -> Days | None:
    """The days of a year, quarter, month or day as it is written in SQL; None for any other text."""
    found = _PERIOD.fullmatch(text.strip())
    if not found:
        return None
    year, quarter, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        if day:
            return (date(year, month, day),) * 2
        first, last = (quarter * 3 - 2, quarter * 3) if quarter else (month or 1, month or 12)
        return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
    except ValueError:
        return None


def asked_days(filters: Iterable[Filter], today: date) -> tuple[date | None, date] | None:
    """From when until when the filters on one column ask; until today where they name no end, None without any period.

    Single values are left out: rows were found for them.
    """
    lows: list[date] = []
    highs: list[date] = []
    for one in filters:
        days = [days_of(value) for value in one.values]
        if one.operator not in _BOUNDS or not days or None in days:
            continue
        low, high = _BOUNDS[one.operator]([day for day in days if day])
        lows += [low] if low else []
        highs += [high] if high else []
    if not lows and not highs:
        return None
    return (max(lows) if lows else None), (min(highs) if highs else max(today, max(lows)))


_DAY = timedelta(days=1)
_BOUNDS: dict[str, Callable[[Sequence[Days]], tuple[date | None, date | None]]] = {
    "between": lambda days: (days[0][0], days[-1][1]),
    "in": lambda days: (min(first for first, _ in days), max(last for _, last in days)),
    ">=": lambda days: (days[0][0], None),
    ">": lambda days: (days[0][1] + _DAY, None),
    "<=": lambda days: (None, days[0][1]),
    "<": lambda days: (None, days[0][0] - _DAY),
}


def goes_beyond(asked: tuple[date | None, date], held: Days) -> bool:
    """Does the period begin before the data or end after it, by more than chance leaves days without a row?"""
    first, last = asked
    begin = first or held[0]
    slack = timedelta(0) if last - begin < _SHORT else _SLACK
    return held[0] - begin > slack or last - held[1] > slack


def shows(result: SqlResult, asked: tuple[date | None, date]) -> bool:
    """True where a column of months or days among the rows holds both ends of the period: nothing is missing there."""
    return any(_spans(column, asked) for column in zip(*result.rows, strict=True))


def _spans(cells: Iterable[Cell], asked: tuple[date | None, date]) -> bool:
    days = [days_of(_text(cell)) for cell in cells]
    if not days or any(day is None or (day[1] - day[0]).days > 31 for day in days):
        return False
    known = [day for day in days if day]
    return (asked[0] is None or min(known)[0] <= asked[0]) and max(last for _, last in known) >= asked[1]


@dataclass(slots=True)
class Spans:
    """Spans found lately, so that a table's reach is asked for once in `seconds` by each asker, not at every turn."""

    seconds: float = 600.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    _kept: OrderedDict[object, tuple[float, Span | None]] = field(default_factory=OrderedDict, repr=False)

    def get(self, key: object) -> tuple[Span | None] | None:
        """The span in a tuple, since None is remembered too; None itself where it is to be asked for."""
        until, span = self._kept.get(key, (0.0, None))
        return (span,) if until > self.clock() else None

    def keep(self, key: object, span: Span | None) -> None:
        """Remembers; the oldest is forgotten first."""
        self._kept[key] = (self.clock() + self.seconds, span)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
