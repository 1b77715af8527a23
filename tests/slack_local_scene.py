"""findata's Slack side between local-slack and a worker that answers at once, with faults and redelivery on order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from adapters.slack import SlackOptions, SlackPlatform
from agents.domain import Progress, Reply, ReplyTo, Turn
from agents.errors import Unavailable
from agents.ports import Receipt
from sandbox.slack.shim import Shim
from tests.green_energy import URL
from tests.memory_store import MemoryStore
from tests.slack_peer import SECRET, TOKEN, Bot, Fault, MemoryInbox, Peer
from tests.slack_peer_local import LocalSlack, local_slack
from tests.slack_peer_replies import ANSWER


@dataclass
class Answering(MemoryInbox):
    """Answers each turn at once, through the platform's verbs, as a worker would; `held` keeps it from finishing."""

    platform: SlackPlatform | None = None
    replies: dict[type, Reply] = field(default_factory=dict)
    working: set[asyncio.Task[None]] = field(default_factory=set)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    told: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.free.set()

    async def accept(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Stored, then served."""
        receipt = await super().accept(turn, to)
        if receipt.outcome == "accepted":
            self.working.add(asyncio.create_task(self._serve(turn, to)))
        return receipt

    async def _serve(self, turn: Turn, to: ReplyTo) -> None:
        assert self.platform
        placeholder = await self.platform.open(to, turn)
        self.told()
        await self.platform.progress(to, placeholder, Progress("marketplace", "searching"), "en")
        await self.free.wait()
        for _ in range(5):
            try:
                await self.platform.finish(to, placeholder, self.replies.get(type(turn.action), ANSWER), turn)
            except Unavailable as error:
                await asyncio.sleep(error.retry_after or 0.1)
            else:
                return


class FaultyShim(Shim):
    """The demo's shim, which also fails on order, ends streams, and delivers again what it has delivered."""

    def __init__(self, peer: str, bot: str, secret: str) -> None:
        super().__init__(peer, bot, secret)
        self.faults: dict[str, list[Fault]] = {}
        self.delivered: list[tuple[bytes, str]] = []

    def fail(self, method: str, error: str = "", **how: Any) -> None:
        """The next calls of this method fail so."""
        self.faults.setdefault(method, []).append(Fault(error, **how))

    def sent(self, method: str) -> list[dict[str, Any]]:
        """What this method was called with, failed calls too."""
        return [arguments for name, arguments in self.calls if name == method]

    def expire_streams(self) -> None:
        """As Slack does five minutes after their start."""
        self._streams.clear()

    async def api(self, request: web.Request) -> web.Response:
        """A fault where one is due."""
        method = request.match_info["method"]
        if request.content_type != "application/json":
            return await super().api(request)
        fault = self._due(method, await request.json())
        if fault is None:
            return await super().api(request)
        self.calls.append((method, await request.json()))
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
        return web.json_response({"ok": False, "error": fault.error}, status=fault.status, headers=headers)

    async def events(self, request: web.Request) -> web.Response:
        """Kept, then delivered."""
        self.delivered.append((await request.read(), request.content_type))
        return await super().events(request)

    def _due(self, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        due = [fault for fault in self.faults.get(method, []) if fault.times and fault.only(arguments)]
        if due:
            due[0].times -= 1
        return due[0] if due else None


@dataclass
class Scene:
    """The two of them, what stands between them, and the way in for what local-slack cannot send."""

    slack: LocalSlack
    inbox: Answering
    shim: FaultyShim
    bot: Bot

    async def again(self) -> list[int]:
        """Everything that was delivered, delivered once more."""
        retry = {"X_Slack_Retry_Num": "1", "X_Slack_Retry_Reason": "http_timeout"}
        return [(await self.bot.post(raw, kind, retry))[0] for raw, kind in list(self.shim.delivered)]


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def meeting(folder: Path, *, shimmed: bool) -> AsyncIterator[Scene]:
    """local-slack and the mounted app, with the shim between them or without."""
    port, own, between = free_port(), free_port(), free_port()
    shim = FaultyShim(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{own}", SECRET)
    api = between if shimmed else port
    place = SlackOptions(signing_secret=SECRET, bot_token=TOKEN, api_url=f"http://127.0.0.1:{api}/api/")
    store = MemoryStore()
    platform = SlackPlatform(place, store)
    inbox = Answering(platform=platform)
    app = web.Application()
    platform.mount(app, inbox)
    async with serving(app, own), serving(shim.app(), between), aiohttp.ClientSession() as session:
        bot = Bot(platform, Peer(), inbox, store, f"http://127.0.0.1:{own}", session)
        async with local_slack(between if shimmed else own, port, folder) as slack:
            try:
                yield Scene(slack, inbox, shim, bot)
            finally:
                inbox.free.set()
                await asyncio.gather(*inbox.working)
        await platform.close()


@asynccontextmanager
async def serving(app: web.Application, port: int) -> AsyncIterator[None]:
    """The app on this port."""
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


def answered(messages: list[dict[str, Any]]) -> bool:
    """Is the last of them an answer?"""
    return bool(messages) and URL in messages[-1].get("text", "")


def button(message: Mapping[str, Any], action: str) -> dict[str, Any]:
    """The button of this action on a message."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return next(dict(one) for row in rows for one in row if one["action_id"] == action)
