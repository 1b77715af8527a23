"""How many rows a table has and when it was last written, as Delta and ANALYZE TABLE leave them in its properties."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sandbox.databricks.engine import Engine
from sandbox.mesh import Column, Table

ROWS = "spark.sql.statistics.numRows"
COMMITTED = "delta.lastCommitTimestamp"  # milliseconds since 1970
LOADED_AFTER = timedelta(days=4, hours=5)  # after the end of the last period in it, as a monthly load would be
MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(slots=True)
class Statistics:
    """Reads each table once; rows that are written later change the count only when it was not asked for before."""

    engine: Engine
    _known: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, table: Table) -> Mapping[str, str]:
        """The two properties. Waits for the sample rows."""
        if table.full_name not in self._known:
            self.engine.filled.result()
            self._known[table.full_name] = self._read(table)
        return self._known[table.full_name]

    def _read(self, table: Table) -> Mapping[str, str]:
        timed = [column for column in table.columns if _tells_time(column)]
        parts = ", ".join(["COUNT(*)", *(f'CAST(MAX("{column.name}") AS VARCHAR)' for column in timed)])
        cursor = self.engine.cursor()
        try:
            count, *latest = cursor.execute(f"SELECT {parts} FROM {_quoted(table)}").fetchall()[0]
        finally:
            cursor.close()
        now = datetime.now(UTC)
        moments = [moment for text in latest if (moment := _moment(text)) and moment <= now]
        if not moments:
            return {ROWS: str(count)}
        written = min(max(moments) + LOADED_AFTER, now)
        return {ROWS: str(count), COMMITTED: str(int(written.timestamp() * 1000))}


def _tells_time(column: Column) -> bool:
    return column.type in ("date", "timestamp") or (column.type == "string" and "month" in column.name.lower())


def _quoted(table: Table) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in (table.catalog, table.schema, table.name))


def _moment(text: str | None) -> datetime | None:
    """The end of a month written 2025-09, the start of a day otherwise."""
    if not text:
        return None
    month = MONTH.fullmatch(text)
    if month:
        year, number = int(month[1]), int(month[2])
        return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    try:
        return datetime.combine(date.fromisoformat(text[:10]), datetime.min.time(), UTC)
    except ValueError:
        return None
