"""Who may ask at all. Without it a guest of the organisation would be taken for one of its people."""

from __future__ import annotations

import asyncio
import logging
import time

from adapters.teams.activity import Heard
from adapters.teams.options import TeamsOptions
from adapters.teams.wire import Rejected, Wire
from agents.errors import BotError

log = logging.getLogger(__name__)

KEPT_SECONDS, AGAIN_SECONDS = 12 * 3600.0, 60.0
MOST = 20_000
PATIENCE = 3.0


class People:
    """Asks Teams once about each person of a shared conversation; nobody is a guest in their own 1:1 chat's list."""

    def __init__(self, options: TeamsOptions, wire: Wire) -> None:
        self._options, self._wire = options, wire
        self._guests: dict[tuple[str, str], tuple[bool, float]] = {}

    async def stranger(self, heard: Heard) -> bool:
        """Is it a guest, where guests may not ask? No while Teams does not say: the data's own rights still hold."""
        if self._options.guests or self._options.unsigned:
            return False
        key = (heard.chat.tenant, heard.person)
        known = self._guests.get(key)
        if known and known[1] > time.monotonic():
            return known[0]
        guest = await self._ask(heard)
        if len(self._guests) > MOST:
            self._guests.clear()
        life = AGAIN_SECONDS if guest is None else KEPT_SECONDS
        self._guests[key] = (guest is True, time.monotonic() + life)
        return guest is True

    async def _ask(self, heard: Heard) -> bool | None:
        chat = heard.chat
        try:
            async with asyncio.timeout(PATIENCE):
                member = await self._wire.member(chat.service_url, chat.id, heard.member)
        except (BotError, Rejected, TimeoutError) as error:
            log.info("Teams does not say who asks: %s", type(error).__name__)
            return None
        return member.get("userRole") in ("guest", "anonymous")
