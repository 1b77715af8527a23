"""Microsoft Teams as a chat platform: the verbs of ports.Platform, and the way in. Without it Teams would be silent."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from adapters.replying import Kept, Rate, Rights, Store
from adapters.replying.discretion import told
from adapters.replying.keeping import handle
from adapters.replying.receiving import language_of_turn
from adapters.teams.address import Address, Spot
from adapters.teams.answering import Answering
from adapters.teams.consent import Consent
from adapters.teams.credentials import credentials
from adapters.teams.delivery import Delivery
from adapters.teams.door import Door
from adapters.teams.limits import Limiter, Rates
from adapters.teams.listening import Listening
from adapters.teams.members import Members
from adapters.teams.message import Controls, carded, opening, working
from adapters.teams.notebook import Notebook
from adapters.teams.options import NAME, TeamsOptions
from adapters.teams.pace import Paces
from adapters.teams.people import People
from adapters.teams.reception import Reception
from adapters.teams.sdk_adapter import SdkAdapter
from adapters.teams.sheets import Sheets, Visitors
from adapters.teams.streams import Stopped, Streams
from adapters.teams.verifier import Verifier
from adapters.teams.wire import Rejected, Wire
from adapters.wording import phrase
from agents.domain import Language, Progress, Reply, ReplyTo, Turn
from agents.errors import BotError, NotFound
from agents.ports import Inbox

log = logging.getLogger(__name__)

EDIT_GAP = 2.0
"""Seconds between two edits of one placeholder outside 1:1 chats."""


class TeamsPlatform:
    """Implements ports.Platform. `store` and `rates` are shared by all replicas; `rate` hears of thumbs.

    `rights` says who else may read what an answer is from: without it that is known of nobody. `visitors` knows
    whose browser it is that opens a link: without it there are no links to files.

    To be made within a running loop: it owns one HTTP session, which `close` ends.
    """

    name = NAME

    def __init__(
        self,
        options: TeamsOptions,
        store: Store,
        *,
        rate: Rate | None = None,
        rates: Rates | None = None,
        rights: Rights | None = None,
        visitors: Visitors | None = None,
    ) -> None:
        self._options, self._rate = options, rate
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50), auto_decompress=True)
        limiter = Limiter(rates, options.app_id, options.per_second)
        self._wire = Wire(self._http, options, credentials(self._http, options), limiter)
        verifier = None if options.unsigned else Verifier(self._http, options.app_id, options.metadata_url)
        self._sdk = SdkAdapter(self._wire, verifier, options.app_id)
        self._notebook = Notebook(store)
        self._delivery = Delivery(self._sdk, self._notebook)
        self._streams, self._paces = Streams(self._sdk, gap=options.pace), Paces()
        self._sheets = Sheets(store, options.public_url, visitors)
        shown, members = (self._delivery, self._streams, self._sheets), Members(self._wire, rights)
        self._answering = Answering(options, self._sdk, self._notebook, *shown, members)
        self._listening: Listening | None = None
        self._inbox: Inbox | None = None

    # ── in ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def mount(self, app: web.Application, inbox: Inbox) -> None:
        """Adds /teams/messages, to be set as the bot's messaging endpoint, and with a public URL also /teams/files/."""
        people = People(self._options, self._wire)
        reception = Reception(inbox, self._delivery, self._notebook, people)
        self._inbox = inbox
        consent = Consent(self._wire, self._sheets, self._delivery)
        self._listening = Listening(self._options, reception, self._sdk, consent, rate=self._rate)
        Door(self._options, self._sdk, self._listening).mount(app)
        self._sheets.mount(app)

    async def close(self) -> None:
        """What was begun ends, then the session."""
        if self._listening is not None:
            await self._listening.close()
        await self._paces.close()
        self._streams.close()
        await self._http.close()

    # ── out ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """Begins a stream in a 1:1 chat; elsewhere a sentence, and under it a card with what is being done and Stop."""
        address, language, id_ = Address.of(to), language_of_turn(turn), handle(turn.id)
        if address.scope == "channel":
            await self._notebook.spoke(address.place, address.person, turn.conversation)
        async with _taken():
            spot = None
            if address.streams and self._options.streaming:
                words = phrase(language, "teams.working"), phrase(language, "teams.still")
                spot = await self._streams.open(address, *words)
            if spot is None:
                spot = Spot("pair", await self._delivery.post(address, opening(language)))
            await self._notebook.mark(f"{id_}:open", str(spot))
            return str(await self._with_stop(address, spot, turn, language))

    async def _with_stop(self, address: Address, spot: Spot, turn: Turn, language: Language) -> Spot:
        """The card under the sentence; without it everything goes on."""
        id_ = handle(turn.id)
        if spot.way == "stream":
            return spot
        try:
            await self._notebook.keep(
                Kept(id_, turn.id, turn.user.id, turn.conversation, turn.action, language, "running")
            )
            card = await self._delivery.post(address, carded(working(language, id_), Controls(), language))
        except (BotError, Rejected) as error:
            log.info("no Stop button: %s", error)
            return spot
        spot = Spot("pair", spot.text, card)
        await self._notebook.mark(f"{id_}:open", str(spot))
        return spot

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """As `open` noted it: Teams lists no messages."""
        return await self._notebook.marked(f"{handle(turn.id)}:open")

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """A step of the stream, or an edit of the card, as often as Teams likes."""
        address, spot = Address.of(to), Spot.of(placeholder)
        words = " · ".join(told(progress, language, self._options.privacy, direct=address.direct))
        if spot.way == "stream":
            self._paces.show(placeholder, self._streams.gap, lambda: self._tell(address, spot, words))
        elif spot.card:
            self._paces.show(placeholder, EDIT_GAP, lambda: self._redraw(address, spot, words, language))

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """The placeholder gives way to the reply; the second time it is an edit to the same."""
        await self._paces.over(placeholder)
        async with _taken():
            await self._answering.answer(Address.of(to), Spot.of(placeholder), reply, turn)

    async def _tell(self, address: Address, spot: Spot, words: str) -> None:
        try:
            await self._streams.tell(address, spot, words)
        except Stopped:
            await self._stop(address)

    async def _stop(self, address: Address) -> None:
        """Teams' own Stop was pressed: in a 1:1 chat that can only have been the asker."""
        if self._inbox is None or not address.turn:
            return
        try:
            await self._inbox.stop(address.turn, address.asker)
        except BotError as error:
            log.warning("Stop was not passed on: %s", error)

    async def _redraw(self, address: Address, spot: Spot, words: str, language: Language) -> None:
        card = working(language, handle(address.turn), words)
        try:
            await self._delivery.edit(address, spot.card, carded(card, Controls(), language), fleeting=True)
        except (BotError, Rejected) as error:
            log.info("progress was not shown: %s", error)


@asynccontextmanager
async def _taken() -> AsyncIterator[None]:
    """A message that Teams takes in no form has nowhere to be shown."""
    try:
        yield
    except Rejected as error:
        raise NotFound(f"Teams takes no message there: {error}") from error
