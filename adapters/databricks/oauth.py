"""OAuth 2.0 with the workspace's own authorization server: discovery, the four grants, PKCE.

Spoken here and not through databricks-sdk, whose token requests have no time-out, whose expiries are naive local times,
and which forgets a refresh token that a refresh does not repeat.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import aiohttp

from agents.errors import NotConnected, Unavailable

SECONDS = aiohttp.ClientTimeout(total=20, connect=5)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The authorization server's two addresses."""

    authorization: str
    token: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token request brought. `expires_at` is seconds since the epoch."""

    access_token: str
    expires_at: float
    refresh_token: str = ""

    def __repr__(self) -> str:
        return f"Grant(expires_at={self.expires_at:.0f})"


@dataclass(frozen=True, slots=True)
class Application:
    """Our registration with the account. A public client has no secret."""

    client_id: str
    client_secret: str = ""

    def __repr__(self) -> str:
        return f"Application({self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Challenge:
    """Proof that whoever redeems a code is who asked for it (PKCE, S256)."""

    verifier: str

    @classmethod
    def new(cls) -> Challenge:
        """A fresh one, of 64 random bytes."""
        return cls(secrets.token_urlsafe(64))

    @property
    def code(self) -> str:
        """What the authorization server is shown beforehand."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class AuthorizationServer:
    """The workspace's authorization server. Its addresses are asked for once."""

    def __init__(self, host: str) -> None:
        self._host = host.rstrip("/")
        self._endpoints: Endpoints | None = None

    async def endpoints(self) -> Endpoints:
        """Raises Unavailable."""
        if self._endpoints is None:
            found = await _get(f"{self._host}/oidc/.well-known/oauth-authorization-server")
            self._endpoints = Endpoints(
                _trusted(str(found.get("authorization_endpoint", "")), self._host),
                _trusted(str(found.get("token_endpoint", "")), self._host),
            )
        return self._endpoints

    async def authorization_url(self, **query: str) -> str:
        """Where a person gives consent."""
        return f"{(await self.endpoints()).authorization}?{urlencode(query)}"

    async def grant(self, application: Application | None, form: Mapping[str, str], *, basic: bool = False) -> Grant:
        """One token request. Raises NotConnected when it is refused, Unavailable when it could not be made."""
        fields = dict(form)
        headers = {}
        if application and basic:
            basic_auth = aiohttp.encode_basic_auth(application.client_id, application.client_secret)
            headers["Authorization"] = basic_auth
        elif application:
            fields["client_id"] = application.client_id
            if application.client_secret:
                fields["client_secret"] = application.client_secret
        return _grant(await _post((await self.endpoints()).token, fields, headers))


def _trusted(url: str, host: str) -> str:
    # A document fetched over https must not send codes and secrets elsewhere in the clear.
    if not url or (host.startswith("https://") and urlsplit(url).scheme != "https"):
        raise Unavailable("the authorization server's addresses are unusable")
    return url


async def _get(url: str) -> Mapping[str, object]:
    return await _fetched("GET", url, None, {})


async def _post(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, object]:
    return await _fetched("POST", url, form, headers)


async def _fetched(
    method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
) -> Mapping[str, object]:
    try:
        async with (
            aiohttp.ClientSession(timeout=SECONDS, trust_env=True) as session,
            session.request(method, url, data=form, headers=headers, allow_redirects=False) as answer,
        ):
            document = await answer.json(content_type=None)
            return _accepted(answer.status, document)
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:
        raise Unavailable(f"authorization server: {type(error).__name__}") from error


def _accepted(status: int, document: object) -> Mapping[str, object]:
    known = document if isinstance(document, dict) else {}
    if status == 200:
        return known
    if 400 <= status < 500 and status != 429:
        raise NotConnected(f"authorization server: {known.get('error', status)}")
    raise Unavailable(f"authorization server: {status}")


def _grant(document: Mapping[str, object]) -> Grant:
    token, life = document.get("access_token"), document.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(life, int | float):
        raise Unavailable("authorization server: no token in its answer")
    return Grant(token, time.time() + float(life), str(document.get("refresh_token") or ""))
