"""What a person reads in a reply, whatever drew it, and the people who read it: one suite for every platform."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from agents.domain import Language, Progress, Reply, ReplyTo, Turn
from agents.ports import Platform
from tests.redis_peer import until

PATIENCE = 150.0  # seconds: a system that is down is asked again for a while before the asker is told
MOST_COLUMNS, MOST_ROWS, MOST_SUGGESTIONS = 5, 10, 3
"""Of a table and of what is suggested, so much is shown on every platform."""
ROOM = re.compile(r"[\d ]+(?: lignes affichées sur | of )[\d, ]+(?: rows shown)?")
FILTERS = re.compile(r"Filt(?:re|er)s?\s*: (.*)")


@dataclass(frozen=True)
class Seen:
    """A reply as it was read back from the peer: words without marks, ordinary spaces.

    `rows` begins with the column names; `links` are the addresses of product pages; `choices` what can be picked.
    """

    headline: str
    notes: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    sql: str = ""
    links: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()

    @property
    def filters(self) -> dict[str, str]:
        """Those that the notes tell, by name."""
        told = next((found[1] for note in self.notes if (found := FILTERS.fullmatch(note))), "")
        return dict(one.split(" = ", 1) for one in told.split(" · ") if " = " in one)

    @property
    def text(self) -> str:
        """All the words."""
        return "\n".join((self.headline, *self.notes))


def words(text: str) -> str:
    """One line with ordinary spaces, without what only breaks up marks."""
    return " ".join(text.replace("\u200b", "").split())


def noted(lines: Iterable[str], choices: Iterable[str] = ()) -> tuple[str, ...]:
    """Without how many rows a platform has room for, and without what it says beside each choice."""
    beside = tuple(f"{choice} — " for choice in choices)
    return tuple(line for line in lines if not ROOM.fullmatch(line) and not line.startswith(beside))


def clipped(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """As much of a table as every platform shows."""
    return tuple(tuple(words(cell) for cell in row[:MOST_COLUMNS]) for row in rows[: MOST_ROWS + 1])


class Person(Protocol):
    """Somebody in one conversation. Each act answers with what they then read.

    `can`: the acts for which this way of talking has a gesture.
    """

    name: str
    can: frozenset[str]

    async def say(self, text: str) -> Seen:
        """Asks, or goes on."""

    async def choose(self, number: int) -> Seen:
        """Picks an option of the question that was asked back, counted from 0."""

    async def filters(self) -> dict[str, str]:
        """The filters of the last answer as they can be edited: what is in each field, by its label."""

    async def change(self, label: str, value: str) -> Seen:
        """Edits one of them."""

    async def rows(self) -> str:
        """All rows of the last answer as CSV."""

    async def explain(self) -> Seen:
        """Asks how the last answer was made."""

    async def stop(self, text: str) -> Seen:
        """Asks, and stops it once it is being answered."""

    async def forget(self) -> Seen:
        """Has the conversation forgotten."""


@dataclass
class Watched:
    """A platform, and what it was given to show: tells when a reply stands there."""

    platform: Platform
    begun: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The platform's own."""
        return self.platform.name

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """As the platform."""
        opened = await self.platform.open(to, turn)
        self.begun.append(turn.id)
        return opened

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """As the platform."""
        return await self.platform.find(to, turn)

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """As the platform."""
        await self.platform.progress(to, placeholder, progress, language)

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """As the platform; then it can be read."""
        await self.platform.finish(to, placeholder, reply, turn)
        self.replies.append(reply)

    async def finished(self, before: int) -> None:
        """Until one more than so many replies stand there."""
        await until(lambda: len(self.replies) > before, PATIENCE)

    async def working(self, before: int) -> None:
        """Until one more than so many questions are being answered."""
        await until(lambda: len(self.begun) > before, PATIENCE)
