"""A stopped warehouse takes minutes to start. Without this the asker would read about an error instead of a wait."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from adapters.databricks.client import Workspace
from agents.domain import Progress, User
from agents.errors import NotConnected, NotFound, Refused, Unavailable
from agents.ports import Report

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

LOOK_EVERY = 2.0  # seconds between two looks at a starting warehouse
BELIEVE = 60.0  # seconds for which a warehouse seen running is taken to run


class Startup:
    """Waits until the warehouse runs, starting it where it is stopped; `patience` is in seconds."""

    def __init__(self, workspace: Workspace, *, patience: float, every: float = LOOK_EVERY) -> None:
        self._workspace, self._patience, self._every = workspace, patience, every
        self._seen = float("-inf")
        self._looking: asyncio.Future[str] | None = None

    @property
    def known_running(self) -> bool:
        """Whether it was seen to run a moment ago."""
        return time.monotonic() - self._seen < BELIEVE

    def seen_running(self) -> None:
        """A statement has just run, so there is no need to ask."""
        self._seen = time.monotonic()

    async def running(self, user: User) -> bool:
        """Whether it runs now, as far as this user may know."""
        if not self.known_running and await self._state(user) == "RUNNING":
            self.seen_running()
        return self.known_running

    async def awaited(self, user: User, report: Report) -> None:
        """Returns when statements can be sent. Raises Unavailable, NotFound (no such warehouse), NotConnected."""
        if self.known_running:
            return
        begun = time.monotonic()
        while (state := await self._state(user)) not in ("RUNNING", ""):
            waited = time.monotonic() - begun
            if state in ("DELETED", "DELETING"):
                raise NotFound("the warehouse was deleted", reason="warehouse_missing")
            if waited > self._patience:
                raise Unavailable("the warehouse does not start", reason="warehouse_starting")
            report(Progress("genie", "warehouse_starting", f"{waited:.0f}"))
            if state == "STOPPED":
                await self._start(user)
            await asyncio.sleep(self._every)
        self.seen_running()

    async def _state(self, user: User) -> str:
        """Empty where the asker may use the warehouse and not look at it: sending the statement will tell.

        Who comes while somebody looks has the same answer, unless it was about that somebody's rights.
        """
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._seen_by(user))
            self._looking.add_done_callback(self._looked)
            return await asyncio.shield(self._looking)
        try:
            if state := await asyncio.shield(self._looking):
                return state
        except NotConnected:
            pass
        return await self._seen_by(user)

    def _looked(self, looking: asyncio.Future[str]) -> None:
        self._looking = None
        if not looking.cancelled():
            looking.exception()  # perhaps nobody waits for it any more

    async def _seen_by(self, user: User) -> str:
        try:
            return await self._workspace.call(user, self._look)
        except (Refused, NotFound):
            return ""

    def _look(self, client: WorkspaceClient) -> str:
        state = client.warehouses.get(self._workspace.options.warehouse_id).state
        return state.value if state else ""

    async def _start(self, user: User) -> None:
        try:
            await self._workspace.call(user, self._begin, repeat=False)
        except Refused:
            return  # the first statement starts it as well

    def _begin(self, client: WorkspaceClient) -> None:
        client.warehouses.start(self._workspace.options.warehouse_id)
