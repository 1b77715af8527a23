"""Running SQL: only what the guard has passed, only over tables that were fixed before, only as the asker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.domain import Agent, Progress, Reading, SqlResult, Table
from agents.errors import BadQuery, BotError, Stopped
from agents.ports import Report
from agents.sql import Checked, check
from agents.state import Context

_COUNTING = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Ran:
    """A statement's rows, and what the guard read off it."""

    result: SqlResult
    reading: Reading


async def run(
    context: Context, sql: str, tables: Sequence[Table], *, agent: Agent, report: Report, mark: str = "", rows: int = 0
) -> Ran:
    """Checks and runs a statement; `mark` tells one turn's statements apart. Raises what Guard and Warehouse do."""
    report(Progress(agent, "checking"))
    passed = await _checked(context, sql, tables)
    report(Progress(agent, "running"))
    turn, limit = context.turn, rows or context.budget.rows
    tag = f"{turn.id}:{mark}" if mark else turn.id
    where = turn.conversation.key
    result = await context.warehouse.run(
        turn.user, passed.text, turn_id=tag, conversation=where, row_limit=limit, report=report
    )
    return Ran(result, passed.reading)


async def counted(context: Context, ran: Ran, tables: Sequence[Table], *, agent: Agent, report: Report) -> Ran:
    """The same with its result's `total` where rows were cut off and the warehouse counts them within seconds."""
    result = ran.result
    if not result.truncated:
        return ran
    sql = f"SELECT COUNT(*) AS n FROM (\n{result.sql}\n) AS counted"  # noqa: S608 - it was checked, and is again
    try:
        async with asyncio.timeout(_COUNTING):
            found = (await run(context, sql, tables, agent=agent, report=report, mark="count", rows=1)).result
    except Stopped:
        raise
    except (BotError, TimeoutError):
        return ran
    total = found.rows[0][0] if found.rows else None
    if not isinstance(total, int) or total <= len(result.rows):
        return ran
    return replace(ran, result=replace(result, total=total))


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
