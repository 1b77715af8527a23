"""Checks SQL in a process of its own that can be killed. Without it one hostile text could stall every conversation.

A thread cannot be killed; a parser that needs minutes for 200 characters can only be left to die. The child is this
module run with `python -m adapters.guard`: one JSON line in, one out. It has no environment and so no secrets.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from agents.domain import TableRef
from agents.errors import BadQuery, Unavailable
from agents.sql import Checked, check
from agents.sql.refusals import refusal

logger = logging.getLogger(__name__)

HARD_STOP: Final = 2.0
"""Seconds that checking one statement may take, once the child runs."""
START: Final = 20.0
"""Seconds that a child may take to start; a busy machine needs some."""

_ROOT: Final = Path(__file__).parents[1]
_LINE: Final = 4_000_000
_STACK: Final = 64 << 20
_RECURSION: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Request:
    sql: str
    allowed: tuple[TableRef, ...]
    default: TableRef | None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Passed (`checked`), or refused with what BadQuery carries."""

    checked: Checked | None = None
    detail: str = ""
    hint: str = ""
    code: str = ""


_REQUEST: Final = TypeAdapter(_Request)
_VERDICT: Final = TypeAdapter(_Verdict)


@dataclass(slots=True)
class ProcessGuard:
    """Implements ports.Guard with one long-lived child; checks queue, a stalled child is killed and replaced."""

    hard_stop: float = HARD_STOP
    _child: asyncio.subprocess.Process | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self, sql: str, allowed: Collection[TableRef], *, default: TableRef | None = None) -> Checked:
        """As agents.sql.check, within `hard_stop` seconds. Raises BadQuery, or Unavailable without a child."""
        request = _REQUEST.dump_json(_Request(sql.encode("utf-8", "replace").decode(), tuple(allowed), default))
        async with self._turn:
            verdict = await self._asked(request + b"\n")
        if verdict.checked is None:
            raise BadQuery(verdict.detail, hint=verdict.hint, code=verdict.code)
        if verdict.checked.text != sql:
            raise refusal("BAD_CHAR")
        return verdict.checked

    async def close(self) -> None:
        """Ends the child."""
        async with self._turn:
            await self._end()

    async def _asked(self, line: bytes) -> _Verdict:
        child = await self._running()
        try:
            async with asyncio.timeout(self.hard_stop):
                return await _exchange(child, line)
        except TimeoutError as error:
            await self._end()
            logger.warning("checking a statement took more than %s s: the child was killed", self.hard_stop)
            raise refusal("TIMEOUT") from error
        except (OSError, EOFError, ValueError) as error:
            await self._end()
            raise refusal("TOO_DEEP") from error
        except asyncio.CancelledError:
            await self._end()  # its answer would be taken for the next one's
            raise

    async def _running(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await _started()
        return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            child.kill()
            await child.wait()


async def _started() -> asyncio.subprocess.Process:
    """A child that has answered once: its modules are loaded, its parser is warm."""
    pipe = asyncio.subprocess.PIPE
    try:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.guard"),
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,  # a traceback would quote the statement
            cwd=_ROOT,
            env={},
            limit=_LINE,
            start_new_session=True,  # Ctrl-C in a terminal is for the parent
        )
        async with asyncio.timeout(START):
            await _exchange(child, _REQUEST.dump_json(_Request("SELECT 1", (), None)) + b"\n")
    except (OSError, EOFError, ValueError, TimeoutError) as error:
        raise Unavailable("the process that checks SQL did not start") from error
    return child


async def _exchange(child: asyncio.subprocess.Process, line: bytes) -> _Verdict:
    if child.stdin is None or child.stdout is None:
        raise EOFError
    child.stdin.write(line)
    await child.stdin.drain()
    answer = await child.stdout.readline()
    if not answer:
        raise EOFError
    return _VERDICT.validate_json(answer)


def _judge(line: bytes) -> bytes:
    """One request's verdict."""
    request = _REQUEST.validate_json(line)
    try:
        verdict = _Verdict(check(request.sql, request.allowed, default=request.default))
    except BadQuery as error:
        verdict = _Verdict(None, str(error), error.hint, error.code)
    return _VERDICT.dump_json(verdict)


def _serve() -> None:
    """The child's life: a line in, a line out, until the parent closes the pipe or is gone."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(_judge(line) + b"\n")
        sys.stdout.buffer.flush()


def main() -> None:
    """Serves on a stack deep enough for the parser, which the main thread's is not."""
    sys.setrecursionlimit(_RECURSION)
    threading.stack_size(_STACK)
    worker = threading.Thread(target=_serve, daemon=True)
    worker.start()
    worker.join()


if __name__ == "__main__":
    main()
