"""SQL connections that several statements of one asker share: never closed under the one that has just got one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.databricks.check import Check, Wanted
from adapters.databricks.connections import Connections
from adapters.databricks.identity import Token
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import User
from tests.databricks_peer import ADMIN, ANALYST, GERMANY, Peer, databricks
from tests.redis_peer import until

BEFORE, RENEWED = Token("sandbox-analyst"), Token("sandbox-analyst-renewed")


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with databricks() as made:
        [analyst] = [person for person in made.platform.people if person.name == "analyst@example.org"]
        made.platform.tokens.issue(analyst, token=RENEWED.value)
        yield made


@pytest.fixture
async def connections(peer: Peer) -> AsyncIterator[Connections]:
    made = Connections(peer.workspace, most=2, idle=60)
    yield made
    await made.close()


async def used(connections: Connections, token: Token, user: User = ANALYST) -> str:
    """One statement on the asker's connection; its handle."""
    async with connections.of(user, token) as connection:
        statement = connection.session.statement(1)
        return await connection.call(lambda: statement.send("SELECT 1 AS one", None, {}))


async def test_a_token_renewed_meanwhile_takes_nobodys_connection_away(connections: Connections) -> None:
    """Two turns of one asker, one with the token of before: the session just opened for it is not closed unused."""
    first, second = await asyncio.gather(used(connections, BEFORE), used(connections, RENEWED))
    assert first
    assert second
    assert len(connections) == 1


async def test_a_real_time_warehouse_is_named_before_anybody_asks(peer: Peer) -> None:
    """It does not speak Thrift: the check says so and which kinds do."""
    peer.platform.knobs.warehouse_type = "REALTIME"
    warehouse = SqlWarehouse(peer.workspace)
    found = {one.name: one async for one in Check(peer.workspace, warehouse, ANALYST).findings(Wanted())}
    assert not found["warehouse"].ok
    assert "Real-Time" in found["warehouse"].what
    assert "pro or serverless" in found["warehouse"].fix
    await warehouse.close()


async def test_every_place_is_given_back_once(connections: Connections) -> None:
    """However sessions have replaced each other, as many are open at once as may be, and not one more."""
    for _ in range(5):
        await asyncio.gather(used(connections, BEFORE), used(connections, RENEWED), used(connections, BEFORE))
    async with connections.of(ANALYST, BEFORE), connections.of(GERMANY, Token("sandbox-germany")):
        third = asyncio.ensure_future(used(connections, Token("sandbox-admin"), ADMIN))
        await until(lambda: connections._waiting == 1)
        assert not third.done()
    assert await third


async def test_a_connection_that_its_taker_gave_up_is_closed_when_idle(peer: Peer) -> None:
    """Stopped while it was being opened, it is nobody's, and not for ever open for that."""
    connections = Connections(peer.workspace, most=1, idle=0.2)
    async with connections._opening.setdefault(ANALYST.key, asyncio.Lock()):  # nothing is opened until it is given up
        taking = asyncio.ensure_future(used(connections, BEFORE))
        await until(lambda: connections._under_way)
        taking.cancel()
        await asyncio.wait([taking])
    await until(lambda: not connections._under_way)
    await until(lambda: len(connections) == 0)
    assert await used(connections, Token("sandbox-germany"), GERMANY)
    await connections.close()
