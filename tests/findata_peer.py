"""A whole findata over a local Databricks, a real Valkey and a platform that remembers: product tests act on it."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from adapters.wording import plain, say
from agents.domain import Answer, Ask, Conversation, Figures, Reply, ReplyTo, Turn, User
from bot import settings, wiring
from bot.retrying import with_retries
from sandbox.launch import LaunchedSandbox
from tests.redis_peer import FakePlatform, until

KEY = "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="
ENERGY = "Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?"
BLOCKS: dict[str, Any] = {
    "databricks": settings.Databricks,
    "model": settings.Model,
    "marketplace": settings.Marketplace,
    "redis": settings.Redis,
    "slack": settings.Slack,
    "teams": settings.Teams,
    "server": settings.Server,
}


def configured(place: LaunchedSandbox, valkey: str, **blocks: dict[str, Any]) -> settings.Settings:
    """Settings for this sandbox; `blocks` says what is different in each."""
    base: dict[str, dict[str, Any]] = {
        "databricks": {"host": place.host, "warehouse_id": place.warehouse_id, "client_id": "findata"}
        | {"genie_per_minute": 100_000},
        "model": {"endpoint": "none"},
        "marketplace": {"folder": place.marketplace, "product_url": place.pages + "/products/{id}"},
        "redis": {"url": valkey},
        "server": {"secret_keys": KEY, "turns_per_minute": 0, "drain_seconds": 5},
    }
    given = {name: kind(**(base.get(name, {}) | blocks.get(name, {}))) for name, kind in BLOCKS.items()}
    return settings.Settings(**given)


def figures(reply: Reply) -> Figures:
    """The figures of an answer; fails with the reply itself where there are none."""
    assert isinstance(reply, Answer), reply
    assert isinstance(reply.body, Figures), reply
    return reply.body


def words(reply: Reply) -> str:
    """All that the asker reads but the table."""
    spoken = say(reply)
    return "\n".join(plain(line) for line in (spoken.headline, *spoken.notes, spoken.context))


class Mounted(Protocol):
    """Pages besides those of sign-in."""

    def mount(self, app: web.Application) -> None:
        """Adds them."""


@dataclass(frozen=True)
class Bot:
    """A running findata; `url` is where browsers reach it."""

    app: wiring.App
    shown: FakePlatform
    url: str
    place: LaunchedSandbox

    async def ask(self, text: str, turn_id: str, user: User, thread: str = "t") -> Reply:
        """The reply to one question."""
        turn = self.turn(text, turn_id, user, thread)
        return await with_retries(lambda: self.app.conversations.answer(turn, self.shown))  # as platforms deliver again

    async def confirm(self, page: str, turn_id: str, user: User) -> Reply:
        """The reply to what the page tells people to send, in a chat of their own with findata."""
        found = re.search(r"(?:link|relier) [A-Z2-9]{4}-[A-Z2-9]{4}", page)
        assert found, page
        return await self.ask(found[0], turn_id, user, f"alone with {user.id}")

    def turn(self, text: str, turn_id: str, user: User, thread: str = "t") -> Turn:
        """One question, asked now."""
        from datetime import UTC, datetime

        return Turn(turn_id, Conversation("fake", "acme", "C", thread), user, Ask(text), datetime.now(UTC))

    async def reply_to(self, turn_id: str) -> Reply:
        """The reply to a turn that comes by itself."""
        await until(lambda: self.shown.reply(turn_id), 60)
        reply = self.shown.reply(turn_id)
        assert reply is not None
        return reply


@asynccontextmanager
async def findata(
    place: LaunchedSandbox,
    valkey: str,
    *,
    more: Callable[[settings.Settings, wiring.App], Mounted] | None = None,
    **blocks: dict[str, Any],
) -> AsyncIterator[Bot]:
    """Answers until the block ends, with the sign-in pages served where there are any, and what `more` makes."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        blocks["server"] = {"public_url": url} | blocks.get("server", {})
        shown = FakePlatform()
        found = configured(place, valkey, **blocks)
        app = await stack.enter_async_context(wiring.running(found, {"fake": shown}))
        pages = web.Application()
        if more:
            more(found, app).mount(pages)
        if app.sign_in:
            app.sign_in.mount(pages, app.conversations)
        runner = web.AppRunner(pages, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        yield Bot(app, shown, url, place)


HERE = ReplyTo("fake")
ROOT = Path(__file__).resolve().parent.parent
