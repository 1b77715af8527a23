"""The Warehouse port over Thrift, through the real connector against the local Databricks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from adapters.databricks.stores import MemoryStatements
from adapters.databricks.warehouse import SqlWarehouse, WarehouseLimits
from agents.domain import SqlResult, User
from agents.errors import BadQuery, NotConnected, Refused, Unavailable
from tests.databricks_peer import ADMIN, ANALYST, GERMANY, SALES, Peer, Reports, databricks, ignore, tokens

ENDLESS = "SELECT COUNT(*) AS n FROM range(9000000) AS a CROSS JOIN range(9000000) AS b"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with databricks() as made:
        yield made


@pytest.fixture
async def warehouse(peer: Peer) -> AsyncIterator[SqlWarehouse]:
    made = SqlWarehouse(peer.workspace)
    yield made
    await made.close()


async def run(warehouse: SqlWarehouse, sql: str, user: User = ANALYST, rows: int = 100) -> SqlResult:
    return await warehouse.run(user, sql, turn_id="turn-1", conversation="c", row_limit=rows, report=ignore)


def running(peer: Peer) -> int:
    return sum(statement.state in ("PENDING", "RUNNING") for statement in peer.platform.statements.history())


async def until(condition: object, seconds: float = 5.0) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


async def test_every_type_arrives_as_plain_python(warehouse: SqlWarehouse) -> None:
    """Decimals, timestamps, arrays, structs, maps, binaries and NULLs come as the values that Python has for them."""
    result = await run(
        warehouse,
        "SELECT CAST(12.345 AS DECIMAL(18,3)) AS d, CAST(7 AS BIGINT) AS n, CAST(0.5 AS DOUBLE) AS f, TRUE AS b, "
        "'é' AS s, DATE'2025-09-01' AS day, TIMESTAMP'2025-09-01 12:30:00' AS t, array(1, NULL, 3) AS list, "
        "named_struct('a', 1, 'b', array('x')) AS st, map('k', 2) AS m, CAST(NULL AS STRING) AS nothing",
    )
    moment = datetime(2025, 9, 1, 12, 30, tzinfo=UTC)
    row = (Decimal("12.345"), 7, 0.5, True, "é", date(2025, 9, 1), moment, [1, None, 3], {"a": 1, "b": ["x"]})
    assert result.rows == ((*row, {"k": 2}, None),)
    assert result.columns == ("d", "n", "f", "b", "s", "day", "t", "list", "st", "m", "nothing")
    assert result.types[:3] == ("decimal(18,3)", "bigint", "double")
    assert result.types[5:10] == ("date", "timestamp", "array<int>", "struct<a:int,b:array<string>>", "map<string,int>")
    assert [type(value) for value in result.rows[0][:4]] == [Decimal, int, float, bool]


async def test_says_whose_rights_were_used(warehouse: SqlWarehouse) -> None:
    """Each result names the Databricks user behind the token it was run with."""
    assert (await run(warehouse, "SELECT current_user() AS me")).rows == (("analyst@example.org",),)
    assert (await run(warehouse, "SELECT 1 AS one", GERMANY)).as_whom == "germany@example.org"


async def test_rows_beyond_the_cap_are_cut_and_said_so(warehouse: SqlWarehouse) -> None:
    """Exactly as many rows as allowed are whole; one more is a truncated result."""
    whole = await run(warehouse, "SELECT id FROM range(5) AS t(id)", rows=5)
    cut = await run(warehouse, "SELECT id FROM range(6) AS t(id)", rows=5)
    assert (len(whole.rows), whole.truncated, len(cut.rows), cut.truncated) == (5, False, 5, True)


async def test_ten_thousand_rows_of_more_come_over_several_fetches(warehouse: SqlWarehouse) -> None:
    """The cap holds where it lies beyond one fetch, in order and to the row."""
    result = await run(warehouse, "SELECT id FROM range(12345) AS t(id) ORDER BY id", rows=10_000)
    assert (len(result.rows), result.rows[-1], result.truncated) == (10_000, (9_999,), True)


async def test_bytes_beyond_the_cap_are_cut_and_said_so(peer: Peer) -> None:
    """A result that is wide rather than long is cut too, long before it fills the memory."""
    warehouse = SqlWarehouse(peer.workspace, limits=WarehouseLimits(result_bytes=200_000))
    result = await run(warehouse, "SELECT id, repeat('x', 1000) AS wide FROM range(5000) AS t(id)", rows=5000)
    assert result.truncated
    assert 50 < len(result.rows) < 1000
    await warehouse.close()


async def test_an_empty_result_keeps_its_columns(warehouse: SqlWarehouse) -> None:
    """No rows is an answer with columns and types, not an error."""
    result = await run(warehouse, f"SELECT country, amount FROM {SALES} WHERE country = 'Nowhere'")
    assert (result.columns, result.types, result.rows) == (("country", "amount"), ("string", "decimal(10,2)"), ())


async def test_a_wrong_statement_tells_its_author_why(warehouse: SqlWarehouse) -> None:
    """The engine's own message is the hint, with its class as the code."""
    with pytest.raises(BadQuery) as caught:
        await run(warehouse, f"SELECT nonsense FROM {SALES}")
    assert caught.value.code.startswith("UNRESOLVED_COLUMN")
    assert "nonsense" in caught.value.hint


