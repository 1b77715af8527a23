"""The message extension "Ask findata about this message". Without it a question in somebody's post had to be copied.

The answer goes to the asker's own conversation with us: we need not be a member where the message stands.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from adapters.teams import elements
from adapters.teams.activity import Heard, clean, plain
from adapters.teams.address import Address, address_of, turn_id
from adapters.teams.markdown import literal
from adapters.teams.options import NAME
from adapters.teams.reception import Reception, language_for
from adapters.teams.sdk_adapter import SdkAdapter
from adapters.teams.wire import Rejected
from adapters.wording import cut, phrase
from agents.domain import Ask, Conversation
from agents.errors import NotFound

log = logging.getLogger(__name__)

COMMAND = "ask"
MOST = 2_000  # characters of a message that are put into the field


class Extension:
    """Shows the message's words to be made a question of, then takes the question."""

    def __init__(self, reception: Reception, sdk: SdkAdapter) -> None:
        self._reception, self._sdk = reception, sdk

    def opened(self, heard: Heard) -> dict[str, Any]:
        """The dialog: a field that holds the message."""
        language = language_for(heard)
        field = {
            **elements.field("question", phrase(language, "teams.your_question"), ""),
            "value": cut(literal(_message(heard)), MOST),
            "maxLength": MOST,
            "isMultiline": True,
        }
        send = {"type": "Action.Submit", "title": phrase(language, "teams.ask"), "data": {"command": COMMAND}}
        card = elements.attachment(elements.card([field], [send]))
        value = {"title": phrase(language, "teams.ask_about"), "width": "medium", "height": "small", "card": card}
        return {"task": {"type": "continue", "value": value}}

    async def sent(self, heard: Heard) -> dict[str, Any]:
        """The question is taken. Raises Unavailable: Teams shows that it failed."""
        language, question = language_for(heard), _question(heard)
        if not question:
            return _told(phrase(language, "field.empty"))
        try:
            home = await self._home(heard)
        except (NotFound, Rejected) as error:
            log.info("the asker has no conversation with us: %s", error)
            return _told(phrase(language, "teams.apart_closed"))
        turn = turn_id(home.conversation, f"extension/{heard.id or secrets.token_hex(6)}")
        talk = Conversation(NAME, heard.chat.tenant, home.conversation)
        at = address_of(heard, turn).aside(home.conversation)
        outcome = await self._reception.take_at(heard, Ask(question), turn, at, talk)
        return _told(phrase(language, "teams.asked" if outcome in ("accepted", "duplicate") else "teams.later"))

    async def _home(self, heard: Heard) -> Address:
        known = await self._reception.notebook.home(heard.chat.tenant, heard.person)
        if known is not None:
            return known
        here = address_of(heard, "")
        return here.aside(await self._sdk.direct(here))


def _message(heard: Heard) -> str:
    payload = heard.value.get("messagePayload")
    body = payload.get("body") if isinstance(payload, Mapping) else None
    content = body.get("content") if isinstance(body, Mapping) else ""
    return plain(content) if isinstance(content, str) else ""


def _question(heard: Heard) -> str:
    data = heard.value.get("data")
    words = data.get("question") if isinstance(data, Mapping) else ""
    return " ".join(clean(words).split()) if isinstance(words, str) else ""


def _told(words: str) -> dict[str, Any]:
    return {"task": {"type": "message", "value": words}}
