"""Which listener hears what. Without it events would go unheard, which Slack counts as failures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from adapters.replying import Rate
from adapters.replying.receiving import ordered
from adapters.slack.address import Address, conversation
from adapters.slack.clicks import Clicks
from adapters.slack.command import Command
from adapters.slack.home import Home
from adapters.slack.options import Identity, SlackOptions
from adapters.slack.reception import Reception
from adapters.slack.text import heard, mentions, speaks_to_another
from adapters.slack.workspaces import Workspaces
from adapters.wording import phrase
from agents.domain import Ask, Conversation, Forget
from agents.language import language_of

SPOKEN = (None, "file_share", "thread_broadcast")
"""Subtypes of messages that people write; all others are edits, joins and the like."""

Event = Mapping[str, Any]


class Listening:
    """Every way in: messages are heard here, commands, clicks and the Home tab in files of their own."""

    def __init__(
        self,
        options: SlackOptions,
        workspaces: Workspaces,
        reception: Reception,
        *,
        rate: Rate | None,
        identity: Identity | None,
    ) -> None:
        self._workspaces, self._reception = workspaces, reception
        self._command = Command(options, reception)
        self._clicks = Clicks(options, reception, rate)
        self._home = Home(reception, identity)

    def register(self, app: AsyncApp) -> None:
        """Hot ones first: bolt looks through them one by one."""
        app.event("message")(self.message)
        app.event("app_mention")(self.mention)
        app.action(re.compile(".*"))(self._clicks.pressed)
        app.command(re.compile("^/"))(self._command.given)
        app.view("filters")(self._clicks.refined)
        app.shortcut("ask_about_message")(self.shortcut)
        app.event("app_home_opened")(self._home.opened)
        app.event("agent_session_stopped")(self.stopped)
        app.event("app_uninstalled")(self.uninstalled)
        app.event("tokens_revoked")(self.revoked)
        app.event(re.compile(".*"))(self.anything)

    async def mention(self, event: Event, context: AsyncBoltContext) -> None:
        """Somebody called us in a channel."""
        if not event.get("bot_id") and event.get("user"):
            await self._asked(event, context)

    async def message(self, event: Event, context: AsyncBoltContext) -> None:
        """In a direct message every message is for us; in a channel, those in threads that we are part of."""
        if event.get("subtype") not in SPOKEN or event.get("bot_id") or not event.get("user"):
            return
        text, bot = str(event.get("text", "")), context.bot_user_id or ""
        if event.get("channel_type") == "im":
            await self._asked(event, context)
        elif event.get("thread_ts") and not mentions(text, bot) and not speaks_to_another(text, bot):
            await self._followed(event, context)

    async def shortcut(self, ack: Any, body: Event, context: AsyncBoltContext) -> None:
        """Another's message as one's own question; the answer comes in its thread, or aside where we are no member."""
        message = body.get("message") or {}
        team, channel, user = context.team_id or "", str(body["channel"]["id"]), str(body["user"]["id"])
        ts = str(message["ts"])
        thread = str(message.get("thread_ts") or ts)
        turn = f"slack:{team}:{channel}:{ts}:asked-by:{user}"
        address = Address(team, channel, user, turn, thread)
        text = heard(str(message.get("text", "")), context.bot_user_id or "")
        await self._reception.take(conversation(team, channel, thread), address, Ask(text))
        await ack()

    async def stopped(self, event: Event, body: Event, context: AsyncBoltContext) -> None:
        """Slack's own Stop button; delivered again, it must not end what was asked since."""
        mark = f"event:{body.get('event_id') or event.get('event_ts', '')}"
        if await self._reception.notebook.marked(mark):
            return
        here = conversation(context.team_id or "", str(event["channel"]), str(event.get("thread_ts", "")))
        talk = await self._reception.notebook.talk(here) or here
        person = await self._reception.people.person(here.tenant, str(event["user"]))
        await self._reception.inbox.stop(talk.key, person.user)
        await self._reception.notebook.mark(mark)

    async def uninstalled(self, context: AsyncBoltContext) -> None:
        """We are not there any more."""
        await self._workspaces.removed(context.team_id or "")

    async def revoked(self, event: Event, context: AsyncBoltContext) -> None:
        """Only the bot's own token matters; people's are not used."""
        if (event.get("tokens") or {}).get("bot"):
            await self._workspaces.removed(context.team_id or "")

    async def anything(self) -> None:
        """Events that are subscribed but mean nothing to us."""

    async def _asked(self, event: Event, context: AsyncBoltContext) -> None:
        address = _address(event, context)
        here = conversation(address.team, address.channel, address.thread)
        talk = await self._reception.notebook.talk(here) if event.get("thread_ts") else None
        await self._said(event, context, address, talk or here)

    async def _followed(self, event: Event, context: AsyncBoltContext) -> None:
        address = _address(event, context)
        talk = await self._reception.notebook.talk(conversation(address.team, address.channel, address.thread))
        if talk:
            await self._said(event, context, address, talk)

    async def _said(self, event: Event, context: AsyncBoltContext, address: Address, talk: Conversation) -> None:
        """A question of this talk, or an order; outside a thread orders mean the person's last conversation there."""
        text = heard(str(event.get("text", "")), context.bot_user_id or "")
        order = ordered(text)
        if order and not event.get("thread_ts"):
            talk = await self._reception.notebook.last(address.place, address.user) or talk
        if order == "stop":
            await self._stop(talk, address, text)
        else:
            await self._reception.take(talk, address, Forget() if order else Ask(text))

    async def _stop(self, talk: Conversation, address: Address, text: str) -> None:
        """Delivered again, it must not end what was asked since."""
        mark = f"stop:{address.turn}"
        if await self._reception.notebook.marked(mark):
            return
        person = await self._reception.person(address)
        stopped = await self._reception.inbox.stop(talk.key, person.user)
        await self._reception.notebook.mark(mark)
        language = language_of(text, person.user.locale)
        await self._reception.tell(address, phrase(language, "order.stopping" if stopped else "order.nothing_to_stop"))


def _address(event: Event, context: AsyncBoltContext) -> Address:
    """The post itself names the turn: a post that is delivered as two events, or twice, is one turn."""
    team, channel, ts = context.team_id or "", str(event["channel"]), str(event["ts"])
    thread = str(event.get("thread_ts") or ts)
    return Address(team, channel, str(event["user"]), f"slack:{team}:{channel}:{ts}", thread)
