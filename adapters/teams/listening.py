"""What each kind of activity means to us. Without it an edit would be a second question and an install a silence."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Coroutine, Mapping
from typing import Any

from adapters.replying import Rate
from adapters.replying.receiving import ordered
from adapters.teams.activity import Heard
from adapters.teams.address import address_of, conversation_of, turn_id
from adapters.teams.clicks import Clicks
from adapters.teams.consent import Consent
from adapters.teams.extension import Extension
from adapters.teams.message import Controls, carded
from adapters.teams.options import TeamsOptions
from adapters.teams.reception import Reception, language_for, user_of
from adapters.teams.sdk_adapter import SdkAdapter
from adapters.teams.welcome import welcome
from adapters.teams.wire import Rejected
from adapters.wording import phrase
from agents.domain import Ask, Conversation, Forget
from agents.errors import BotError

log = logging.getLogger(__name__)

EDIT_SECONDS = 600.0
"""How long after it was written an edited question is answered again."""

Answered = tuple[int, Mapping[str, Any] | None]
RECEIVED: Answered = (202, None)


class Listening:
    """Routes an activity that has been let in; answers the HTTP status and, for invokes, a body."""

    def __init__(
        self,
        options: TeamsOptions,
        reception: Reception,
        sdk: SdkAdapter,
        consent: Consent,
        *,
        rate: Rate | None = None,
    ) -> None:
        self._reception, self._notebook = reception, reception.notebook
        self._clicks = Clicks(options, reception, rate, self._aside)
        self._extension, self._consent = Extension(reception, sdk), consent
        self._tasks: set[asyncio.Task[None]] = set()

    async def hear(self, heard: Heard) -> Answered:
        """Raises Unavailable when it must come again."""
        match heard.type:
            case "message":
                return await self._message(heard)
            case "invoke":
                return await self._invoke(heard)
            case "messageUpdate" if heard.event == "editMessage":
                await self._edited(heard)
            case "messageDelete":
                await self._reception.inbox.stop(turn_id(heard.chat.id, heard.id), user_of(heard))
            case "conversationUpdate" if _added(heard):
                self._aside(self._welcome(heard))
            case "installationUpdate":
                await self._installed(heard)
            case _:
                log.debug("nothing to do for %s", heard.type)
        return RECEIVED

    async def close(self) -> None:
        """What was begun beside a request ends."""
        if self._tasks:
            _, open_ones = await asyncio.wait(self._tasks, timeout=5.0)
            for task in open_ones:
                task.cancel()

    # ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _message(self, heard: Heard) -> Answered:
        if not heard.person:
            return (202, None) if _is_bot(heard) else (403, None)
        if heard.chat.scope == "personal" and not heard.targeted:
            await self._notebook.met(heard.person, address_of(heard, ""))
        if heard.value and not heard.text:
            words = await self._clicks.submitted(heard)
            await self._reception.tell(address_of(heard, ""), words)
        elif await self._for_us(heard):
            await self._asked(heard)
        return RECEIVED

    async def _for_us(self, heard: Heard) -> bool:
        """In a channel we are spoken to by name, or within a thread that we have answered in."""
        if heard.chat.scope == "personal" or heard.targeted or heard.mentioned:
            return True
        speaks_to_another = any(one.get("type") == "mention" for one in heard.raw.get("entities") or ())
        if heard.chat.scope != "channel" or speaks_to_another:
            return False
        return bool(await self._notebook.marked(f"thread:{heard.chat.id}"))

    async def _asked(self, heard: Heard) -> None:
        order = ordered(heard.text)
        talk = await self._ordered(heard) if order else conversation_of(heard)
        if order == "stop":
            await self._stop(heard, talk)
            return
        action = Forget() if order == "forget" else Ask(heard.text)
        if heard.chat.scope == "channel" and not heard.targeted:
            await self._notebook.mark(f"thread:{heard.chat.id}", "1", days=30)
        turn = turn_id(heard.chat.id, heard.id)
        await self._reception.take_at(heard, action, turn, address_of(heard, turn), talk)

    async def _ordered(self, heard: Heard) -> Conversation:
        """What an order is about: the thread's talk, or with a post of its own their last one in the channel."""
        here = conversation_of(heard)
        if heard.targeted or heard.chat.thread != heard.id:
            return here
        return await self._notebook.last(address_of(heard, "").place, heard.person) or here

    async def _stop(self, heard: Heard, talk: Conversation) -> None:
        stopped = await self._reception.inbox.stop(talk.key, user_of(heard))
        words = phrase(language_for(heard), "order.stopping" if stopped else "order.nothing_to_stop")
        await self._reception.tell(address_of(heard, ""), words)

    async def _edited(self, heard: Heard) -> None:
        """A question put right while it is fresh: the old one is stopped and the new one answered."""
        recent = not heard.id.isdigit() or time.time() - int(heard.id[:13]) / 1000 < EDIT_SECONDS
        if not (heard.person and heard.text and recent and await self._for_us(heard)):
            return
        first = turn_id(heard.chat.id, heard.id)
        await self._reception.inbox.stop(first, user_of(heard))
        version = hashlib.sha256(heard.text.encode()).hexdigest()[:12]
        await self._reception.take(heard, Ask(heard.text), f"{first}/edit/{version}")

    # ── clicks and extensions ─────────────────────────────────────────────────────────────────────────────────────

    async def _invoke(self, heard: Heard) -> Answered:
        if not heard.person:
            return 403, None
        match heard.event:
            case "adaptiveCard/action":
                return 200, await self._clicks.executed(heard)
            case "message/submitAction":
                return 200, await self._clicks.rated(heard)
            case "fileConsent/invoke":
                self._aside(self._consent.answered(heard))
                return 200, {}
            case "composeExtension/fetchTask":
                return 200, self._extension.opened(heard)
            case "composeExtension/submitAction":
                return 200, await self._extension.sent(heard)
            case _:
                return 501, None

    # ── coming and going ──────────────────────────────────────────────────────────────────────────────────────────

    async def _installed(self, heard: Heard) -> None:
        action = heard.raw.get("action")
        if action == "add":
            self._aside(self._welcome(heard))
        elif action == "remove" and heard.person and heard.chat.scope == "personal":
            await self._notebook.left(heard.chat.tenant, heard.person)

    async def _welcome(self, heard: Heard) -> None:
        """Once for each conversation, however many events tell of it."""
        mark = f"welcome:{heard.chat.id}"
        try:
            if heard.chat.scope == "personal" and heard.person:
                await self._notebook.met(heard.person, address_of(heard, ""))
            if await self._notebook.marked(mark):
                return
            await self._notebook.mark(mark, "1", days=90)
            language = language_for(heard)
            card = carded(welcome(language, heard.chat.scope), Controls(), language)
            await self._reception.delivery.post(address_of(heard, ""), card)
        except (BotError, Rejected) as error:
            log.warning("no welcome: %s", error)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Done beside the request, so that Teams is answered at once."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _added(heard: Heard) -> bool:
    """Are we among those who were added?"""
    members = heard.raw.get("membersAdded")
    if not isinstance(members, list):
        return False
    return any(isinstance(one, Mapping) and one.get("id") == heard.chat.bot for one in members)


def _is_bot(heard: Heard) -> bool:
    sender = heard.raw.get("from")
    return isinstance(sender, Mapping) and (sender.get("role") == "bot" or heard.member.startswith("28:"))
