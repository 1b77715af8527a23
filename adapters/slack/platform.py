"""Slack as a chat platform: the verbs of ports.Platform and the ways in. Without it no turn would come or go."""

from __future__ import annotations

import logging

from aiohttp import web

from adapters.replying import Rate, Rights, Store
from adapters.replying.discretion import told
from adapters.replying.keeping import handle
from adapters.replying.receiving import language_of_turn
from adapters.slack.address import Address, Spot, conversation
from adapters.slack.answering import Answering
from adapters.slack.delivery import Delivery
from adapters.slack.door import Door
from adapters.slack.listening import Listening
from adapters.slack.members import Members
from adapters.slack.notebook import Notebook
from adapters.slack.options import NAME, Identity, SlackOptions, Vault
from adapters.slack.people import People
from adapters.slack.placeholder import Placeholders, working
from adapters.slack.reception import Reception
from adapters.slack.stream import Streams
from adapters.slack.workspaces import Workspaces
from agents.domain import Language, Progress, Reply, ReplyTo, Turn
from agents.ports import Inbox

log = logging.getLogger(__name__)


class SlackPlatform:
    """Implements ports.Platform. `store` is shared by all replicas; `vault` seals the tokens of several workspaces.

    `rate` hears of thumbs, `identity` says which Databricks identity is linked to an asker, `rights` who else may read
    what an answer is from: without it that is known of nobody.
    """

    name = NAME

    def __init__(
        self,
        options: SlackOptions,
        store: Store,
        *,
        vault: Vault | None = None,
        rate: Rate | None = None,
        identity: Identity | None = None,
        rights: Rights | None = None,
    ) -> None:
        self._options, self._rate, self._identity = options, rate, identity
        self._workspaces = Workspaces(options, store, vault)
        self._web = self._workspaces.web
        self._notebook, self._people = Notebook(store), People(self._web)
        self._delivery = Delivery(self._web)
        self._placeholders, self._streams = Placeholders(self._delivery), Streams(self._web, on=options.streaming)
        members = Members(self._web, self._people, rights)
        self._answering = Answering(options, self._web, self._notebook, self._delivery, members)
        self._door: Door | None = None

    # ── in ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def mount(self, app: web.Application, inbox: Inbox) -> None:
        """Adds the routes /slack/events and, for several workspaces, /slack/install and /slack/oauth_redirect."""
        self._door = Door(self._options, self._workspaces, self._listening(inbox))
        self._door.mount(app)

    async def start(self, inbox: Inbox) -> None:
        """Opens the socket where Socket Mode is set; nothing to do over HTTP."""
        if self._door is None:
            self._door = Door(self._options, self._workspaces, self._listening(inbox))
        await self._door.connect()

    async def close(self) -> None:
        """Closes the socket, then the session."""
        if self._door is not None:
            await self._door.close()
        await self._placeholders.close()
        await self._web.close()

    def _listening(self, inbox: Inbox) -> Listening:
        reception = Reception(inbox, self._web, self._people, self._notebook)
        return Listening(self._options, self._workspaces, reception, rate=self._rate, identity=self._identity)

    # ── out ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """Posts the placeholder, or starts a stream; the message whose button was pressed becomes it.

        From now on the thread is one of ours: noted here, where nobody waits for an acknowledgement.
        """
        address, language = Address.of(to), language_of_turn(turn)
        if address.hook:
            return str(Spot("hook"))
        await self._notebook.spoke(address.place, address.user, turn.conversation)
        if address.thread and not address.direct:
            await self._notebook.join(conversation(address.team, address.channel, address.thread), turn.conversation)
        message = working(language, turn.id)
        if address.reuse:
            spot = Spot("message", address.channel, address.reuse)
            return str(await self._delivery.edit(address, spot, lambda _: message, handle(turn.id)))
        started = await self._streams.start(address, language)
        return str(started or await self._delivery.post(address, lambda _: message, handle(turn.id)))

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """By the mark that every message of ours carries. A stream carries none: a crash may leave one behind."""
        address = Address.of(to)
        if address.hook or address.reuse:
            return ""
        found = await self._delivery.find(address, address.channel, address.thread, handle(turn.id))
        return str(found or "")

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """A task of the stream, or an edit of the placeholder every three seconds; nothing where neither is."""
        address, spot = Address.of(to), Spot.of(placeholder or str(Spot("hook")))
        if spot.way == "hook":
            return
        title, text = told(progress, language, self._options.privacy, direct=address.direct)
        said = f"{title} · {text}"
        if spot.way == "stream" and await self._streams.tell(address, spot, progress.agent, said):
            return
        await self._placeholders.show(address, spot, working(language, address.turn, said), handle(address.turn))

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """Replaces the placeholder by the reply; the second time it is an edit to the same."""
        address, spot = Address.of(to), Spot.of(placeholder or str(Spot("hook")))
        await self._placeholders.over(spot)
        if spot.way == "stream":
            await self._streams.stop(address, spot, reply.language)
        await self._answering.answer(address, spot, reply, turn)
