"""Time in Databricks SQL: which rows lie in a period, and which month, quarter or year a row belongs to."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.brain.moments import Grain, Period
from sandbox.brain.schema import Kind

_FORMATS: dict[Kind, str] = {"month": "%Y-%m", "day": "%Y-%m-%d"}


def within(column: str, kind: Kind, whole: bool, period: Period) -> str:
    """The condition that a row's time lies in the period. `whole`: years kept as numbers, not text."""
    if kind in {"date", "timestamp"}:
        return _dates(column, kind, period)
    low = _bound(period.start, kind, whole)
    high = _bound(period.end, kind, whole)
    if low == high:
        return f"{column} = {low}"
    if low and high:
        return f"{column} BETWEEN {low} AND {high}"
    return f"{column} >= {low}" if low else f"{column} <= {high}"


def _dates(column: str, kind: Kind, period: Period) -> str:
    if kind == "date" and period.start and period.start == period.end:
        return f"{column} = DATE '{period.start}'"
    parts = []
    if period.start:
        parts.append(f"{column} >= DATE '{period.start}'")
    if period.end:
        parts.append(f"{column} < DATE '{period.end + timedelta(days=1)}'")
    return " AND ".join(parts)


def _bound(day: date | None, kind: Kind, whole: bool) -> str:
    if day is None:
        return ""
    if kind == "year":
        return str(day.year) if whole else f"'{day.year}'"
    if kind == "quarter":
        return f"'{day.year}-Q{(day.month + 2) // 3}'"
    return f"'{day.strftime(_FORMATS[kind])}'"


def bucket(column: str, kind: Kind, grain: Grain) -> str:
    """The period of this grain that a row belongs to, as text that sorts in time ('2025-09', '2025-Q3') or a date."""
    if kind in {"date", "timestamp"}:
        return _of_date(column, grain)
    if kind == "day":
        return column if grain == "day" else _of_date(f"TO_DATE({column})", grain)
    if kind == "month":
        return _of_month(column, grain)
    if kind == "quarter" and grain == "year":
        return f"SUBSTRING({column}, 1, 4)"
    return column


def _of_date(column: str, grain: Grain) -> str:
    if grain == "day":
        return f"CAST({column} AS DATE)"
    if grain == "week":
        return f"CAST(DATE_TRUNC('WEEK', {column}) AS DATE)"
    if grain == "month":
        return f"DATE_FORMAT({column}, 'yyyy-MM')"
    if grain == "quarter":
        return f"CONCAT(YEAR({column}), '-Q', QUARTER({column}))"
    return f"YEAR({column})"


def _of_month(column: str, grain: Grain) -> str:
    if grain == "year":
        return f"SUBSTRING({column}, 1, 4)"
    if grain == "quarter":
        month = f"CAST(SUBSTRING({column}, 6, 2) AS INT)"
        return f"CONCAT(SUBSTRING({column}, 1, 4), '-Q', CAST(CEIL({month} / 3) AS INT))"
    return column
