"""Prints what one Teams activity costs, with authentication on, beside the SDK's stock adapter.

    python -m benchmarks.teams_activity [--activities 4000] [--together 16]

So many signed activities are sent, so many at the same time (a closed loop); each gets one message back. The connector,
its keys and its sign-in are a stand-in on loopback, in the process that makes the load, on the same cores. CPU is that
of the bot's process alone. "reply" asks a Valkey on this machine for a place within Teams' limits before each message.
"stored" keeps each turn in that Valkey before it is acknowledged, and sends nothing back: what remains to do there is
the agents' work. The stock adapter is given a token that never ends, which spares it the sign-in of each turn that it
would make in production.
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
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AuthenticationConfiguration,
    ChannelValidation,
    MicrosoftAppCredentials,
    ServiceClientCredentialsFactory,
)
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from adapters.redis import embedded
from adapters.redis.client import connect
from adapters.redis.keys import Bounds
from adapters.redis.limits import RedisRates
from adapters.redis.store import RedisStore
from adapters.redis.turns import RedisTurns
from adapters.teams import TeamsOptions, TeamsPlatform
from adapters.teams.address import Address
from agents.domain import ReplyTo, Turn, User
from agents.ports import Receipt
from benchmarks.stored import Stored

APP, TENANT, PEOPLE = "22222222-2222-4222-8222-222222222222", "00000000-0000-0000-0000-00000000000a", 500
WARM = 300  # activities before the clock starts
FAST = (
    100_000  # messages a second of one bot: more than Teams takes, so that our own limit is counted and not waited for
)
VARIANTS = ("stock", "reply", "stored")


# ── the bot's process ─────────────────────────────────────────────────────────────────────────────────────────────────


class Bytes:
    """A store in this process."""

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        """The bytes."""
        return self._entries.get(key)

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Replaces the entry."""
        self._entries[key] = value

    async def delete(self, key: str) -> bool:
        """True when there was one."""
        return self._entries.pop(key, None) is not None


class Echo:
    """Implements ports.Inbox: the turn is answered with one message, beside its acknowledgement."""

    def __init__(self) -> None:
        self.platform: TeamsPlatform | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def accept(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Kept as a task."""
        assert self.platform
        task = asyncio.create_task(self.platform._delivery.say(Address.of(to), "done"))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Receipt("accepted")

    async def stop(self, turn_or_conversation: str, user: User) -> bool:
        """Nothing runs."""
        return False


class _Forever(MicrosoftAppCredentials):  # type: ignore[misc]
    def get_access_token(self, force_refresh: bool = False) -> str:
        return "token-0"


class _Factory(ServiceClientCredentialsFactory):  # type: ignore[misc]
    async def is_valid_app_id(self, app_id: str) -> bool:
        return app_id == APP

    async def is_authentication_disabled(self) -> bool:
        return False

    async def create_credentials(self, *_: object, **__: object) -> MicrosoftAppCredentials:
        return _Forever(APP, "secret")


def stock(peer: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The SDK's own adapter and front door."""
    ChannelValidation.open_id_metadata_endpoint = f"{peer}/metadata"
    authentication = ConfigurationBotFrameworkAuthentication(
        {}, credentials_factory=_Factory(), auth_configuration=AuthenticationConfiguration()
    )
    adapter = CloudAdapter(authentication)

    class Bot:
        async def on_turn(self, context: TurnContext) -> None:
            await context.send_activity(Activity(type="message", text="done"))

    async def heard(request: web.Request) -> web.StreamResponse:
        answer: web.StreamResponse | None = await adapter.process(request, Bot())
        return answer or web.Response(status=200)

    return heard


async def serve(variant: str, peer: str, redis: str) -> None:
    """Until the process is ended; prints its port."""
    logging.disable(logging.WARNING)
    app = web.Application()
    app.router.add_get("/cpu", _cpu)
    if variant == "stock":
        app.router.add_post("/teams/messages", stock(peer))
    else:
        _mount(app, variant, peer, redis)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def _mount(app: web.Application, variant: str, peer: str, redis: str) -> None:
    place = TeamsOptions(
        APP,
        "secret",
        tenant_id=TENANT,
        development=True,
        metadata_url=f"{peer}/metadata",
        login_url=peer,
        per_second=FAST,
    )
    clients = connect(redis)
    if variant == "reply":
        echo = Echo()
        platform = echo.platform = TeamsPlatform(place, Bytes(), rates=RedisRates(clients.front))
        platform.mount(app, echo)
        return
    bounds = Bounds(waiting=10**9, per_minute=0)
    platform = TeamsPlatform(place, RedisStore(clients.front))
    platform.mount(app, Stored(RedisTurns(clients, bounds=bounds)))


async def _cpu(_: web.Request) -> web.Response:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return web.json_response({"cpu": used.ru_utime + used.ru_stime})


# ── the service and its load ──────────────────────────────────────────────────────────────────────────────────────────


class Service:
    """Keys, sign-in and connector; counts what comes back."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.sent = 0
        self.arrived = asyncio.Event()
        self.url = ""

    async def start(self) -> web.AppRunner:
        """Listens on loopback."""
        app = web.Application()
        app.router.add_get("/metadata", self._metadata)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        app.router.add_post("/v3/conversations/{c}/activities", self._taken)
        app.router.add_post("/v3/conversations/{c}/activities/{a}", self._taken)
        app.router.add_get("/v3/conversations/{c}/members/{m}", self._member)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def token(self) -> str:
        """As the service signs it; it is good for an hour, and used for all that time."""
        now = int(time.time())
        claims = {"iss": "https://api.botframework.com", "aud": APP, "serviceurl": self.url + "/", "exp": now + 3600}
        return jwt.encode({**claims, "nbf": now - 10}, self.key, algorithm="RS256", headers={"kid": "key"})

    async def _metadata(self, _: web.Request) -> web.Response:
        signs = ["RS256"]
        return web.json_response({"jwks_uri": f"{self.url}/keys", "id_token_signing_alg_values_supported": signs})

    async def _keys(self, _: web.Request) -> web.Response:
        key = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return web.json_response({"keys": [{**key, "kid": "key", "use": "sig", "endorsements": ["msteams"]}]})

    async def _token(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "token-0", "expires_in": 3600})

    async def _member(self, _: web.Request) -> web.Response:
        return web.json_response({"userRole": "user"})

    async def _taken(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer token-0"
        await request.read()
        self.sent += 1
        self.arrived.set()
        return web.json_response({"id": str(self.sent)}, status=201)

    async def until(self, sent: int) -> None:
        """Waits for so many messages."""
        async with asyncio.timeout(60):
            while self.sent < sent:
                self.arrived.clear()
                await self.arrived.wait()

    def activity(self, number: int) -> bytes:
        """One person's question in their own chat; every person has their own."""
        who = number % PEOPLE
        return json.dumps(
            {
                "type": "message", "id": str(1_700_000_000_000 + number), "channelId": "msteams",
                "serviceUrl": self.url + "/",
                "from": {"id": f"29:{who}", "name": "Asker", "aadObjectId": f"00000000-0000-0000-0000-{who:012d}"},
                "conversation": {"conversationType": "personal", "id": f"a:{number}", "tenantId": TENANT},
                "recipient": {"id": f"28:{APP}", "name": "findata"}, "text": f"green energy in 2025? {number}",
                "locale": "en-GB", "channelData": {"tenant": {"id": TENANT}},
                "entities": [{"type": "clientInfo", "locale": "en-GB", "platform": "Web"}],
            }
        ).encode()  # fmt: skip


async def load(
    service: Service, url: str, http: aiohttp.ClientSession, first: int, count: int, together: int
) -> list[float]:
    """Sends them; how long each took to be acknowledged, in seconds."""
    numbers, took = iter(range(first, first + count)), list[float]()
    headers = {"Authorization": f"Bearer {service.token()}", "Content-Type": "application/json"}

    async def one_after_another() -> None:
        for number in numbers:
            began = time.perf_counter()
            async with http.post(url, data=service.activity(number), headers=headers) as answer:
                assert answer.status in (200, 201, 202), (answer.status, await answer.text())
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(one_after_another() for _ in range(together)))
    return took


