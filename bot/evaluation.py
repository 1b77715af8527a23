"""`python -m bot eval`: asks questions whose truth is known, on the path that everybody's questions take, and counts.

A file holds `questions`, each with the SQL that gives the truth or `refusal: true` where any figure would be wrong, or
`conversations`, whose turns also say what kind of reply is expected, about which product.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape

from adapters.wording import plain, say
from agents.domain import (
    Answer,
    Apology,
    Ask,
    Body,
    Clarification,
    Conversation,
    Explanation,
    Figures,
    Language,
    ProductDescription,
    ProductList,
    Progress,
    Reply,
    ReplyTo,
    SmallTalk,
    Turn,
    User,
)
from agents.errors import BotError
from agents.nearby import is_empty
from bot import wiring
from bot.ask import alone
from bot.row_comparison import same_rows
from bot.settings import Settings

ASKER = User("silent", "local", "evaluation")
REFUSALS = frozenset({"refusal", "clarification"})
KINDS: Mapping[type[Body], str] = {
    ProductList: "product-list",
    ProductDescription: "product-description",
    Explanation: "explanation",
    SmallTalk: "small-talk",
}
MARKS = {"right": "green", "refused": "yellow", "wrong": "red"}


@dataclass(slots=True)
class Silent:
    """A platform that shows nothing: replies are counted, not read."""

    name: str = "silent"

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """Nothing is shown."""
        return turn.id

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """Nothing was shown."""
        return ""

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """Nothing is shown."""

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """Nothing is shown."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question; `truths` are statements any of which gives a right answer, none where a refusal is right.

    `kind`, `product` and `topic` are empty where only the figures count.
    """

    text: str
    truths: tuple[str, ...] = ()
    kind: str = ""  # one of those that `kind_of` tells
    product: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Turns of one conversation; a question asked alone is a dialogue of one."""

    cases: tuple[Case, ...]
    name: str = ""


def run(settings: Settings, files: Sequence[Path], *, verbose: bool) -> int:
    """Prints what was right, wrong and refused, by file. Exit code 1 when a value was wrong, 2 for a file unread."""
    try:
        read = {file: dialogues(file) for file in files}
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        Console(stderr=True).print(f"These questions cannot be read: {escape(' '.join(str(error).split()))}")
        return 2
    try:
        with alone(settings) as settled:
            return asyncio.run(_evaluate(unhurried(settled), read, Console(highlight=False), verbose=verbose))
    except (BotError, RuntimeError) as error:
        Console(stderr=True).print(f"[red]{escape(str(error))}[/]")
        return 1


async def _evaluate(
    settings: Settings, files: Mapping[Path, Sequence[Dialogue]], screen: Console, *, verbose: bool
) -> int:
    wrong, lane = 0, f"eval-{secrets.token_hex(4)}"
    async with wiring.running(settings, {"silent": Silent()}, lane=lane) as app:
        for file, asked in files.items():
            counts = await _file(app, asked, screen, verbose=verbose)
            total = sum(counts.values())
            screen.print(f"[bold]{file}[/]: {total} asked, " + ", ".join(f"{n} {k}" for k, n in counts.items()))
            wrong += counts["wrong"]
    return 1 if wrong else 0


def unhurried(settings: Settings) -> Settings:
    """No rate limit: an evaluation asks faster than a person, and nobody else is kept waiting by it."""
    databricks = settings.databricks.model_copy(update={"genie_per_minute": 100_000})
    return replace(settings, databricks=databricks, server=settings.server.model_copy(update={"turns_per_minute": 0}))


async def _file(app: wiring.App, asked: Sequence[Dialogue], screen: Console, *, verbose: bool) -> Counter[str]:
    counts: Counter[str] = Counter(right=0, refused=0, wrong=0)
    for dialogue in asked:
        async for case, reply, outcome in replayed(app, dialogue):
            counts[outcome] += 1
            if verbose or outcome != "right":
                _show(screen, dialogue, case, reply, outcome)
    return counts


