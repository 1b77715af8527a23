"""A real Valkey for the tests, and a chat platform that remembers what it was told to show."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.redis import embedded
from adapters.redis.client import Clients, connect
from agents.domain import Action, Ask, Conversation, Language, Progress, Reply, ReplyTo, Turn, User
from agents.errors import Unavailable


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a server of this test session alone."""
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.ensure(Path(folder))
        yield server.url
        server.stop()


@pytest.fixture
async def clients(valkey: str) -> AsyncIterator[Clients]:
    """Clients of an empty database."""
    given = connect(valkey)
    await given.worker.flushdb()
    yield given
    await given.aclose()


ASKER = User("fake", "acme", "U1", locale="en-GB")


def turn(turn_id: str, thread: str = "t", action: Action | None = None, user: User = ASKER) -> Turn:
    """One message of one thread."""
    return Turn(turn_id, Conversation("fake", "acme", "C", thread), user, action or Ask(turn_id), datetime.now(UTC))


async def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits for a condition; fails when it does not come true."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < deadline, "waited in vain"
        await asyncio.sleep(0.005)


@dataclass
class FakePlatform:
    """Implements ports.Platform in memory. `down` makes every verb raise Unavailable so many times."""

    name: str = "fake"
    shown: dict[str, str] = field(default_factory=dict)  # message id -> turn id
    finals: dict[str, list[Reply]] = field(default_factory=dict)  # message id -> replies it showed, in order
    told: list[Progress] = field(default_factory=list)
    down: int = 0
    lose_next: bool = False  # the next open is carried out, but its answer is lost
    order: list[str] = field(default_factory=list)

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """A message of its own for every call, as chat platforms have it."""
        self._up()
        message = f"m{len(self.shown) + 1}"
        self.shown[message] = turn.id
        if self.lose_next:
            self.lose_next = False
            raise Unavailable("the answer was lost")
        return message

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """The first message of this turn."""
        self._up()
        return next((message for message, of in self.shown.items() if of == turn.id), "")

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """Remembers it."""
        self.told.append(progress)

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """Replaces the placeholder."""
        self._up()
        self.finals.setdefault(placeholder, []).append(reply)
        self.order.append(turn.id)

    def reply(self, turn_id: str) -> Reply | None:
        """What the asker sees in the end."""
        seen = [replies[-1] for message, replies in self.finals.items() if self.shown.get(message) == turn_id]
        assert len(seen) <= 1, "more than one message carries a reply"
        return seen[0] if seen else None

    def _up(self) -> None:
        if self.down > 0:
            self.down -= 1
            raise Unavailable("the platform is down")
