"""Two workspaces, each a local-slack of its own, and one findata that both have installed and one removes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography.fernet import Fernet

from adapters.databricks.vault import Vault
from adapters.slack import SlackOptions, SlackPlatform
from sandbox.slack.shim import Shim
from tests.memory_store import MemoryStore
from tests.slack_local_scene import Answering, answered, free_port, serving
from tests.slack_peer import BOT, SECRET, Bot, Peer
from tests.slack_peer_local import LocalSlack, inside, local_slack, outside, passed_alone
from tests.test_slack_workspaces import install

TEAMS = ("T01NORTH", "T02SOUTH")
QUESTION = f"<@{BOT}> green energy by month?"


@dataclass
class Switchboard:
    """slack.com, as far as it tells workspaces apart: by token, and by the code of an install."""

    shims: dict[str, Shim]

    async def api(self, request: web.Request) -> web.Response:
        """One method."""
        if request.match_info["method"] == "oauth.v2.access":
            team = str((await request.post())["code"])
            told = {"access_token": f"xoxb-{team}", "bot_user_id": BOT, "team": {"id": team}, "app_id": "A01APP"}
            return web.json_response({"ok": True} | told)
        token = request.headers.get("Authorization", "").removeprefix("Bearer xoxb-")
        return await self.shims[token].api(request)


@dataclass
class Scene:
    """The bot, and the workspaces by team."""

    bot: Bot
    inbox: Answering
    slacks: dict[str, LocalSlack]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    own, board = free_port(), free_port()
    address = f"http://127.0.0.1:{own}"
    place = SlackOptions(
        signing_secret=SECRET, client_id="1.2", client_secret="hush", public_url="https://findata.example.com",
        api_url=f"http://127.0.0.1:{board}/api/",
    )  # fmt: skip
    store = MemoryStore()
    platform = SlackPlatform(place, store, vault=Vault([Fernet.generate_key().decode()]))
    inbox = Answering(platform=platform)
    app, switch = web.Application(), Switchboard({})
    platform.mount(app, inbox)
    between = web.Application()
    between.router.add_route("*", "/api/{method}", switch.api)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(platform.close)
        for one, port in ((app, own), (between, board)):
            await stack.enter_async_context(serving(one, port))
        slacks = {team: await _workspace(team, address, switch, tmp_path, stack) for team in TEAMS}
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Scene(Bot(platform, Peer(), inbox, store, address, session), inbox, slacks)


async def _workspace(team: str, bot: str, switch: Switchboard, folder: Path, stack: AsyncExitStack) -> LocalSlack:
    port, events = free_port(), free_port()
    switch.shims[team] = Shim(f"http://127.0.0.1:{port}", bot, SECRET)
    await stack.enter_async_context(serving(switch.shims[team].app(), events))
    return await stack.enter_async_context(local_slack(events, port, folder, team=team, token=f"xoxb-{team}"))


@inside
async def test_each_workspace_is_answered_with_its_own_token_until_it_removes_the_app(scene: Scene) -> None:
    """Both install through the browser; what one asks the other never sees; the removed one is not answered."""
    assert [await install(scene.bot, team) for team in TEAMS] == [200, 200]
    north, south = (scene.slacks[team] for team in TEAMS)
    await north.ask(QUESTION)
    await north.until(answered)
    assert await south.ours() == []
    await south.ask(QUESTION)
    await south.until(answered)
    assert [turn.user.tenant for turn, _ in scene.inbox.turns] == list(TEAMS)
    assert await scene.bot.event({"type": "app_uninstalled"}, team=TEAMS[0]) == 200
    await north.ask(QUESTION)
    await south.ask(QUESTION)
    await south.until(lambda messages: len(messages) == 2 and answered(messages))
    assert len(scene.inbox.turns) == 3
    assert len(await north.ours()) == 1


@outside
def test_in_a_network_of_its_own() -> None:
    """The test above, where nothing but loopback exists."""
    passed_alone(__file__, 1)
