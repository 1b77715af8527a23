"""The way in over HTTP and by socket. Without it bolt would answer 500 to whatever is not from Slack."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.installing import Installing
from adapters.slack.listening import Listening
from adapters.slack.options import SlackOptions
from adapters.slack.signature import signed
from adapters.slack.workspaces import Workspaces
from agents.errors import BotError, NotFound

log = logging.getLogger(__name__)

LARGEST = 1 << 20
"""Bytes of a body; Slack's own stay far below."""
SECONDS = 2.5
"""After three Slack takes a request for lost and sends it again, while we would still be at it."""

MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading a body of an unknown shape raises, in bolt and here."""


class Door:
    """One bolt app behind a check of our own: signature, size and shape are looked at before anything is parsed."""

    def __init__(self, options: SlackOptions, workspaces: Workspaces, listening: Listening) -> None:
        self._options, self._workspaces = options, workspaces
        self._listening = listening
        self._bolt: AsyncApp | None = None
        self._socket: AsyncSocketModeHandler | None = None
        self._installing = Installing(options, workspaces)

    def mount(self, app: web.Application) -> None:
        """Events, buttons and commands all come to /slack/events."""
        app.router.add_post("/slack/events", self.heard)
        if self._options.client_id:
            self._installing.mount(app)

    @property
    def bolt(self) -> AsyncApp:
        """Made when the first request comes, inside the running loop."""
        if self._bolt is None:
            self._bolt = self._made()
        return self._bolt

    async def heard(self, request: web.Request) -> web.Response:
        """401 unsigned, 413 too large, 400 malformed, 503 when it could not be stored, else bolt's answer."""
        raw = await _body(request)
        if raw is None:
            return web.Response(status=413)
        if not signed(raw, request.headers, self._options.signing_secret):
            log.warning("a request that Slack has not signed, or long ago")
            return web.Response(status=401)
        if not _well_formed(raw, request.content_type):
            return web.Response(status=400)
        return await to_aiohttp_response(await self._answered(raw.decode(), request))

    async def connect(self) -> None:
        """Socket Mode, where an app token is set."""
        if not self._options.app_token or self._socket is not None:
            return
        client = self._workspaces.web.client(self._options.app_token)
        self._socket = AsyncSocketModeHandler(self.bolt, self._options.app_token, web_client=client)
        await self._socket.connect_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Hears nothing more by socket."""
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]

    async def _answered(self, body: str, request: web.Request) -> BoltResponse:
        headers: dict[str, str | Sequence[str]] = {k: v for k, v in request.headers.items() if k.lower() != "cookie"}
        try:
            asked = AsyncBoltRequest(body=body, query=request.query_string, headers=headers)
            async with asyncio.timeout(SECONDS):
                return await self.bolt.async_dispatch(asked)
        except TimeoutError:
            log.warning("not heard in time, Slack is to send it again")
            return BoltResponse(status=503, body="")
        except (BotError, *MISSHAPEN) as error:
            return await _failed(error)

    def _made(self) -> AsyncApp:
        app = AsyncApp(
            name="findata",
            client=self._workspaces.web.client(""),
            authorize=_authorizing(self._workspaces),
            process_before_response=True,
            request_verification_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.error(_failed)
        self._listening.register(app)
        return app


def _authorizing(workspaces: Workspaces) -> Callable[..., Awaitable[AuthorizeResult]]:
    """A plain function: bolt looks at the names of its arguments, and takes `self` for one."""

    async def authorized(enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult:
        install = await workspaces.install(team_id or "")
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            bot_user_id=install.bot_user,
            bot_id=install.bot_id,
            bot_token=install.token,
        )

    return authorized


async def _failed(error: Exception) -> BoltResponse:
    """What a listener raised: 503 when it could not be stored, so that Slack sends it again."""
    if isinstance(error, NotFound):
        return BoltResponse(status=200, body="")
    if isinstance(error, BotError):
        log.warning("not stored, Slack is to send it again: %s", error)
        return BoltResponse(status=503, body="")
    if isinstance(error, MISSHAPEN):
        log.warning("a request of an unknown shape: %s", type(error).__name__)
        return BoltResponse(status=400, body="")
    log.error("a listener failed", exc_info=error)
    return BoltResponse(status=503, body="")


async def _body(request: web.Request) -> bytes | None:
    """The raw bytes, unpacked, or None when there are too many. Empty where they are broken: nobody signed that."""
    if (request.content_length or 0) > LARGEST:
        return None
    read = bytearray()
    try:
        async for chunk in request.content.iter_chunked(1 << 16):
            read += chunk
            if len(read) > LARGEST:
                return None
    except web.RequestPayloadError:
        return b""
    return bytes(read)


def _well_formed(raw: bytes, kind: str) -> bool:
    """Is it a JSON object, or a form whose payload is one? Anything else would make bolt fail."""
    with suppress(ValueError, RecursionError):
        text = raw.decode()
        if kind == "application/json":
            return isinstance(json.loads(text), dict)
        fields = parse_qs(text, strict_parsing=bool(text), max_num_fields=200)
        if "payload" in fields:
            return isinstance(json.loads(fields["payload"][0]), dict)
        return "command" in fields or "ssl_check" in fields
    return False
