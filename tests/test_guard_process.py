"""The process that checks SQL: the same verdicts, in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sql_statements import ALLOWED, HOSTILE, LEGITIMATE

from adapters.guard import ProcessGuard
from agents.domain import TableRef
from agents.errors import BadQuery
from agents.sql import check


@pytest.fixture
async def guard() -> AsyncIterator[ProcessGuard]:
    """One guard with its child."""
    found = ProcessGuard()
    yield found
    await found.close()


async def test_the_child_gives_the_same_verdicts(guard: ProcessGuard) -> None:
    """What passes comes back whole, reading included; what is refused keeps code and hint."""
    for statement in LEGITIMATE[::8]:
        assert await guard.check(statement.sql, ALLOWED) == check(statement.sql, ALLOWED)
    for statement in HOSTILE[::12]:
        with pytest.raises(BadQuery) as refused:
            await guard.check(statement.sql, ALLOWED)
        assert refused.value.code
        assert refused.value.hint


async def test_the_default_schema_reaches_the_child(guard: ProcessGuard) -> None:
    """Short names are completed there as they are here."""
    checked = await guard.check("SELECT * FROM orders", ALLOWED, default=TableRef("grid", "sales", ""))
    assert checked.tables == (TableRef("grid", "sales", "orders"),)


async def test_many_at_once(guard: ProcessGuard) -> None:
    """Answers never get mixed up between askers."""
    statements = [f"SELECT {i} AS n FROM grid.sales.orders" for i in range(40)]
    checked = await asyncio.gather(*(guard.check(sql, ALLOWED) for sql in statements))
    assert [passed.text for passed in checked] == statements


async def test_a_stalled_child_is_killed_and_replaced() -> None:
    """Whatever takes too long is refused; the next statement meets a fresh child."""
    guard = ProcessGuard()
    await guard.check("SELECT 1", ALLOWED)
    guard.hard_stop = 0.001
    with pytest.raises(BadQuery) as refused:
        await guard.check("SELECT " + " + ".join(map(str, range(2500))), ALLOWED)
    assert refused.value.code == "TIMEOUT"
    guard.hard_stop = 20.0
    assert (await guard.check("SELECT 2", ALLOWED)).text == "SELECT 2"
    await guard.close()


async def test_a_cancelled_check_leaves_no_answer_behind(guard: ProcessGuard) -> None:
    """The answer of a check that nobody waits for any more is never taken for the next one's."""
    await guard.check("SELECT 0", ALLOWED)
    task = asyncio.create_task(guard.check("SELECT " + " + ".join(map(str, range(2500))), ALLOWED))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await guard.check("SELECT 3", ALLOWED)).text == "SELECT 3"


async def test_text_that_is_no_unicode_is_refused(guard: ProcessGuard) -> None:
    """A lone surrogate cannot be handed over, and must not break the pipe."""
    with pytest.raises(BadQuery):
        await guard.check("SELECT '\ud800'", ALLOWED)
    assert (await guard.check("SELECT 1", ALLOWED)).text == "SELECT 1"
