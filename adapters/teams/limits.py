"""Teams' limits on what a bot may send to one thread, kept before Teams has to. Without it answers would meet 429."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from agents.errors import Unavailable

WINDOWS = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
"""So many sends in so many seconds, for one bot in one thread."""
LONGEST_WAIT = 20.0
MOST = 5_000


class Limiter:
    """Counts what this process sends. Turns of a conversation run one at a time, so two replicas seldom share a thread.

    Where they do, as when one takes over or says a sentence outside a turn, Teams' own 429 is obeyed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sent: dict[str, deque[float]] = {}

    async def admit(self, thread: str) -> None:
        """Waits until one more send is allowed. Raises Unavailable when that takes too long."""
        wait = self.wait(thread)
        if wait > LONGEST_WAIT:
            raise Unavailable("this thread has had its share", retry_after=wait)
        self._sent[thread].append(self._clock() + wait)
        if wait > 0:
            await asyncio.sleep(wait)

    def wait(self, thread: str) -> float:
        """Seconds until one more send is allowed."""
        now, sent = self._clock(), self._times(thread)
        return max([0.0, *(sent[-most] + window - now for most, window in WINDOWS if len(sent) >= most)])

    def _times(self, thread: str) -> deque[float]:
        if len(self._sent) > MOST:
            self._tidy()
        return self._sent.setdefault(thread, deque(maxlen=WINDOWS[-1][0]))

    def _tidy(self) -> None:
        old = self._clock() - WINDOWS[-1][1]
        for thread in [name for name, sent in self._sent.items() if not sent or sent[-1] < old]:
            del self._sent[thread]
