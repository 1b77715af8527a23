"""Slack's Web API over one shared session. Without it each caller would meet rate limits and error codes by itself."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from agents.errors import NotFound, Unavailable

log = logging.getLogger(__name__)

SECONDS = 10
READS = frozenset({"auth.test", "conversations.members", "conversations.replies", "users.info"})
LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
DOWN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
GONE = frozenset({
    "account_inactive", "cant_dm_bot", "cannot_dm_bot", "channel_not_found", "invalid_auth", "is_archived",
    "not_authed", "not_in_channel", "org_login_required", "restricted_action", "team_access_not_granted",
    "thread_not_found", "token_expired", "token_revoked", "user_disabled", "user_not_found", "user_not_in_channel",
})  # fmt: skip

Answered = Mapping[str, Any]


class Rejected(Exception):
    """Slack said no in one word, `error`; empty when it said nothing."""

    def __init__(self, error: str, method: str) -> None:
        super().__init__(f"{method}: {error or 'no reason'}")
        self.error = error

    @property
    def gone(self) -> bool:
        """Is the place itself out of reach, whatever we send?"""
        return self.error in GONE


class Web:
    """Calls methods as the bot of a team. `token`: team → its bot token."""

    def __init__(self, base_url: str, token: Callable[[str], Awaitable[str]]) -> None:
        self._base_url, self._token = base_url, token
        self._clients: dict[str, AsyncWebClient] = {}
        self._session: aiohttp.ClientSession | None = None
        self._cooling: dict[tuple[str, str], float] = {}

    @property
    def session(self) -> aiohttp.ClientSession:
        """Opened by whoever needs it first."""
        if self._session is None or self._session.closed:
            self._clients.clear()
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        return self._session

    def client(self, token: str) -> AsyncWebClient:
        """A client that repeats nothing by itself: a post sent twice is a message too many."""
        session = self.session
        if token not in self._clients:
            self._clients[token] = AsyncWebClient(
                token or None, base_url=self._base_url, timeout=SECONDS, session=session, retry_handlers=[]
            )
        return self._clients[token]

    async def call(self, team: str, method: str, **arguments: object) -> Answered:
        """What Slack answers. Raises Rejected, and Unavailable when it is down or asks us to slow down."""
        self._cooled(team, method)
        client = self.client(await self._token(team))
        try:
            answered = await client.api_call(method, **_sent(method, arguments))
        except SlackApiError as error:
            raise self._why(error, team, method) from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"{method}: {type(error).__name__}") from error
        return answered.data if isinstance(answered.data, dict) else {}

    async def whisper(self, hook: str, message: Mapping[str, object]) -> None:
        """Posts to a response_url. Raises Unavailable, and NotFound once it has run out."""
        try:
            async with self.session.post(hook, json=message, allow_redirects=False) as answered:
                status, wait = answered.status, _seconds(answered.headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"response_url: {type(error).__name__}") from error
        if status == 429 or status >= 500:
            raise Unavailable(f"response_url: {status}", retry_after=wait)
        if status >= 300:
            raise NotFound(f"response_url: {status}")

    async def close(self) -> None:
        """Closes the session."""
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)

    def _cooled(self, team: str, method: str) -> None:
        left = self._cooling.get((team, method), 0.0) - time.monotonic()
        if left > 0:
            raise Unavailable(f"{method} is limited", retry_after=left)

    def _why(self, error: SlackApiError, team: str, method: str) -> Exception:
        answered = error.response
        data = answered.data if isinstance(answered.data, dict) else {}
        code = str(data.get("error") or "")
        if answered.status_code == 429 or code in LIMITED:
            wait = _seconds(answered.headers)
            self._cooling[(team, method)] = time.monotonic() + wait
            log.warning("%s is limited for %.0f s", method, wait)
            return Unavailable(f"{method} is limited", retry_after=wait)
        if answered.status_code >= 500 or code in DOWN:
            return Unavailable(f"{method}: {code or answered.status_code}", retry_after=1.0)
        return Rejected(code, method)


def _sent(method: str, arguments: Mapping[str, object]) -> dict[str, Any]:
    given = {key: value for key, value in arguments.items() if value is not None}
    return {"http_verb": "GET", "params": given} if method in READS else {"json": given}


def _seconds(headers: Mapping[str, str]) -> float:
    given = next((value for key, value in headers.items() if key.lower() == "retry-after"), "1")
    return min(max(float(given), 0.1), 300.0) if given.replace(".", "", 1).isdecimal() else 1.0
