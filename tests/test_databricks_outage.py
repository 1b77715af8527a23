"""A warehouse that cannot be reached: everybody is told soon, however many ask, and it is tried again after a rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.databricks.client import Workspace
from adapters.databricks.outage import Outage, Unreachable
from adapters.databricks.startup import Startup
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import User
from agents.errors import BadQuery, NotConnected
from sandbox.databricks.knobs import Fault
from tests.databricks_peer import ADMIN, ANALYST, GERMANY, databricks, ignore, tokens

NOBODY = 9  # the discard port, which nothing listens on


def failing(error: Exception, seconds: float = 0.0) -> Callable[[], None]:
    def work() -> None:
        time.sleep(seconds)  # the failing call itself: this is how long it is retried
        raise error

    return work


def test_what_was_retried_in_vain_is_left_alone_for_a_while() -> None:
    """Calls that come meanwhile fail without being made; afterwards they are made again."""
    outage, made = Outage(rest=0.2, retried=0.01), list[int]()
    with pytest.raises(Unreachable):
        outage.tried(failing(Unreachable("gone"), 0.02))
    with pytest.raises(Unreachable, match="a moment ago"):
        outage.tried(lambda: made.append(1))
    assert not made
    time.sleep(0.25)  # the rest itself
    outage.tried(lambda: made.append(2))
    assert made == [2]


@pytest.mark.parametrize(("error", "seconds"), [(Unreachable("reset"), 0.0), (BadQuery("no such table"), 0.05)])
def test_one_lost_connection_and_a_refusal_are_no_outage(error: Exception, seconds: float) -> None:
    """A connection that broke at once may be the only one; an answer that says no is one."""
    outage = Outage(retried=0.02)
    with pytest.raises(type(error)):
        outage.tried(failing(error, seconds))
    assert outage.tried(lambda: "answered") == "answered"


async def test_more_askers_than_threads_are_told_as_soon_as_one() -> None:
    """With the connection refused nobody waits for the retries of those before them."""
    users = [User("console", "t1", f"asker{number}") for number in range(24)]
    async with databricks(credentials=tokens(*users)) as peer:
        for user in users:
            peer.platform.add_user(user.id)
        refused = replace(peer.workspace.options, thrift_uri=f"http://127.0.0.1:{NOBODY}/sql/1.0/warehouses/none")
        workspace = Workspace(refused, tokens(*users), threads=4)
        warehouse = SqlWarehouse(workspace)
        begun = time.monotonic()
        told = await asyncio.gather(*(_asked(warehouse, user) for user in users))
        assert {type(error) for error in told} == {Unreachable}
        assert time.monotonic() - begun < 25.0  # one call's retries take six seconds; in turn they would take 36
        await warehouse.close()
        workspace.close()


async def test_a_warehouse_that_is_back_answers_after_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outage ends by itself."""
    monkeypatch.setattr("adapters.databricks.connections.Outage", lambda: Outage(rest=0.1))
    async with databricks() as peer:
        warehouse = SqlWarehouse(peer.workspace)
        peer.platform.knobs.faults[:] = [Fault("/sql/1.0/", "drop", times=-1)]
        assert isinstance(await _asked(warehouse, ANALYST), Unreachable)
        peer.platform.knobs.faults.clear()
        await asyncio.sleep(0.15)  # the rest itself
        assert await _asked(warehouse, ANALYST) is None
        await warehouse.close()


async def _asked(warehouse: SqlWarehouse, user: User) -> Exception | None:
    try:
        await warehouse.run(user, "SELECT 1 AS one", turn_id="", row_limit=1, report=ignore, conversation="")
    except Unreachable as error:
        return error
    return None


async def test_one_look_at_the_warehouse_serves_all_who_may_look() -> None:
    """Askers who come at the same time share it; for one whose token is refused the others look themselves."""
    stranger = User("console", "t1", "nobody")  # whose token the workspace does not know
    async with databricks(credentials=tokens(ANALYST, ADMIN, GERMANY, stranger)) as peer:
        startup = Startup(peer.workspace, patience=1.0)
        looks: list[str] = []
        looked = startup._look
        startup._look = lambda client: looks.append("") or looked(client)  # type: ignore[method-assign,func-returns-value]
        found = await asyncio.gather(*(startup.running(user) for user in (ANALYST, ADMIN, GERMANY)))
        assert (found, len(looks)) == ([True] * 3, 1)
        startup._seen = float("-inf")
        refused, *others = await asyncio.gather(
            *(startup.running(user) for user in (stranger, ADMIN, GERMANY)), return_exceptions=True
        )
        assert isinstance(refused, NotConnected)
        assert others == [True, True]
