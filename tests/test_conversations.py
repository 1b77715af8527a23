"""One turn in, one reply out, on a real Valkey and a real graph."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from adapters.redis.client import Clients
from adapters.redis.keys import Bounds
from adapters.redis.memory import RedisMemory
from adapters.redis.turns import RedisTurns
from agents.domain import Answer, Progress, Talk, Turn
from agents.state import Context, State
from bot.conversations import Conversations
from tests.redis_peer import FakePlatform, clients, turn, valkey

__all__ = ["clients", "valkey"]  # fixtures

Thought = Callable[[State, Turn], Awaitable[str]]
QUICK = Bounds(lease=0.6, per_minute=0)


def graph_that(thinks: Thought, memory: RedisMemory) -> Any:
    """A graph of one node that answers with what `thinks` says."""

    async def node(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        asked = runtime.context.turn
        runtime.stream_writer(Progress("coordinator", "understanding"))
        text = await thinks(state, asked)
        return {"messages": [AIMessage(text, id=f"{asked.id}:answer")], "reply": Answer("en", Talk("said", text))}

    graph = StateGraph(State, context_schema=Context)
    graph.add_node("coordinator", node)
    graph.add_edge(START, "coordinator")
    graph.add_edge("coordinator", END)
    return graph.compile(checkpointer=memory)


def context_of(asked: Turn) -> Context:
    """These graphs ask nothing of the outside."""
    nothing: Any = None
    return Context(turn=asked, marketplace=nothing, catalog=nothing, warehouse=nothing)


async def count(state: State, asked: Turn) -> str:
    """Says how many messages it remembers."""
    return f"{len(state['messages'])} remembered"


@asynccontextmanager
async def talking(
    clients: Clients, thinks: Thought = count, platform: FakePlatform | None = None, **more: Any
) -> AsyncIterator[tuple[Conversations, FakePlatform]]:
    """One replica at work."""
    shown = platform or FakePlatform()
    memory = RedisMemory(clients.worker)
    turns = RedisTurns(clients, bounds=QUICK)
    replica = Conversations(turns, {"fake": shown}, graph_that(thinks, memory), context_of, memory, **more)
    replica.start()
    try:
        yield replica, shown
    finally:
        await replica.close(grace=0.2)


def said(reply: object) -> str:
    """The words of a reply."""
    assert isinstance(reply, Answer), reply
    assert isinstance(reply.body, Talk)
    return reply.body.text


async def test_a_question_is_answered_in_the_place_of_its_placeholder(clients: Clients) -> None:
    """One message is opened, and the reply replaces it."""
    async with talking(clients) as (replica, platform):
        reply = await replica.answer(turn("q1"), platform)
        assert said(reply) == "1 remembered"
        assert list(platform.shown.values()) == ["q1"]
        assert platform.reply("q1") == reply
        assert [progress.step for progress in platform.told] == ["understanding"]


async def test_a_conversation_is_remembered_and_another_is_not_mixed_in(clients: Clients) -> None:
    """The second turn of a thread sees question and answer of the first."""
    async with talking(clients) as (replica, platform):
        await replica.answer(turn("q1"), platform)
        assert said(await replica.answer(turn("q2"), platform)) == "3 remembered"
        assert said(await replica.answer(turn("q3", thread="other"), platform)) == "1 remembered"
