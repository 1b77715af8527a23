"""Settings become a running findata: each identity mode, model, functions and marketplace over a local Databricks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from langchain_core.tools import BaseTool, tool

from adapters.databricks.assertions import AssertionService
from adapters.redis.client import Clients
from adapters.wording import say
from agents.domain import Answer, Apology, Figures, Reply, User
from agents.errors import NotConnected, NotFound, Unavailable
from bot import settings, wiring
from bot.tools import AskersTools
from sandbox.launch import LaunchedSandbox, launched
from tests.brisk import brisk
from tests.findata_peer import ENERGY, configured, findata
from tests.redis_peer import FakePlatform, clients, turn, until, valkey

__all__ = ["brisk", "clients", "valkey"]  # fixtures

pytestmark = pytest.mark.xdist_group("wiring")  # one local Databricks for all

ANA = User("fake", "acme", "analyst", "Ana", "fr-FR")
ISSUER = "https://login.example.org"
ENDPOINT = "databricks-claude-3-7-sonnet"


@pytest.fixture(scope="module")
def place() -> Iterator[LaunchedSandbox]:
    """A local Databricks of this module."""
    with launched(None, "--genie-seconds", "0.1") as started:
        yield started


async def sandbox(place: LaunchedSandbox, method: str, path: str, document: object = None) -> Any:
    """Turns a knob of the local Databricks."""
    headers = {"Authorization": "Bearer sandbox-admin"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, place.host + path, json=document) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return await answer.json()


def figures(reply: Reply) -> Figures:
    assert isinstance(reply, Answer), reply
    assert isinstance(reply.body, Figures)
    return reply.body


def context_line(reply: Reply) -> str:
    """The small print under an answer."""
    return "".join(span.text for span in say(reply).context)


async def test_a_service_principal_answers_and_says_whose_rights_it_used(
    place: LaunchedSandbox, valkey: str, clients: Clients
) -> None:
    """All askers share the bot's rights, and each answer tells so."""
    robot = {"id": "robot", "secret": "robot-secret", "service_principal": "findata-app"}
    await sandbox(place, "POST", "/sandbox/oidc/clients", robot)
    mode = {"identity": "service-principal", "client_id": "robot", "client_secret": "robot-secret"}
    async with findata(place, valkey, databricks=mode) as bot:
        reply = await bot.ask(ENERGY, "q1", ANA)
        assert figures(reply).result.as_whom == "findata-app"
        assert "avec les droits de findata-app" in context_line(reply)
        assert bot.app.sign_in is None


async def test_a_refused_service_principal_is_told_without_a_link(
    place: LaunchedSandbox, valkey: str, clients: Clients
) -> None:
    """There is nothing for the asker to link."""
    mode = {"identity": "service-principal", "client_id": "robot", "client_secret": "wrong"}
    async with findata(place, valkey, databricks=mode) as bot:
        reply = await bot.ask(ENERGY, "q1", ANA)
    assert isinstance(reply, Apology)
    assert (reply.reason, "url" in reply.names) == ("not_connected", False)


