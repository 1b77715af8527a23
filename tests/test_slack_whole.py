"""A whole findata in Slack: signed events in, the graph over a local Databricks, and what a person then reads."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from adapters.slack import SlackOptions, SlackPlatform
from bot import wiring
from sandbox.launch import LaunchedSandbox, launched
from tests.brisk import brisk
from tests.findata_peer import ENERGY, configured
from tests.memory_store import MemoryStore
from tests.redis_peer import valkey
from tests.slack_peer import CHANNEL, SECRET, TOKEN, Bot, Peer, eventually, listening, mention, message
from tests.slack_peer_replies import buttons
from tests.test_slack_clicks import submission

__all__ = ["brisk", "valkey"]  # fixtures

pytestmark = pytest.mark.xdist_group("slack_whole")  # one local Databricks for all

ROOT = "1700000000.000100"


@pytest.fixture(scope="module")
def place() -> Iterator[LaunchedSandbox]:
    """A local Databricks of this module."""
    with launched(None, "--genie-seconds", "0.1") as started:
        yield started


@asynccontextmanager
async def whole(place: LaunchedSandbox, valkey: str) -> AsyncIterator[Bot]:
    """Everything wired as in production, with a peer for its Slack."""
    robot = {"identity": "token", "token": place.token}
    async with AsyncExitStack() as stack:
        peer = await stack.enter_async_context(Peer().serving())
        peer.people["U01ASK"] = {"locale": "fr-FR"}
        slack = SlackOptions(signing_secret=SECRET, bot_token=TOKEN, api_url=f"{peer.url}api/")
        platform = SlackPlatform(slack, MemoryStore())
        stack.push_async_callback(platform.close)
        found = configured(place, valkey, databricks=robot)
        app = await stack.enter_async_context(wiring.running(found, {"slack": platform}))
        site = web.Application()
        platform.mount(site, app.conversations)
        port = await stack.enter_async_context(listening(site))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Bot(platform, peer, app.conversations, MemoryStore(), f"http://127.0.0.1:{port}", session)
        assert peer.wrong == []


async def reply(bot: Bot, number: int, channel: str = CHANNEL) -> dict:
    """The bot's message of that number in the channel, once it is the final one."""
    await eventually(
        lambda: len(bot.peer.shown(channel)) >= number and bot.peer.shown(channel)[number - 1].get("edits"), seconds=60
    )
    return bot.peer.shown(channel)[number - 1]


async def test_the_example_conversation(place: LaunchedSandbox, valkey: str) -> None:
    """Asked by mention; a follow-up without one; filters by form, without a model; rows as a file; how it was made."""
    async with whole(place, valkey) as bot:
        assert await bot.event(mention(ENERGY)) == 200
        first = await reply(bot, 1)
        assert "12 480 000 MWh" in first["text"].replace("\u202f", " ").replace("\u00a0", " ")
        assert "container" in [block["type"] for block in first["blocks"]]
        assert first["thread_ts"] == ROOT
        here = {"channel": CHANNEL, "channel_type": "channel", "thread_ts": ROOT}
        await bot.event(message("par mois depuis janvier 2025", ts="1700000002.0", **here))
        series = await reply(bot, 2)
        assert {"data_visualization", "table"} <= {block["type"] for block in series["blocks"]}
        await bot.press(series, "filters")
        await eventually(lambda: bot.peer.views)
        [view] = bot.peer.views
        country = next(b["block_id"] for b in view["blocks"] if b["element"].get("initial_value") == "France")
        assert await bot.payload(submission(view, {country: "Allemagne"})) == (200, "")
        german = await reply(bot, 3)
        assert "Allemagne" in german["text"], german["text"]
        await bot.press(german, "csv")
        await eventually(lambda: bot.peer.files, seconds=60)
        [content] = bot.peer.files.values()
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert f"{len(rows) - 1} lignes" in german["text"]
        await reply(bot, 4)
        await bot.press(german, "explain")
        told = await reply(bot, 5)
        assert "Allemagne" in str(told["blocks"])
        assert len(bot.peer.shown()) == 5


async def test_discovery_metadata_and_an_unknown_thing(place: LaunchedSandbox, valkey: str) -> None:
    """In a direct message: cards with links, an owner, and an apology with a way on; progress was streamed."""
    async with whole(place, valkey) as bot:
        await bot.event(message("quels data products parlent d'éolien ?"))
        shelf = await reply(bot, 1, "D01DM")
        assert "<http" in shelf["text"]
        await bot.event(message("qui est responsable de energy-usage ?", ts="1700000003.0"))
        owner = await reply(bot, 2, "D01DM")
        assert "energy" in owner["text"].lower()
        assert len(bot.peer.sent("chat.startStream")) == 2
        assert len(bot.peer.sent("chat.stopStream")) == 2


async def test_a_command_answers_in_private(place: LaunchedSandbox, valkey: str) -> None:
    """Through the response_url, with a button that shows it in the channel by running it again."""
    async with whole(place, valkey) as bot:
        await bot.command(ENERGY)
        await eventually(lambda: bot.peer.whispers, seconds=60)
        [whisper] = bot.peer.whispers
        assert "share" in buttons(whisper)
        await bot.press(whisper, "share", hook="click")
        shown = await reply(bot, 1)
        assert "12 480 000" in shown["text"].replace("\u202f", " ").replace("\u00a0", " ")
