"""Running SQL: only what the guard has passed, only over tables that were fixed before, only as the asker."""

from __future__ import annotations

from collections.abc import Iterable

from agents.domain import Agent, Progress, SqlResult, Table
from agents.ports import Report
from agents.sql import check
from agents.state import Context


async def run(
    context: Context, sql: str, tables: Iterable[Table], *, agent: Agent, report: Report, mark: str = "", rows: int = 0
) -> SqlResult:
    """Checks and runs a statement; `mark` tells one turn's statements apart. Raises what the guard and Warehouse do."""
    report(Progress(agent, "checking"))
    passed = check(sql, [table.ref for table in tables if table.readable])
    report(Progress(agent, "running"))
    turn, limit = context.turn, rows or context.budget.rows
    tag = f"{turn.id}:{mark}" if mark else turn.id
    return await context.warehouse.run(turn.user, passed.text, turn_id=tag, row_limit=limit, report=report)