async def test_a_hint_quotes_no_cells(warehouse: SqlWarehouse) -> None:
    """Conversion errors name the value that did not fit; the value stays here."""
    with pytest.raises(BadQuery) as caught:
        await run(warehouse, f"SELECT CAST(concat(country, 'secret') AS INT) AS n FROM {SALES}")
    assert "secret" not in caught.value.hint
    assert caught.value.code == "CAST_INVALID_INPUT"


async def test_a_forbidden_table_is_a_refusal(warehouse: SqlWarehouse) -> None:
    """What the asker may not read is Refused, not a query to be repaired."""
    with pytest.raises(Refused):
        await run(warehouse, "SELECT * FROM people.hr.salaries")


async def test_row_filters_are_the_askers_own(warehouse: SqlWarehouse) -> None:
    """One asker sees one country where another sees all of them."""
    countries = f"SELECT DISTINCT country FROM {SALES} ORDER BY country"
    assert (await run(warehouse, countries, GERMANY)).rows == (("Germany",),)
    assert len((await run(warehouse, countries)).rows) == 3


async def test_nobody_runs_nothing(warehouse: SqlWarehouse) -> None:
    """A user without a token is told to connect, and no other identity steps in."""
    with pytest.raises(NotConnected):
        await run(warehouse, "SELECT 1 AS one", User("slack", "t1", "unknown"))


async def test_a_revoked_token_means_connect_again(peer: Peer, warehouse: SqlWarehouse) -> None:
    """A token that the workspace no longer takes ends in NotConnected, also on a session that is open."""
    await run(warehouse, "SELECT 1 AS one")
    peer.platform.tokens.revoke("sandbox-analyst")
    with pytest.raises(NotConnected):
        await run(warehouse, "SELECT 2 AS two")


