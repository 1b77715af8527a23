"""One turn in, one reply out, on a real Valkey and a real graph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from adapters.redis.audit import RedisAudit
from adapters.redis.client import Clients
from adapters.redis.keys import Bounds
from adapters.redis.memory import RedisMemory
from adapters.redis.turns import RedisTurns
from agents.domain import Answer, Apology, Ask, Forget, Progress, ReplyTo, SmallTalk, Turn
from agents.errors import BadQuery, NotConnected, Refused
from agents.message import LIMIT
from agents.state import Context, State
from bot.conversations import Conversations
from bot.logs import Json
from tests.redis_peer import ASKER, FakePlatform, clients, turn, until, valkey

__all__ = ["clients", "valkey"]  # fixtures

Thought = Callable[[State, Turn], Awaitable[str]]
HERE = ReplyTo("fake")
QUICK = Bounds(lease=0.6, per_minute=0)


def graph_that(thinks: Thought, memory: RedisMemory) -> Any:
    """A graph of one node that answers with what `thinks` says."""

    async def node(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        asked = runtime.context.turn
        runtime.stream_writer(Progress("coordinator", "understanding"))
        text = await thinks(state, asked)
        return {"messages": [AIMessage(text, id=f"{asked.id}:answer")], "reply": Answer("en", SmallTalk("said", text))}

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
    clients: Clients,
    thinks: Thought = count,
    platform: FakePlatform | None = None,
    workers: int = 32,
    memory: RedisMemory | None = None,
    **more: Any,
) -> AsyncIterator[tuple[Conversations, FakePlatform]]:
    """One replica at work."""
    shown = platform or FakePlatform()
    memory = memory or RedisMemory(clients.worker)
    turns = RedisTurns(clients, bounds=QUICK, concurrency=workers)
    turns.look = 0.05
    replica = Conversations(turns, {"fake": shown}, graph_that(thinks, memory), context_of, memory, **more)
    replica.start()
    try:
        yield replica, shown
    finally:
        await replica.close(grace=0.2)


def said(reply: object) -> str:
    """The words of a reply."""
    assert isinstance(reply, Answer), reply
    assert isinstance(reply.body, SmallTalk)
    return reply.body.text


async def test_a_question_is_answered_in_the_place_of_its_placeholder(clients: Clients) -> None:
    """One message is opened, and the reply replaces it."""
    async with talking(clients) as (replica, platform):
        reply = await replica.answer(turn("q1"), platform)
        assert said(reply) == "1 remembered"
        assert list(platform.shown.values()) == ["q1"]
        assert platform.reply("q1") == reply
        assert [progress.step for progress in platform.told] == ["understanding"]


async def test_what_is_typed_is_remembered_cut_to_what_can_be_a_question(clients: Clients) -> None:
    """Megabytes pasted into a chat would otherwise be stored again with every later turn."""

    async def heard(state: State, asked: Turn) -> str:
        return f"{len(str(state['messages'][-1].content))}"

    async with talking(clients, heard) as (replica, platform):
        assert said(await replica.answer(turn("q1", action=Ask("a" * 9 * LIMIT)), platform)) == f"{LIMIT}"


async def test_an_asker_without_a_language_gets_the_configured_one(clients: Clients) -> None:
    """The turn is stored with it, so that every replica speaks the same; a locale of the platform's own stays."""

    async def heard(state: State, asked: Turn) -> str:
        return asked.user.locale

    async with talking(clients, heard, language="fr") as (replica, platform):
        german, english = turn("q1"), turn("q2", thread="other")
        german = replace(german, user=replace(german.user, locale="de-DE"))
        assert said(await replica.answer(german, platform)) == "fr"
        assert said(await replica.answer(english, platform)) == "en-GB"


async def test_a_conversation_is_remembered_and_another_is_not_mixed_in(clients: Clients) -> None:
    """The second turn of a thread sees question and answer of the first."""
    async with talking(clients) as (replica, platform):
        await replica.answer(turn("q1"), platform)
        assert said(await replica.answer(turn("q2"), platform)) == "3 remembered"
        assert said(await replica.answer(turn("q3", thread="other"), platform)) == "1 remembered"


async def test_a_turn_that_has_its_reply_is_not_waited_for_again(clients: Clients) -> None:
    """Its reply was given and is not kept; whoever asks while it runs gets the same one."""
    go = asyncio.Event()

    async def waits(state: State, asked: Turn) -> str:
        await go.wait()
        return await count(state, asked)

    async with talking(clients, waits) as (replica, platform):
        both = [asyncio.create_task(replica.answer(turn("q1"), platform)) for _ in range(2)]
        await until(lambda: platform.told)
        go.set()
        first, second = await asyncio.gather(*both)
        assert first is second
        with pytest.raises(BadQuery):
            async with asyncio.timeout(5):
                await replica.answer(turn("q1"), platform)
        assert said(await replica.answer(turn("q2"), platform)) == "3 remembered"


