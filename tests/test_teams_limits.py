"""What Teams takes from one bot in one thread, kept by all replicas together, and what gives way when it is used up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from adapters.redis.client import Clients
from adapters.redis.limits import RedisRates
from adapters.teams import limits, wire
from adapters.teams.address import Address
from adapters.teams.limits import Limiter
from agents.domain import Progress
from agents.errors import Unavailable
from tests.memory_store import MemoryStore
from tests.redis_peer import clients, valkey
from tests.teams_peer import GROUP, PERSONAL, Peer
from tests.teams_replies import ANSWER, HELLO
from tests.teams_scene import Scene, mounted, scene

__all__ = ["clients", "valkey"]  # fixtures

STEP = Progress("marketplace", "found", "Energy usage")


class Elsewhere:
    """What the other replicas say: seconds to wait, or nothing at all for as long as one asks."""

    def __init__(self, *waits: float, silent: bool = False) -> None:
        self.waits, self.silent, self.asked = list(waits), silent, 0

    async def take(self, rates: Mapping[str, tuple[int, float]], *, longest: float) -> float:
        """The next wait; Unavailable when there is none left."""
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        if not self.waits:
            raise Unavailable("down")
        return self.waits.pop(0)


def test_one_process_sends_no_more_than_teams_allows() -> None:
    """Seven a second, eight in two, sixty in thirty, eighteen hundred an hour."""
    now = 0.0
    limiter = Limiter(clock=lambda: now)
    sent: list[float] = []
    while now < 3700:
        wait = limiter.wait("thread")
        now += wait
        limiter._sent["thread"].append(now)
        sent.append(now)
    for most, window in limits.WINDOWS:
        assert all(sent[at + most] - sent[at] >= window - 1e-6 for at in range(len(sent) - most))
    assert len(sent) > 1790


@pytest.mark.parametrize(("most", "window"), limits.WINDOWS)
def test_the_shared_rates_keep_every_window(most: int, window: float) -> None:
    """What a rate lets through in any window is its burst and what comes up within it."""
    assert min(burst + int(window / gap + 1e-9) for burst, gap in limits.THREAD.values()) <= most


async def test_places_are_reserved_in_every_rate_or_in_none(clients: Clients) -> None:
    """Two replicas draw from the same; who would not wait that long takes nothing from the others."""
    ours, theirs = RedisRates(clients.front), RedisRates(clients.front)
    rates = {"quick": (3, 10.0), "long": (4, 100.0)}
    waits = [await one.take(rates, longest=1000.0) for one in (ours, theirs) * 3]
    assert [round(wait) for wait in waits] == [0, 0, 0, 10, 100, 200]
    for _ in range(5):
        assert round(await theirs.take(rates, longest=20.0)) == 300
    assert round(await ours.take(rates, longest=1000.0)) == 300
    assert round(await ours.take({"quick": (3, 10.0)}, longest=1000.0)) == 50


@asynccontextmanager
async def replicas(clients: Clients, peer: Peer, count: int) -> AsyncIterator[list[Scene]]:
    """So many, over one Redis and one connector."""
    store = MemoryStore()
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(mounted(peer, store, RedisRates(clients.front))) for _ in range(count)]


async def test_replicas_that_speak_in_one_thread_keep_its_limits_together(clients: Clients) -> None:
    """Three at once, nine messages: each alone would send its three within the same moment."""
    peer = await Peer().start()
    async with replicas(clients, peer, 3) as made:
        await made[0].alice.say("hello", GROUP)
        turn, to = made[0].desk.turns[0]
        await asyncio.gather(*(one.platform._delivery.say(Address.of(to), turn.id) for one in made * 3))
        times = sorted(call.at for call in peer.sends(GROUP))
    await peer.stop()
    assert len(times) == 9
    for most, window in limits.WINDOWS[:2]:
        assert all(times[at + most] - times[at] >= window - 0.5 for at in range(len(times) - most))


# ── when the others cannot be asked ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("silent", [True, False])
async def test_an_answer_never_waits_for_the_other_replicas(silent: bool) -> None:
    """A Redis that is slow or down is asked once, then left alone for a while: each process keeps the limits itself."""
    now, others = 0.0, Elsewhere(silent=silent)
    limiter, began = Limiter(others, clock=lambda: now), time.monotonic()
    for _ in range(7):
        await limiter.admit("thread")
    assert time.monotonic() - began < limits.ASK_SECONDS + 10
    assert others.asked == 1
    assert limiter.wait("thread") == 1.0
    now = limits.ALONE_SECONDS + 1
    others.silent, others.waits = False, [0.0]
    await limiter.admit("thread")
    assert others.asked == 2


async def test_what_was_sent_alone_counts_and_so_does_what_others_sent() -> None:
    """The longer of the two waits is waited for; one that is too long is refused with the time to come back."""
    limiter = Limiter(Elsewhere(0.02, 90.0))
    began = time.monotonic()
    await limiter.admit("thread")
    assert time.monotonic() - began >= 0.02
    with pytest.raises(Unavailable) as refused:
        await limiter.admit("thread")
    assert refused.value.retry_after == 90.0


# ── steps give way to the answer ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_step_that_would_have_to_wait_is_left_out_and_the_answer_is_not() -> None:
    """Two seconds are too long for a step, not for an answer."""
    limiter = Limiter(Elsewhere(2.0, 0.0))
    with pytest.raises(Unavailable):
        await limiter.admit("thread", fleeting=True)
    await limiter.admit("thread")


@pytest.mark.parametrize("where", [PERSONAL, GROUP])
async def test_a_step_that_teams_does_not_take_is_not_sent_again_and_holds_nothing_up(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to come back in ten seconds, a step is dropped; the next one and the answer follow at once and in order."""
    monkeypatch.setattr("adapters.teams.platform.EDIT_GAP", 0.0)
    async with scene() as made:
        await made.alice.say("green energy by month?", where)
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        busy = [True]

        def fault(method: str, _: str, body: dict[str, object]) -> web.Response | None:
            return web.Response(status=429, headers={"Retry-After": "10"}) if busy[0] else None

        made.peer.faults, before, began = [fault], len(made.peer.calls), time.monotonic()
        await made.platform.progress(to, placeholder, STEP, "en")
        await made.peer.until(lambda: len(made.peer.calls) == before + 1)
        busy[0] = False
        await made.platform.progress(to, placeholder, STEP, "en")
        await made.peer.until(lambda: len(made.peer.calls) == before + 2)
        await made.platform.finish(to, placeholder, ANSWER, turn)
        assert time.monotonic() - began < 9
        assert [one.status for one in made.peer.calls[before:] if one.status >= 300] == [429]
        assert made.peer.texts(where)[0].endswith("[1]")


async def test_an_answer_is_not_held_up_by_a_step_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector that never answers a step costs the answer that step's short patience, not four long ones."""
    monkeypatch.setattr(wire, "SHORT", aiohttp.ClientTimeout(total=0.1))
    async with scene() as made:
        await made.alice.say("hello")
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        made.peer.hangs = lambda body: body.get("type") == "typing"
        await made.platform.progress(to, placeholder, STEP, "en")
        await made.peer.until(lambda: made.peer.hung)
        began = time.monotonic()
        await made.platform.finish(to, placeholder, HELLO, turn)
        assert time.monotonic() - began < 10
        assert made.peer.texts(PERSONAL)[0].startswith("Hello")
