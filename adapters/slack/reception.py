"""Hands turns to the inbox, or tells why not. Without it an acknowledged question could be lost."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from adapters.replying.receiving import language_of_turn, refusal
from adapters.slack.address import Address
from adapters.slack.elements import spoken_text
from adapters.slack.notebook import Notebook
from adapters.slack.people import People, Person
from adapters.slack.web import Rejected, Web
from adapters.wording import cut, phrase, say
from agents.domain import Action, Apology, Conversation, Turn
from agents.errors import BotError, Unavailable
from agents.ports import Inbox, Outcome, Receipt

log = logging.getLogger(__name__)

STORE_SECONDS = 2.0
"""Slack waits three seconds; what is not stored by then is asked for again by a 503."""


class Reception:
    """What every way in ends at."""

    def __init__(self, inbox: Inbox, web: Web, people: People, notebook: Notebook) -> None:
        self.inbox, self.web, self.people, self.notebook = inbox, web, people, notebook

    async def take(self, talk: Conversation, address: Address, action: Action) -> Outcome:
        """Stores the turn, once for each `address.turn`; else tells its asker why not. Raises Unavailable."""
        person = await self.people.person(address.team, address.user)
        if person.guest:
            await self.tell(address, phrase(person.language, "slack.stranger"))
            return "duplicate"
        turn = Turn(address.turn, talk, person.user, action, datetime.now(UTC))
        receipt = await self._stored(turn, address)
        if receipt.outcome in ("busy", "too_fast"):
            await self.tell(address, _said(refusal(receipt, language_of_turn(turn))))
        return receipt.outcome

    async def tell(self, address: Address, text: str) -> None:
        """Something that only this person sees. Never raises: Slack may refuse it where we are not a member."""
        try:
            if address.hook:
                await self.web.whisper(address.hook, whispered(text, replace=False))
                return
            await self.web.call(
                address.team,
                "chat.postEphemeral",
                channel=address.channel,
                user=address.user,
                thread_ts=None if address.opens else address.thread or None,
                text=text,
            )
        except (Rejected, BotError) as error:
            log.warning("an asker was not told: %s", error)

    async def person(self, address: Address) -> Person:
        """Who acts there."""
        return await self.people.person(address.team, address.user)

    async def _stored(self, turn: Turn, address: Address) -> Receipt:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                return await self.inbox.accept(turn, address.reply_to())
        except TimeoutError as error:
            raise Unavailable("the inbox is too slow") from error


def _said(apology: Apology) -> str:
    return cut(spoken_text(say(apology)), 3000)


def whispered(text: str, *, replace: bool) -> dict[str, object]:
    """The body for a response_url that shows a text to the asker alone."""
    return {"response_type": "ephemeral", "replace_original": replace, "text": text}
