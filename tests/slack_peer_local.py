"""local-slack, a peer that nobody here wrote: started, driven as a person would, and read back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.slack_node import local_slack_binary
from tests.slack_peer import BOT, CHANNEL, SECRET, TEAM, TOKEN

PRIVATE = "G01BOARD"
CONFIG = f"""
workspace: {{ name: findata, domain: findata-test, teamId: %(team)s }}
app: {{ appId: A01APP, botUserId: {BOT}, botName: findata, botToken: %(token)s, appToken: xapp-test-token,
       signingSecret: {SECRET}, mode: events, requestUrl: "http://127.0.0.1:%(bot)d/slack/events" }}
users:
  - {{ id: U01ASK, name: asker, real_name: Asker One }}
  - {{ id: U02ASK, name: other, real_name: Asker Two }}
channels:
  - {{ id: {CHANNEL}, name: general, members: [U01ASK, U02ASK, {BOT}] }}
  - {{ id: {PRIVATE}, name: board, is_private: true, members: [U01ASK, {BOT}] }}
"""


def alone() -> bool:
    """Are we in a network of our own? local-slack listens on every interface that there is."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


inside = pytest.mark.skipif(not alone(), reason="runs in a network of its own, see the last test of this file")
outside = pytest.mark.skipif(alone(), reason="is in a network of its own")


def passed_alone(tests: str, count: int) -> None:
    """Runs the tests of this file where nothing but loopback exists: all of them pass. Skips where it cannot."""
    local_slack_binary()
    if not (shutil.which("unshare") and shutil.which("ip")):
        pytest.skip("no network of its own: unshare and ip are not here")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", tests]
    done = subprocess.run(  # noqa: S603
        ["unshare", "-rn", "sh", "-c", "ip link set lo up && exec " + shlex.join(command)],  # noqa: S607
        cwd=Path(tests).parent.parent, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    if "unshare" in done.stderr and done.returncode != 0:
        pytest.skip(f"no network of its own: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"{count} passed" in done.stdout


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

    async def direct(self, user: str = "U01ASK") -> str:
        """The channel in which this person and the bot are alone."""
        async with self.session.get(f"{self.url}/_control/state") as answered:
            channels = (await answered.json())["channels"]
        return next(str(one["id"]) for one in channels if one.get("is_im") and user in one["members"])

    async def submit(self, values: dict[str, Any], user: str = "U01ASK") -> None:
        """Sends the form that is open, as the page does: through its socket."""
        async with self.session.ws_connect(f"{self.url}/ui") as page:
            await page.receive_json()
            await page.send_json({"t": "view_submit", "user": user, "values": values})

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
async def local_slack(
    bot_port: int, port: int, folder: Path, *, team: str = TEAM, token: str = TOKEN
) -> AsyncIterator[LocalSlack]:
    """The peer on this port, delivering to the bot's: one workspace."""
    found = local_slack_binary()
    config = folder / f"{team}.yaml"
    config.write_text(CONFIG % {"bot": bot_port, "team": team, "token": token})
    arguments = ("--config", str(config), "--port", str(port), "--base-host", "127.0.0.1")
    with (folder / f"{team}.log").open("wb") as log:
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
