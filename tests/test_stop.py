"""Stop, from the thread to the warehouse: what was begun for a question ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.databricks.genie import Genie
from adapters.databricks.warehouse import SqlWarehouse
from adapters.redis.client import Clients
from agents.domain import Apology, Turn
from agents.state import State
from bot.conversations import Conversations
from tests.brisk import brisk
from tests.databricks_peer import ANALYST, Peer, databricks, ignore, trouble
from tests.redis_peer import ASKER, FakePlatform, clients, turn, until, valkey
from tests.test_conversations import talking

__all__ = ["brisk", "clients", "valkey"]  # fixtures

ENDLESS = "SELECT COUNT(*) AS n FROM range(9000000) AS a CROSS JOIN range(9000000) AS b"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A local Databricks."""
    async with databricks() as made:
        yield made


async def stopped(replica: Conversations, platform: FakePlatform, asking: asyncio.Task[Any]) -> None:
    """Pressed by who asked; the reply says so."""
    assert await replica.stop(turn("q1").conversation.key, ASKER)
    reply = await asking
    assert isinstance(reply, Apology)
    assert reply.reason == "stopped"


async def test_stop_in_the_thread_ends_the_statement_on_the_warehouse(clients: Clients, peer: Peer) -> None:
    """Nothing goes on running, or being paid for, when the asker hears that it was stopped."""
    warehouse = SqlWarehouse(peer.workspace)

    def running() -> int:
        return sum(one.state in ("PENDING", "RUNNING") for one in peer.platform.statements.history())

    async def queries(state: State, asked: Turn) -> str:
        await warehouse.run(ANALYST, ENDLESS, turn_id=asked.id, conversation="c", row_limit=1, report=ignore)
        return "never"

    async with talking(clients, queries) as (replica, platform):
        asking = asyncio.create_task(replica.answer(turn("q1"), platform))
        await until(lambda: running() == 1)
        await stopped(replica, platform, asking)
        await until(lambda: running() == 0)
    await warehouse.close()


async def test_stop_in_the_thread_ends_the_watching_of_genie(
    clients: Clients, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Genie cannot be told to stop a message; nobody asks after it any more."""
    await trouble(peer, end="HANG")
    looks: list[object] = []
    call = peer.workspace.call

    async def counted(*args: Any, **more: Any) -> Any:
        looks.append(args)
        return await call(*args, **more)

    monkeypatch.setattr(peer.workspace, "call", counted)
    genie = Genie(peer.workspace)

    async def asks(state: State, asked: Turn) -> str:
        await genie.ask(ANALYST, "space-sales", "total amount in France", report=ignore)
        return "never"

    async with talking(clients, asks) as (replica, platform):
        asking = asyncio.create_task(replica.answer(turn("q1"), platform))
        await until(lambda: len(looks) > 2)
        await stopped(replica, platform, asking)
        seen = len(looks)
        with pytest.raises(AssertionError):
            await until(lambda: len(looks) > seen, 0.5)
