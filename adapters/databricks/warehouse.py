"""Runs SQL on the warehouse as the asker, over Thrift: sent once, watched without a blocked thread, stopped in time."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.databricks.client import Workspace
from adapters.databricks.connections import Connection, Connections, Gone
from adapters.databricks.identity import Token
from adapters.databricks.startup import Startup
from adapters.databricks.stores import MemoryStatements, Statements
from agents.domain import SqlResult, User
from agents.errors import BadQuery, BotError, NotConnected, Refused, Unavailable
from agents.ports import Report

if TYPE_CHECKING:
    from adapters.databricks.thrift import Fetched, Statement

log = logging.getLogger(__name__)

FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5  # seconds between two looks at a running statement
TAG_LENGTH = 128
_GONE = ("TABLE_OR_VIEW_NOT_FOUND", "UNRESOLVED_COLUMN", "SCHEMA_NOT_FOUND", "NO_SUCH_CATALOG")


@dataclass(frozen=True, slots=True)
class WarehouseLimits:
    """Seconds and bytes. `deadline` counts a statement's own time, `cold_start` that of the warehouse before it."""

    deadline: float = 120.0
    cold_start: float = 600.0
    result_bytes: int = 32 * 1024 * 1024
    connections: int = 200
    idle: float = 300.0


@dataclass(frozen=True, slots=True)
class Job:
    """One statement to run for one asker. `key` is where its handle is remembered; empty: nowhere."""

    user: User
    sql: str
    rows: int
    tags: Mapping[str, str]
    key: str = ""
    parameters: Mapping[str, object] | None = None


