"""Tries again what an outage made fail.

Without it a second's outage of Redis or of a chat platform would cost an answer that is ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from agents.errors import Unavailable

Result = TypeVar("Result")


class Counted(Protocol):
    """Counts the repetitions."""

    def inc(self) -> None:
        """One more."""


async def with_retries(
    attempt: Callable[[], Awaitable[Result]], *, seconds: float = 300.0, counted: Counted | None = None
) -> Result:
    """Repeats while it raises Unavailable, as slowly as that asks for; raises it once `seconds` have passed."""
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + seconds, 0.1
    while True:
        try:
            return await attempt()
        except Unavailable as error:
            wait = max(error.retry_after, pause)
            if loop.time() + wait > deadline:
                raise
            if counted:
                counted.inc()
            await asyncio.sleep(wait)
            pause = min(pause * 2, 10.0)
