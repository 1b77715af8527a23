"""Running SQL: only what the guard has passed, only over tables that were fixed before, only as the asker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from agents.domain import Agent, Progress, SqlResult, Table
from agents.errors import BadQuery, BotError, Stopped
from agents.ports import Report
from agents.sql import Checked, check
from agents.state import Context

_COUNTING = 10.0  # seconds


async def run(
    context: Context, sql: str, tables: Sequence[Table], *, agent: Agent, report: Report, mark: str = "", rows: int = 0
) -> SqlResult:
    """Checks and runs a statement; `mark` tells one turn's statements apart. Raises what Guard and Warehouse do."""
    report(Progress(agent, "checking"))
    passed = await _checked(context, sql, tables)
    report(Progress(agent, "running"))
    turn, limit = context.turn, rows or context.budget.rows
    tag = f"{turn.id}:{mark}" if mark else turn.id
    where = turn.conversation.key
    return await context.warehouse.run(
        turn.user, passed.text, turn_id=tag, conversation=where, row_limit=limit, report=report
    )


async def counted(
    context: Context, result: SqlResult, tables: Sequence[Table], *, agent: Agent, report: Report
) -> SqlResult:
    """The result with its `total` where rows were cut off and the warehouse counts them within seconds."""
    if not result.truncated:
        return result
    sql = f"SELECT COUNT(*) AS n FROM (\n{result.sql}\n) AS counted"  # noqa: S608 - it was checked, and is again
    try:
        async with asyncio.timeout(_COUNTING):
            found = await run(context, sql, tables, agent=agent, report=report, mark="count", rows=1)
    except Stopped:
        raise
    except (BotError, TimeoutError):
        return result
    total = found.rows[0][0] if found.rows else None
    return replace(result, total=total) if isinstance(total, int) and total > len(result.rows) else result


async def passes(context: Context, sql: str, tables: Sequence[Table]) -> bool:
    """True when `run` would get as far as the warehouse."""
    try:
        await _checked(context, sql, tables)
    except BadQuery:
        return False
    return True


async def _checked(context: Context, sql: str, tables: Sequence[Table]) -> Checked:
    allowed = [table.ref for table in tables if table.readable]
    return await context.guard.check(sql, allowed) if context.guard else check(sql, allowed)
