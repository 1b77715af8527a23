"""What a question costs in our own code: everything but the time that Genie and the warehouse take.

    python -m benchmarks.overhead [--questions 500]

Asks varied questions on the whole path (inbox, Redis, graph, real clients, local Databricks), first one asker at a
time, then twenty at once, and prints a question's wall time less the time spent waiting for Genie and the warehouse.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import secrets
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.domain import Ask, Conversation, Reply, Turn, User
from bot import settings, wiring
from bot.evaluation import Silent
from sandbox import launch

COUNTRIES = ("France", "Germany", "Spain", "Italy", "Sweden", "Belgium", "Netherlands", "Poland")
MONTHS = [f"{year}-{month:02d}" for year in (2019, 2020, 2021, 2022, 2023, 2024, 2025) for month in range(1, 13)]


@dataclass(slots=True)
class Timed:
    """Stands before Genie or the warehouse and notes how long the question at hand waited for it."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def ask(self, *args: Any, **named: Any) -> Any:
        """The Analyst port."""
        return await _timed(self.inner.ask(*args, **named))

    async def run(self, *args: Any, **named: Any) -> Any:
        """The Warehouse port."""
        return await _timed(self.inner.run(*args, **named))


async def _timed(call: Any) -> Any:
    began = time.perf_counter()
    try:
        return await call
    finally:
        SPENT[turn_of()].append((began, time.perf_counter()))


SPENT: dict[str, list[tuple[float, float]]] = {}


def turn_of() -> str:
    """The question that this task works on."""
    return wiring.ASKER.get().id


def questions(count: int) -> list[str]:
    """Different questions in two languages, every one of which has an answer."""
    pairs = itertools.islice(itertools.product(MONTHS, COUNTRIES), count)
    return [
        f"consommation d'énergie verte en {country} en {month}" if number % 2 else
        f"total green energy consumption in {country} in {month}"
        for number, (month, country) in enumerate(pairs)
    ]  # fmt: skip


async def measured(app: wiring.App, asker: User, words: str) -> tuple[float, Reply]:
    """Seconds of our own for one question of this asker in a new conversation, and its reply."""
    SPENT[asker.id] = []
    thread = Conversation("silent", "local", secrets.token_hex(8))
    turn = Turn(secrets.token_hex(8), thread, asker, Ask(words), datetime.now(UTC))
    began = time.perf_counter()
    reply = await app.conversations.answer(turn, Silent())
    total = time.perf_counter() - began
    return total - _union(SPENT.pop(asker.id)), reply


def _union(spans: list[tuple[float, float]]) -> float:
    """The time covered by spans that may overlap."""
    covered, end = 0.0, 0.0
    for start, stop in sorted(spans):
        covered += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return covered


async def run(count: int) -> None:
    """Prints p50 and p99 for one asker and for twenty."""
    with tempfile.TemporaryDirectory() as folder, launch.launched(None, "--genie-seconds", "0.05") as place:
        found = _unhurried(settings.load(), place, Path(folder))
        async with AsyncExitStack() as stack:
            parts = await wiring.parts(found, stack)
            timed = replace(parts, warehouse=Timed(parts.warehouse), genie=Timed(parts.genie))
            app = await wiring.ready(found, timed, {"silent": Silent()}, stack, lane=secrets.token_hex(4))
            app.conversations.start()
            stack.push_async_callback(app.conversations.close, 5.0)
            asked = questions(count)
            for askers in (1, 20):
                await _load(app, asked[: 3 * askers], askers)  # imports, caches, connections are there afterwards
                _print(askers, await _load(app, asked, askers))


def _unhurried(found: settings.Settings, place: launch.LaunchedSandbox, folder: Path) -> settings.Settings:
    """The local Databricks, a Valkey of its own, and no rate limit."""
    where = (place.host, place.token, place.warehouse_id, place.marketplace, place.pages)
    chosen = settings.pointed_at(found, *where)
    return replace(
        chosen,
        redis=chosen.redis.model_copy(update={"data": folder}),
        databricks=chosen.databricks.model_copy(update={"genie_per_minute": 1_000_000}),
        server=chosen.server.model_copy(update={"turns_per_minute": 0}),
    )


async def _load(app: wiring.App, asked: list[str], askers: int) -> list[tuple[float, Reply]]:
    waiting = iter(asked)

    async def one(name: str) -> list[tuple[float, Reply]]:
        return [await measured(app, User("silent", "local", name), words) for words in waiting]

    return list(itertools.chain.from_iterable(await asyncio.gather(*(one(f"asker-{n}") for n in range(askers)))))


def _print(askers: int, found: list[tuple[float, Reply]]) -> None:
    seconds = sorted(own for own, _ in found)
    kinds = {type(getattr(reply, "body", reply)).__name__ for _, reply in found}
    p50, p99 = statistics.median(seconds) * 1000, seconds[int(len(seconds) * 0.99)] * 1000
    print(f"{askers:3d} askers  {len(found)} questions  p50 {p50:.0f} ms  p99 {p99:.0f} ms  replies: {kinds}")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=500, help="how many are asked in each of the two runs")
    settings.strict_serialisation()
    asyncio.run(run(parser.parse_args().questions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
