"""From when to when the data of a table reaches, looked up where a period asked for may go beyond it."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Sequence

from agents.domain import Column, Filter, Reading, SqlResult, Table
from agents.errors import BotError, Stopped
from agents.execution import run
from agents.ports import Report
from agents.reach import Span, asked_days, goes_beyond, shows, span_of
from agents.state import Context

_SECONDS = 5.0  # an answer does not wait longer for a remark about it
_YEAR_OF = re.compile(r"YEAR\(\s*`?(?:\w+`?\.`?)?(\w+)`?\s*\)", re.IGNORECASE)


async def short_of(
    context: Context, result: SqlResult, reading: Reading, tables: Sequence[Table], report: Report
) -> tuple[Span, ...]:
    """The reach of each time column that a filter asks more of than the table holds.

    Nothing is asked where no filter names a period of several values, where the rows show both its ends, or where the
    reach is remembered; else one statement a column.
    """
    asked = {}
    for name, filters in _by_column(reading).items():
        days = asked_days(filters, context.turn.at.date())
        if (held := place(name, reading, tables)) and days and not shows(result, days):
            asked[held] = days
    try:
        async with asyncio.timeout(_SECONDS):
            spans = await asyncio.gather(*(known_span(context, *held, report) for held in asked))
    except TimeoutError:
        return ()
    found = zip(spans, asked.values(), strict=True)
    return tuple(span for span, days in found if span and span.days and goes_beyond(days, span.days))


def _by_column(reading: Reading) -> dict[str, list[Filter]]:
    """The filters by the column that they are on; the year of a date is a filter on the date."""
    found: dict[str, list[Filter]] = defaultdict(list)
    for one in reading.filters:
        year = _YEAR_OF.fullmatch(one.column)
        if year and one.operator == "=":
            one = Filter(one.column, "in", one.values)
        found[year[1] if year else one.column].append(one)
    return found


def place(column: str, reading: Reading, tables: Sequence[Table]) -> tuple[Table, Column] | None:
    """The one table and column that a filter is on; None when two tables read have such a column."""
    read, name = {ref.key for ref in reading.tables}, column.rpartition(".")[2].lower()
    places = [
        (table, column)
        for table in tables
        for column in table.columns
        if table.ref.key in read and column.name.lower() == name
    ]
    return places[0] if len(places) == 1 else None


async def known_span(context: Context, table: Table, column: Column, report: Report) -> Span | None:
    """As `look_up`, once in a while: this asker's own, since rows may be hidden; None where it cannot be told."""
    key = (context.turn.user.key, table.ref.key, column.name.lower())
    if (known := context.spans.get(key)) is not None:
        return known[0]
    try:
        span = await look_up(context, table, column, report)
    except Stopped:
        raise
    except BotError:
        return None
    context.spans.keep(key, span)
    return span


async def look_up(context: Context, table: Table, column: Column, report: Report) -> Span | None:
    """The first and last value of a column. Raises what Warehouse does."""
    name = quoted(column.name)
    sql = f"SELECT MIN({name}) AS first_value, MAX({name}) AS last_value FROM {from_(table)}"  # noqa: S608 - names are the catalogue's, quoted, and the guard passes the text
    mark = f"nearby-{column.name}"
    ran = await run(context, sql, [table], agent="synthesizer", report=report, mark=mark, rows=1)
    first, last = ran.result.rows[0] if ran.result.rows else (None, None)
    return None if first is None else span_of(column.name, first, last)


def quoted(name: str) -> str:
    """A name as it stands in SQL."""
    return "`" + name.replace("`", "``") + "`"


def from_(table: Table) -> str:
    """A table as it stands in SQL."""
    return ".".join(quoted(part) for part in (table.ref.catalog, table.ref.schema, table.ref.name))