class Company:
    """A company's identity provider and its service that knows who is who in chat."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.asked: list[tuple[str, Any]] = []

    @property
    def public(self) -> str:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    async def assertion(self, request: web.Request) -> web.Response:
        """A JWT for the people it knows."""
        asked = await request.json()
        self.asked.append((request.headers.get("Authorization", ""), asked))
        if asked["user"] != "analyst":
            return web.json_response({}, status=404)
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "databricks", "sub": "analyst@example.org", "iat": now, "exp": now + 60}
        return web.json_response({"assertion": jwt.encode(claims, self.key, algorithm="RS256")})


@asynccontextmanager
async def served(handler: Any) -> AsyncIterator[str]:
    """The address of a service with one page."""
    app = web.Application()
    app.router.add_post("/assertion", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/assertion"
    await runner.cleanup()


async def test_federation_exchanges_the_companys_assertion_for_the_askers_rights(
    place: LaunchedSandbox, valkey: str, clients: Clients
) -> None:
    """Whom the company knows is answered as themselves, whom it does not know is not answered at all."""
    company = Company()
    await sandbox(place, "POST", "/sandbox/oidc/issuers", {"url": ISSUER, "key": company.public})
    async with served(company.assertion) as url:
        mode = {"identity": "federation", "assertion_url": url, "assertion_key": "between-us"}
        async with findata(place, valkey, databricks=mode) as bot:
            assert figures(await bot.ask(ENERGY, "q1", ANA)).result.as_whom == "analyst@example.org"
            stranger = await bot.ask(ENERGY, "q2", User("fake", "acme", "stranger"), "t2")
    assert isinstance(stranger, Apology)
    assert stranger.reason == "not_connected"
    asked = {"platform": "fake", "tenant": "acme", "user": "analyst"}
    assert company.asked[0] == ("Bearer between-us", asked)
    assert sum(who["user"] == "analyst" for _, who in company.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (404, "{}", NotConnected),
        (403, "{}", NotConnected),
        (500, "{}", Unavailable),
        (302, "{}", Unavailable),
        (200, "[]", Unavailable),
        (200, "not json", Unavailable),
        (200, '{"assertion": "not a jwt"}', Unavailable),
        (200, '{"assertion": "' + "a." * 40_000 + '"}', Unavailable),
    ],
)
async def test_a_service_that_gives_no_assertion_gives_no_rights(status: int, body: str, raised: type) -> None:
    """Only a JWT is taken for one; an outage is told apart from an unknown person."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers={"Location": "http://127.0.0.1:1/"})

    async with served(handler) as url:
        with pytest.raises(raised):
            await AssertionService(url)(ANA)


def test_assertions_do_not_travel_in_the_clear() -> None:
    """A sign-in is sent to nobody but this machine without TLS."""
    with pytest.raises(ValueError, match="https"):
        AssertionService("http://broker.example.org/assertion")


async def test_model_calls_are_counted_once(place: LaunchedSandbox, valkey: str, clients: Clients) -> None:
    """The metrics say as many calls as the endpoint has seen."""
    await sandbox(place, "POST", "/sandbox/serving/script", {"endpoint": ENDPOINT, "replies": [{"content": "?"}] * 20})
    before = len((await sandbox(place, "GET", "/sandbox/serving/requests"))["requests"])
    async with findata(
        place, valkey, databricks={"identity": "token", "token": place.token}, model={"endpoint": ENDPOINT}
    ) as bot:
        await bot.ask("mon chef veut un truc sur le vent", "q1", ANA)
        seen = len((await sandbox(place, "GET", "/sandbox/serving/requests"))["requests"]) - before
        counted = bot.app.conversations.metrics.registry.get_sample_value
        total = sum(counted("findata_model_calls_total", {"outcome": how}) or 0 for how in ("answered", "failed"))
    assert seen == total > 0


async def test_everything_kept_carries_the_configured_prefix(
    place: LaunchedSandbox, valkey: str, clients: Clients
) -> None:
    """Two deployments can share a Redis."""
    mode = {"identity": "token", "token": place.token}
    async with findata(place, valkey, databricks=mode, redis={"url": valkey, "prefix": "other"}) as bot:
        await bot.ask(ENERGY, "q1", ANA)
    keys = [key.decode() async for key in clients.worker.scan_iter("*")]
    assert [key for key in keys if not key.startswith(("other:", "{other:", "findata:probe"))] == []
    assert keys


