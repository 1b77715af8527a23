"""From a question to its answer through the real clients: whose rights, what is told on the way, what is cut."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.redis.client import Clients
from adapters.wording import plain, say
from agents.domain import Answer, Apology, Clarification, Figures, Reply, User
from sandbox import mesh_files
from sandbox.databricks.workspace import Workspace as Platform
from sandbox.launch import Place, in_process
from tests.databricks_peer import as_admin
from tests.findata_peer import ENERGY, ROOT, findata
from tests.redis_peer import clients, valkey
from tests.signin_browser import Browser

__all__ = ["clients", "valkey"]  # fixtures

GERMANY = User("fake", "acme", "germany", "Greta", "fr-FR")
ANALYST = User("fake", "acme", "analyst", "Ana", "fr-FR")
ISSUER = "https://idp.example.org"


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """The sample mesh's workspace, to be turned and looked into."""
    made = Platform(mesh_files.load(ROOT / "sandbox" / "marketplace"))
    made.knobs.genie_step = 0.01
    with in_process(made):
        yield made


@pytest.fixture
def place(platform: Platform) -> Place:
    warehouse = platform.warehouses.main.id
    path = f"/sql/1.0/warehouses/{warehouse}"
    return Place(platform.url, "sandbox-analyst", warehouse, path, ROOT / "sandbox" / "marketplace", platform.url)


@pytest.fixture(autouse=True)
def untroubled(platform: Platform, clients: Clients) -> Iterator[None]:
    """Every test begins with an empty store and leaves the workspace as it was."""
    yield
    platform.knobs.faults.clear()
    platform.knobs.cold_start, platform.knobs.genie_step = 0.0, 0.01


def figures(reply: Reply) -> Figures:
    assert isinstance(reply, Answer), reply
    assert isinstance(reply.body, Figures)
    return reply.body


def words(reply: Reply) -> str:
    """All that the asker reads but the table."""
    spoken = say(reply)
    return "\n".join(plain(line) for line in (spoken.headline, *spoken.notes, spoken.context))


def acting_as(name: str = "analyst") -> dict[str, Any]:
    """Settings that act with this person's token for everybody."""
    return {"identity": "token", "token": f"sandbox-{name}"}


# ── whose rights ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_linked_asker_is_answered_with_their_own_rights(place: Place, valkey: str) -> None:
    """Identity `user`: consent once, then the answer says whose rights were used."""
    async with findata(place, valkey, databricks={"identity": "user"}) as bot:
        asked = await bot.ask(ENERGY, "q1", GERMANY)
        assert isinstance(asked, Apology)
        async with Browser() as browser:
            assert (await browser.links(asked.names["url"], "germany@example.org"))[0] == 200
        answer = await bot.reply_to("q1~linked")
        assert figures(answer).result.as_whom == "germany@example.org"
        assert "germany@example.org" in words(answer)
        assert figures(answer).result.rows in ((), ((None,),))  # France's rows are not hers to see


@asynccontextmanager
async def sign_ins(key: rsa.RSAPrivateKey) -> AsyncIterator[str]:
    """The company's service that knows who is who in chat: its address."""

    async def assertion(request: web.Request) -> web.Response:
        asked = await request.json()
        if request.headers.get("Authorization") != "Bearer k1" or asked["user"] == "nobody":
            return web.json_response({}, status=404)
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": "databricks",
            "sub": f"{asked['user']}@example.org",
            "iat": now,
            "exp": now + 60,
        }
        return web.json_response({"assertion": jwt.encode(claims, key, algorithm="RS256")})

    app = web.Application()
    app.router.add_post("/", assertion)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_a_companys_sign_in_is_answered_with_the_persons_rights(place: Place, valkey: str) -> None:
    """Identity `federation`: two people of one thread get what each may see, and a third one nothing."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    await as_admin(place.host, "POST", "/sandbox/oidc/issuers", {"url": ISSUER, "key": public})
    async with sign_ins(key) as url:
        federated = {"identity": "federation", "assertion_url": url, "assertion_key": "k1"}
        async with findata(place, valkey, databricks=federated) as bot:
            own, other = [figures(await bot.ask(ENERGY, f"q-{user.id}", user)) for user in (ANALYST, GERMANY)]
            assert (own.result.as_whom, other.result.as_whom) == ("analyst@example.org", "germany@example.org")
            assert own.result.rows != other.result.rows
            nobody = await bot.ask(ENERGY, "q3", User("fake", "acme", "nobody"))
            assert isinstance(nobody, Apology)
            assert nobody.reason == "not_connected"


async def test_a_service_principal_answers_everybody_and_says_so(place: Place, valkey: str) -> None:
    """Identity `service-principal`: each answer names it, whoever asked."""
    client = {"id": "svc", "secret": "s3", "service_principal": "crawler"}
    await as_admin(place.host, "POST", "/sandbox/oidc/clients", client)
    rights = {"identity": "service-principal", "client_id": "svc", "client_secret": "s3"}
    async with findata(place, valkey, databricks=rights) as bot:
        for user in (ANALYST, GERMANY):
            answer = await bot.ask(ENERGY, f"q-{user.id}", user)
            assert figures(answer).result.as_whom == "crawler"
            assert "crawler" in words(answer)


async def test_tables_that_are_not_the_askers_lead_to_their_owner(place: Place, valkey: str) -> None:
    """Not "no rows": the product, who owns it and how to ask, in the asker's language."""
    async with findata(place, valkey, databricks=acting_as("newcomer")) as bot:
        reply = await bot.ask("Quel est le salaire moyen par département ?", "q1", ANALYST)
        assert isinstance(reply, Apology)
        assert reply.reason == "refused_product"
        assert "Vous n'avez pas accès" in words(reply)
        assert reply.names["owner"] in words(reply)