async def test_cancelling_the_task_stops_the_statement(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Stop reaches the warehouse within a fraction of a second and nothing goes on running there."""
    task = asyncio.create_task(run(warehouse, ENDLESS))
    await until(lambda: running(peer) == 1)
    begun = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - begun < 1.0
    await until(lambda: running(peer) == 0)


async def test_the_session_serves_on_after_a_cancel(peer: Peer, warehouse: SqlWarehouse) -> None:
    """A cancelled statement leaves its connection usable."""
    task = asyncio.create_task(run(warehouse, ENDLESS))
    await until(lambda: running(peer) == 1)
    task.cancel()
    await asyncio.wait([task])
    assert (await run(warehouse, "SELECT 3 AS three")).rows == ((3,),)


async def test_a_statement_ends_at_its_deadline(peer: Peer) -> None:
    """Too slow is Unavailable with the seconds allowed, and the statement is stopped."""
    warehouse = SqlWarehouse(peer.workspace, limits=WarehouseLimits(deadline=0.5))
    with pytest.raises(Unavailable) as caught:
        await run(warehouse, ENDLESS)
    assert caught.value.reason == "deadline"
    await until(lambda: running(peer) == 0)
    await warehouse.close()


class Dying(MemoryStatements):
    """The statements of a replica that dies, or freezes, as soon as it has remembered what it sent."""

    def __init__(self) -> None:
        super().__init__()
        self.awake = asyncio.Event()

    async def remember(self, key: str, handle: str) -> None:
        """Returns only to who is awake again."""
        await super().remember(key, handle)
        await self.awake.wait()


class Shared(MemoryStatements):
    """What another replica remembers is found here."""

    def __init__(self, other: MemoryStatements) -> None:
        super().__init__()
        self._running = other._running


async def test_a_statement_is_picked_up_and_not_sent_twice(peer: Peer) -> None:
    """The replica that takes a turn over goes on with the statement that the dead one sent, through its own session."""
    peer.platform.knobs.statement_delay = 0.3
    dying = Dying()
    other = peer.as_others(tokens(ANALYST))
    dead = SqlWarehouse(peer.workspace, statements=dying)
    heir = SqlWarehouse(other, statements=Shared(dying))
    sql = f"SELECT SUM(amount) AS total FROM {SALES}"
    task = asyncio.create_task(run(dead, sql))
    await until(lambda: bool(dying._running))
    assert (await run(heir, sql)).rows == ((Decimal("35.75"),),)
    assert [one.sql for one in peer.platform.statements.history()].count(sql) == 1
    dying.awake.set()
    with pytest.raises(Unavailable):
        await task  # the one that was overtaken finds its statement closed and says nothing
    await dead.close()
    await heir.close()
    other.close()


async def closed(warehouse: SqlWarehouse, handle: str) -> None:
    """Closes the statement on the server, as whoever has read its rows does."""
    connection = warehouse._connections._open[ANALYST.key]
    statement = connection.session.statement(1)
    statement.pick_up(handle)
    cursor = statement._cursor
    await connection.call(lambda: cursor.backend.close_command(cursor.active_command_id))


@pytest.mark.parametrize("ended_by", ["stopping", "closing"])
async def test_a_statement_ended_by_a_replica_that_was_only_frozen_is_sent_again(
    peer: Peer, ended_by: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever wakes up and ends the statement leaves the replica that has its turn now with its rows."""
    caplog.set_level(logging.INFO, "adapters.databricks.warehouse")
    peer.platform.knobs.statement_delay = 30.0
    frozen_statements = Dying()
    other = peer.as_others(tokens(ANALYST))
    frozen = SqlWarehouse(peer.workspace, statements=frozen_statements)
    heir = SqlWarehouse(other, statements=Shared(frozen_statements))
    sql = f"SELECT SUM(amount) AS total FROM {SALES}"
    turn = asyncio.create_task(run(frozen, sql))
    await until(lambda: bool(frozen_statements._running))
    taken_over = asyncio.create_task(run(heir, sql))
    await until(lambda: "picked up" in caplog.text)
    assert [one.sql for one in peer.platform.statements.history()].count(sql) == 1
    peer.platform.knobs.statement_delay = 0.0
    if ended_by == "closing":
        await closed(frozen, *frozen_statements._running.values())
    turn.cancel()
    assert (await taken_over).rows == ((Decimal("35.75"),),)
    await asyncio.wait([turn])
    for made in (frozen, heir):
        await made.close()
    other.close()


async def test_a_lost_statement_is_sent_again(peer: Peer) -> None:
    """A handle that the warehouse does not know any more does no harm."""
    shared = MemoryStatements()
    warehouse = SqlWarehouse(peer.workspace, statements=shared)
    sql = "SELECT 4 AS four"
    await run(warehouse, sql)
    for key in list(shared._running):
        await shared.remember(key, f"{'0' * 32}|{'0' * 32}")
    assert (await run(warehouse, sql)).rows == ((4,),)
    await warehouse.close()


async def test_nobody_picks_up_anothers_statement(peer: Peer) -> None:
    """The same turn and SQL under another asker is another statement with that asker's rows."""
    shared = MemoryStatements()
    warehouse = SqlWarehouse(peer.workspace, statements=shared)
    countries = f"SELECT DISTINCT country FROM {SALES} ORDER BY country"
    everything = await run(warehouse, countries)
    own = await run(warehouse, countries, GERMANY)
    assert (len(everything.rows), own.rows) == (3, (("Germany",),))
    await warehouse.close()


async def test_a_foreign_handle_is_no_way_in(peer: Peer) -> None:
    """Even a handle planted under one's own key brings no rows of the user who ran the statement."""
    shared = MemoryStatements()
    warehouse = SqlWarehouse(peer.workspace, statements=shared)
    countries = f"SELECT DISTINCT country FROM {SALES} ORDER BY country"
    await run(warehouse, countries)
    [stolen] = shared._running.values()
    await run(warehouse, countries, GERMANY)
    for key in list(shared._running):
        await shared.remember(key, stolen)
    assert (await run(warehouse, countries, GERMANY)).rows == (("Germany",),)
    await warehouse.close()


async def test_a_sleeping_warehouse_is_awaited_and_told(peer: Peer) -> None:
    """A cold start is a progress line and then the answer, not an error."""
    peer.platform.knobs.cold_start = 1.0
    warehouse, reports = SqlWarehouse(peer.workspace), Reports()
    warehouse._startup._every = 0.1
    result = await warehouse.run(ANALYST, "SELECT 5 AS five", turn_id="", conversation="c", row_limit=1, report=reports)
    assert result.rows == ((5,),)
    assert reports.steps == ["warehouse_starting"]
    await warehouse.close()


async def test_queries_carry_their_turn_and_conversation(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Whoever looks at the query history finds the turn, the conversation and the asker."""
    await warehouse.run(
        ANALYST, "SELECT 6 AS six", turn_id="t6", conversation="slack/T1/C1/1.2", row_limit=1, report=ignore
    )
    [tags] = [dict(one.tags) for one in peer.platform.statements.history() if one.sql == "SELECT 6 AS six"]
    assert tags == {"app": "findata", "turn": "t6", "conversation": "slack/T1/C1/1.2", "user": ANALYST.key}


async def test_parameters_are_bound(warehouse: SqlWarehouse) -> None:
    """Our own statements pass values beside the text, so that no value is ever SQL."""
    sql = f"SELECT COUNT(*) AS n FROM {SALES} WHERE country = :country AND day >= :day"
    names, rows = await warehouse.query(ANALYST, sql, {"country": "France", "day": date(2025, 2, 1)})
    assert (names, rows) == (("n",), ((1,),))
    assert (await warehouse.query(ANALYST, sql, {"country": "x' OR '1'='1", "day": date(2025, 2, 1)}))[1] == ((0,),)


async def test_connections_are_one_an_asker_and_closed_when_idle(peer: Peer) -> None:
    """However many questions somebody asks, there is one session; left alone, it is closed."""
    warehouse = SqlWarehouse(peer.workspace, limits=WarehouseLimits(idle=0.3))
    await asyncio.gather(*(run(warehouse, f"SELECT {n} AS n", user) for n in range(6) for user in (ANALYST, GERMANY)))
    assert len(warehouse._connections) == 2
    await until(lambda: len(warehouse._connections) == 0)
    await warehouse.close()


async def test_connections_are_bounded(peer: Peer) -> None:
    """With one place and three askers they take turns, and the oldest idle session makes room."""
    warehouse = SqlWarehouse(peer.workspace, limits=WarehouseLimits(connections=1))
    me = "SELECT current_user() AS me"
    users = (ANALYST, GERMANY, ADMIN)
    results = [await run(warehouse, me, user) for user in users]
    assert [result.rows[0][0] for result in results] == [f"{user.id}@example.org" for user in users]
    assert len(warehouse._connections) == 1
    await warehouse.close()


async def test_a_forgotten_session_is_opened_anew(peer: Peer, warehouse: SqlWarehouse) -> None:
    """A session that the warehouse has dropped meanwhile costs a new one, not an error."""
    await run(warehouse, "SELECT 7 AS seven")
    peer.platform.knobs.session_life = 0.0
    await run(warehouse, "SELECT 8 AS eight", GERMANY)  # a session that opens drops those that are too old
    peer.platform.knobs.session_life = 900.0
    assert (await run(warehouse, "SELECT 9 AS nine")).rows == ((9,),)


@pytest.mark.parametrize("kind", [500, "drop"])
async def test_a_failing_warehouse_is_unavailable(peer: Peer, warehouse: SqlWarehouse, kind: object) -> None:
    """Server errors and cut connections on sending are Unavailable, and the statement was not sent twice."""
    from sandbox.databricks.knobs import Fault

    await run(warehouse, "SELECT 1 AS one")
    peer.platform.knobs.faults.append(Fault("/sql/1.0/", kind, times=1))  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await run(warehouse, "SELECT 10 AS ten")
    assert "SELECT 10 AS ten" not in [statement.sql for statement in peer.platform.statements.history()]
    assert (await run(warehouse, "SELECT 11 AS eleven")).rows == ((11,),)
