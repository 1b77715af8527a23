"""Trying again, and making an end.

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


async def patiently(
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


async def ended(*tasks: asyncio.Task[None] | asyncio.Task[Result], seconds: float = 10.0, every: float = 3.0) -> None:
    """Cancels until the tasks have ended, for `seconds` at most; each time they have `every` seconds to tidy up.

    Once is not enough: on Python 3.11 `asyncio.wait_for`, which redis-py sends every command with, swallows a
    cancellation that comes at the moment when the command is out.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while (open_ones := [task for task in tasks if not task.done()]) and loop.time() < deadline:
        for task in open_ones:
            task.cancel()
        await asyncio.wait(open_ones, timeout=every)
