"""Prints how fast Slack's events are acknowledged, beside a bare bolt app that stores nothing.

    python -m benchmarks.slack_ack [--rate 300] [--seconds 10]

Signed app_mention events come in at a fixed rate, whether or not earlier ones were answered (an open loop). findata
acknowledges each once its turn is stored in a Valkey on this machine; Slack's own API is a stand-in on loopback. CPU is
that of the server's process alone: the load generator is another one, on the same cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.redis import embedded
from adapters.redis.client import connect
from adapters.redis.keys import Bounds
from adapters.redis.store import RedisStore
from adapters.redis.turns import RedisTurns
from adapters.slack import SlackOptions, SlackPlatform
from adapters.slack.signature import sign
from benchmarks.stored import Stored
from bot import garbage_collection

SECRET, TEAM, PEOPLE = "benchmark", "T01", 500
WARM, BESIDE = 512, 32  # events before the clock starts, so many at once: people are known, connections are open


# ── the servers ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def serve(kind: str, url: str) -> None:
    """One server in a process of its own: prints its port, ends when its input does."""
    logging.disable(logging.WARNING)  # what failed is counted
    app = web.Application()
    app.router.add_get("/cpu", _cpu)
    runner = web.AppRunner(app)
    stand_in = web.Application()
    stand_in.router.add_route("*", "/api/{method}", _api)
    api = web.AppRunner(stand_in)
    await api.setup()
    await web.TCPSite(api, "127.0.0.1", 0).start()
    await (_bare if kind == "bare" else _findata)(app, url, api.addresses[0][1])
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    garbage_collection.freeze_and_tune()  # as bot/wiring.py does
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()
    await api.cleanup()


async def _findata(app: web.Application, url: str, port: int) -> None:
    clients = connect(url)
    turns = RedisTurns(clients, bounds=Bounds(waiting=10**9, per_conversation=10**6, per_minute=0))
    place = SlackOptions(signing_secret=SECRET, bot_token="xoxb", api_url=f"http://127.0.0.1:{port}/api/")  # noqa: S106
    platform = SlackPlatform(place, RedisStore(clients.front))
    platform.mount(app, Stored(turns))

    async def close(_: web.Application) -> None:
        await platform.close()
        await clients.aclose()

    app.on_cleanup.append(close)


async def _bare(app: web.Application, url: str, port: int) -> None:
    async def authorize(enterprise_id: str, team_id: str) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb", bot_user_id="U0BOT")  # noqa: S106

    bolt = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)

    async def heard(event: dict[str, object]) -> None:
        pass

    bolt.event("app_mention")(heard)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app.router.add_post("/slack/events", events)


async def _cpu(request: web.Request) -> web.Response:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return web.json_response(used.ru_utime + used.ru_stime)


async def _api(request: web.Request) -> web.Response:
    """Slack's API as far as an acknowledgement needs it."""
    user = {"id": "U1", "locale": "en-GB", "profile": {"display_name": "Asker"}}
    return web.json_response({"ok": True, "team_id": TEAM, "user_id": "U0BOT", "bot_id": "B0", "user": user})


# ── the load ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds, and microseconds of CPU for each event."""

    per_second: float
    p50: float
    p99: float
    worst: float
    cpu: float
    failed: int


def body(number: int) -> bytes:
    """A mention of its own: another post, one of many people."""
    ts, user = f"{1_700_000_000 + number // 1000}.{number % 1000:06d}", f"U{number % PEOPLE}"
    event = {"type": "app_mention", "user": user, "text": "<@U0BOT> top issuers?", "ts": ts, "channel": "C01GEN"}
    told = {"type": "event_callback", "team_id": TEAM, "api_app_id": "A01", "event_id": f"Ev{number}", "event": event}
    people = [{"team_id": TEAM, "user_id": "U0BOT", "is_bot": True}]
    return json.dumps(told | {"authorizations": people, "event_time": 1_700_000_000}).encode()


async def load(port: int, rate: int, seconds: int) -> Measured:
    """An open loop: each event is sent when it is due."""
    base = f"http://127.0.0.1:{port}"
    took: list[float] = []
    failed = 0
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:

        async def send(number: int, due: float) -> None:
            nonlocal failed
            raw, stamp = body(number), str(int(time.time()))
            headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign(raw, stamp, SECRET)}
            async with session.post(
                f"{base}/slack/events", data=raw, headers=headers | {"Content-Type": "application/json"}
            ) as told:
                await told.read()
                failed += told.status != 200
            took.append(time.perf_counter() - due)

        async def cpu() -> float:
            async with session.get(f"{base}/cpu") as told:
                return float(await told.json())

        for first in range(0, WARM, BESIDE):
            await asyncio.gather(*(send(first + at, time.perf_counter()) for at in range(BESIDE)))
        took.clear()
        before, began = await cpu(), time.perf_counter()
        tasks = []
        for at in range(rate * seconds):
            due = began + at / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(send(WARM + at, due)))
        await asyncio.gather(*tasks)
        elapsed, used = time.perf_counter() - began, await cpu() - before
    cuts = statistics.quantiles(took, n=100)
    per = 1e6 * used / len(took)
    return Measured(len(took) / elapsed, 1e3 * cuts[49], 1e3 * cuts[98], 1e3 * max(took), per, failed)


def measured(kind: str, url: str, rate: int, seconds: int) -> Measured:
    """Starts the server, loads it, ends it."""
    command = [sys.executable, "-m", "benchmarks.slack_ack", "--serve", kind, "--redis", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        assert server.stdout
        assert server.stdin
        port = int(server.stdout.readline())
        try:
            return asyncio.run(load(port, rate, seconds))
        finally:
            server.stdin.close()


def main() -> None:
    """One line for each server."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rate", type=int, default=300)
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--serve", help=argparse.SUPPRESS)
    options.add_argument("--redis", default="", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.serve, chosen.redis))
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {chosen.rate} events/s for {chosen.seconds} s")
    print(f"{'server':10} {'events/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'CPU us/event':>13} {'failed':>7}")
    with tempfile.TemporaryDirectory() as folder:
        valkey = embedded.ensure(Path(folder))
        try:
            for kind in ("bare", "findata"):
                m = measured(kind, valkey.url, chosen.rate, chosen.seconds)
                print(
                    f"{kind:10} {m.per_second:9.0f} {m.p50:8.2f} {m.p99:8.2f} {m.worst:8.1f} {m.cpu:13.0f} {m.failed:7}"
                )
        finally:
            valkey.stop()


if __name__ == "__main__":
    main()