async def test_whatever_fails_is_told_with_a_reference(clients: Clients) -> None:
    """An error of ours in its own words, anybody else's as a failure of ours; neither is remembered."""

    async def fails(state: State, asked: Turn) -> str:
        match asked.id:
            case "ours":
                raise Refused(product="energy-usage", owner="Grid", reason="refused_product")
            case "link":
                raise NotConnected(url="https://connect.example.org")
            case "bug":
                raise ZeroDivisionError("row 42 of the customers")
        return await count(state, asked)

    async with talking(clients, fails) as (replica, platform):
        refused = await replica.answer(turn("ours"), platform)
        assert isinstance(refused, Apology)
        assert (refused.reason, refused.names["owner"]) == ("refused_product", "Grid")
        link = await replica.answer(turn("link"), platform)
        assert isinstance(link, Apology)
        assert link.names["url"] == "https://connect.example.org"
        bug = await replica.answer(turn("bug"), platform)
        assert isinstance(bug, Apology)
        assert (bug.reason, bug.names) == ("failed", {})
        assert len(bug.reference) == 8
        assert said(await replica.answer(turn("good"), platform)) == "1 remembered"


async def test_a_turn_that_takes_too_long_is_ended_and_said_to_be(clients: Clients) -> None:
    """The deadline ends the graph; the next question of the thread is not in its way."""
    cancelled = []

    async def dawdles(state: State, asked: Turn) -> str:
        try:
            await asyncio.sleep(60 if asked.id == "slow" else 0)
        except asyncio.CancelledError:
            cancelled.append(asked.id)
            raise
        return await count(state, asked)

    async with talking(clients, dawdles, seconds=0.3) as (replica, platform):
        reply = await replica.answer(turn("slow"), platform)
        assert isinstance(reply, Apology)
        assert (reply.reason, reply.retry) == ("deadline", True)
        assert cancelled == ["slow"]
        assert said(await replica.answer(turn("quick"), platform)) == "1 remembered"


async def test_stop_ends_the_graph_and_is_said(clients: Clients) -> None:
    """Pressed in the thread by who asked."""
    begun = asyncio.Event()

    async def dawdles(state: State, asked: Turn) -> str:
        begun.set()
        await asyncio.sleep(60)
        return "never"

    async with talking(clients, dawdles) as (replica, platform):
        waiting = asyncio.create_task(replica.answer(turn("q1"), platform))
        await begun.wait()
        assert await replica.stop(turn("q1").conversation.key, ASKER)
        reply = await waiting
        assert isinstance(reply, Apology)
        assert reply.reason == "stopped"


async def test_a_conversation_is_forgotten_when_the_asker_says_so(clients: Clients) -> None:
    """Nothing of it is left in the store, and the next question starts afresh."""
    async with talking(clients) as (replica, platform):
        await replica.answer(turn("q1"), platform)
        reply = await replica.answer(turn("f", action=Forget()), platform)
        assert isinstance(reply, Answer)
        assert reply.body == SmallTalk("forgotten")
        assert await clients.worker.keys("findata:memory*") == []
        assert said(await replica.answer(turn("q2"), platform)) == "1 remembered"


async def test_what_is_logged_and_audited_names_the_turn_and_tells_no_content(
    clients: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception's message may quote a row: type, place and reference are logged, the message is not."""

    async def fails(state: State, asked: Turn) -> str:
        raise ValueError("Mrs Smith earns 4200")

    async with talking(clients, fails) as (replica, platform):
        with caplog.at_level("INFO"):
            reply = await replica.answer(turn("q1"), platform)
    lines = [Json().format(record) for record in caplog.records]
    assert isinstance(reply, Apology)
    assert any(reply.reference in line and "ValueError" in line for line in lines)
    assert not any("Smith" in line for line in lines)
    now = datetime.now(UTC) - timedelta(minutes=1)
    audited = [line async for line in RedisAudit(clients.worker).since(now)]
    assert [(line["turn"], line["outcome"], line["user"]) for line in audited] == [("q1", "failed", ASKER.key)]
    assert audited[0]["reference"] == reply.reference
    assert b'findata_turns_total{outcome="failed",platform="fake"} 1.0' in replica.metrics.text()
