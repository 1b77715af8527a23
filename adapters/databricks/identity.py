"""Whose rights a call is made with. Without it every asker would see what one account sees.

A mode is chosen in the settings and never falls back to another: where it has no token for an asker, it says so.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from adapters.databricks.oauth import Application, AuthorizationServer, Grant
from agents.domain import User
from agents.errors import NotConnected

MARGIN = 300.0  # seconds of life below which a token is renewed: longer than a question takes
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, kept out of logs. `expires_at` is seconds since the epoch."""

    value: str
    expires_at: float = float("inf")

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at:.0f})"

    def good_for(self, seconds: float) -> bool:
        """Whether it still lives then."""
        return self.expires_at - time.time() > seconds


class Credentials(Protocol):
    """One way to come by an asker's token. `as_asker` False: all askers share one identity, and answers say so."""

    as_asker: bool

    async def token(self, user: User, *, refused: str = "") -> Token:
        """The user's token; `refused` is one that the workspace has just turned down, so another is wanted.

        Raises NotConnected (no rights to act with), Unavailable.
        """


class StaticToken:
    """One personal access token for everybody: local development."""

    as_asker = False

    def __init__(self, value: str) -> None:
        self._token = Token(value)

    async def token(self, user: User, *, refused: str = "") -> Token:
        """Always the same one."""
        return self._token


class TokenPerUser:
    """Given tokens by user key: demonstrations with several people and tests."""

    as_asker = True

    def __init__(self, tokens: dict[str, str]) -> None:
        self._tokens = tokens

    async def token(self, user: User, *, refused: str = "") -> Token:
        """That user's. Raises NotConnected for anybody else."""
        if user.key not in self._tokens:
            raise NotConnected(f"no token for {user.key}")
        return Token(self._tokens[user.key])


class ServicePrincipal:
    """The bot's own identity (M2M): everybody sees what it may see, and is told so."""

    as_asker = False

    def __init__(self, server: AuthorizationServer, application: Application) -> None:
        self._server, self._application = server, application
        self._grants = _Grants()

    async def token(self, user: User, *, refused: str = "") -> Token:
        """One token for all. Raises NotConnected when the workspace refuses the service principal."""
        return await self._grants.token("", refused, self._ask)

    async def _ask(self) -> Grant:
        form = {"grant_type": "client_credentials", "scope": "all-apis"}
        return await self._server.grant(self._application, form, basic=True)


class Federation:
    """Exchanges a JWT of the company's identity provider for a token of the same person's.

    `assertion` answers the asker's JWT and raises NotConnected where there is none.
    """

    as_asker = True

    def __init__(
        self,
        server: AuthorizationServer,
        assertion: Callable[[User], Awaitable[str]],
        application: Application | None = None,
    ) -> None:
        self._server, self._assertion, self._application = server, assertion, application
        self._grants = _Grants()

    async def token(self, user: User, *, refused: str = "") -> Token:
        """The user's, exchanged again when it expires."""
        return await self._grants.token(user.key, refused, lambda: self._exchange(user))

    async def _exchange(self, user: User) -> Grant:
        form = {
            "grant_type": EXCHANGE,
            "subject_token": await self._assertion(user),
            "subject_token_type": JWT,
            "scope": "all-apis",
        }
        return await self._server.grant(self._application, form)


class _Grants:
    """Tokens that can be had again at any time: kept in this process only, asked for once at a time."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._kept: OrderedDict[str, Token] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def token(self, key: str, refused: str, ask: Callable[[], Awaitable[Grant]]) -> Token:
        async with self._locks.setdefault(key, asyncio.Lock()):
            kept = self._kept.get(key)
            if kept is None or kept.value == refused or not kept.good_for(MARGIN):
                grant = await ask()
                kept = Token(grant.access_token, grant.expires_at)
            self._kept[key] = kept
            self._kept.move_to_end(key)
        self._locks.pop(key, None)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return kept
