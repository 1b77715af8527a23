"""A client that sends what is ready at the same moment in one go.

Without it each script of each turn that runs here would pay for a connection, a send and a receive of its own, which
is a third of what a turn costs this process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

from redis.asyncio import ConnectionPool, Redis

Words = tuple[Any, ...]
Answer = asyncio.Future[Any]
Sending = asyncio.Task[list[Any]]
MOST = 128  # scripts in one go: the server answers nobody else meanwhile
PATIENCE = 0.005  # seconds to wait for the answers to what was sent before: a line that is stuck stops nobody


class GatheringRedis(Redis):
    """Gathers calls of scripts, each of which may safely be sent twice; every other command goes out by itself.

    What comes while an answer is awaited is sent when that is there, so that more is gathered the more there is to do.
    Whoever stops waiting for an answer takes nothing away from the others, who were sent with it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ready: list[tuple[Words, Answer]] = []
        self._sending: set[Sending] = set()
        self._next: asyncio.Handle | None = None

    @classmethod
    def of(cls, pool: ConnectionPool) -> GatheringRedis:
        """A client that owns this pool."""
        return cast("GatheringRedis", cls.from_pool(pool))

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """As redis-py's own. Raises RedisError, OSError."""
        if args[0] != "EVALSHA":
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        loop = asyncio.get_running_loop()
        answer: Answer = loop.create_future()
        self._ready.append((args, answer))
        if self._next is None:
            send = self._send_ready
            self._next = loop.call_later(PATIENCE, send) if self._sending else loop.call_soon(send)
        return await answer

    def _send_ready(self) -> None:
        """What other tasks have added since the first one goes along."""
        calls, self._ready = self._ready[:MOST], self._ready[MOST:]
        self._next = asyncio.get_running_loop().call_soon(self._send_ready) if self._ready else None
        self._sending.add(task := asyncio.create_task(self._sent([args for args, _ in calls])))
        task.add_done_callback(lambda task: self._answered(task, [answer for _, answer in calls]))

    async def _sent(self, calls: Sequence[Words]) -> list[Any]:
        """An answer each, or the exception that it is."""
        if len(calls) == 1:
            return [await super().execute_command(*calls[0])]  # type: ignore[no-untyped-call]
        async with self.pipeline(transaction=False) as pipe:
            add = cast("Callable[..., object]", pipe.execute_command)
            for args in calls:
                add(*args)
            return await pipe.execute(raise_on_error=False)

    def _answered(self, task: Sending, waiting: Sequence[Answer]) -> None:
        """Whoever gets an answer now may have something more to send: the next ones go out after that."""
        self._sending.discard(task)
        failure = None if task.cancelled() else task.exception()
        answers = [failure] * len(waiting) if failure or task.cancelled() else task.result()
        for one, answer in zip(waiting, answers, strict=True):
            _tell(one, answer, cancelled=task.cancelled())
        if self._next is not None:
            self._next.cancel()
            self._next = asyncio.get_running_loop().call_soon(self._send_ready)


def _tell(waiting: Answer, answer: object, *, cancelled: bool) -> None:
    if waiting.done():  # nobody waits any more
        return
    if cancelled:
        waiting.cancel()
    elif isinstance(answer, BaseException):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)
