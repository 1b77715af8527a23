"""Hands a turn to the inbox, or tells its asker why not. Without it an acknowledged question could be lost."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime

from adapters.replying.receiving import refusal
from adapters.teams.activity import Heard
from adapters.teams.address import Address, address_of, conversation_of
from adapters.teams.delivery import Delivery
from adapters.teams.message import text_of
from adapters.teams.notebook import Notebook
from adapters.teams.options import NAME
from adapters.teams.people import People
from adapters.wording import phrase, say
from agents.domain import Action, Ask, Conversation, Language, Turn, User
from agents.errors import Unavailable
from agents.language import language_of
from agents.ports import Inbox, Outcome, Receipt

log = logging.getLogger(__name__)

STORE_SECONDS = 5.0
"""Teams waits fifteen seconds; what is not stored by then is asked for again by a 503."""
OVERLAP = 3.0
"""Seconds in which the same words of the same person are one question, whatever its id."""


class Reception:
    """What every way in ends at."""

    def __init__(self, inbox: Inbox, delivery: Delivery, notebook: Notebook, people: People) -> None:
        self.inbox, self.delivery, self.notebook, self._people = inbox, delivery, notebook, people
        self._recent: dict[str, tuple[str, float]] = {}

    async def take(self, heard: Heard, action: Action, turn_id: str) -> Outcome:
        """Stores the turn, once for each `turn_id`, or tells why not. Raises Unavailable: it must come again."""
        return await self.take_at(heard, action, turn_id, address_of(heard, turn_id), conversation_of(heard))

    async def take_at(
        self, heard: Heard, action: Action, turn_id: str, address: Address, talk: Conversation
    ) -> Outcome:
        """As `take`, with the reply going elsewhere than where it was asked."""
        user = user_of(heard)
        if await self._people.stranger(heard):
            await self.tell(address, phrase(language_for(heard), "teams.stranger"))
            return "duplicate"
        address = replace(address, soft=_soft(user, talk, action))
        try:
            async with asyncio.timeout(STORE_SECONDS):
                receipt = await self._stored(Turn(turn_id, talk, user, action, datetime.now(UTC)), address)
        except TimeoutError as error:
            raise Unavailable("the inbox is too slow") from error
        if receipt.outcome in ("busy", "too_fast"):
            await self.tell(address, text_of(say(refusal(receipt, language_for(heard)))))
        return receipt.outcome

    async def tell(self, address: Address, text: str) -> None:
        """A sentence outside any turn. Raises Unavailable."""
        await self.delivery.say(address, text)

    async def _stored(self, turn: Turn, address: Address) -> Receipt:
        if self._overlaps(address.soft, turn.id) or await self.notebook.running(address.soft, turn.id):
            log.info("the same question is already being answered")
            return Receipt("duplicate")
        taken = False
        try:
            receipt = await self.inbox.accept(turn, address.reply_to())
            taken = receipt.outcome in ("accepted", "duplicate")
            return receipt
        finally:
            if not taken:
                self._recent.pop(address.soft, None)
                await self.notebook.over(address.soft)

    def _overlaps(self, soft: str, turn: str) -> bool:
        """Two deliveries with different ids may come side by side, before either is stored."""
        now = time.monotonic()
        first, at = self._recent.get(soft, (turn, now))
        if len(self._recent) > 10_000:
            self._recent = {key: seen for key, seen in self._recent.items() if seen[1] > now - OVERLAP}
        if first != turn and now < at + OVERLAP:
            return True
        self._recent[soft] = (turn, now)
        return False


def user_of(heard: Heard) -> User:
    """Who asks: the directory's object id, never a name."""
    return User(NAME, heard.chat.tenant, heard.person, heard.person_name, heard.locale)


def language_for(heard: Heard) -> Language:
    """Of what is said before the question is understood."""
    return language_of(heard.text, heard.locale)


def _soft(user: User, talk: Conversation, action: Action) -> str:
    words = " ".join(action.text.casefold().split()) if isinstance(action, Ask) else repr(action)
    return hashlib.sha256(f"{user.key}\n{talk.key}\n{words}".encode("utf-8", "replace")).hexdigest()[:32]
