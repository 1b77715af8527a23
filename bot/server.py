"""`python -m bot serve`: one HTTP server for the platforms, sign-in, health and metrics; ends politely when told to."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import sys
from contextlib import AsyncExitStack

from aiohttp import web

from adapters.databricks.oauth import AuthorizationServer
from adapters.guard import ProcessGuard
from adapters.redis.client import Unfit
from adapters.redis.client import check as check_redis
from agents.errors import BotError
from bot import health, logs, pages, platforms, wiring
from bot.settings import Settings, WrongUsage

log = logging.getLogger(__name__)

LARGEST_REQUEST = 1 << 20  # bytes
LAST_ANSWERS_SECONDS = 5.0  # for HTTP requests that are under way when the listeners close


class CannotStart(Exception):
    """Something that is needed is not there; the text says in one sentence what, and what to look at."""


def run(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT. Exit code 1 and one sentence when it cannot start; raises WrongUsage."""
    logs.configure(settings.server.log_format, settings.server.log_level)
    if not settings.databricks.on:
        raise WrongUsage("DATABRICKS_HOST is missing: a bot without a workspace has nothing to answer from")
    try:
        asyncio.run(serve(settings))
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def serve(settings: Settings) -> None:
    """Everything up, then down in this order: no new turns, running ones end, listeners, connections."""
    told = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    async with AsyncExitStack() as stack:
        address = await started(settings, stack)
        log.info("listening on %s", address)
        await told.wait()
        log.info("told to stop: no new turns, running ones may end within %g s", settings.server.drain_seconds)
    log.info("stopped")


async def started(settings: Settings, stack: AsyncExitStack) -> str:
    """Listens and answers until `stack` closes; the address. Raises WrongUsage, or CannotStart."""
    listener = _bound(settings, stack)  # before anything that takes long
    try:
        parts = await wiring.parts(settings, stack)
    except (ValueError, RuntimeError, OSError) as error:
        raise CannotStart(f"Redis cannot be used: {error}") from error
    await _redis(parts)
    chats = platforms.configured(settings, parts)
    for chat in chats:
        stack.push_async_callback(chat.close)
    app = await _ready(settings, parts, chats, stack)
    runner = web.AppRunner(site(app, chats), access_log=None, shutdown_timeout=LAST_ANSWERS_SECONDS)
    stack.push_async_callback(runner.cleanup)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
    except OSError as error:
        raise _unheard(settings, error) from error
    app.conversations.start()
    stack.push_async_callback(_drained, app, settings.server.drain_seconds)
    for chat in chats:
        if isinstance(chat, platforms.Dialling):
            await chat.start(app.conversations)
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


async def _drained(app: wiring.App, seconds: float) -> None:
    """No new turns; running ones end, or are handed to another replica."""
    app.leaving.set()
    await app.conversations.close(seconds)


def site(app: wiring.App, chats: list[platforms.Chat]) -> web.Application:
    """Every page: the platforms' ways in, sign-in, /healthz, /readyz and /metrics."""
    served = web.Application(client_max_size=LARGEST_REQUEST)
    served.add_routes([*health.routes(app), *pages.routes()])
    if app.sign_in:
        app.sign_in.mount(served, app.conversations)
    for chat in chats:
        chat.mount(served, app.conversations)
    return served


async def _redis(parts: wiring.Parts) -> None:
    try:
        version = await check_redis(parts.clients.worker)
    except Unfit as error:
        raise CannotStart(f"Redis cannot be used: {error}") from error
    except BotError as error:
        raise CannotStart(f"Redis does not answer: is REDIS_URL right, and reachable from here? ({error})") from error
    log.info("Redis %s", version)


async def _ready(
    settings: Settings, parts: wiring.Parts, chats: list[platforms.Chat], stack: AsyncExitStack
) -> wiring.App:
    guard = ProcessGuard()
    stack.push_async_callback(guard.close)
    try:
        await AuthorizationServer(settings.databricks.host).endpoints()  # open to everybody, and quick to fail
    except BotError as error:
        raise CannotStart(f"The workspace does not answer: is DATABRICKS_HOST right? ({error})") from error
    try:
        return await wiring.ready(settings, parts, {chat.name: chat for chat in chats}, stack, guard=guard)
    except BotError as error:
        raise CannotStart(
            f"Workspace or marketplace cannot be read; `python -m bot check` tells more ({error})"
        ) from error


def _bound(settings: Settings, stack: AsyncExitStack) -> socket.socket:
    """Our place to listen at; nobody is heard there yet."""
    host, port = settings.server.host, settings.server.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        raise _unheard(settings, error) from error
    return listener


def _unheard(settings: Settings, error: OSError) -> CannotStart:
    why = "is taken already" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
    place = f"{settings.server.host}:{settings.server.port}"
    return CannotStart(f"{place} {why}: choose another with FINDATA_HOST and FINDATA_PORT")
