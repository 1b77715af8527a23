"""What goes wrong, one experiment each: the fault comes in the middle third of the load."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.faults.oracle import Verdict, judge
from tests.faults.stage import Stage, staged, until_open

Fault = Callable[[Stage, float], Awaitable[None]]

OFTEN: dict[str, Any] = {"replicas": 4, "rate": 5.0, "more": {"die_share": 0.1}, "waiting_for": 240.0}

BOUNDARIES = (
    "stored", "claimed", "placeholder posted", "placeholder stored", "SQL written", "statement sent", "rows fetched",
    "remembered", "final shown",
)  # fmt: skip


@dataclass(frozen=True)
class Experiment:
    """One row of the table. `fault(stage, seconds)` starts after the first third and has `seconds` for itself."""

    name: str
    what: str
    fault: Fault
    how: dict[str, Any] = field(default_factory=dict)
    platform_out: bool = False  # silence is the platform's own

    async def run(self, questions: int) -> Verdict:
        """Sets the stage, loads it, does the harm, waits and counts."""
        async with staged(questions, **self.how) as stage:
            third = questions / stage.rate / 3
            began = time.monotonic()
            load = asyncio.create_task(stage.load())
            await asyncio.sleep(third)
            await self.fault(stage, third)
            outage = (began + third, time.monotonic() + 2.0) if self.platform_out else None
            await load
            await stage.drain()
            verdict = judge(stage.oracle, outage=outage)
            if not verdict.good:
                stage.tell()
            return verdict


async def nothing(stage: Stage, seconds: float) -> None:
    """A quiet day."""
    await asyncio.sleep(seconds)


async def redis_dies(stage: Stage, seconds: float) -> None:
    """Kill -9, back after a while."""
    stage.valkey.kill()
    stage.proxy.reset()
    await asyncio.sleep(max(5.0, seconds))
    await stage.valkey.start()


async def redis_silent(stage: Stage, seconds: float) -> None:
    """Accepts and says nothing for longer than a turn may take, again and again; what was sent arrives afterwards."""
    deadline = time.monotonic() + seconds
    stage.oracle.now.statement = 0.6  # so that many turns are under way, and write down what they found meanwhile
    while True:
        await asyncio.sleep(1.0)
        stage.proxy.set(blackhole=True)
        await asyncio.sleep(5.0)
        stage.proxy.heal()
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(4.0)  # for what has piled up
    stage.oracle.now.statement = type(stage.oracle.now)().statement


async def redis_slow(stage: Stage, seconds: float) -> None:
    """A quarter of a second each way."""
    stage.proxy.set(latency=0.25)
    await asyncio.sleep(seconds)
    stage.proxy.heal()


async def answers_lost(stage: Stage, seconds: float) -> None:
    """The line is cut after the server has acted, again and again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        stage.proxy.set(cut_after=random.randrange(1, 400), once=True)
        await asyncio.sleep(0.1)
    stage.proxy.heal()


async def random_kills(stage: Stage, seconds: float) -> None:
    """Kill -9 of a replica every two seconds, started again each time."""
    deadline = time.monotonic() + max(6.0, seconds)
    while time.monotonic() < deadline:
        random.choice(stage.processes).send(signal.SIGKILL)
        await asyncio.sleep(2.0)


async def frozen(stage: Stage, seconds: float) -> None:
    """SIGSTOP for three leases, then on."""
    one = stage.processes[0]
    one.send(signal.SIGSTOP)
    await asyncio.sleep(max(6.0, seconds))
    one.send(signal.SIGCONT)


async def rolled(stage: Stage, seconds: float) -> None:
    """SIGTERM to one after the other, as a deployment does."""
    for process in list(stage.processes):
        process.send(signal.SIGTERM)
        await asyncio.sleep(0.5)
        await until_open(process.port)
    await asyncio.sleep(max(0.0, seconds - 4))


async def failover(stage: Stage, seconds: float) -> None:
    """The primary dies for good."""
    stage.valkey.kill()
    await asyncio.sleep(max(5.0, seconds))


def outside(**wrong: Any) -> Fault:
    """The platform, the model or the warehouse misbehaves for a while."""

    async def fault(stage: Stage, seconds: float) -> None:
        for name, value in wrong.items():
            setattr(stage.oracle.now, name, value)
        await asyncio.sleep(seconds)
        for name in wrong:
            setattr(stage.oracle.now, name, type(stage.oracle.now)().__getattribute__(name))

    return fault


