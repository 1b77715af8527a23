"""Many askers at once, each with other rights: nothing of one may ever reach another."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from adapters.databricks.catalog import UnityCatalog
from adapters.databricks.client import DatabricksOptions, Workspace
from adapters.databricks.consent import Linking, UserOAuth
from adapters.databricks.genie import Genie
from adapters.databricks.oauth import Application, AuthorizationServer, Grant
from adapters.databricks.stores import MemoryExpiringStore, MemoryStatements
from adapters.databricks.vault import Vault
from adapters.databricks.warehouse import SqlWarehouse, WarehouseLimits
from agents.domain import Draft, SqlResult, Table, TableRef, User
from agents.errors import BadQuery, Refused
from sandbox.mesh import Column, Mesh, Product
from sandbox.mesh import Table as MeshTable
from tests.brisk import brisk
from tests.databricks_peer import Peer, databricks, ignore

__all__ = ["brisk"]  # a fixture

ASKERS, QUESTIONS, TABLES = 20, 200, 10
AT_ONCE = 40  # of the questions: the later ones find what was remembered of the earlier ones
SHARED = TableRef("grid", "shared", "readings")
KEY = "0" * 43 + "="
ABSENT = User("slack", "T1", "absent")


def own_table(number: int) -> TableRef:
    return TableRef("grid", "teams", f"team_{number}")


def mesh() -> Mesh:
    """One table that all may read, row by row, and ten that two askers each may read."""
    columns = (Column("owner", "string"), Column("amount", "bigint", role="measure"))
    tables = [MeshTable(*own_table(n).key, columns) for n in range(TABLES)]
    teams = Product("teams", "Teams", "grid", tuple(tables), readers=("nobody",))
    shared = MeshTable(*SHARED.key, columns, comment="Readings")
    return Mesh((teams, Product("readings", "Readings", "grid", (shared,), space="readings")))


def fill(connection: duckdb.DuckDBPyConnection, _mesh: Mesh) -> None:
    """Every row says whose it is."""
    owners = ", ".join(f"('asker{n}', {1000 + n})" for n in range(ASKERS))
    connection.execute("CREATE TABLE grid.shared.readings(owner VARCHAR, amount BIGINT)")
    connection.execute(f"INSERT INTO grid.shared.readings VALUES {owners}")
    for n in range(TABLES):
        connection.execute(f"CREATE TABLE grid.teams.team_{n} AS SELECT 'team{n}' AS owner, {n}::BIGINT AS amount")


@dataclass(frozen=True)
class Asker:
    """Asker n sees row n of the shared table and the table of team n mod 10."""

    number: int

    @property
    def user(self) -> User:
        """In chat."""
        return User("slack", "T1", f"asker{self.number}")

    @property
    def own(self) -> TableRef:
        """The one team table granted."""
        return own_table(self.number % TABLES)

    @property
    def row(self) -> tuple[tuple[object, ...], ...]:
        """All that the shared table shows."""
        return ((f"asker{self.number}", 1000 + self.number),)


@dataclass(frozen=True)
class Process:
    """One product process."""

    warehouse: SqlWarehouse
    catalog: UnityCatalog
    genie: Genie


async def linked(url: str) -> UserOAuth:
    """Askers' tokens as they are kept in production: sealed, in one store for all."""
    linking = Linking(Application("findata"), "http://127.0.0.1:1/cb")
    oauth = UserOAuth(AuthorizationServer(url), linking, MemoryExpiringStore(), Vault([KEY.replace("0", "A")]))
    for number in range(ASKERS):
        await oauth._keep(Asker(number).user, Grant(f"sandbox-asker{number}", 4e9, ""))
    return oauth


def grant(peer: Peer) -> None:
    """Rights and row filters, all in place before the first question."""
    for number in range(ASKERS):
        asker = Asker(number)
        rows = {str(SHARED): ("owner", [f"asker{number}"])}
        peer.platform.add_user(f"asker{number}", reads=[str(asker.own)], rows=rows)


