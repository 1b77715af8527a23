"""SQL connections, one an asker: opened when first needed, bounded in number, closed when idle."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from adapters.databricks.client import DatabricksOptions, Workspace
from adapters.databricks.identity import Token
from adapters.databricks.outage import Outage
from agents.domain import User
from agents.errors import BotError, Unavailable

if TYPE_CHECKING:
    from adapters.databricks.thrift import Session

log = logging.getLogger(__name__)
T = TypeVar("T")

CLOSING = 5.0  # seconds for all sessions to be closed at the end
PATIENCE = 60.0  # seconds to wait for a place when all connections are in use


class Gone(Exception):
    """The session or the statement is no longer known to the warehouse."""


class Connection:
    """A session, used by one thread at a time and by several statements in turn."""

    def __init__(self, workspace: Workspace, session: Session, token: Token, outage: Outage) -> None:
        self._workspace, self.session, self.token, self._outage = workspace, session, token, outage
        self._lock = asyncio.Lock()
        self.users = 0
        self.used = time.monotonic()
        self.broken = False

    async def call(self, work: Callable[[], T]) -> T:
        """Runs one blocking call on the session. A cancelled caller still waits until the thread has left it."""
        async with self._lock:
            running = asyncio.ensure_future(self._workspace.in_thread(lambda: self._outage.tried(work)))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait([running])
                if not running.cancelled():
                    running.exception()  # nobody is left to hear of it
                raise


class Connections:
    """At most `most` sessions; one that nobody has used for `idle` seconds is closed."""

    def __init__(self, workspace: Workspace, *, most: int, idle: float) -> None:
        self._workspace, self._most, self._idle = workspace, most, idle
        self._open: OrderedDict[str, Connection] = OrderedDict()
        self._opening: dict[str, asyncio.Lock] = {}
        self._places = asyncio.Semaphore(most)
        self._waiting = 0
        self._outage = Outage()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._under_way: set[asyncio.Task[Connection]] = set()

    def __len__(self) -> int:
        return len(self._open)

    @asynccontextmanager
    async def of(self, user: User, token: Token) -> AsyncIterator[Connection]:
        """This user's connection, opened with this token. Raises NotConnected, Refused, NotFound, Unavailable."""
        connection = await self._shielded(user, token)
        try:
            yield connection
        finally:
            self._left(user.key, connection)

    async def _shielded(self, user: User, token: Token) -> Connection:
        # A caller that gives up leaves the opening to finish: a session half open would be nobody's to close.
        opening = asyncio.ensure_future(self._taken(user, token))
        self._under_way.add(opening)
        opening.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(functools.partial(self._given_up, user.key))
            raise

    def _given_up(self, key: str, opening: asyncio.Task[Connection]) -> None:
        if not opening.cancelled() and not opening.exception():
            self._left(key, opening.result())

    async def _taken(self, user: User, token: Token) -> Connection:
        async with self._opening.setdefault(user.key, asyncio.Lock()):
            connection = await self._with(user, token)
            # Counted before anybody else looks: without a user it may be closed, and its taker is yet to be woken.
            connection.users += 1
            return connection

    async def _with(self, user: User, token: Token) -> Connection:
        known = self._open.get(user.key)
        if known and known.token.value == token.value and not known.broken:
            self._open.move_to_end(user.key)
            return known
        if known:
            self._drop(user.key, known)
        return await self._opened(user, token)

    def _left(self, key: str, connection: Connection) -> None:
        connection.users -= 1
        connection.used = time.monotonic()
        if connection.broken or (self._waiting and not connection.users):
            self._drop(key, connection)
        self._sweep_later()

    async def _opened(self, user: User, token: Token) -> Connection:
        await self._place()
        with ExitStack() as undone:  # the place is given back unless there is a session to hold it
            undone.callback(self._places.release)
            connect = functools.partial(_connect, self._workspace.options, token.value)
            session = await self._workspace.in_thread(lambda: self._outage.tried(connect))
            undone.pop_all()
        connection = Connection(self._workspace, session, token, self._outage)
        self._open[user.key] = connection
        return connection

    async def _place(self) -> None:
        if self._places.locked():
            self._make_room()
        self._waiting += 1  # whoever has done with a connection gives its place up meanwhile
        try:
            await asyncio.wait_for(self._places.acquire(), PATIENCE)
        except TimeoutError as error:
            raise Unavailable("all SQL connections are in use") from error
        finally:
            self._waiting -= 1

    def _make_room(self) -> None:
        idle = next(((key, known) for key, known in self._open.items() if not known.users), None)
        if idle:
            self._drop(*idle)

    def _drop(self, key: str, connection: Connection) -> None:
        if self._open.get(key) is connection:
            del self._open[key]
        connection.broken = True
        if not connection.users:
            closing = asyncio.ensure_future(self._closed(connection))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _closed(self, connection: Connection) -> None:
        try:
            await connection.call(connection.session.close)
        except BotError as error:
            log.debug("closing a SQL session: %s", error)
        finally:
            self._places.release()

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(self._idle, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        oldest = time.monotonic() - self._idle
        for key, connection in list(self._open.items()):
            if not connection.users and connection.used <= oldest:
                self._drop(key, connection)
        for key in [key for key, lock in self._opening.items() if key not in self._open and not lock.locked()]:
            del self._opening[key]
        if self._open:
            self._sweep_later()

    async def close(self) -> None:
        """Closes every session; those that do not answer are the server's to forget."""
        if self._sweeper:
            self._sweeper.cancel()
        for key, connection in list(self._open.items()):
            connection.users = 0
            self._drop(key, connection)
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSING)


def _connect(options: DatabricksOptions, token: str) -> Session:
    from adapters.databricks.thrift import Session

    return Session(options, token)
