"""Ends what runs for too long. Without it every statement would need a thread of its own to watch the clock."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Deadlines:
    """One thread for all of them, started with the first. What is over by its deadline must not mind being ended."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()  # tells apart what is due at the same time
        self._changed = threading.Condition()
        self._watching = self._closed = False

    def after(self, seconds: float, end: Callable[[], None]) -> None:
        """Calls `end` in so many seconds."""
        with self._changed:
            number = next(self._numbers)
            heapq.heappush(self._due, (time.monotonic() + seconds, number, end))
            if self._due[0][1] == number:
                self._changed.notify()
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="deadlines", daemon=True).start()

    def close(self) -> None:
        """Nothing is ended any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self) -> None:
        while end := self._next():
            end()

    def _next(self) -> Callable[[], None] | None:
        """Waits for what is due first; None once it is closed."""
        with self._changed:
            while not self._closed and (not self._due or self._due[0][0] > time.monotonic()):
                self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
            return None if self._closed else heapq.heappop(self._due)[2]
