"""Cancels tasks until they have ended. Without it a cancellation that a library swallows would leave one running."""

from __future__ import annotations

import asyncio
from typing import TypeVar

Result = TypeVar("Result")


async def cancel(*tasks: asyncio.Task[None] | asyncio.Task[Result], seconds: float = 10.0, every: float = 3.0) -> None:
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
