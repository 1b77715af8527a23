"""Who is asking: their name and language as Slack knows them. Without it a short question has no language."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

from adapters.slack.options import NAME
from adapters.slack.web import Answered, Rejected, Web
from agents.domain import Language, User
from agents.errors import BotError

SECONDS = 1.0  # longer than this nobody waits to learn a locale
FRESH_SECONDS, FORGETFUL_SECONDS = 3600.0, 60.0
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Person:
    """`guest`: of another organisation, or a guest account: not to be shown our data. `machine`: another app's bot."""

    user: User
    guest: bool = False
    machine: bool = False

    @property
    def language(self) -> Language:
        """Of texts that answer no question."""
        return "fr" if self.user.locale.lower().startswith("fr") else "en"


class People:
    """Asks Slack once an hour for each person; when Slack does not say, they are a person without a locale."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._known: OrderedDict[tuple[str, str], tuple[float, Person]] = OrderedDict()

    async def person(self, team: str, user: str) -> Person:
        """Never raises and never takes longer than a second."""
        until, known = self._known.get((team, user), (0.0, None))
        if known is None or until < time.monotonic():
            known = await self._asked(team, user)
        return known

    async def _asked(self, team: str, user: str) -> Person:
        life = FRESH_SECONDS
        try:
            async with asyncio.timeout(SECONDS):
                told = await self._web.call(team, "users.info", user=user, include_locale=True)
            person = _person(team, user, told.get("user") or {})
        except (Rejected, BotError, TimeoutError):
            life, person = FORGETFUL_SECONDS, Person(User(NAME, team, user))
        self._known[team, user] = (time.monotonic() + life, person)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return person


def _person(team: str, user: str, told: Answered) -> Person:
    profile = told.get("profile") or {}
    name = str(profile.get("display_name") or told.get("real_name") or told.get("name") or "")[:80]
    guest = any(told.get(mark) for mark in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    foreign = told.get("team_id") not in (None, "", team) and not told.get("enterprise_user")
    known = User(NAME, team, user, name, str(told.get("locale") or "")[:20])
    return Person(known, bool(guest or foreign), told.get("is_bot") is True)
