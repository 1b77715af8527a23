"""local-slack, a peer that nobody here wrote: started, driven as a person would, and read back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.slack_peer import BOT, CHANNEL, SECRET, TEAM, TOKEN

ROOT = Path(__file__).parent.parent
BINARY = "node_modules/local-slack-linux-x64/bin/local-slack"
CONFIG = f"""
workspace: {{ name: findata, domain: findata-test, teamId: {TEAM} }}
app: {{ appId: A01APP, botUserId: {BOT}, botName: findata, botToken: {TOKEN}, appToken: xapp-test-token,
       signingSecret: {SECRET}, mode: events, requestUrl: "http://127.0.0.1:%d/slack/events" }}
users:
  - {{ id: U01ASK, name: asker, real_name: Asker One }}
  - {{ id: U02ASK, name: other, real_name: Asker Two }}
channels: [{{ id: {CHANNEL}, name: general, members: [U01ASK, U02ASK, {BOT}] }}]
"""


def binary() -> Path | None:
    """Where `npm i --no-save --prefix .findata local-slack-linux-x64@0.1.8` puts it, if it was."""
    return next((path for path in (ROOT / ".findata" / BINARY, ROOT / BINARY) if path.is_file()), None)


def alone() -> bool:
    """Are we in a network of our own? local-slack listens on every interface that there is."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def can_be_alone() -> bool:
    """Can we make ourselves one?"""
    return bool(shutil.which("unshare") and shutil.which("ip"))


@dataclass
class LocalSlack:
    """The running peer."""

    url: str
    session: aiohttp.ClientSession

    async def do(self, what: str, **body: Any) -> dict[str, Any]:
        """One act of a person: message, interact, command or open-home."""
        async with self.session.post(f"{self.url}/_control/{what}", json=body) as answered:
            told = await answered.json()
        assert told["ok"], told
        return dict(told)

    async def ask(self, text: str, channel: str = CHANNEL, user: str = "U01ASK", **more: Any) -> str:
        """Posts a message; its ts."""
        told = await self.do("message", channel=channel, user=user, text=text, **more)
        return str(told["message"]["ts"])

    async def messages(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """What stands in the channel."""
        async with self.session.get(f"{self.url}/_control/messages/{channel}") as answered:
            return list((await answered.json())["messages"])

    async def ours(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """What the bot has written there."""
        return [one for one in await self.messages(channel) if one.get("user") == BOT or one.get("bot_id")]

    async def log(self) -> str:
        """Every call, both ways."""
        async with self.session.get(f"{self.url}/_control/log") as answered:
            return await answered.text()

    async def until(self, true: Callable[[list[dict[str, Any]]], Any], channel: str = CHANNEL) -> list[dict[str, Any]]:
        """Until the bot's messages are so."""
        deadline = time.monotonic() + 10
        while not true(found := await self.ours(channel)):
            assert time.monotonic() < deadline, json.dumps(found)[:2000]
            await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def local_slack(bot_port: int, port: int, folder: Path) -> AsyncIterator[LocalSlack]:
    """The peer on this port, delivering to the bot's."""
    found = binary()
    assert found is not None
    config = folder / "local-slack.yaml"
    config.write_text(CONFIG % bot_port)
    arguments = ("--config", str(config), "--port", str(port), "--base-host", "127.0.0.1")
    with (folder / "local-slack.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(str(found), *arguments, stdout=log, stderr=log)
    try:
        async with aiohttp.ClientSession() as session:
            peer = LocalSlack(f"http://127.0.0.1:{port}", session)
            await _up(peer)
            yield peer
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _up(peer: LocalSlack) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            await peer.messages()
        except (aiohttp.ClientError, KeyError, ValueError):
            assert time.monotonic() < deadline, "local-slack does not start"
            await asyncio.sleep(0.1)
        else:
            return
