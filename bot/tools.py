"""Unity Catalog functions for each asker, fetched beside their question. Without it the first would wait for them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import overload

from langchain_core.tools import BaseTool

from agents.domain import User
from agents.errors import BotError

log = logging.getLogger(__name__)

Fetch = Callable[[User], Awaitable[Sequence[BaseTool]]]

AGAIN_SECONDS = 300.0  # after which an asker's tools, or that there are none, are looked up anew
MOST = 1_000  # askers


class AskersTools:
    """Starts to fetch when a turn begins; a model that asks for tools seconds later finds them there."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._known: dict[str, tuple[float, asyncio.Task[Sequence[BaseTool]]]] = {}

    def of(self, user: User) -> Sequence[BaseTool]:
        """This asker's tools: empty until they are there, and for good where they are not installed."""
        until, task = self._known.pop(user.key, (0.0, None))
        if task is None or (task.done() and until < time.monotonic()):
            until, task = time.monotonic() + AGAIN_SECONDS, asyncio.create_task(self._fetched(user))
            task.add_done_callback(_failed)
        self._known[user.key] = (until, task)
        while len(self._known) > MOST:
            self._known.pop(next(iter(self._known)))[1].cancel()
        return _Arriving(task)

    async def close(self) -> None:
        """Ends what is still being fetched."""
        tasks = [task for _, task in self._known.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetched(self, user: User) -> Sequence[BaseTool]:
        try:
            return await self._fetch(user)
        except BotError as error:
            log.info("no functions for %s: %s", user.key, type(error).__name__)
            return ()


def _failed(task: asyncio.Task[Sequence[BaseTool]]) -> None:
    """A surprise of the toolkit's is one line in the log, and no tools."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("functions cannot be made into tools: %s", type(error).__name__)


class _Arriving(Sequence[BaseTool]):
    """What a task has brought so far."""

    def __init__(self, task: asyncio.Task[Sequence[BaseTool]]) -> None:
        self._task = task

    @property
    def _here(self) -> Sequence[BaseTool]:
        failed = not self._task.done() or self._task.cancelled() or self._task.exception()
        return () if failed else self._task.result()

    def __len__(self) -> int:
        return len(self._here)

    @overload
    def __getitem__(self, index: int) -> BaseTool: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[BaseTool]: ...

    def __getitem__(self, index: int | slice) -> BaseTool | Sequence[BaseTool]:
        return self._here[index]
