"""Whose bot are we in which workspace? Without it one deployment could serve only the workspace of its token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.replying import Store
from adapters.slack.options import SlackOptions, Vault
from adapters.slack.web import Rejected, Web
from agents.errors import NotFound

DECADE = 10 * 365 * 24 * 3600.0
FRESH_SECONDS = 60.0
"""How long a replica may act on an install that another one has removed."""


@dataclass(frozen=True, slots=True)
class Install:
    """Our bot in one workspace."""

    team: str
    token: str = field(repr=False)
    bot_user: str = ""
    bot_id: str = ""
    app: str = ""


class Workspaces:
    """One workspace by its token, several by what their installs left in the store."""

    def __init__(self, options: SlackOptions, store: Store, vault: Vault | None = None) -> None:
        self._options, self._store, self._vault = options, store, vault
        self._known: dict[str, tuple[float, Install]] = {}
        self._own: Install | None = None
        self._asking = asyncio.Lock()
        self.web = Web(options.api_url, self.token)

    async def token(self, team: str) -> str:
        """The bot token of this workspace. Raises NotFound where we are not installed, and Unavailable."""
        return self._options.bot_token or (await self.install(team)).token

    async def install(self, team: str) -> Install:
        """Our bot there. Raises NotFound where we are not installed, and Unavailable."""
        if self._options.bot_token:
            return await self._single(team)
        at, known = self._known.get(team, (0.0, None))
        if known is None or time.monotonic() - at > FRESH_SECONDS:
            known = await self._stored(team)
            self._known[team] = (time.monotonic(), known)
        return known

    async def installed(self, install: Install) -> None:
        """Keeps an install until it is removed."""
        if self._vault is None:
            raise RuntimeError("an install without a vault: FINDATA_SECRET_KEYS is missing")
        document = {name: getattr(install, name) for name in Install.__slots__}
        await self._store.put(_key(install.team), self._vault.seal(document), seconds=DECADE)
        self._known.pop(install.team, None)

    async def removed(self, team: str) -> None:
        """Forgets the workspace: the app was uninstalled there, or its token revoked."""
        self._known.pop(team, None)
        await self._store.delete(_key(team))

    async def _single(self, team: str) -> Install:
        """Asked once: who are we, and where? Another workspace's events are none of ours."""
        async with self._asking:
            self._own = self._own or await self._asked(team)
        if team != self._own.team:
            raise NotFound(f"not our workspace: {team}")
        return self._own

    async def _asked(self, team: str) -> Install:
        try:
            told = await self.web.call(team, "auth.test")
        except Rejected as error:
            raise NotFound(str(error)) from error
        return Install(str(told["team_id"]), self._options.bot_token, str(told["user_id"]), str(told.get("bot_id", "")))

    async def _stored(self, team: str) -> Install:
        sealed = await self._store.get(_key(team))
        document: Mapping[str, object] | None = self._vault.open(sealed) if sealed and self._vault else None
        if document is None:
            raise NotFound(f"not installed in {team}")
        return Install(**{name: str(document.get(name, "")) for name in Install.__slots__})


def _key(team: str) -> str:
    return f"slack:install:{team}"