class SqlWarehouse:
    """The Warehouse port. `statements` lets another replica pick up what a turn has already sent."""

    def __init__(
        self, workspace: Workspace, *, statements: Statements | None = None, limits: WarehouseLimits | None = None
    ) -> None:
        self._workspace = workspace
        self._statements = statements or MemoryStatements()
        self._limits = limits or WarehouseLimits()
        self._connections = Connections(workspace, most=self._limits.connections, idle=self._limits.idle)
        self._startup = Startup(workspace, patience=self._limits.cold_start)
        self._preparing: dict[str, asyncio.Future[None]] = {}
        self._outdated: list[Callable[[User], None]] = []

    def when_outdated(self, tell: Callable[[User], None]) -> None:
        """`tell` is called when a statement shows that tables, columns or rights are not what this user was shown."""
        self._outdated.append(tell)

    async def run(
        self, user: User, sql: str, *, turn_id: str, row_limit: int, report: Report, conversation: str
    ) -> SqlResult:
        """See agents.ports.Warehouse."""
        digest = hashlib.sha256(f"{user.key}\n{row_limit}\n{sql}".encode()).hexdigest()[:32]
        tags = {"app": "findata", "turn": turn_id, "conversation": conversation, "user": user.key}
        kept = {name: value[:TAG_LENGTH] for name, value in tags.items() if value}
        job = Job(user, sql, row_limit, kept, f"{turn_id}/{digest}" if turn_id else "")
        await self._startup.awaited(user, report)
        whom = await self._workspace.whom(user)
        try:
            statement_id, fetched = await self._run(job)
        except (Refused, BadQuery) as error:
            if isinstance(error, Refused) or error.code.startswith(_GONE):
                for tell in self._outdated:
                    tell(user)
            raise
        self._startup.seen_running()
        return SqlResult(sql, fetched.columns, fetched.types, fetched.rows, fetched.truncated, statement_id, whom)

    async def query(
        self, user: User, sql: str, parameters: Mapping[str, object] | None = None, *, rows: int = 1000
    ) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]:
        """A statement of our own (metadata, functions) with bound parameters: column names and rows."""
        _, fetched = await self._run(Job(user, sql, rows, {"app": "findata"}, "", parameters))
        return fetched.columns, fetched.rows

    def prepare(self, user: User) -> None:
        """Opens the user's connection in the background, if the warehouse is known to run: a statement may follow."""
        if self._startup.known_running and user.key not in self._preparing:
            task = asyncio.ensure_future(self._prepared(user))
            self._preparing[user.key] = task
            task.add_done_callback(lambda _: self._preparing.pop(user.key, None))

    async def _prepared(self, user: User) -> None:
        async def opened(token: Token) -> None:
            async with self._connections.of(user, token):
                pass

        try:
            await self._workspace.as_user(user, opened)
            await self._workspace.whom(user)
        except BotError as error:
            log.debug("no connection in advance: %s", error)  # the statement itself will say so

    async def awake(self, user: User) -> bool:
        """True when a statement would run at once; asking does not start the warehouse."""
        return await self._startup.running(user)

    async def close(self) -> None:
        """Closes all connections."""
        await self._connections.close()

    async def _run(self, job: Job) -> tuple[str, Fetched]:
        # A token that ran out is noticed before anything is sent, or while the statement runs; then it is picked up.
        return await self._workspace.as_user(job.user, functools.partial(self._with_token, job))

    async def _with_token(self, job: Job, token: Token) -> tuple[str, Fetched]:
        try:
            return await self._attempt(job, token)
        except _SessionGone:
            pass  # idle for too long, so nothing was sent: once more on a new session
        try:
            return await self._attempt(job, token)
        except _SessionGone as error:
            raise Unavailable("the SQL session was closed") from error

    async def _attempt(self, job: Job, token: Token) -> tuple[str, Fetched]:
        async with self._connections.of(job.user, token) as connection:
            statement = connection.session.statement(job.rows + 1)
            try:
                return await self._watched(connection, statement, job)
            except asyncio.CancelledError:
                await _stopped(connection, statement)
                raise
            except (NotConnected, _SessionGone):
                connection.broken = True
                raise

    async def _watched(self, connection: Connection, statement: Statement, job: Job) -> tuple[str, Fetched]:
        try:
            async with asyncio.timeout(self._limits.deadline):
                fetched = await self._taken_over(connection, statement, job)
                if fetched is None:
                    await self._sent(connection, statement, job)
                    fetched = await self._read(connection, statement, job)
                return statement.id, fetched
        except TimeoutError as error:
            await _stopped(connection, statement)
            seconds = f"{self._limits.deadline:.0f}"
            raise Unavailable("the statement took too long", reason="deadline", seconds=seconds) from error
        except Gone as error:
            raise Unavailable("the warehouse lost the statement") from error

    async def _read(self, connection: Connection, statement: Statement, job: Job) -> Fetched:
        return await _rows(connection, functools.partial(_fetched, statement, job.rows, self._limits.result_bytes))

    async def _sent(self, connection: Connection, statement: Statement, job: Job) -> None:
        try:
            handle = await connection.call(functools.partial(statement.send, job.sql, job.parameters, job.tags))
        except Gone as error:
            raise _SessionGone from error
        if job.key:
            await self._statements.remember(job.key, handle)

    async def _taken_over(self, connection: Connection, statement: Statement, job: Job) -> Fetched | None:
        """The rows of the statement that this turn sent before, perhaps from another replica; None: it must be sent.

        A replica that was only frozen may come back and close or stop the statement while it is watched here.
        """
        handle = await self._statements.recall(job.key) if job.key else ""
        if not handle:
            return None
        try:
            statement.pick_up(handle)
            await connection.call(statement.state)
            log.info("%s: picked up the statement sent earlier", job.key)
            return await self._read(connection, statement, job)
        except Gone:
            log.info("%s: the statement sent earlier is not known any more", job.key)
        except Unavailable as error:
            if error.reason != "statement_stopped":
                raise
            log.info("%s: the statement sent earlier was stopped", job.key)
        return None


class _SessionGone(Exception):
    """The warehouse has forgotten the session; the statement was not started."""


async def _rows(connection: Connection, look: Callable[[], Fetched | None]) -> Fetched:
    pause = FIRST_LOOK
    while (fetched := await connection.call(look)) is None:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_LOOK)
    return fetched


def _fetched(statement: Statement, rows: int, size: int) -> Fetched | None:
    """The rows, in the very thread that sees the statement done; None while it is not."""
    return statement.fetch(rows, size) if statement.state() == "done" else None


async def _stopped(connection: Connection, statement: Statement) -> None:
    """Stops the statement on the server; a failure to do so leaves it to the server's own limits."""
    begun = time.monotonic()
    try:
        await asyncio.shield(connection.call(statement.cancel))
    except BotError as error:
        log.warning("a statement could not be stopped: %s", error)
    log.info("stopped statement %s in %.0f ms", statement.id, 1000 * (time.monotonic() - begun))