async def test_the_catalogue_of_a_workspace_can_be_the_marketplace(
    place: LaunchedSandbox, valkey: str, clients: Clients
) -> None:
    """Read by a service principal of its own where each asker has an identity."""
    crawler = {"id": "crawler-app", "secret": "s", "service_principal": "crawler"}
    await sandbox(place, "POST", "/sandbox/oidc/clients", crawler)
    block = {"backend": "databricks", "folder": None, "client_id": "crawler-app", "client_secret": "s"}
    found = configured(place, valkey, marketplace=block, server={"public_url": "http://127.0.0.1:1"})
    found = settings.Settings(
        **{name: getattr(found, name) for name in settings.BLOCKS if name != "server"},
        server=found.server.model_copy(update={"secret_keys": configured(place, valkey).server.secret_keys}),
    )
    async with AsyncExitStack() as stack:
        parts = await wiring.parts(found, stack)
        await parts.marketplace.sync()
        assert parts.marketplace.health().tables > 50


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ({"databricks": {"identity": "user"}}, "FINDATA_PUBLIC_URL is missing"),
        ({"server": {"public_url": "https://x.example.org"}}, "FINDATA_SECRET_KEYS is missing"),
        ({"server": {"public_url": "https://x.example.org", "secret_keys": "no-key"}}, "is not a Fernet key"),
        ({"databricks": {"identity": "federation"}}, "DATABRICKS_ASSERTION_URL is missing"),
        ({"databricks": {"identity": "token", "token": "t"}, "marketplace": {}}, "MARKETPLACE_FOLDER is missing"),
        ({"redis": {"url": "ftp://x"}}, "REDIS_URL"),
    ],
)
async def test_what_a_choice_needs_is_named(valkey: str, blocks: dict[str, Any], told: str) -> None:
    """An incomplete choice stops at the start, by the name of what is missing."""
    base = {"databricks": {}, "marketplace": {"folder": "."}, "redis": {"url": valkey}, "server": {}} | blocks
    base["databricks"] = {"host": "http://127.0.0.1:1", "warehouse_id": "w", "client_id": "c"} | base["databricks"]
    found = settings.Settings(**{name: kind(**base.get(name, {})) for name, kind in settings.BLOCKS.items()})
    async with AsyncExitStack() as stack:
        with pytest.raises(settings.WrongUsage, match=told):
            await wiring.parts(found, stack)


async def test_a_terminal_asks_with_the_operators_rights(place: LaunchedSandbox, valkey: str, clients: Clients) -> None:
    """Where each asker has an identity of their own, whoever sits at the terminal needs one too."""
    server = {"public_url": "http://127.0.0.1:1"}
    shown = FakePlatform()
    with pytest.raises(settings.WrongUsage, match="DATABRICKS_TOKEN is missing"):
        async with wiring.running(configured(place, valkey, server=server), {"fake": shown}, lane="terminal"):
            pass
    own = {"identity": "user", "token": "sandbox-germany"}
    found = configured(place, valkey, databricks=own, server=server)
    async with wiring.running(found, {"fake": shown}, lane="terminal") as app:
        reply = await app.conversations.answer(turn(ENERGY), shown)
    assert figures(reply).result.as_whom == "germany@example.org"


# ── functions as tools ────────────────────────────────────────────────────────────────────────────────────────────────


@tool
def lookup(words: str) -> str:
    """Looks something up."""
    return words


class Shed:
    """Where tools come from; counts."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.opened: list[str] = []
        self.fails, self.gate = fails, asyncio.Event()

    async def fetch(self, user: User) -> Sequence[BaseTool]:
        """One tool, once the gate is open."""
        self.opened.append(user.id)
        await self.gate.wait()
        if self.fails:
            raise self.fails
        return [lookup]


async def test_tools_arrive_while_the_question_is_being_understood() -> None:
    """Nobody waits for them; once there they are not fetched again, and each asker has their own."""
    shed = Shed()
    tools = AskersTools(shed.fetch)
    own = tools.of(ANA)
    assert not own
    shed.gate.set()
    await until(lambda: len(own) == 1)
    assert list(own) == [lookup]
    assert list(tools.of(ANA)) == [lookup]
    assert not tools.of(User("fake", "acme", "bob"))
    await tools.close()
    assert shed.opened == ["analyst"] or shed.opened == ["analyst", "bob"]


@pytest.mark.parametrize("error", [NotFound("no"), NotConnected("no"), ValueError("the toolkit")])
async def test_without_functions_there_are_no_tools_and_no_second_try_at_once(error: Exception) -> None:
    """Not installed or not granted is no failure of the question."""
    shed = Shed(error)
    shed.gate.set()
    tools = AskersTools(shed.fetch)
    for _ in range(3):
        assert not tools.of(ANA)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert shed.opened == ["analyst"]
    await tools.close()
