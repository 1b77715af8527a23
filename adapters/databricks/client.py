"""The workspace as the product reaches it: one client and one pool of threads, every call made as somebody."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from adapters.databricks import vendor
from adapters.databricks.identity import Credentials, Token
from agents.domain import User
from agents.errors import NotConnected

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DatabricksOptions:
    """Where the workspace is. `thrift_uri` replaces the https address of the warehouse where that has another."""

    host: str  # with its scheme: https://adb-123.azuredatabricks.net
    warehouse_id: str
    http_path: str = ""  # empty: /sql/1.0/warehouses/<warehouse_id>
    thrift_uri: str = ""
    thrift_ca: str = ""  # file of the authority that signed the warehouse's certificate; empty: the system's own

    @property
    def path(self) -> str:
        """The warehouse's HTTP path."""
        return self.http_path or f"/sql/1.0/warehouses/{self.warehouse_id}"

    @property
    def server(self) -> str:
        """The host's bare name, without scheme and port."""
        return self.host.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]

    @property
    def uri(self) -> str:
        """The warehouse's whole address where it is not https on the default port, else empty."""
        return self.thrift_uri or (f"{self.host.rstrip('/')}{self.path}" if self.host.startswith("http://") else "")


class Workspace:
    """Calls the workspace's REST API as an asker, without ever blocking the event loop.

    `threads` bounds how many calls are under way at once, those to the SQL warehouse included.
    """

    def __init__(self, options: DatabricksOptions, credentials: Credentials, *, threads: int = 64) -> None:
        self.options, self.credentials, self._size = options, credentials, threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="databricks")
        self._client: asyncio.Future[WorkspaceClient] | None = None
        self._names: OrderedDict[bytes, str] = OrderedDict()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Runs blocking work in our own threads. What it raises comes through as it is."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, work)

    async def call(self, user: User, work: Callable[[WorkspaceClient], T], *, repeat: bool = True) -> T:
        """Runs `work` with a client that acts as this user; `repeat` False where a second request would do harm.

        A refused token is renewed once. Raises the errors of agents/errors.py.
        """
        return await self.as_user(user, lambda token: self._call(token, work, repeat=repeat))

    async def as_user(self, user: User, work: Callable[[Token], Awaitable[T]]) -> T:
        """Awaits `work` with the user's token, and once more with a renewed one when the first is refused."""
        token = await self.credentials.token(user)
        try:
            return await work(token)
        except NotConnected:
            renewed = await self.credentials.token(user, refused=token.value)
            if renewed.value == token.value:
                raise
        return await work(renewed)

    async def whom(self, user: User) -> str:
        """The name by which Databricks knows whoever acts for this user: a user name, or a service principal's."""
        return await self.as_user(user, self.holder)

    async def holder(self, token: Token) -> str:
        """The name by which Databricks knows whoever has this token."""
        key = hashlib.sha256(token.value.encode()).digest()
        if key not in self._names:
            me = await self._call(token, lambda client: client.current_user.me(), repeat=True)
            self._names[key] = me.user_name or me.display_name or ""
        while len(self._names) > 4096:
            self._names.popitem(last=False)
        return self._names[key]

    async def _call(self, token: Token, work: Callable[[WorkspaceClient], T], *, repeat: bool) -> T:
        client = await self._connected()
        return await self.in_thread(functools.partial(_act, client, work, token.value, repeat=repeat))

    async def warm(self) -> None:
        """Imports the vendor's packages and builds the client, so that the first question need not wait for it."""
        await self._connected()
        await self.in_thread(vendor.import_all)

    async def _connected(self) -> WorkspaceClient:
        if self._client is None or (self._client.done() and self._client.exception()):
            build = functools.partial(_build, self.options.host, self._size)
            self._client = asyncio.get_running_loop().run_in_executor(self._threads, build)
        return await asyncio.shield(self._client)

    def close(self) -> None:
        """Lets the threads end; calls not begun are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _build(host: str, connections: int) -> WorkspaceClient:
    from adapters.databricks.sdk import translated, workspace_client

    with translated():
        return workspace_client(host, connections)


def _act(client: WorkspaceClient, work: Callable[[WorkspaceClient], T], token: str, *, repeat: bool) -> T:
    from adapters.databricks.sdk import REPEATABLE, TOKEN, translated

    TOKEN.set(token)  # within this call's own copy of the context
    REPEATABLE.set(repeat)
    with translated():
        return work(client)
