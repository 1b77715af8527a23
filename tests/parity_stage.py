"""One findata with every chat platform on it, over one local Databricks: whatever differs is the platforms' own."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp
from aiohttp import web

from adapters.slack import SlackOptions, SlackPlatform
from adapters.teams import TeamsPlatform
from bot import settings, wiring
from bot.evaluation import unhurried
from sandbox.launch import LaunchedSandbox, launched
from tests.end_to_end import TODAY
from tests.memory_store import MemoryStore
from tests.parity import Person, Watched
from tests.parity_console import AtTerminal, terminal
from tests.parity_slack import Slack
from tests.parity_teams import Teams
from tests.slack_peer import SECRET, TOKEN, Bot
from tests.slack_peer import Peer as SlackPeer
from tests.teams_peer import Peer as TeamsPeer
from tests.teams_peer import Person as TeamsPerson
from tests.teams_scene import place as teams_place

PLATFORMS = {
    "slack": ("slack-direct", "slack-channel", "slack-command"),
    "teams": ("teams-personal", "teams-group", "teams-channel"),
    "console": ("console",),
}
"""The ways to talk on each."""


@dataclass(frozen=True)
class Stage:
    """`people` makes somebody who talks to it in this way, in a conversation of their own."""

    place: LaunchedSandbox
    http: aiohttp.ClientSession
    people: dict[str, Callable[[], Person]]
    slack: SlackPeer
    teams: TeamsPeer

    def person(self, way: str) -> Person:
        """Talks in this way."""
        return self.people[way]()

    def able(self, ways: Sequence[str], act: str) -> Person:
        """Talks in the first of these ways that has this act."""
        return next(one for one in map(self.person, ways) if not act or act in one.can)

    async def turn(self, **knobs: float) -> None:
        """Makes the local Databricks slow, or quick again."""
        await self._control("PATCH", "knobs", knobs)

    async def harm(self, *faults: dict[str, object]) -> None:
        """Replaces what fails there."""
        await self._control("PUT", "faults", {"faults": faults})

    async def _control(self, method: str, page: str, body: object) -> None:
        token = self.place.users["admin@example.org"]
        url, headers = f"{self.place.host}/sandbox/{page}", {"Authorization": f"Bearer {token}"}
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def stage(valkey: str) -> AsyncIterator[Stage]:
    """Until the block ends; on the day that the questions were asked."""
    async with AsyncExitStack() as stack:
        sandbox = stack.enter_context(launched(None, "--genie-seconds", "0", "--today", TODAY))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        peer = await stack.enter_async_context(SlackPeer().serving())
        connector = await TeamsPeer().start()
        stack.push_async_callback(connector.stop)
        slack = SlackPlatform(SlackOptions(SECRET, TOKEN, api_url=f"{peer.url}api/"), MemoryStore())
        stack.push_async_callback(slack.close)
        teams = TeamsPlatform(teams_place(connector, public_url=url), MemoryStore())
        stack.push_async_callback(teams.close)
        screen, printed = terminal()
        watched = {one.name: Watched(one) for one in (slack, teams, screen)}
        app = await stack.enter_async_context(wiring.running(_settings(sandbox, valkey), watched, lane="parity"))
        site = web.Application()
        slack.mount(site, app.conversations)
        teams.mount(site, app.conversations)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        bot = Bot(slack, peer, app.conversations, MemoryStore(), url, http)
        asker = TeamsPerson(connector, f"{url}/teams/messages", http)
        people: dict[str, Callable[[], Person]] = {
            **{way: partial(Slack, bot, watched["slack"], way.partition("-")[2]) for way in PLATFORMS["slack"]},
            **{way: partial(Teams, asker, watched["teams"], way.partition("-")[2]) for way in PLATFORMS["teams"]},
            "console": partial(AtTerminal, app, printed, watched["console"]),
        }
        yield Stage(sandbox, http, people, peer, connector)


def _settings(sandbox: LaunchedSandbox, valkey: str) -> settings.Settings:
    found = settings.pointed_at(
        settings.load(), sandbox.host, sandbox.token, sandbox.warehouse_id, sandbox.marketplace, sandbox.pages
    )
    redis = settings.Redis(url=valkey, prefix=f"parity-{secrets.token_hex(4)}")
    return unhurried(settings.Settings(**{name: getattr(found, name) for name in settings.BLOCKS} | {"redis": redis}))
