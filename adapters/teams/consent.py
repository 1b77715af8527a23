"""A file that Teams asks the person to take, and saves in their own storage. Without it CSV would only be a link.

Teams does so in 1:1 chats alone. What it sends back is looked up, never believed: the file belongs to one person.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from adapters.teams.activity import Heard
from adapters.teams.address import address_of
from adapters.teams.delivery import Activity, Delivery
from adapters.teams.reception import language_for
from adapters.teams.sheets import Sheets
from adapters.teams.wire import Rejected, Wire
from adapters.wording import phrase
from agents.errors import BotError

log = logging.getLogger(__name__)

NAME = "findata.csv"
QUESTION = "application/vnd.microsoft.teams.card.file.consent"
SAVED = "application/vnd.microsoft.teams.card.file.info"


def question(description: str, size: int, key: str) -> Activity:
    """Asks whether to save the file. `size`: bytes; `key` comes back with the answer."""
    context = {"file": key}
    content = {"description": description, "sizeInBytes": size, "acceptContext": context, "declineContext": context}
    return {"type": "message", "attachments": [{"contentType": QUESTION, "name": NAME, "content": content}]}


class Consent:
    """Takes the person's answer to `question`."""

    def __init__(self, wire: Wire, sheets: Sheets, delivery: Delivery) -> None:
        self._wire, self._sheets, self._delivery = wire, sheets, delivery

    async def answered(self, heard: Heard) -> None:
        """Saves the file where Teams says, or forgets it; the question goes away either way. Raises nothing of ours."""
        context = heard.value.get("context")
        key = context.get("file") if isinstance(context, Mapping) else None
        if heard.chat.scope != "personal" or not isinstance(key, str):
            return
        try:
            content = await self._sheets.taken(key, heard.person)
            if heard.value.get("action") == "accept":
                await self._save(heard, content)
            await self._ask_no_more(heard)
        except (BotError, Rejected) as error:
            log.warning("a file was not saved: %s", error)
            await self._told(heard, "teams.file_failed")

    async def _save(self, heard: Heard, content: bytes | None) -> None:
        if content is None:
            await self._told(heard, "teams.file_gone")
            return
        info = heard.value.get("uploadInfo")
        where = info if isinstance(info, Mapping) else {}
        await self._wire.upload(_text(where, "uploadUrl"), content)
        await self._delivery.post(address_of(heard, ""), _saved(where))

    async def _told(self, heard: Heard, key: str) -> None:
        try:
            await self._delivery.say(address_of(heard, ""), phrase(language_for(heard), key))
        except (BotError, Rejected) as error:
            log.info("that was not told: %s", error)

    async def _ask_no_more(self, heard: Heard) -> None:
        message = heard.raw.get("replyToId")
        if isinstance(message, str) and message:
            await self._delivery.remove(address_of(heard, ""), message[:600])


def _saved(where: Mapping[str, Any]) -> Activity:
    """The card that opens the saved file."""
    content = {"uniqueId": _text(where, "uniqueId"), "fileType": _text(where, "fileType")}
    url, name = _text(where, "contentUrl"), _text(where, "name") or NAME
    return {
        "type": "message",
        "attachments": [{"contentType": SAVED, "contentUrl": url, "name": name, "content": content}],
    }


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value[:2000] if isinstance(value, str) else ""
