"""Shows what is being done, never in the way of doing it: a slow chat platform must not slow the answer down."""

from __future__ import annotations

import asyncio
import logging

from agents.domain import Language, Progress
from agents.ports import Claim, Platform
from bot.patience import ended

log = logging.getLogger(__name__)

LAST_SHOWN_SECONDS = 2.0
SURE_SECONDS = 2.0  # so long after a look at the lease we need not look again


class Progresses:
    """Sends the latest Progress of one turn, dropping those that came too fast."""

    def __init__(self, claim: Claim, platform: Platform) -> None:
        self._claim, self._platform = claim, platform
        self._latest: tuple[Progress, Language] | None = None
        self._news = asyncio.Event()
        self._stopping = False
        self._sure = asyncio.get_running_loop().time()
        self._task: asyncio.Task[None] | None = None

    def tell(self, progress: Progress, language: Language) -> None:
        """To be shown soon, or never if something newer comes first."""
        self._latest = (progress, language)
        self._news.set()
        if self._task is None and not self._stopping:
            self._task = asyncio.create_task(self._show())

    async def stop(self) -> None:
        """Nothing is shown after this: a late progress would overwrite the reply."""
        self._stopping = True
        self._news.set()
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=LAST_SHOWN_SECONDS)
        await ended(self._task)
        if not self._task.cancelled() and self._task.exception():
            # Whatever went wrong in showing progress: the reply matters, this does not.
            log.warning("progress was not shown: %s", type(self._task.exception()).__name__)

    async def _show(self) -> None:
        while await self._more():
            if self._latest is None or not await self._still_ours():
                return
            progress, language = self._latest
            await self._platform.progress(self._claim.to, self._claim.placeholder, progress, language)

    async def _more(self) -> bool:
        await self._news.wait()
        self._news.clear()
        return not self._stopping

    async def _still_ours(self) -> bool:
        """A replica that was frozen must not show its old progress over another's reply."""
        now = asyncio.get_running_loop().time()
        if now - self._sure < SURE_SECONDS:
            return True
        self._sure = now
        return await self._claim.still_ours()
