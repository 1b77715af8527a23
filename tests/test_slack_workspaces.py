"""Several workspaces, the Home tab, and Socket Mode."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from cryptography.fernet import Fernet

from adapters.databricks.vault import Vault
from adapters.slack.scopes import SCOPES
from agents.domain import Ask
from agents.errors import Unavailable
from tests.memory_store import MemoryStore
from tests.slack_peer import ASKER, CHANNEL, DIRECT, TEAM, TOKEN, Bot, MemoryInbox, Peer, eventually, mention, running
from tests.slack_peer_replies import ANSWER, answered, finished


@asynccontextmanager
async def several(store: MemoryStore | None = None) -> AsyncIterator[Bot]:
    """An app that any workspace may install."""
    vault = Vault([Fernet.generate_key().decode()])
    async with Peer().serving() as peer:
        more = {
            "bot_token": "",
            "client_id": "1.2",
            "client_secret": "hush",
            "public_url": "https://findata.example.com",
        }
        async with running(peer, store=store, vault=vault, **more) as bot:
            yield bot


async def install(bot: Bot, team: str) -> int:
    """Through the browser: /slack/install, Slack's page, and back."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        async with browser.get(f"{bot.url}/slack/install", allow_redirects=False) as begun:
            state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]
            cookies = {name: morsel.value for name, morsel in begun.cookies.items()}
        url = f"{bot.url}/slack/oauth_redirect?state={state}&code={team}"
        async with browser.get(url, cookies=cookies) as ended:
            return ended.status


# ── workspaces ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_two_workspaces_each_with_their_own_token() -> None:
    """What is asked in one is answered with its token; neither token lies in the store in clear."""
    async with several() as bot:
        assert [await install(bot, team) for team in ("T1", "T2")] == [200, 200]
        for team in ("T1", "T2"):
            assert await bot.event(mention("hello"), team=team, bot=f"UBOT{team}") == 200
            await finished(bot, ANSWER)
            assert bot.peer.by_token[-1] == f"xoxb-{team}"
        assert [turn.user.tenant for turn, _ in bot.inbox.turns] == ["T1", "T2"]
        assert bot.inbox.turns[0][0].conversation != bot.inbox.turns[1][0].conversation
        assert "xoxb" not in str(bot.store.held)