async def stopped(stage: Stage, seconds: float) -> None:
    """People press Stop on slow questions."""
    stage.oracle.now.warehouse = "cold"
    deadline = time.monotonic() + seconds
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline:
            waiting = [one for one in stage.oracle.asked.values() if one.acknowledged and not one.final_at]
            if waiting:
                one = random.choice(waiting)
                port = random.choice(stage.processes).port
                async with session.post(f"http://127.0.0.1:{port}/stop", json={"turn": one.turn, "user": one.user}):
                    pass
            await asyncio.sleep(0.05)
    stage.oracle.now.warehouse = ""


async def slow_statements(stage: Stage, seconds: float) -> None:
    """More questions than the workers can run."""
    stage.oracle.now.statement = 2.0
    await asyncio.sleep(max(20.0, seconds))
    stage.oracle.now.statement = type(stage.oracle.now)().statement


async def hostile(stage: Stage, seconds: float) -> None:
    """Bodies that are no events, among those that are."""
    deadline = time.monotonic() + seconds
    bodies = [b"", b"{", b"[]", b'{"turn": 1}', b"\xff\xfe", b'{"turn": null}', b"x" * 1_000_000, b"[" * 50_000]
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline:
            port = random.choice(stage.processes).port
            async with session.post(f"http://127.0.0.1:{port}/events", data=random.choice(bodies)) as response:
                assert response.status < 500, response.status
            await asyncio.sleep(0.02)


def poison(number: int) -> str:
    """Three questions that kill whoever takes them."""
    return "poison" if number in (70, 80, 90) else f"question {number}"


EXPERIMENTS = (
    Experiment("quiet", "nothing goes wrong", nothing),
    Experiment("redis-kill", "Redis killed with -9, back after 5 s or more (AOF everysec)", redis_dies),
    Experiment(
        "redis-failover",
        "the primary dies for good, sentinels promote a replica; REDIS_REPLICAS=1",
        failover,
        {"sentinels": True, "more": {"replicas": 1}},
    ),
    Experiment(
        "redis-silent",
        "Redis accepts and answers nothing for 5 s, then says it all; in mid-turn, again and again; deadline 4 s",
        redis_silent,
        {"more": {"seconds": 4.0}},
    ),
    Experiment("redis-slow", "every packet to and from Redis 250 ms late", redis_slow),
    Experiment("answers-lost", "lines cut after Redis has acted, ten times a second", answers_lost),
    Experiment("model-429", "the model answers 429", outside(model="429")),
    Experiment("model-500", "the model answers 500", outside(model="500")),
    Experiment("model-hang", "the model never answers", outside(model="hang")),
    Experiment("model-garbage", "the model answers 200 kB that are not JSON", outside(model="garbage")),
    Experiment("warehouse-cold", "statements stay pending beyond the turn's deadline", outside(warehouse="cold")),
    Experiment("warehouse-failed", "statements fail", outside(warehouse="failed")),
    Experiment("warehouse-429", "the warehouse answers 429", outside(warehouse="429")),
    Experiment("chat-429", "half of the chat platform's calls answer 429", outside(refuse=0.5), platform_out=True),
    Experiment("chat-500-after", "half of the calls are carried out and answer 500", outside(fail_after=0.5)),
    Experiment("chat-cut-after", "half of the calls are carried out and the line is cut", outside(cut_after=0.5)),
    Experiment("delivered-thrice", "every event three times, to any replica", nothing, {"times": 3}),
    Experiment("replicas-killed", "kill -9 of a random replica every 2 s, of three", random_kills, {"replicas": 3}),
    Experiment(
        "crowd",
        "300 conversations, three replicas, one killed every 2 s, at 15 a second",
        random_kills,
        {"replicas": 3, "threads": 300, "rate": 15.0},
    ),
    Experiment(
        "killed-at-boundaries",
        "every replica dies at each boundary in turn",
        nothing,
        {"boundaries": BOUNDARIES, **OFTEN},
    ),
    Experiment("frozen", "a replica stands still for three leases and goes on", frozen),
    Experiment("rolled", "SIGTERM to one replica after the other", rolled),
    Experiment("poison", "three questions that kill their replica each time", nothing, {"text": poison, "replicas": 3}),
    Experiment("clock-skew", "replicas' clocks 10 min apart", nothing, {"more": {"skews": {0: -600.0, 1: 600.0}}}),
    Experiment(
        "busy",
        "statements take 2 s for 20 s or more: three to five times what four workers in each of two replicas can run",
        slow_statements,
        {"threads": 300, "more": {"workers": 4}, "waiting_for": 240.0},
    ),
    Experiment("stopped", "people press Stop while the warehouse is cold", stopped),
    Experiment("hostile-http", "bodies that are no events, fifty a second", hostile),
)
