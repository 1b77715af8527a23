"""Our own token for the Bot Connector, cached and refreshed early. Without it each send would wait for a sign-in."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

import aiohttp

from adapters.teams.options import TeamsOptions
from agents.errors import Unavailable

log = logging.getLogger(__name__)

SCOPE = "https://api.botframework.com/.default"
RESOURCE = "https://api.botframework.com"
EARLY = 300.0  # seconds before its end that a token is renewed
AGAIN = 10.0  # seconds after a failed renewal before the next one
PATIENCE = aiohttp.ClientTimeout(total=10)


class Credentials(Protocol):
    """Where the bearer token for sends comes from."""

    async def token(self) -> str:
        """A token that is still valid for some minutes; empty in development. Raises Unavailable."""


class NoCredentials:
    """Development: the local connector asks for none."""

    async def token(self) -> str:
        """Empty."""
        return ""


class _Cached:
    """One token, fetched by one task at a time; while the old one is valid a failed renewal does not hurt."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._token, self._until, self._again = "", float("-inf"), float("-inf")
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """The cached token. Raises Unavailable when there is none and none can be had."""
        if self._clock() >= self._until - EARLY:
            await self._renew()
        return self._token

    async def _renew(self) -> None:
        async with self._lock:
            now = self._clock()
            if now < self._until - EARLY or (now < self._again and now < self._until):
                return
            try:
                self._token, seconds = await self._fetch()
                self._until = now + seconds
            except Unavailable as error:
                self._again = now + AGAIN
                if now >= self._until:
                    raise
                log.warning("the connector's token was not renewed yet: %s", error)

    async def _fetch(self) -> tuple[str, float]:
        raise NotImplementedError


class ClientSecret(_Cached):
    """A client secret, exchanged at the tenant's token endpoint."""

    def __init__(
        self, http: aiohttp.ClientSession, options: TeamsOptions, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(clock)
        tenant = options.tenant_id if options.app_type == "SingleTenant" else "botframework.com"
        self._http, self._options = http, options
        self._url = f"{options.login_url.rstrip('/')}/{tenant}/oauth2/v2.0/token"

    async def _fetch(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._options.app_id,
            "client_secret": self._options.app_password,
            "scope": SCOPE,
        }
        try:
            async with self._http.post(self._url, data=form, timeout=PATIENCE, allow_redirects=False) as answer:
                body = json.loads(await answer.read())
                return _granted(body, answer.status)
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
            raise Unavailable(f"the sign-in service: {type(error).__name__}") from error


class ManagedIdentity(_Cached):
    """The identity of the machine we run on; MSAL speaks to it, in a thread because it blocks."""

    def __init__(self, client_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._client_id = client_id
        self._client: Any = None

    async def _fetch(self) -> tuple[str, float]:
        return await asyncio.to_thread(self._ask)

    def _ask(self) -> tuple[str, float]:
        import msal  # type: ignore[import-untyped]  # it publishes no types
        import requests

        try:
            if self._client is None:
                identity = msal.UserAssignedManagedIdentity(client_id=self._client_id)
                self._client = msal.ManagedIdentityClient(identity, http_client=requests.Session())
            body = self._client.acquire_token_for_client(resource=RESOURCE)
        except (requests.RequestException, msal.ManagedIdentityError, ValueError) as error:
            raise Unavailable(f"the managed identity: {type(error).__name__}") from error
        return _granted(body, 200)


def _granted(body: Any, status: int) -> tuple[str, float]:
    if status != 200 or not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
        reason = body.get("error", "") if isinstance(body, dict) else ""
        raise Unavailable(f"no token for the connector ({status} {str(reason)[:60]})")
    return body["access_token"], float(body.get("expires_in", 3600))


def credentials(http: aiohttp.ClientSession, options: TeamsOptions) -> Credentials:
    """What this bot's settings ask for."""
    if options.unsigned:
        return NoCredentials()
    if options.app_type == "UserAssignedMSI":
        return ManagedIdentity(options.app_id)
    return ClientSecret(http, options)