async def test_an_uninstalled_workspace_is_forgotten() -> None:
    """Its token is gone; the other workspace goes on."""
    async with several() as bot:
        for team in ("T1", "T2"):
            await install(bot, team)
        assert await bot.event({"type": "app_uninstalled"}, team="T1") == 200
        assert await bot.event({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, team="T2") == 200
        assert await bot.event(mention("hello"), team="T1") == 200
        assert await bot.event(mention("hello"), team="T2") == 200
        assert [turn.user.tenant for turn, _ in bot.inbox.turns] == ["T2"]
        assert await bot.event({"type": "tokens_revoked", "tokens": {"bot": ["U2"]}}, team="T2") == 200
        assert not [key for key in bot.store.held if "install" in key]


async def test_the_install_link_asks_for_what_the_manifest_does() -> None:
    """Same scopes, our own way back."""
    async with several() as bot, bot.session.get(f"{bot.url}/slack/install", allow_redirects=False) as begun:
        query = parse_qs(urlsplit(begun.headers["Location"]).query)
        assert query["scope"] == [",".join(SCOPES)]
        assert query["redirect_uri"] == ["https://findata.example.com/slack/oauth_redirect"]
        assert begun.cookies["findata-slack-install"]["httponly"]


@pytest.mark.parametrize("query", ["state=made-up&code=T1", "code=T1", "state=&code=T1", "error=access_denied"])
async def test_an_install_that_this_browser_did_not_begin_is_refused(query) -> None:
    """Else somebody could be made to finish another's install."""
    async with several() as bot, bot.session.get(f"{bot.url}/slack/oauth_redirect?{query}") as ended:
        assert ended.status == 400
        assert bot.store.held == {}


async def test_an_install_that_slack_does_not_confirm_leaves_nothing() -> None:
    """The code was used before, or is none."""
    async with several() as bot:
        bot.peer.fail("oauth.v2.access", "invalid_code")
        assert await install(bot, "T1") == 502
        bot.store.down = True
        assert await install(bot, "T1") == 503
        assert bot.store.held == {}


# ── Home ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_home_shows_questions_identity_and_products() -> None:
    """What was asked, whose rights are used, which products were read; in the person's language."""

    async def identity(user: Any) -> str:
        return "asker@example.com"

    async with Peer().serving() as peer, running(peer, identity=identity) as bot:
        await answered(bot)
        assert await bot.event({"type": "app_home_opened", "user": ASKER, "channel": DIRECT, "tab": "home"}) == 200
        shown = json.dumps(peer.views[-1])
        assert all(word in shown for word in ("green energy by month?", "asker@example.com", "Energy usage"))
        assert peer.wrong == []


async def test_home_without_an_identity_says_so() -> None:
    """And an identity that cannot be asked for costs only its line."""

    async def identity(user: Any) -> str:
        raise Unavailable("down")

    async with Peer().serving() as peer, running(peer, identity=identity) as bot:
        peer.people[ASKER] = {"locale": "fr-FR"}
        await bot.event({"type": "app_home_opened", "user": ASKER, "channel": DIRECT, "tab": "home"})
        assert "pas encore liée" in json.dumps(peer.views[-1], ensure_ascii=False)
        peer.fail("views.publish", "internal_error", status=500)
        assert await bot.event({"type": "app_home_opened", "user": ASKER, "channel": DIRECT, "tab": "home"}) == 200


async def test_home_speaks_the_language_of_the_last_question_where_slack_does_not_say() -> None:
    """A locale, where there is one, counts more."""
    async with Peer().serving() as peer, running(peer) as bot:
        peer.people[ASKER] = {"locale": ""}
        await answered(bot, event=mention("quelle est la consommation d'énergie verte par mois ?"))
        await bot.event({"type": "app_home_opened", "user": ASKER, "channel": DIRECT, "tab": "home"})
        assert "pas encore liée" in json.dumps(peer.views[-1], ensure_ascii=False)


async def test_prompts_are_suggested_once_a_day() -> None:
    """Where the agent's own conversation is opened."""
    async with Peer().serving() as peer, running(peer) as bot:
        for _ in range(2):
            await bot.event({"type": "app_home_opened", "user": ASKER, "channel": DIRECT, "tab": "messages"})
        [prompts] = peer.sent("assistant.threads.setSuggestedPrompts")
        assert 1 <= len(prompts["prompts"]) <= 4


# ── Socket Mode ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_socket_mode_hears_the_same_and_acknowledges_what_is_stored() -> None:
    """An envelope is acknowledged once its turn is stored, and only then."""
    acknowledged: list[str] = []
    sockets: list[web.WebSocketResponse] = []

    async def socket(request: web.Request) -> web.WebSocketResponse:
        made = web.WebSocketResponse()
        await made.prepare(request)
        await made.send_json({"type": "hello"})
        sockets.append(made)
        async for told in made:
            if told.type is aiohttp.WSMsgType.TEXT:
                acknowledged.append(json.loads(told.data)["envelope_id"])
        return made

    def envelope(number: str, event: dict[str, Any]) -> dict[str, Any]:
        payload = {"type": "event_callback", "team_id": TEAM, "event": event, "event_id": number}
        return {"type": "events_api", "envelope_id": number, "payload": payload, "accepts_response_payload": False}

    peer = SocketPeer()
    peer.tokens["xapp-test"] = (TEAM, "")
    app = web.Application()
    app.router.add_get("/socket", socket)
    from tests.slack_peer import listening

    async with listening(app) as port, peer.serving():
        peer.socket = f"ws://127.0.0.1:{port}/socket"
        inbox = MemoryInbox()
        async with running(peer, inbox=inbox, signing_secret="", app_token="xapp-test"):
            await eventually(lambda: sockets)
            await sockets[0].send_json(envelope("E1", mention("hello")))
            await eventually(lambda: acknowledged == ["E1"])
            inbox.down = True
            await sockets[0].send_json(envelope("E2", mention("hello again", ts="1700000009.0")))
            await sockets[0].send_json(envelope("E3", {"type": "team_join"}))
            await eventually(lambda: "E3" in acknowledged)
            assert "E2" not in acknowledged
            assert inbox.actions == [Ask("hello")]
            assert TOKEN in peer.by_token
            assert CHANNEL in peer.members


class SocketPeer(Peer):
    """Hands out the address of a socket."""

    socket = ""

    def _apps_connections_open(self, _: dict[str, Any], __: str) -> dict[str, Any]:
        return {"url": self.socket}
