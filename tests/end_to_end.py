"""One findata over the sample mesh, shared by all tests of one run, and the command line as people start it."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from adapters.wording import Spoken, plain, say
from agents.domain import Ask, Conversation, Reply, Turn
from bot import settings, wiring
from bot.evaluation import ASKER, Case, Dialogue, Silent, dialogues, replayed, unhurried
from sandbox.launch import launched

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "questions"
TODAY = str(yaml.safe_load((QUESTIONS / "conversations.yaml").read_text(encoding="utf-8"))["today"])
FRENCH = "Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?"
ENGLISH = "What was the total green energy consumption in France in September 2025?"


@dataclass
class Talk:
    """A findata and one thread of talk with it."""

    app: wiring.App
    thread: str = ""

    def __post_init__(self) -> None:
        """Begins a thread of its own."""
        self.thread = self.thread or secrets.token_hex(6)

    async def say(self, text: str) -> Reply:
        """The reply to one message in this thread."""
        thread = Conversation("silent", "local", self.thread)
        turn = Turn(secrets.token_hex(8), thread, ASKER, Ask(text), datetime.now(UTC))
        return await self.app.conversations.answer(turn, Silent())


@asynccontextmanager
async def findata(valkey: str) -> AsyncIterator[wiring.App]:
    """A findata that answers from a local Databricks of its own, on the day that the questions were asked."""
    with launched(None, "--genie-seconds", "0", "--today", TODAY) as place:
        found = settings.pointed_at(
            settings.load(), place.host, place.token, place.warehouse_id, place.marketplace, place.pages
        )
        redis = settings.Redis(url=valkey, prefix=f"end-to-end-{secrets.token_hex(4)}")  # type: ignore[arg-type]
        chosen = settings.Settings(**{name: getattr(found, name) for name in settings.BLOCKS} | {"redis": redis})
        async with wiring.running(unhurried(chosen), {"silent": Silent()}, lane=secrets.token_hex(4)) as app:
            yield app


async def all_replayed(app: wiring.App, file: str) -> AsyncIterator[tuple[Dialogue, Case, Reply, str]]:
    """Every turn of a file of questions with its reply and outcome; several dialogues go on at the same time."""
    few = asyncio.Semaphore(8)

    async def whole(dialogue: Dialogue) -> list[tuple[Dialogue, Case, Reply, str]]:
        async with few:
            return [(dialogue, *turn) async for turn in replayed(app, dialogue)]

    for talk in await asyncio.gather(*map(whole, dialogues(QUESTIONS / file))):
        for turn in talk:
            yield turn


def read(reply: Reply) -> list[str]:
    """What a person reads, line by line, with ordinary spaces."""
    spoken: Spoken = say(reply)
    lines = [spoken.headline, *spoken.notes, spoken.context]
    cards = [plain(card.title) + " " + card.body + " " + " · ".join(card.facts) for card in spoken.cards]
    options = [option.label for option in spoken.options]
    return [_plain_spaces(line) for line in (*map(plain, lines), *cards, *options) if line]


def _plain_spaces(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def command(*words: str, home: Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m bot …` as on a fresh machine, without a terminal."""
    clean = {"HOME": str(home), "PATH": os.environ["PATH"], "REDIS_DATA": str(home / "valkey")}  # noqa: TID251
    return subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "bot", *words],
        cwd=cwd,
        env=clean | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
