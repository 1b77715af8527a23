"""A person at the terminal, and what is printed there, read back."""

from __future__ import annotations

import asyncio
import io
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console

from adapters.console import NAME, Terminal
from adapters.replying import Kept, filters
from adapters.replying.keeping import kept_of
from adapters.wording import say
from agents.domain import Action, Ask, Choose, Clarification, Conversation, Explain, Forget, Refine, Turn, User
from bot import wiring
from tests.parity import MOST_SUGGESTIONS, Seen, Watched, clipped, noted, words

YOU = User(NAME, "local", "you", locale="en-GB")  # as the askers in Slack and Teams
WIDTH = 4_000  # no line is broken
OPTION = re.compile(r"  \d+\. (.*?)  .*")
PAGE = re.compile(r"[^:]+: http")
ON = re.compile(r"(?:Pour continuer\s:|To go on:) (.*)")
ADDRESS = re.compile(r"https?://\S+")


@dataclass
class AtTerminal:
    """Implements parity.Person. What the terminal has no gesture for is done by the act that a gesture stands for."""

    app: wiring.App
    screen: io.StringIO
    watched: Watched
    name: str = "console"
    can: frozenset[str] = frozenset({"choose", "change", "explain", "stop", "forget"})
    thread: Conversation = field(default_factory=lambda: Conversation(NAME, "local", secrets.token_hex(6)))
    seen: Seen = field(default_factory=lambda: Seen(""))

    async def say(self, text: str) -> Seen:
        """Asks, or goes on."""
        return await self._answered(Ask(text))

    async def choose(self, number: int) -> Seen:
        """Picks one of the choices."""
        asked = self.watched.replies[-1]
        assert isinstance(asked, Clarification)
        return await self._answered(Choose(asked.options[number].key))

    async def filters(self) -> dict[str, str]:
        """What the fields would hold, by label."""
        return {one.label: one.value for one in filters.fields(self._kept())}

    async def change(self, label: str, value: str) -> Seen:
        """Edits one and runs it again."""
        kept = self._kept()
        typed = {one.id: value if one.label.startswith(label) else one.value for one in filters.fields(kept)}
        changed, wrong = filters.read(kept, typed)
        assert not wrong
        return await self._answered(Refine(changed))

    async def rows(self) -> str:
        """The file, as text."""
        raise NotImplementedError("a terminal has no files")

    async def explain(self) -> Seen:
        """Asks how it was made."""
        return await self._answered(Explain())

    async def stop(self, text: str) -> Seen:
        """Asks, and stops it."""
        begun = len(self.watched.begun)
        asking = asyncio.create_task(self.say(text))
        await self.watched.working(begun)
        assert await self.app.conversations.stop(self.thread.key, YOU)
        return await asking

    async def forget(self) -> Seen:
        """Says so."""
        return await self._answered(Forget())

    def _kept(self) -> Kept:
        reply = self.watched.replies[-1]
        return kept_of(reply, say(reply), Turn("", self.thread, YOU, Explain(), datetime.now(UTC)))

    async def _answered(self, action: Action) -> Seen:
        at = self.screen.tell()
        turn = Turn(secrets.token_hex(8), self.thread, YOU, action, datetime.now(UTC))
        await self.app.conversations.answer(turn, self.watched)
        self.seen = read(self.screen.getvalue()[at:])
        return self.seen


def terminal() -> tuple[Terminal, io.StringIO]:
    """One that prints into memory."""
    printed = io.StringIO()
    return Terminal(Console(file=printed, width=WIDTH, highlight=False)), printed


def read(printed: str) -> Seen:
    """What follows the steps, line by line: only SQL is padded to the screen's width."""
    lines = [line for line in printed.splitlines() if line.strip() and not line.startswith("  · ")]
    ruled = next((at for at, line in enumerate(lines) if line.endswith("─")), len(lines))
    sql = [line for line in lines[ruled + 1 :] if len(line) == WIDTH]
    tables, options = [line for line in lines if "│" in line or "┃" in line], list(filter(OPTION.match, lines))
    on, pages = list(filter(ON.fullmatch, lines)), [line for line in lines if PAGE.match(line) or _bare(line)]
    drawn = {*sql, *tables, *options, *on, *pages}
    told = [line for line in lines if line not in drawn and not re.search("[█─━]", line)]
    headline, *notes = (words(line.strip().removeprefix("• ")) for line in told)
    return Seen(
        headline,
        noted(notes),
        clipped([tuple(re.split("[│┃]", line)) for line in tables]),
        words(" ".join(sql)),
        frozenset(url for line in pages for url in ADDRESS.findall(line)),
        tuple(words(OPTION.match(line)[1]) for line in options),  # type: ignore[index]
        tuple(words(one) for line in on for one in ON.fullmatch(line)[1].split(" · "))[:MOST_SUGGESTIONS],  # type: ignore[index]
    )


def _bare(line: str) -> bool:
    return bool(ADDRESS.fullmatch(line.strip()))
