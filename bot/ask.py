"""`python -m bot ask`: the terminal as a chat platform, on the very path that Slack and Teams take."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from adapters.console import NAME, Terminal, shown
from adapters.replying.receiving import ordered
from adapters.wording import phrase
from agents.domain import (
    Action,
    Answer,
    Apology,
    Ask,
    Choose,
    Clarification,
    Conversation,
    Forget,
    Language,
    Reply,
    SmallTalk,
    Turn,
    User,
)
from agents.errors import BotError
from agents.language import language_of
from bot import wiring
from bot.settings import Settings, locale

EXAMPLE = "Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?"
OVERVIEW: Mapping[Language, str] = {"fr": "Quels data products existent ?", "en": "Which data products are there?"}
"""Asked of files whose contents nobody knows yet."""
PROMPT = "\n[bold]›[/] "
LEAVE = frozenset({"", "exit", "quit", "q", "bye", "au revoir"})


def first_question(typed: Sequence[str], data: Path | None) -> str:
    """What was typed; else the example, or of a folder of one's own what is in it."""
    if typed:
        return " ".join(typed)
    return OVERVIEW[language_of("", locale())] if data else EXAMPLE


def run(chosen: Settings, question: str) -> int:
    """Answers one question, then stays for follow-ups in a terminal. Exit code 0 answered, 1 not."""
    with alone(chosen) as settled:
        return asyncio.run(_talk(settled, question))


@contextlib.contextmanager
def alone(chosen: Settings) -> Iterator[Settings]:
    """Without a configured Redis a store of this command's own: a shared one ends with whichever command started it."""
    if chosen.redis.url.get_secret_value():
        yield chosen
        return
    with tempfile.TemporaryDirectory(prefix="findata-", ignore_cleanup_errors=True) as folder:
        yield replace(chosen, redis=chosen.redis.model_copy(update={"data": Path(folder)}))


async def _talk(chosen: Settings, question: str) -> int:
    screen = Console(highlight=False)
    terminal = Terminal(screen)
    try:
        async with wiring.running(chosen, {NAME: terminal}, lane=f"terminal-{secrets.token_hex(4)}") as app:
            thread = Conversation(NAME, "local", secrets.token_hex(4))
            screen.print(f"[bold]›[/] {escape(shown(question))}", markup=True)
            reply = await _asked(app, terminal, thread, Ask(question))
            if sys.stdin.isatty() and screen.is_terminal:
                await _follow_ups(app, terminal, thread, reply)
                return 0
            return 0 if _answered(reply) else 1
    except (BotError, RuntimeError) as error:  # RuntimeError: the embedded Valkey did not start
        Console(stderr=True).print(f"[red]{escape(str(error))}[/]")
        return 1


async def _asked(app: wiring.App, terminal: Terminal, thread: Conversation, action: Action) -> Reply:
    turn = Turn(secrets.token_hex(8), thread, User(NAME, "local", "you", locale=locale()), action, datetime.now(UTC))
    return await app.conversations.answer(turn, terminal)


def _answered(reply: Reply) -> bool:
    """False where the asker has learnt nothing yet: an apology, a question back, words that say what was not read."""
    match reply:
        case Apology() | Clarification() | Answer(body=SmallTalk(topic="said" | "unclear" | "empty" | "either")):
            return False
        case _:
            return True


async def _follow_ups(app: wiring.App, terminal: Terminal, thread: Conversation, last: Reply) -> None:
    while True:
        try:
            words = (await asyncio.to_thread(terminal.screen.input, PROMPT)).strip()
        except EOFError:
            return
        if words.lower() in LEAVE:
            return
        if ordered(words) == "stop":
            terminal.screen.print(phrase(language_of(words, locale()), "order.nothing_to_stop"))
            continue
        last = await _asked(app, terminal, thread, _meant(words, last))


def _meant(words: str, last: Reply) -> Action:
    """A number picks an option of the question that was just asked back; "forget" is an order, all else a question."""
    if isinstance(last, Clarification) and words.isdecimal() and 1 <= int(words) <= len(last.options):
        return Choose(last.options[int(words) - 1].key)
    return Forget() if ordered(words) == "forget" else Ask(words)
