"""Microsoft's Agents Playground, headless: a Teams client and connector that nobody here wrote."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.teams_node import node_modules

TENANT = "00000000-0000-0000-0000-00000000000a"
PERSONAL, GROUP, TEAM, BOT = "personal-1", "group-1", "team-1", "bot-1"
HERE = Path(__file__).parent


def people() -> dict[str, Any]:
    """The places and people; the Playground wants five besides the one who asks."""
    users = [
        {
            "id": f"user-{n}",
            "name": f"Asker {n}",
            "aadObjectId": f"00000000-0000-0000-0000-0000000000b{n}",
            "userPrincipleName": f"asker{n}@example.org",
            "givenName": "Asker",
            "surname": str(n),
            "email": f"asker{n}@example.org",
        }
        for n in range(1, 7)
    ]
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT, "name": "findata"},
        "currentUser": users[0],
        "users": users[1:],
        "personalChat": {"id": PERSONAL},
        "groupChat": {"id": GROUP, "name": "Group"},
        "team": {"id": TEAM, "name": "Team", "aadGroupId": "00000000-0000-0000-0000-0000000000c1", "channels": []},
    }


@dataclass
class Playground:
    """What a person does there, and everything that they see, as it comes by web socket."""

    url: str
    http: aiohttp.ClientSession
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, text: str, where: str = PERSONAL) -> None:
        """Writes as the current user; in shared places with a mention."""
        body: dict[str, Any] = {"from": {"id": "user-1"}, "text": text, "textFormat": "plain"}
        if where != PERSONAL:
            called = "<at>findata</at>"
            body |= {"text": f"{called} {text}", "mentions": [{"mentioned": {"id": BOT}, "text": called}]}
        async with self.http.post(f"{self.url}/_conversation/v1/conversations/{where}/messages", json=body) as answer:
            assert answer.status < 300, await answer.text()

    async def invoke(self, name: str, value: object, where: str = PERSONAL, **more: object) -> Any:
        """What the bot answers to it."""
        body = {"name": name, "value": value, "from": {"id": "user-1"}, "conversation": {"id": where}, **more}
        async with self.http.post(f"{self.url}/_conversation/v1/invoke", json=body) as answer:
            text = await answer.text()
            assert answer.status < 300, text
            return json.loads(text) if text else None

    async def event(self, kind: str, where: str = PERSONAL) -> None:
        """One of its prepared events, such as install."""
        at = f"{self.url}/_internal/v1/customActivities"
        async with self.http.get(f"{at}/template", params={"type": kind, "conversationId": where}) as answer:
            made = await answer.json()
        async with self.http.post(at, json=made) as answer:
            assert answer.status < 300, await answer.text()

    async def until(self, wanted: Callable[[], Any], seconds: float = 15.0) -> Any:
        """Waits for something to be seen."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := wanted():
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"not seen: {json.dumps(self.seen)[:6000]}")

    def messages(self, where: str) -> list[dict[str, Any]]:
        """The bot's messages as they stand now, without those of people."""
        now: dict[str, dict[str, Any]] = {}
        for one in self.seen:
            message = one.get("message")
            if not isinstance(message, dict) or not str(one.get("actionConversationId", "")).startswith(where):
                continue
            id_ = str(message.get("messageId"))
            if one.get("action") == "deleteMessage":
                now.pop(id_, None)
            elif one.get("action") in ("createMessage", "updateMessage"):
                now[id_] = {**now.get(id_, {}), **message}
        return [one for one in now.values() if (one.get("from") or {}).get("id") in (None, BOT)]

    async def listen(self, socket_: aiohttp.ClientWebSocketResponse) -> None:
        """Notes what comes."""
        async for message in socket_:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.seen.append(json.loads(message.data))


@asynccontextmanager
async def playground(bot: str) -> AsyncIterator[Playground]:
    """The Playground on loopback, pointed at a bot that already answers. Skips where it cannot be had."""
    modules = await asyncio.to_thread(node_modules)
    folder = Path(tempfile.mkdtemp(prefix="teams-playground-"))
    (folder / ".m365agentsplayground.yml").write_text(json.dumps(people()))
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    node = shutil.which("node") or "node"
    command = [
        node, "-r", str(HERE.parent / "sandbox" / "teams" / "loopback.cjs"), str(modules / ".bin" / "agentsplayground"),
        "-e", bot, "-c", "msteams", "-p", str(port), "--service-url", f"{url}/_connector", "--disable-telemetry",
    ]  # fmt: skip
    environment = {"PATH": os.defpath + os.pathsep + str(Path(node).parent), "HOME": str(folder)}
    environment |= {"TEAMSAPPTESTER_BROWSER": "none", "M365_AGENTS_PLAYGROUND_LOGFILE": str(folder / "log")}
    with (folder / "out").open("wb") as out:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        async with aiohttp.ClientSession() as http:
            await _up(http, url, folder, process)
            made = Playground(url, http)
            async with http.ws_connect(f"{url}/_ws_conversation/v1/conversations/stream") as stream:
                listening = asyncio.create_task(made.listen(stream))
                yield made
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _up(http: aiohttp.ClientSession, url: str, folder: Path, process: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        assert process.returncode is None, (folder / "out").read_text()[-2000:]
        with suppress(aiohttp.ClientError, TimeoutError):
            async with http.get(f"{url}/_internal/v1/config", timeout=aiohttp.ClientTimeout(total=20)) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise AssertionError((folder / "out").read_text()[-2000:])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
