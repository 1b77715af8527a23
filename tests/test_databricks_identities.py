"""The same questions through the real clients in each identity mode: whose rights answer, and what they do not show."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.redis.client import Clients
from agents.domain import Answer, Apology, ProductDescription, User
from sandbox.launch import LaunchedSandbox, launched
from tests.brisk import brisk
from tests.databricks_peer import as_admin
from tests.findata_peer import ENERGY, Bot, figures, findata, words
from tests.redis_peer import clients, valkey
from tests.signin_browser import Browser

__all__ = ["brisk", "clients", "valkey"]  # fixtures

pytestmark = pytest.mark.xdist_group("databricks_identities")  # one local Databricks for all

ISSUER = "https://idp.example.org"
BY_COUNTRY = "consommation totale en énergie verte par pays en septembre 2025"
SALARY = "Quel est le salaire moyen par département ?"


class Mode(Protocol):
    """A findata whose questions are answered with the rights of these people (their names in the sandbox)."""

    def __call__(self, place: LaunchedSandbox, valkey: str, *people: str) -> AbstractAsyncContextManager[Bot]:
        """Each of them in chat under that name."""


@pytest.fixture(scope="module")
def place() -> Iterator[LaunchedSandbox]:
    with launched(None, "--genie-seconds", "0.05") as started:
        yield started


def chatter(name: str) -> User:
    return User("fake", "acme", name, name.title(), "fr-FR")


@asynccontextmanager
async def linked(place: LaunchedSandbox, valkey: str, *people: str) -> AsyncIterator[Bot]:
    """Identity `user`: each has agreed in a browser of theirs."""
    async with findata(place, valkey, databricks={"identity": "user"}) as bot:
        for name in people:
            invited = await bot.ask(ENERGY, f"first-{name}", chatter(name))
            assert isinstance(invited, Apology)
            async with Browser() as browser:
                _, page = await browser.links(invited.names["url"], f"{name}@example.org")
            await bot.confirm(page, f"code-{name}", chatter(name))
            await bot.reply_to(f"first-{name}~linked")
        yield bot


@asynccontextmanager
async def federated(place: LaunchedSandbox, valkey: str, *people: str) -> AsyncIterator[Bot]:
    """Identity `federation`: the company's identity provider vouches for these people and nobody else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    await as_admin(place.host, "POST", "/sandbox/oidc/issuers", {"url": ISSUER, "key": public})
    async with sign_ins(key, *people) as url:
        rights = {"identity": "federation", "assertion_url": url, "assertion_key": "k1"}
        async with findata(place, valkey, databricks=rights) as bot:
            yield bot


@asynccontextmanager
async def sign_ins(key: rsa.RSAPrivateKey, *people: str) -> AsyncIterator[str]:
    """The company's service that knows who is who in chat: its address."""

    async def assertion(request: web.Request) -> web.Response:
        asked = await request.json()
        if request.headers.get("Authorization") != "Bearer k1" or asked["user"] not in people:
            return web.json_response({}, status=404)
        now = int(time.time())
        sub = f"{asked['user']}@example.org"
        claims = {"iss": ISSUER, "aud": "databricks", "sub": sub, "iat": now, "exp": now + 60}
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


@asynccontextmanager
async def principal(place: LaunchedSandbox, valkey: str, *people: str) -> AsyncIterator[Bot]:
    """Identity `service-principal`: one that has been given the rights of the first of these people."""
    client = {"id": "svc", "secret": "s3", "service_principal": f"{people[0]}@example.org"}
    await as_admin(place.host, "POST", "/sandbox/oidc/clients", client)
    rights = {"identity": "service-principal", "client_id": "svc", "client_secret": "s3"}
    async with findata(place, valkey, databricks=rights) as bot:
        yield bot


EACH = pytest.mark.parametrize("mode", [linked, federated, principal])
OWN = pytest.mark.parametrize("mode", [linked, federated])


@pytest.fixture(autouse=True)
def empty(clients: Clients) -> None:
    """Every test begins with an empty store."""


@EACH
async def test_an_answer_names_whose_rights_it_was_given_with(place: LaunchedSandbox, valkey: str, mode: Mode) -> None:
    """Rows come, and the small print has the identity that Databricks saw."""
    async with mode(place, valkey, "analyst") as bot:
        answer = await bot.ask(ENERGY, "q1", chatter("analyst"))
        assert figures(answer).result.as_whom == "analyst@example.org"
        assert figures(answer).result.rows[0][0]
        assert "analyst@example.org" in words(answer)


@EACH
async def test_filtered_rows_are_not_seen(place: LaunchedSandbox, valkey: str, mode: Mode) -> None:
    """Where a row filter shows one country, an answer by country has one row."""
    async with mode(place, valkey, "germany") as bot:
        rows = figures(await bot.ask(BY_COUNTRY, "q1", chatter("germany"))).result.rows
        assert [row[0] for row in rows] == ["Germany"]


@EACH
async def test_what_may_not_be_read_leads_to_its_owner(place: LaunchedSandbox, valkey: str, mode: Mode) -> None:
    """Not "no rows": the product, who owns it and where to ask; described, it says how to get access."""
    async with mode(place, valkey, "newcomer") as bot:
        refused = await bot.ask(SALARY, "q1", chatter("newcomer"))
        assert isinstance(refused, Apology)
        assert refused.reason == "refused_product"
        assert "Vous n'avez pas accès" in words(refused)
        assert refused.names["owner"] in words(refused)
        assert refused.names["contact"] in words(refused)
        how = await bot.ask("comment y avoir accès ?", "q2", chatter("newcomer"))
        assert isinstance(how, Answer)
        assert isinstance(how.body, ProductDescription)
        assert refused.names["contact"] in words(how)
        assert "Pour demander l'accès" in words(how)
        assert "sans accès pour vous" in words(how)


@OWN
async def test_two_people_of_one_thread_see_what_each_may_see(place: LaunchedSandbox, valkey: str, mode: Mode) -> None:
    """The same question, the same thread, two sets of rows; somebody unknown gets none."""
    async with mode(place, valkey, "analyst", "germany") as bot:
        people = ("analyst", "germany")
        own, other = [figures(await bot.ask(BY_COUNTRY, f"q-{name}", chatter(name))) for name in people]
        assert (own.result.as_whom, other.result.as_whom) == ("analyst@example.org", "germany@example.org")
        assert len(own.result.rows) > len(other.result.rows) == 1
        nobody = await bot.ask(ENERGY, "q3", chatter("nobody"))
        assert isinstance(nobody, Apology)
        assert nobody.reason == "not_connected"


async def test_a_service_principal_answers_everybody_alike(place: LaunchedSandbox, valkey: str) -> None:
    """Whoever asks, the answer names it."""
    async with principal(place, valkey, "analyst") as bot:
        for name in ("analyst", "germany"):
            answer = await bot.ask(ENERGY, f"q-{name}", chatter(name))
            assert figures(answer).result.as_whom == "analyst@example.org"
            assert "analyst@example.org" in words(answer)
