"""How fast turns pass through, with agents that answer at once: `python -m benchmarks.turns [-n TURNS]`.

Prints turns a second from ingest to final reply in one process, and the time of one ingest at 200 a second.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from adapters.redis import embedded
from adapters.redis.client import Clients, connect
from adapters.redis.keys import Bounds
from adapters.redis.memory import RedisMemory
from adapters.redis.turns import RedisTurns
from agents.domain import Answer, Ask, Conversation, Language, Progress, Reply, ReplyTo, SmallTalk, Turn, User
from agents.state import Context, State
from bot import garbage_collection
from bot.conversations import Conversations

HERE = ReplyTo("instant")
UNBOUND = Bounds(per_minute=0, waiting=1_000_000, per_conversation=1_000_000)


class InstantPlatform:
    """Implements ports.Platform without an outside."""

    name = "instant"
    finals = 0

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """An id."""
        return f"m-{turn.id}"

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """Nothing."""
        return ""

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """Nothing."""

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """Counts."""
        self.finals += 1


async def node(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Answers at once; keeps the conversation's last twenty messages."""
    turn = runtime.context.turn
    return {
        "messages": [AIMessage("answer", id=f"{turn.id}:answer")],
        "reply": Answer("en", SmallTalk("said", "answer")),
    }


def replica(clients: Clients, platform: InstantPlatform) -> Conversations:
    """One replica with agents that answer at once."""
    memory = RedisMemory(clients.worker)
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    graph.add_edge("node", END)
    turns = RedisTurns(clients, bounds=UNBOUND, concurrency=32)
    compiled: Any = graph.compile(checkpointer=memory)
    return Conversations(turns, {"instant": platform}, compiled, context_of, memory)


def context_of(turn: Turn) -> Context:
    """Nothing outside is asked."""
    nothing: Any = None
    return Context(turn=turn, marketplace=nothing, catalog=nothing, warehouse=nothing)


def turn(number: int, conversations: int) -> Turn:
    """One question of one of many conversations."""
    where = Conversation("instant", "t", "c", f"{number % conversations}")
    return Turn(f"q{number}", where, User("instant", "t", f"u{number % 50}"), Ask("a question"), datetime.now(UTC))


async def through(clients: Clients, turns: int, conversations: int) -> tuple[float, float]:
    """Turns a second from the first ingest to the last final, and the CPU seconds of this process per turn."""
    await clients.worker.flushdb()
    platform = InstantPlatform()
    at_work = replica(clients, platform)
    at_work.start()
    began, cpu = time.perf_counter(), time.process_time()
    for first in range(0, turns, 50):
        await asyncio.gather(*(at_work.accept(turn(n, conversations), HERE) for n in range(first, first + 50)))
    while platform.finals < turns:  # noqa: ASYNC110  the platform is a fake
        await asyncio.sleep(0.005)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    await at_work.close()
    return turns / seconds, cpu / turns


async def ingest(clients: Clients, rate: int, seconds: int) -> list[float]:
    """How long each ingest took, in milliseconds, when they arrive at this rate whatever happens."""
    await clients.worker.flushdb()
    inbox = replica(clients, InstantPlatform())
    took: list[float] = []

    async def one(number: int, due: float) -> None:
        await inbox.accept(turn(number, 100), HERE)
        took.append((time.perf_counter() - due) * 1e3)

    began, tasks = time.perf_counter() + 0.1, []
    for number in range(rate * seconds):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    return sorted(took)


async def main(turns: int) -> None:
    """Both figures."""
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.ensure(Path(folder))
        clients = connect(server.url)
        await through(clients, 200, 20)
        garbage_collection.freeze_and_tune()  # as bot/wiring.py does
        rate, cpu = await through(clients, turns, 100)
        print(f"{turns} turns in 100 conversations: {rate:.0f} turns/s, {cpu * 1e3:.2f} ms of this process's CPU each")
        took = await ingest(clients, 200, 10)
        p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
        print(f"ingest at 200/s: p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {took[-1]:.2f} ms of {len(took)}")
        await clients.aclose()
        server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--turns", type=int, default=3000)
    asyncio.run(main(parser.parse_args().turns))
