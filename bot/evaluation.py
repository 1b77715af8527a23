"""`python -m bot eval`: asks questions whose truth is known, on the path that everybody's questions take, and counts.

A file holds `questions`, each with the SQL that gives the truth or `refusal: true` where any figure would be wrong.
"""

from __future__ import annotations

import asyncio
import math
import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape

from agents.domain import (
    Answer,
    Apology,
    Ask,
    Cell,
    Clarification,
    Conversation,
    Figures,
    Language,
    Progress,
    Reply,
    ReplyTo,
    Turn,
    User,
)
from bot import wiring
from bot.settings import Settings

CLOSE = 1e-6
MONTH = re.compile(r"(\d{4}-\d{2})(?:-01(?:[ T]00:00:00.*)?)?")
ASKER = User("silent", "local", "evaluation")
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
    """One question; `truths` are statements any of which gives a right answer, none where a refusal is right."""

    text: str
    truths: tuple[str, ...] = ()


def run(found: Settings, files: Sequence[Path], verbose: bool) -> int:
    """Prints what was right, wrong and refused, by file. Exit code 1 when a value was wrong."""
    return asyncio.run(_evaluate(found, files, Console(highlight=False), verbose))


async def _evaluate(found: Settings, files: Sequence[Path], screen: Console, verbose: bool) -> int:
    wrong, lane = 0, f"eval-{secrets.token_hex(4)}"
    async with wiring.running(_unhurried(found), {"silent": Silent()}, lane=lane) as app:
        for file in files:
            counts = await _file(app, file, screen, verbose)
            total = sum(counts.values())
            screen.print(f"[bold]{file}[/]: {total} questions, " + ", ".join(f"{n} {k}" for k, n in counts.items()))
            wrong += counts["wrong"]
    return 1 if wrong else 0


def _unhurried(found: Settings) -> Settings:
    """No rate limit: an evaluation asks faster than a person, and nobody else is kept waiting by it."""
    databricks = found.databricks.model_copy(update={"genie_per_minute": 100_000})
    return replace(found, databricks=databricks, server=found.server.model_copy(update={"turns_per_minute": 0}))


async def _file(app: wiring.App, file: Path, screen: Console, verbose: bool) -> Counter[str]:
    counts: Counter[str] = Counter(right=0, refused=0, wrong=0)
    for case in cases(file):
        reply = await app.conversations.answer(_turn(case.text), Silent())
        outcome = await judged(app, case, reply)
        counts[outcome] += 1
        if verbose or outcome != "right":
            screen.print(f"  [{MARKS[outcome]}]{outcome}[/] {escape(case.text)}  [dim]{escape(_said(reply))}[/]")
    return counts


def cases(file: Path) -> list[Case]:
    """The questions of a file, in order."""
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))["questions"]
    return [Case(one["question"], _truths(one["expect"])) for one in listed]


def _truths(expect: Mapping[str, Any]) -> tuple[str, ...]:
    others = expect.get("or", ())
    statements = (expect.get("sql"), *(other["sql"] if isinstance(other, dict) else other for other in others))
    return tuple(statement for statement in statements if statement)


def _turn(text: str) -> Turn:
    thread = Conversation("silent", "local", secrets.token_hex(8))
    return Turn(secrets.token_hex(8), thread, ASKER, Ask(text), datetime.now(UTC))


async def judged(app: wiring.App, case: Case, reply: Reply) -> str:
    """right, wrong or refused. Where a refusal is right, anything but a figure is right."""
    figures = reply.body if isinstance(reply, Answer) and isinstance(reply.body, Figures) else None
    empty = figures is None or all(value is None for row in figures.result.rows for value in row)
    if not case.truths:
        return "right" if empty else "wrong"
    if figures is None:
        return "refused"
    for statement in case.truths:
        _, rows = await app.parts.warehouse.query(ASKER, statement, rows=10_000)
        if same(figures.result.rows, rows):
            return "right"
    return "wrong"


def same(found: Sequence[Sequence[Cell]], truth: Sequence[Sequence[Cell]]) -> bool:
    """The same rows in any order, numbers alike to a millionth; more columns than the truth has do not harm."""
    if len(found) != len(truth):
        return False
    left = list(found)
    for row in truth:
        match = next((other for other in left if _covers(other, row)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _covers(row: Sequence[Cell], truth: Sequence[Cell]) -> bool:
    left = list(row)
    for value in truth:
        match = next((index for index, other in enumerate(left) if _alike(other, value)), None)
        if match is None:
            return False
        del left[match]
    return True


def _alike(one: Cell, other: Cell) -> bool:
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return math.isclose(float(one), float(other), rel_tol=CLOSE, abs_tol=CLOSE)
    return str(one) == str(other) or _month(one) == _month(other) != ""


def _month(value: Cell) -> str:
    """2025-09, written as such or as the month's first day; anything else is no month."""
    found = MONTH.fullmatch(str(value))
    return found[1] if found else ""


def _said(reply: Reply) -> str:
    match reply:
        case Answer(body=Figures() as figures):
            return " ".join(figures.result.sql.split())
        case Answer():
            return type(reply.body).__name__
        case Clarification():
            return f"asked back: {reply.text} {', '.join(option.label for option in reply.options)}"
        case Apology():
            return f"{reply.reason} {dict(reply.names)}"