def _show(screen: Console, dialogue: Dialogue, case: Case, reply: Reply, outcome: str) -> None:
    name = f"[dim]{escape(dialogue.name)}:[/] " if dialogue.name else ""
    said = f"{kind_of(reply)}: {told(reply)}"
    screen.print(f"  [{MARKS[outcome]}]{outcome}[/] {name}{escape(case.text)}  [dim]{escape(said)}[/]")


def dialogues(file: Path) -> list[Dialogue]:
    """The questions and conversations of a file, in order."""
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    single = [Dialogue((Case(one["question"], _truths(one["expect"])),)) for one in written.get("questions", ())]
    return single + [
        Dialogue(tuple(_case(turn) for turn in one["turns"]), one["name"]) for one in written.get("conversations", ())
    ]


def _case(turn: Mapping[str, Any]) -> Case:
    return Case(turn["ask"], _truths(turn), turn["kind"], turn.get("product", ""), turn.get("topic", ""))


def _truths(expect: Mapping[str, Any]) -> tuple[str, ...]:
    others = expect.get("or", ())
    statements = (expect.get("sql"), *(other["sql"] if isinstance(other, dict) else other for other in others))
    return tuple(statement for statement in statements if statement)


async def replayed(app: wiring.App, dialogue: Dialogue) -> AsyncIterator[tuple[Case, Reply, str]]:
    """Asks one turn after the other in a conversation of its own: (what was asked, the reply, how it is judged)."""
    thread = Conversation("silent", "local", secrets.token_hex(8))
    for case in dialogue.cases:
        turn = Turn(secrets.token_hex(8), thread, ASKER, Ask(case.text), datetime.now(UTC))
        reply = await app.conversations.answer(turn, Silent())
        yield case, reply, await judged(app, case, reply)


async def judged(app: wiring.App, case: Case, reply: Reply) -> str:
    """right, wrong or refused. Where a refusal is right, anything but a figure is right."""
    if case.kind and case.kind != kind_of(reply):
        return "refused" if kind_of(reply) in REFUSALS else "wrong"
    if not _is_about(case, reply):
        return "wrong"
    if case.kind not in ("", "figures"):
        return "right"
    return await _compared(app, case, reply)


async def _compared(app: wiring.App, case: Case, reply: Reply) -> str:
    figures = reply.body if isinstance(reply, Answer) and isinstance(reply.body, Figures) else None
    empty = figures is None or is_empty(figures.result)
    if not case.truths:
        return "right" if empty else "wrong"
    if figures is None:
        return "refused"
    for statement in case.truths:
        _, rows = await app.parts.warehouse.query(ASKER, statement, rows=10_000)
        if same_rows(figures.result.rows, rows):
            return "right"
    return "wrong"


def kind_of(reply: Reply) -> str:
    """figures, no-rows, clarification, refusal or one of KINDS."""
    match reply:
        case Answer(body=Figures(result=result)):
            return "no-rows" if is_empty(result) else "figures"
        case Answer(body=SmallTalk(topic="said")) | Apology():
            return "refusal"
        case Clarification():
            return "clarification"
        case Answer(body=body):
            return KINDS[type(body)]


def _is_about(case: Case, reply: Reply) -> bool:
    """The product expected is the one answered from, or the best one found; an apology names it in words only."""
    match reply:
        case Answer(body=Figures(products=products) | Explanation(products=products)):
            return case.product in ("", products[0].id)
        case Answer(body=ProductList(hits=hits)):
            return not case.product or case.product in [hit.product.id for hit in hits]
        case Answer(body=ProductDescription(product=product, topic=topic)):
            return case.product in ("", product.id) and case.topic in ("", topic)
        case Answer(body=SmallTalk(topic=topic)):
            return case.topic in ("", topic)
        case _:
            return True


def told(reply: Reply) -> str:
    """What was replied, on one line: the SQL of figures, else the first sentence."""
    if isinstance(reply, Answer) and isinstance(reply.body, Figures):
        return " ".join(reply.body.result.sql.split())
    return plain(say(reply).headline)
