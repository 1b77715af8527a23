"""`/findata`: questions whose answers only the asker sees. Without it a channel would read every question."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from slack_bolt.context.ack.async_ack import AsyncAck

from adapters.replying.receiving import ordered
from adapters.slack.address import Address, aside
from adapters.slack.message import Controls, draw
from adapters.slack.options import SlackOptions
from adapters.slack.people import Person
from adapters.slack.reception import Reception
from adapters.slack.text import heard
from adapters.wording import phrase, say
from agents.domain import Action, Answer, Apology, Ask, Forget, Language, SmallTalk
from agents.errors import Unavailable
from agents.language import language_of

log = logging.getLogger(__name__)

FRENCH, ENGLISH = ("aide", "produits"), ("help", "products", "check", "forget", "stop")
"""The command's own words."""


class Command:
    """help · products <words> · check <id> · forget · stop, and any question."""

    def __init__(self, options: SlackOptions, reception: Reception) -> None:
        self._options, self._reception = options, reception

    async def given(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Acknowledged with a word to the asker once the turn is stored; an outage is said at once."""
        team, channel, user = str(body["team_id"]), str(body["channel_id"]), str(body["user_id"])
        hook = trusted(str(body.get("response_url", "")), self._options)
        address = Address(team, channel, user, f"slack:{team}:{body['trigger_id']}", hook=hook)
        person = await self._reception.person(address)
        text = heard(str(body.get("text", "")), "")
        language = _spoken(text, person)
        try:
            said = await self._done(text, address, person, language)
        except Unavailable as error:
            log.warning("a command was not stored: %s", error)
            said = say(Apology(language, "unavailable"))
        if said is None:
            await ack(response_type="ephemeral", text=phrase(language, "slack.on_it"))
            return
        message = draw(said, Controls()) if not isinstance(said, str) else None
        if message:
            await ack(response_type="ephemeral", text=message.text, blocks=list(message.blocks))
        else:
            await ack(response_type="ephemeral", text=str(said))

    async def _done(self, text: str, address: Address, person: Person, language: Language) -> Any:
        """What to answer at once; None when the answer follows."""
        order = ordered(text)
        if order:
            return await self._ordered(order, address, person, language)
        word, _, rest = text.partition(" ")
        match word.lower():
            case "" | "help" | "aide":
                return say(Answer(language, SmallTalk("help")))
            case "products" | "produits":
                key = "slack.ask_products" if rest.strip() else "slack.ask_all_products"
                await self._take(address, Ask(phrase(language, key, words=rest.strip())))
            case "check" if rest.strip():
                await self._take(address, Ask(phrase(language, "slack.ask_check", id=rest.strip())))
            case _:
                await self._take(address, Ask(text))
        return None

    async def _take(self, address: Address, action: Action, talk: Any = None) -> None:
        talk = talk or aside(address.team, address.channel, address.user)
        await self._reception.take(talk, address, action)
        await self._reception.notebook.spoke(address.place, address.user, talk)

    async def _ordered(self, order: str, address: Address, person: Person, language: Language) -> str | None:
        """Of their last conversation there, however it was begun."""
        talk = await self._reception.notebook.last(address.place, address.user)
        if order == "forget":
            await self._take(address, Forget(), talk)
            return None
        stopped = talk is not None and await self._reception.inbox.stop(talk.key, person.user)
        return phrase(language, "order.stopping" if stopped else "order.nothing_to_stop")


def _spoken(text: str, person: Person) -> Language:
    """That of the words. The command's own English words say nothing: they are what everybody is told to write."""
    word = text.partition(" ")[0].lower()
    if word in FRENCH:
        return "fr"
    return person.language if word in ENGLISH else language_of(text, person.user.locale)


def trusted(url: str, options: SlackOptions) -> str:
    """A response_url that really leads to Slack, else empty."""
    parts = urlsplit(url)
    local = parts.hostname == urlsplit(options.api_url).hostname
    return url if parts.hostname in options.answers_to and (parts.scheme == "https" or local) else ""