async def measure(variant: str, redis: str, count: int, together: int) -> str:
    """One variant's line."""
    service = Service()
    runner = await service.start()
    command = [sys.executable, "-m", "benchmarks.teams_activity", "--serve", variant, service.url, redis]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout
    base = f"http://127.0.0.1:{int(await process.stdout.readline())}"
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            await load(service, f"{base}/teams/messages", http, 0, WARM + PEOPLE, together)
            before, sent, began = await _used(http, base), service.sent, time.perf_counter()
            took = await load(service, f"{base}/teams/messages", http, WARM + PEOPLE, count, together)
            if variant != "stored":
                await service.until(sent + count)
            seconds, cpu = time.perf_counter() - began, await _used(http, base) - before
    finally:
        process.terminate()
        await process.wait()
        await runner.cleanup()
    cuts = statistics.quantiles(took, n=100)
    half, most = 1000 * cuts[49], 1000 * cuts[98]
    return f"{variant:<8}{1000 * cpu / count:>12.2f}{count / seconds:>14.0f}{half:>10.1f}{most:>10.1f}"


async def _used(http: aiohttp.ClientSession, base: str) -> float:
    async with http.get(f"{base}/cpu") as answer:
        return float((await answer.json())["cpu"])


async def compare(options: argparse.Namespace) -> None:
    """All variants, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        server = await asyncio.to_thread(embedded.ensure, Path(folder))
        try:
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.together} at a time")
            print(f"{'':<8}{'CPU ms each':>12}{'activities/s':>14}{'p50 ms':>10}{'p99 ms':>10}")
            for variant in VARIANTS:
                count = options.activities // 8 if variant == "stock" else options.activities
                print(await measure(variant, server.url, count, options.together), flush=True)
        finally:
            server.stop()


def main() -> None:
    """Reads the command line."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--activities", type=int, default=4000)
    read.add_argument("--together", type=int, default=16)
    read.add_argument("--serve", nargs=3, metavar=("VARIANT", "PEER", "REDIS"), help=argparse.SUPPRESS)
    options = read.parse_args()
    asyncio.run(serve(*options.serve) if options.serve else compare(options))


if __name__ == "__main__":
    main()
