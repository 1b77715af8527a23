"""A warehouse that cannot be reached is left alone for a while. Without it each asker would wait for retries in vain.

A failing call holds a thread for as long as the connector retries: with more askers than threads they would queue for
that, and be told after a minute.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from agents.errors import Unavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

REST = 5.0  # seconds in which nothing is tried after it could not be reached
RETRIED = 2.0  # seconds: a failure that took less was not retried, and may be one connection's alone


class Unreachable(Unavailable):
    """No answer came, as opposed to one that says no."""


class Outage:
    """A circuit breaker for blocking calls, used by all threads at once: what waits for one is not begun in vain."""

    def __init__(self, *, rest: float = REST, retried: float = RETRIED) -> None:
        self._rest, self._retried = rest, retried
        self._until = float("-inf")

    def tried(self, work: Callable[[], T]) -> T:
        """What `work` answers. Raises what it raises, and Unreachable at once while it would be tried in vain."""
        begun = time.monotonic()
        if begun < self._until:
            raise Unreachable("the warehouse could not be reached a moment ago")
        try:
            return work()
        except Unreachable:
            if time.monotonic() - begun >= self._retried:
                log.warning("the warehouse cannot be reached: left alone for %.0f s", self._rest)
                self._until = time.monotonic() + self._rest
            raise