def questions() -> Iterator[tuple[Asker, str, str]]:
    """(asker, kind, turn): all askers and all kinds of question, well shuffled.

    "same" asks the same in a turn of the same id as other askers do, so that whatever is remembered by turn is tried.
    """
    shuffled = random.Random(7)
    kinds = ["rows", "whom", "team", "other", "tables", "genie", "same"]
    seen: Counter[Asker] = Counter()
    for n in range(QUESTIONS):
        asker, kind = Asker(shuffled.randrange(ASKERS)), kinds[n % len(kinds)]
        seen[asker] += kind == "same"
        yield asker, kind, f"same-{seen[asker]}" if kind == "same" else f"turn-{n}"


async def ask(process: Process, asker: Asker, kind: str, turn: str) -> object:
    """One question of one asker; what comes back is judged by `right`."""

    async def run(sql: str) -> SqlResult:
        return await process.warehouse.run(
            asker.user, sql, turn_id=turn, conversation="c", row_limit=100, report=ignore
        )

    if kind == "tables":
        return await process.catalog.tables(asker.user, [own_table(n) for n in range(TABLES)])
    if kind == "genie":
        draft = await process.genie.ask(asker.user, "readings", "total amount", report=ignore)
        assert isinstance(draft, Draft), draft
        return await run(draft.sql)
    try:
        return await run(sql_of(asker, kind))
    except (Refused, BadQuery) as error:
        return error


async def in_turn(gate: asyncio.Semaphore, process: Process, question: tuple[Asker, str, str]) -> object:
    """The answer, once there is room."""
    async with gate:
        return await ask(process, *question)


def sql_of(asker: Asker, kind: str) -> str:
    """What the asker wants to see, or in one case may not see."""
    return {
        "whom": "SELECT current_user() AS me",
        "team": f"SELECT owner FROM {asker.own}",
        "other": f"SELECT owner FROM {own_table((asker.number + 1) % TABLES)}",
    }.get(kind, f"SELECT owner, amount FROM {SHARED}")


def right(asker: Asker, kind: str, answer: object) -> bool:
    """Whether the answer is this asker's and nobody else's."""
    if kind == "other":
        return isinstance(answer, (Refused, BadQuery))
    if kind == "tables":
        assert isinstance(answer, tuple)
        readable = [table.ref for table in answer if isinstance(table, Table) and table.readable]
        return readable == [asker.own]
    assert isinstance(answer, SqlResult)
    me = f"asker{asker.number}@example.org"
    expected: dict[str, tuple[tuple[object, ...], ...]] = {
        "whom": ((me,),),
        "team": ((f"team{asker.number % TABLES}",),),
        "genie": ((1000 + asker.number,),),
    }
    return answer.as_whom == me and answer.rows == expected.get(kind, asker.row)


async def test_two_hundred_interleaved_questions_of_twenty_askers_do_not_mix() -> None:
    """No row, table name or remembered result of one asker reaches another, over one client and few connections."""
    async with databricks(mesh(), fill) as peer:
        grant(peer)
        options = DatabricksOptions(peer.url, peer.platform.warehouses.main.id)
        workspace = Workspace(options, await linked(peer.url), threads=16)
        limits = WarehouseLimits(connections=8)
        warehouse = SqlWarehouse(workspace, statements=MemoryStatements(), limits=limits)
        process = Process(warehouse, UnityCatalog(workspace), Genie(workspace))
        asked = list(questions())
        gate = asyncio.Semaphore(AT_ONCE)
        answers = await asyncio.gather(*(in_turn(gate, process, question) for question in asked))
        pairs = zip(asked, answers, strict=True)
        assert [(asker, kind, answer) for (asker, kind, _), answer in pairs if not right(asker, kind, answer)] == []
        assert len({asker for asker, _, _ in asked}) == ASKERS
        await warehouse.close()
        workspace.close()
