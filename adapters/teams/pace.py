"""What is being done, shown as often as Teams likes and no oftener. Without it the answer would have to wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

MOST = 1_000
FROZEN = 1.0
"""What is shown so many seconds later than planned is dropped: another replica may have answered meanwhile."""

Show = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Pace:
    shown: float
    latest: Show | None = None
    sending: bool = False
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Paces:
    """For each placeholder the newest state, at most once in `gap` seconds. What is given must raise nothing."""

    def __init__(self) -> None:
        self._paces: dict[str, _Pace] = {}

    def show(self, name: str, gap: float, show: Show) -> None:
        """Soon, or never if something newer comes first."""
        if len(self._paces) > MOST:
            self._tidy()
        pace = self._paces.setdefault(name, _Pace(time.monotonic()))
        pace.latest = show
        if pace.task is None or pace.task.done():
            pace.task = asyncio.create_task(_keep(pace, gap))

    async def over(self, name: str) -> None:
        """Nothing is shown there after this; what is under way arrives first."""
        pace = self._paces.pop(name, None)
        if pace is None or pace.task is None:
            return
        pace.latest = None
        if not pace.sending:
            pace.task.cancel()
        await asyncio.wait({pace.task})

    async def close(self) -> None:
        """Ends whatever still waits."""
        for name in list(self._paces):
            await self.over(name)

    def _tidy(self) -> None:
        """Turns that another replica took over never tell us that they are over."""
        for name in [name for name, pace in self._paces.items() if pace.task is None or pace.task.done()]:
            del self._paces[name]


async def _keep(pace: _Pace, gap: float) -> None:
    while pace.latest is not None:
        due = max(time.monotonic(), pace.shown + gap)
        await asyncio.sleep(due - time.monotonic())
        show = pace.latest
        pace.latest = None
        if time.monotonic() > due + FROZEN:
            return
        pace.sending = True
        try:
            await show()
        finally:
            pace.shown, pace.sending = time.monotonic(), False
