"""A file's link in a browser: it is for the person whose Databricks identity is linked, and for no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import pytest

from adapters.redis.client import Clients
from adapters.teams.sheets import Sheets
from agents.domain import SqlResult, User
from bot import wiring
from bot.identities import visitors
from bot.settings import Settings
from bot.visitors import COOKIE
from sandbox.launch import LaunchedSandbox, launched
from tests.findata_peer import ENERGY, Bot, figures, findata
from tests.redis_peer import clients, valkey
from tests.signin_browser import Browser
from tests.test_signin import ANA, link_in, linked

__all__ = ["clients", "valkey"]  # fixtures

ROWS = SqlResult("SELECT 1", ("month", "mwh"), ("string", "double"), (("2025-01", 1.5),), as_whom="analyst@example.org")
GRETA = User("fake", "acme", "U-greta", "Greta", "fr-FR")


@pytest.fixture(scope="module")
def place() -> Iterator[LaunchedSandbox]:
    with launched(None, "--genie-seconds", "0.1") as started:
        yield started


@asynccontextmanager
async def serving(place: LaunchedSandbox, valkey: str, **blocks: dict[str, str]) -> AsyncIterator[tuple[Bot, Sheets]]:
    """A findata that also hands out files."""
    made: list[Sheets] = []

    def sheets(settings: Settings, app: wiring.App) -> Sheets:
        people = visitors(settings, app.parts.workspace, app.parts.store)
        made.append(Sheets(app.parts.store, str(settings.server.public_url).rstrip("/"), people))
        return made[0]

    async with findata(place, valkey, more=sheets, **blocks) as bot:
        yield bot, made[0]


@pytest.fixture
async def bot(place: LaunchedSandbox, valkey: str, clients: Clients) -> AsyncIterator[tuple[Bot, Sheets]]:
    """Ana has linked the analyst's identity."""
    async with serving(place, valkey, databricks={"identity": "user"}) as (running, sheets):
        async with Browser() as browser:
            _, page = await browser.links(link_in(await running.ask(ENERGY, "q1", ANA)), "analyst@example.org")
        assert linked(await running.confirm(page, "c1", ANA))
        await running.reply_to("q1~linked")
        yield running, sheets


async def signed_in(browser: Browser, url: str, person: str) -> tuple[int, str]:
    """Presses the file's button, signs in at the workspace; what the browser is told then."""
    status, consent = await browser.send(url, {})
    assert (status, urlsplit(consent).netloc == urlsplit(url).netloc) == (303, False)
    status, told = await browser.get(await browser.agreed(consent, person))
    return status, urljoin(url, told) if status == 303 else told


async def test_the_file_comes_once_to_the_browser_of_whoever_asked(bot: tuple[Bot, Sheets]) -> None:
    """The page names whose it is; the button leads to the workspace's sign-in, and from there back to the rows."""
    _, sheets = bot
    url = await sheets.put(ROWS, ANA)
    async with Browser() as browser:
        status, page = await browser.get(url)
        assert (status, "Ana &lt;b&gt;Lyst&lt;/b&gt;" in page, "2025-01" in page) == (200, True, False)
        status, back = await signed_in(browser, url, "analyst@example.org")
        assert (status, back) == (303, url)
        assert await browser.get(url) == (200, "\ufeffmonth,mwh\r\n2025-01,1.5\r\n")
        assert (await browser.get(url))[0] == 404


async def test_somebody_else_who_was_given_the_link_gets_nothing(bot: tuple[Bot, Sheets]) -> None:
    """Not with their own identity, not with a cookie of their making; and the file is still there for its person."""
    _, sheets = bot
    url = await sheets.put(ROWS, ANA)
    async with Browser() as other:
        status, page = await signed_in(other, url, "germany@example.org")
        assert (status, "quelqu" in page) == (403, True)
        other._session.cookie_jar.update_cookies({COOKIE: "A" * 43})
        for method in (other.get, lambda at: other.send(at, {})):
            status, told = await method(url)
            assert (status, "2025-01" in told) == (303, False)
    async with Browser() as browser:
        await signed_in(browser, url, "analyst@example.org")
        assert (await browser.get(url))[0] == 200


async def test_a_proof_is_good_for_one_file(bot: tuple[Bot, Sheets]) -> None:
    """Whoever may have one file of theirs signs in again for the next, and never gets a file of somebody else's."""
    _, sheets = bot
    mine, next_one, hers = [await sheets.put(ROWS, user) for user in (ANA, ANA, GRETA)]
    async with Browser() as browser:
        await signed_in(browser, mine, "analyst@example.org")
        [proof] = [one.value for one in browser._session.cookie_jar if one.key == COOKIE]
        browser._session.cookie_jar.update_cookies({COOKIE: proof})  # on every path, as a client of one's own would
        for url in (next_one, hers):
            assert (await browser.get(url))[0] == 303
        assert (await signed_in(browser, hers, "analyst@example.org"))[0] == 403


async def test_signing_in_for_a_file_links_nothing(bot: tuple[Bot, Sheets]) -> None:
    """A consent that was given for a file is not kept: questions still have no rights but those that were linked."""
    running, sheets = bot
    url = await sheets.put(ROWS, GRETA)
    async with Browser() as browser:
        assert (await signed_in(browser, url, "germany@example.org"))[0] == 403
    assert await running.app.parts.store.get(f"token/{GRETA.key}") is None
    link_in(await running.ask(ENERGY, "q2", GRETA))
    assert figures(await running.ask("et en Allemagne ?", "q3", ANA)).result.as_whom == "analyst@example.org"


async def test_where_nobody_links_an_identity_the_link_is_the_key(
    place: LaunchedSandbox, valkey: str, clients: Clients
) -> None:
    """Its button brings the rows, once, whoever presses it."""
    block = {"identity": "token", "token": place.token}
    async with serving(place, valkey, databricks=block) as (_, sheets), Browser() as browser:
        url = await sheets.put(ROWS, ANA)
        assert (await browser.get(url))[0] == 200
        assert [(await browser.send(url, {}))[0] for _ in range(2)] == [200, 404]
