"""The way in over HTTP. Without it whatever is not from Teams would be answered 500 and sent again."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from adapters.teams.activity import Heard, Malformed, read
from adapters.teams.listening import Answered, Listening
from adapters.teams.options import TeamsOptions, loopback
from adapters.teams.sdk_adapter import SdkAdapter
from adapters.teams.verifier import Forged, KeysMissing
from adapters.teams.wire import Rejected
from agents.errors import NotFound, Unavailable

log = logging.getLogger(__name__)

LARGEST = 256 * 1024
"""Bytes of a body; Teams' own stay far below."""
PATH = "/teams/messages"


class NotAllowed(Exception):
    """Genuine, and not for us: another organisation, or another address to answer to."""


class Door:
    """Size, shape, signature, organisation: looked at in this order, before anything is done."""

    def __init__(self, options: TeamsOptions, sdk: SdkAdapter, listening: Listening) -> None:
        self._options, self._sdk, self._listening = options, sdk, listening

    def mount(self, app: web.Application) -> None:
        """Everything that Teams sends comes to one address."""
        app.router.add_post(PATH, self.heard)

    async def heard(self, request: web.Request) -> web.Response:
        """202 stored (invokes: 200), 400 malformed, 401 forged, 403 not allowed, 413 too large, 503 try again."""
        try:
            status, body = await self._answered(request)
        except Malformed as error:
            log.warning("a malformed activity: %s", error)
            status, body = 400, None
        except Forged as error:
            log.warning("a request that the Bot Framework has not signed for us: %s", error)
            status, body = 401, None
        except NotAllowed as error:
            log.warning("not let in: %s", error)
            status, body = 403, None
        except (NotFound, Rejected) as error:
            log.warning("there is nowhere to answer to: %s", error)
            status, body = 202, None
        except (KeysMissing, Unavailable) as error:
            log.warning("not taken, Teams is to send it again: %s", error)
            status, body = 503, None
        return web.Response(status=status) if body is None else web.json_response(body, status=status)

    async def _answered(self, request: web.Request) -> Answered:
        if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
            raise Malformed("not JSON in UTF-8")
        raw = await _body(request)
        if raw is None:
            return 413, None
        activity = _json(raw)
        heard = read(activity)
        self._from_here(request)
        answered: Answered = (202, None)

        async def turn() -> None:
            nonlocal answered
            self._let_in(heard)
            answered = await self._listening.hear(heard)

        await self._sdk.hear(activity, request.headers.get("Authorization", ""), turn)
        return answered

    def _from_here(self, request: web.Request) -> None:
        """Without signatures only this very machine may speak, not on behalf of another, and no page in its browser."""
        if not self._options.unsigned:
            return
        others = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "Origin"))
        if others or not loopback(request.remote or "") or not loopback(request.url.host or ""):
            raise NotAllowed("development takes activities from this machine alone")

    def _let_in(self, heard: Heard) -> None:
        allowed = self._options.allowed_tenants
        if allowed and heard.chat.tenant not in allowed:
            raise NotAllowed("another organisation")
        if not self._options.may_call(heard.chat.service_url):
            raise NotAllowed("a service URL that is not allowed")


async def _body(request: web.Request) -> bytes | None:
    """The raw bytes, unpacked, or None when there are too many. Raises Malformed when they cannot be unpacked."""
    if (request.content_length or 0) > LARGEST:
        return None
    read_ = bytearray()
    try:
        async for chunk in request.content.iter_chunked(1 << 16):
            read_ += chunk
            if len(read_) > LARGEST:
                return None
    except web.RequestPayloadError as error:
        raise Malformed("a body that is broken") from error
    return bytes(read_)


def _json(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(found, dict):
        raise Malformed("not an object")
    return found