# ── on the way ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_queries_are_found_by_their_conversation(platform: Platform, place: Place, valkey: str) -> None:
    """The query history has the turn, the conversation and the asker on every statement of an answer."""
    async with findata(place, valkey, databricks=acting_as()) as bot:
        sql = figures(await bot.ask(ENERGY, "tagged", ANALYST)).result.sql
    tags = [dict(one.tags) for one in platform.statements.history() if one.sql == sql]
    assert {"app": "findata", "turn": "tagged", "conversation": "fake/acme/C/t", "user": ANALYST.key} in tags


async def test_a_sleeping_warehouse_is_told_and_awaited(platform: Platform, place: Place, valkey: str) -> None:
    """A cold start, longer than Genie may think, is a line of progress and then the answer."""
    platform.knobs.cold_start = 2.5
    async with findata(place, valkey, databricks=acting_as() | {"genie_seconds": 1.5}) as bot:
        reply = await bot.ask(ENERGY, "q1", ANALYST)
        assert figures(reply).result.rows
        assert "warehouse_starting" in [one.step for one in bot.shown.told], bot.shown.told


async def test_a_cold_start_may_take_longer_than_a_question(platform: Platform, place: Place, valkey: str) -> None:
    """Neither Genie's time nor the turn's is used up by a warehouse that takes its minutes to start."""
    platform.knobs.cold_start = 5.0
    short = {"turn_seconds": 3.0}
    async with findata(place, valkey, databricks=acting_as() | {"genie_seconds": 1.5}, server=short) as bot:
        assert figures(await bot.ask(ENERGY, "q1", ANALYST)).result.rows


async def test_the_first_rows_are_said_to_be_the_first(place: Place, valkey: str) -> None:
    """Where a cap cuts rows off, it is known how many of how many are shown."""
    async with findata(place, valkey, databricks=acting_as(), server={"rows": 5}) as bot:
        reply = await bot.ask("Consommation d'énergie verte par mois et par pays en 2025", "q1", ANALYST)
        result = figures(reply).result
        assert (len(result.rows), result.truncated) == (5, True)
        assert result.total is not None
        assert result.total > 5
        assert "Les 5 premières lignes sur" in words(reply)


async def test_two_spaces_are_asked_at_the_same_time(platform: Platform, place: Place, valkey: str) -> None:
    """Where two products fit alike, both Genies are at work before either has answered."""
    platform.knobs.genie_step = 0.2
    async with findata(place, valkey, databricks=acting_as()) as bot:
        began = time.time()
        asked = await bot.ask("consommation totale en 2024", "q1", ANALYST)
    assert isinstance(asked, Clarification)  # both can answer: the asker says which one is meant
    of_genie = [one for one in platform.statements.history() if "genie_space" in dict(one.tags)]
    drafted = {dict(one.tags)["genie_space"]: one.started for one in of_genie if one.started > began}
    assert len(drafted) == 2
    assert max(drafted.values()) - min(drafted.values()) < 0.4  # asked one after the other it were a second
