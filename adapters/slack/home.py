"""The Home tab and the suggested prompts. Without it a first visit would be an empty page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from adapters.slack import elements
from adapters.slack.elements import Block
from adapters.slack.notebook import Recent
from adapters.slack.options import Identity
from adapters.slack.people import Person
from adapters.slack.reception import Reception
from adapters.slack.web import Rejected
from adapters.wording import Span, phrase
from agents.domain import Language
from agents.errors import BotError
from agents.language import language_of

log = logging.getLogger(__name__)

PROMPTS = ("figure", "series", "discover", "describe")
SECONDS = 2.0


class Home:
    """Both are redrawn at each visit; a failure costs nothing but the drawing."""

    def __init__(self, reception: Reception, identity: Identity | None) -> None:
        self._reception, self._identity = reception, identity

    async def opened(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """`tab` is home, or messages: the agent's own conversation."""
        team, user = context.team_id or "", str(event["user"])
        person = await self._reception.people.person(team, user)
        try:
            if event.get("tab") == "home":
                await self._publish(person)
            elif event.get("tab") == "messages":
                await self._prompt(person, str(event["channel"]))
        except (Rejected, BotError) as error:
            log.warning("the Home tab was not drawn: %s", error)

    async def _publish(self, person: Person) -> None:
        user = person.user
        recents = await self._reception.notebook.recents(user.key)
        blocks = page(_language(person, recents), recents, await self._linked(person))
        view = {"type": "home", "blocks": blocks}
        await self._reception.web.call(user.tenant, "views.publish", user_id=user.id, view=view)

    async def _linked(self, person: Person) -> str:
        if self._identity is None:
            return ""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._identity(person.user)
        except (BotError, TimeoutError):
            return ""

    async def _prompt(self, person: Person, channel: str) -> None:
        mark = f"prompts:{person.user.key}"
        if await self._reception.notebook.marked(mark):
            return
        prompts = [
            {
                "title": phrase(person.language, f"slack.prompt_{key}"),
                "message": phrase(person.language, f"slack.say_{key}"),
            }
            for key in PROMPTS
        ]
        title = phrase(person.language, "slack.prompts_title")
        await self._reception.web.call(
            person.user.tenant,
            "assistant.threads.setSuggestedPrompts",
            channel_id=channel,
            title=title,
            prompts=prompts,
        )
        await self._reception.notebook.mark(mark)


def _language(person: Person, recents: tuple[Recent, ...]) -> Language:
    """That of the person's Slack; where Slack does not say, that of their last question."""
    if person.user.locale or not recents:
        return person.language
    return language_of(recents[0].text, "")


def page(language: Language, recents: tuple[Recent, ...], identity: str) -> list[Block]:
    """What findata can do, whose rights it uses, what was asked, which products were used."""
    blocks = [
        elements.header("findata"),
        elements.rich((Span(phrase(language, "small_talk.help")),)),
        {"type": "divider"},
        elements.header(phrase(language, "slack.home_identity")),
        elements.rich((Span(identity or phrase(language, "slack.home_no_identity")),)),
        elements.header(phrase(language, "slack.home_recent")),
    ]
    asked = [(Span("• " + recent.text),) for recent in recents] or [(Span(phrase(language, "slack.home_none")),)]
    blocks.append(elements.rich(*asked))
    products = {name: url for recent in reversed(recents) for name, url in recent.products}
    if products:
        blocks.append(elements.header(phrase(language, "slack.home_products")))
        blocks.append(elements.rich(*[(Span("• "), Span(name, url=url)) for name, url in products.items()]))
    return blocks
