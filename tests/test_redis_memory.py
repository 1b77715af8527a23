"""The checkpointer: LangGraph's own suite, and what a suite of one process cannot see."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import ormsgpack
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.graph import END, START, StateGraph

from adapters.redis.client import Clients
from adapters.redis.memory import RedisMemory
from agents.errors import Overtaken, Unavailable
from agents.state import State
from tests.redis_peer import clients, valkey

__all__ = ["clients", "valkey"]  # fixtures


def config(turn: str, thread: str = "fake/acme/C/t", run: int = 1) -> Any:
    """Where a run remembers."""
    return {"configurable": {"thread_id": thread, "turn": turn, "run": run}}


async def node(state: State) -> dict[str, Any]:
    """Repeats how much it remembers and where the talk was."""
    asked = state["messages"][-1]
    focus = state.get("focus", "") + str(asked.content)
    return {"messages": [AIMessage(str(len(state["messages"])), id=f"{asked.id}:answer")], "focus": focus}


def graph(memory: RedisMemory) -> Any:
    """One node."""
    built = StateGraph(State)
    built.add_node("node", node)
    built.add_edge(START, "node")
    built.add_edge("node", END)
    return built.compile(checkpointer=memory)


async def say(memory: RedisMemory, turn: str, thread: str = "fake/acme/C/t", run: int = 1) -> dict[str, Any]:
    """One turn."""
    words = {"messages": [HumanMessage(turn, id=turn)]}
    told: dict[str, Any] = await graph(memory).ainvoke(words, config(turn, thread, run), durability="exit")
    return told


async def kept(memory: RedisMemory) -> int:
    """How many checkpoints there are."""
    return len([entry async for entry in memory.alist(config(""))])


async def test_passes_the_official_conformance_suite(clients: Clients) -> None:
    """With history kept and without compare-and-set, which the suite asserts history against."""

    @checkpointer_test(name="redis")
    async def saver() -> AsyncIterator[RedisMemory]:
        await clients.worker.flushdb()
        yield RedisMemory(clients.worker, keep=None, cas=False)

    report = await validate(saver)
    assert report.passed_all_base(), report.to_dict()


async def test_only_the_newest_checkpoint_stays_and_a_conversation_does_not_grow(clients: Clients) -> None:
    """Thirty turns on one thread leave one checkpoint."""
    memory = RedisMemory(clients.worker)
    for number in range(30):
        await say(memory, f"q{number}")
        await memory.settle("fake/acme/C/t", f"q{number}")
    assert await kept(memory) == 1
    fields = await clients.worker.hkeys("findata:memory:{fake/acme/C/t}:")
    assert len(fields) < 12, fields


async def test_a_stale_run_is_refused_and_a_repeated_put_is_not(clients: Clients) -> None:
    """Two children of one parent: the second one to arrive is Overtaken."""
    memory = RedisMemory(clients.worker)
    first, second, third = (empty_checkpoint() for _ in range(3))
    await memory.aget_tuple(config("t"))
    root = await memory.aput(config("t"), first, {}, {})
    after = await memory.aput(root, second, {}, {})
    assert await memory.aput(root, second, {}, {}) == after
    with pytest.raises(Overtaken):
        await memory.aput(root, third, {}, {})


async def test_a_turn_that_is_run_again_starts_from_before_it(clients: Clients) -> None:
    """Rewind undoes exactly the unfinished turn, the first one of a conversation too."""
    memory = RedisMemory(clients.worker)
    await say(memory, "a")
    assert await memory.rewind("fake/acme/C/t", "a", 2)
    assert (await say(memory, "a", run=2))["focus"] == "a"
    await memory.settle("fake/acme/C/t", "a")
    await say(memory, "b")
    assert await memory.rewind("fake/acme/C/t", "b", 2)
    assert (await say(memory, "b", run=2))["focus"] == "ab"
    await memory.settle("fake/acme/C/t", "b")
    assert not await memory.rewind("fake/acme/C/t", "b", 3)
    assert (await say(memory, "c"))["focus"] == "abc"


class Slow(RedisMemory):
    """The last checkpoint is on its way for as long as the test wants."""

    late: tuple[Any, ...] = ()

    async def aput(self, *put: Any) -> Any:
        """Sent, and not arrived."""
        self.late = put
        raise Unavailable("no answer yet")

    async def arrives(self) -> None:
        """It is there now."""
        await super().aput(*self.late)


async def sent_late(clients: Clients, turn: str, run: int = 1) -> Slow:
    """A run that got no answer to its last checkpoint."""
    slow = Slow(clients.worker)
    with pytest.raises(Unavailable):
        await say(slow, turn, run=run)
    return slow


@pytest.mark.parametrize("before", [(), ("a",)])
async def test_what_a_given_up_run_sent_is_refused_when_it_arrives_late(
    clients: Clients, before: tuple[str, ...]
) -> None:
    """The network kept it back until the turn was given up: a question whose answer nobody saw is not remembered."""
    memory = RedisMemory(clients.worker)
    for turn in before:
        await say(memory, turn)
        await memory.settle("fake/acme/C/t", turn)
    slow = await sent_late(clients, "b")
    await memory.rewind("fake/acme/C/t", "b", 2)
    with pytest.raises(Overtaken):
        await slow.arrives()
    await memory.settle("fake/acme/C/t", "b")
    with pytest.raises(Overtaken):
        await slow.arrives()
    assert (await say(memory, "c"))["focus"] == "".join([*before, "c"])


async def test_what_a_run_sent_before_the_conversation_was_forgotten_does_not_bring_it_back(clients: Clients) -> None:
    """Neither from a replica that stood still meanwhile."""
    memory = RedisMemory(clients.worker)
    slow = await sent_late(clients, "a")
    await memory.forget("fake/acme/C/t")
    with pytest.raises(Overtaken):
        await slow.arrives()
    assert await clients.worker.keys("findata:memory*") == []


async def test_of_two_runs_of_a_turn_the_later_one_may_remember(clients: Clients) -> None:
    """A replica that froze before it read anything does not keep the one that took over from remembering."""
    memory = RedisMemory(clients.worker)
    slow = await sent_late(clients, "a", run=101)
    await memory.rewind("fake/acme/C/t", "a", 201)
    await memory.aget_tuple(config("a", run=101))
    assert (await say(memory, "a", run=201))["focus"] == "a"
    with pytest.raises(Overtaken):
        await slow.arrives()


async def test_an_undoing_that_is_sent_twice_or_arrives_late_undoes_once_and_says_so_twice(clients: Clients) -> None:
    """The answer to the first one was lost; whoever asks again must hear that there was something."""
    memory = RedisMemory(clients.worker)
    await say(memory, "a")
    assert await memory.rewind("fake/acme/C/t", "a", 2)
    assert await memory.rewind("fake/acme/C/t", "a", 2)
    await say(memory, "a", run=2)
    await memory.rewind("fake/acme/C/t", "a", 2)
    assert not await memory.rewind("fake/acme/C/t", "a", 1)
    assert (await say(memory, "b"))["focus"] == "ab"
    assert not await memory.rewind("fake/acme/C/t", "c", 1), "of one turn nothing is said of another"


async def test_that_a_run_of_a_turn_had_come_to_its_end_is_known_for_as_long_as_the_turn_lasts(
    clients: Clients,
) -> None:
    """Its reply may be out, however many runs have died since without one."""
    memory = RedisMemory(clients.worker)
    await say(memory, "a")
    assert await memory.rewind("fake/acme/C/t", "a", 2)
    await memory.aget_tuple(config("a", run=2))
    assert await memory.rewind("fake/acme/C/t", "a", 3)
    assert (await say(memory, "a", run=3))["focus"] == "a"
    await memory.settle("fake/acme/C/t", "a")
    await memory.aget_tuple(config("b"))
    assert not await memory.rewind("fake/acme/C/t", "b", 2)


async def test_a_frozen_run_cannot_overwrite_what_its_successor_remembered(clients: Clients) -> None:
    """Two runs of one turn from one state: one is kept, the other Overtaken, and the loser can begin again."""
    memory = RedisMemory(clients.worker)
    await say(memory, "a")
    before = await memory.aget_tuple(config("a"))
    assert before
    await say(memory, "b")
    late = empty_checkpoint()
    with pytest.raises(Overtaken):
        await memory.aput({"configurable": {**before.config["configurable"], "turn": "b"}}, late, {}, {})


async def test_silence_and_a_word_of_the_asker_make_it_forget(clients: Clients) -> None:
    """The life is on the one key that holds the conversation, renewed by reading; forget leaves no key."""
    memory = RedisMemory(clients.worker, ttl=1000)
    await say(memory, "a")
    key = "findata:memory:{fake/acme/C/t}:"
    await clients.worker.expire(key, 10)
    await memory.aget_tuple(config("a"))
    assert await clients.worker.ttl(key) > 900
    await memory.forget("fake/acme/C/t")
    assert await clients.worker.keys("findata:memory*") == []
    assert (await say(memory, "b"))["focus"] == "b"


async def test_nothing_is_imported_because_stored_bytes_name_it(clients: Clients) -> None:
    """A forged value that would run a command is data, not a call."""
    memory = RedisMemory(clients.worker)
    planted = ormsgpack.packb(ormsgpack.Ext(0, ormsgpack.packb(("os", "putenv", ("FORGED", "1")))))
    assert memory.serde.loads_typed(("msgpack", planted)) != os.putenv
    harmless = memory._unpack(b"msgpack\0" + planted)
    assert "FORGED" not in os.environ  # noqa: TID251  the very thing that must not happen
    assert not callable(harmless)


async def test_findings_of_a_turn_are_not_stored(clients: Clients) -> None:
    """Only messages and plain strings are written down."""
    memory = RedisMemory(clients.worker)
    await say(memory, "a")
    entry = await memory.aget_tuple(config("a"))
    assert entry
    assert {name for name in entry.checkpoint["channel_values"] if not name.startswith("__")} == {"messages", "focus"}
