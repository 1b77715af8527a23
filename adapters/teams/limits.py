"""Teams' limits on what a bot may send, kept before Teams has to. Without it answers would meet 429."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from agents.errors import Unavailable

log = logging.getLogger(__name__)

WINDOWS = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
"""So many sends in so many seconds, for one bot in one thread."""
THREAD = {"quick": (5, 1 / 1.5), "long": (200, 2.25)}
"""The same as rates: so many at once after a rest, then one every so many seconds. Together within every window."""
LONGEST_WAIT = 20.0
FLEETING_WAIT = 1.0
"""Seconds; a step that is shown later than that is worth nothing any more."""
ASK_SECONDS = 0.25
"""How long the other replicas may take to agree; after that this one keeps the limits alone."""
ALONE_SECONDS = 5.0
MOST = 5_000


class Rates(Protocol):
    """Rate limits that all replicas share."""

    async def take(self, rates: Mapping[str, tuple[int, float]], *, longest: float) -> float:
        """Reserves the next place of each, (places after a rest, seconds between two); seconds until all come up.

        Nothing is reserved where the wait is more than `longest` seconds. Raises Unavailable.
        """


class Limiter:
    """What all replicas send, by `shared`; what this process sends, where that is not there or does not answer.

    `bot`: a name for all that the bot sends, of which Teams takes `per_second`.
    """

    def __init__(
        self,
        shared: Rates | None = None,
        bot: str = "",
        per_second: int = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared, self._clock = shared, clock
        self._bot = {f"teams:{bot}": (max(1, per_second // 2), 2 / per_second)}
        self._alone_until = float("-inf")
        self._sent: dict[str, deque[float]] = {}

    async def admit(self, thread: str, *, fleeting: bool = False) -> None:
        """Waits until one more send is allowed. Raises Unavailable when that takes too long."""
        longest = FLEETING_WAIT if fleeting else LONGEST_WAIT
        agreed = await self._agreed(thread, longest)
        wait = max(agreed, self.wait(thread))
        if wait > longest:
            raise Unavailable("this thread has had its share", retry_after=wait)
        self._sent[thread].append(self._clock() + wait)
        if wait > 0:
            await asyncio.sleep(wait)

    def wait(self, thread: str) -> float:
        """Seconds until this process alone may send once more."""
        now, sent = self._clock(), self._times(thread)
        return max([0.0, *(sent[-most] + window - now for most, window in WINDOWS if len(sent) >= most)])

    async def _agreed(self, thread: str, longest: float) -> float:
        """Seconds until all replicas together may; 0 while they cannot be asked: no answer waits for that."""
        if self._shared is None or self._clock() < self._alone_until:
            return 0.0
        rates = {f"teams:{thread}:{name}": rate for name, rate in THREAD.items()}
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._shared.take(rates | self._bot, longest=longest)
        except (Unavailable, TimeoutError) as error:
            self._alone_until = self._clock() + ALONE_SECONDS
            log.warning("Teams' limits are kept by this process alone for now: %s", type(error).__name__)
            return 0.0

    def _times(self, thread: str) -> deque[float]:
        if len(self._sent) > MOST:
            self._tidy()
        return self._sent.setdefault(thread, deque(maxlen=WINDOWS[-1][0]))

    def _tidy(self) -> None:
        old = self._clock() - WINDOWS[-1][1]
        for thread in [name for name, sent in self._sent.items() if not sent or sent[-1] < old]:
            del self._sent[thread]
