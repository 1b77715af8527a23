"""Shows what is being done, never in the way of doing it: a slow chat platform must not slow the answer down."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterator
from dataclasses import replace

from agents.domain import Agent, Language, Progress
from agents.errors import Unavailable
from agents.ports import Claim, Platform
from bot.cancellation import cancel

log = logging.getLogger(__name__)

LAST_SHOWN_SECONDS = 2.0
SURE_SECONDS = 2.0  # so long after a look at the lease we need not look again
STILL_SECONDS = (10.0, 60.0, 120.0)  # when the asker hears that we still wait, and for what; then every minute


class Progresses:
    """Sends each agent's latest Progress of a turn, in order, dropping those that came too fast; again in a long wait.

    `still`: seconds after the beginning, at least two, at which it is said again; the last gap repeats itself.
    """

    def __init__(self, claim: Claim, platform: Platform, still: tuple[float, ...] = STILL_SECONDS) -> None:
        self._claim, self._platform = claim, platform
        self._latest: tuple[Progress, Language] | None = None
        self._untold: dict[Agent, tuple[Progress, Language]] = {}
        self._news = asyncio.Event()
        self._stopping = False
        self._quiet = asyncio.Event()  # nothing is left to show
        self._began = self._sure = asyncio.get_running_loop().time()
        self._reminders = _for_ever(still)
        self._reminder = next(self._reminders)
        self._task: asyncio.Task[None] | None = None

    def tell(self, progress: Progress, language: Language) -> None:
        """To be shown soon, or never if something newer of the same agent comes first."""
        self._next(progress, language)
        self._news.set()
        if self._task is None and not self._stopping:
            self._task = asyncio.create_task(self._show())

    def _next(self, progress: Progress, language: Language) -> None:
        self._latest = self._untold[progress.agent] = (progress, language)
        self._quiet.clear()

    async def shown(self) -> None:
        """Waits until what was told has been shown, or for as long as it must not keep the turn."""
        if self._task is not None:
            quiet = asyncio.create_task(self._quiet.wait())
            await asyncio.wait({quiet, self._task}, timeout=LAST_SHOWN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            quiet.cancel()

    async def stop(self) -> None:
        """Nothing is shown after this: a late progress would overwrite the reply."""
        self._stopping = True
        self._news.set()
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=LAST_SHOWN_SECONDS)
        await cancel(self._task)
        if not self._task.cancelled() and self._task.exception():
            # Whatever went wrong in showing progress: the reply matters, this does not.
            log.warning("progress was not shown: %s", type(self._task.exception()).__name__)

    async def _show(self) -> None:
        while await self._more():
            while self._untold and not self._stopping:
                if not await self._still_ours():
                    return
                await self._tell(*self._untold.pop(next(iter(self._untold))))
            self._quiet.set()

    async def _tell(self, progress: Progress, language: Language) -> None:
        try:
            await self._platform.progress(self._claim.to, self._claim.placeholder, progress, language)
        except Unavailable as error:
            log.info("progress was not shown: %s", error.reason)  # perhaps the next one will be

    async def _more(self) -> bool:
        """Waits for news, or until it is time to say that there is none."""
        try:
            async with asyncio.timeout_at(self._began + self._reminder):
                await self._news.wait()
        except TimeoutError:
            self._remind()
        self._news.clear()
        return not self._stopping

    def _remind(self) -> None:
        if self._latest is not None:
            progress, language = self._latest
            self._next(replace(progress, waited=round(self._reminder)), language)
        while self._began + self._reminder <= asyncio.get_running_loop().time():  # several, after a standstill
            self._reminder = next(self._reminders)

    async def _still_ours(self) -> bool:
        """A replica that was frozen must not show its old progress over another's reply."""
        now = asyncio.get_running_loop().time()
        if now - self._sure < SURE_SECONDS:
            return True
        self._sure = now
        return await self._claim.still_ours()


def _for_ever(moments: tuple[float, ...]) -> Iterator[float]:
    gap = moments[-1] - moments[-2]
    return itertools.chain(moments, itertools.count(moments[-1] + gap, gap))
