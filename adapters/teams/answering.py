"""The final reply, in the thread or for the asker alone. Without it restricted rows would be public."""

from __future__ import annotations

import logging
from dataclasses import replace

from adapters.replying import discretion, filters
from adapters.replying.keeping import handle, kept_of
from adapters.teams.address import Address, Spot
from adapters.teams.consent import question
from adapters.teams.delivery import Delivery
from adapters.teams.entities import Sources
from adapters.teams.markdown import escaped
from adapters.teams.members import Members
from adapters.teams.message import Controls, Plainness, carded, fitting, said, text_message
from adapters.teams.notebook import UNSURE, Notebook
from adapters.teams.options import TeamsOptions
from adapters.teams.sdk_adapter import SdkAdapter
from adapters.teams.sheets import Sheets
from adapters.teams.streams import Stopped, Streams
from adapters.teams.wire import Rejected, Unsure
from adapters.wording import Span, Spoken, figure, phrase, plain, say
from agents.domain import Answer, Explanation, Figures, ProductDescription, Reply, Turn
from agents.errors import NotFound

log = logging.getLogger(__name__)


class Answering:
    """Keeps what the buttons stand for, then shows the reply. Doing it twice shows it once."""

    def __init__(
        self,
        options: TeamsOptions,
        sdk: SdkAdapter,
        notebook: Notebook,
        delivery: Delivery,
        streams: Streams,
        sheets: Sheets,
        members: Members,
    ) -> None:
        self._members = members
        self._sheets = sheets
        self._options, self._sdk, self._streams = options, sdk, streams
        self._notebook, self._delivery = notebook, delivery

    @property
    def _asks(self) -> bool:
        """Does Teams ask people to save files? The local one of development does not know how."""
        return not self._options.unsigned

    async def answer(self, address: Address, spot: Spot, reply: Reply, turn: Turn) -> None:
        """Raises Unavailable, NotFound when it can be shown nowhere, Rejected when Teams takes no form of it."""
        spoken, id_ = say(reply), handle(turn.id)
        kept = kept_of(reply, spoken, turn)
        # A file says nothing new: the answer that it belongs to stays the latest.
        await self._notebook.keep(replace(kept, kind="sheet") if address.sheet else kept)
        files = self._sheets.on or self._asks
        controls = Controls(
            id_, filters.fields(kept), discretion.signin_page(reply), _sources(reply), isinstance(reply, Answer), files
        )
        try:
            if address.sheet and isinstance(reply, Answer) and isinstance(reply.body, Figures):
                if self._asks and await self._offered(address, spot, reply, reply.body, turn):
                    return
                spoken, controls = await self._linked(reply, reply.body, turn), Controls()
            if await self._aside(address, spoken, reply):
                excuse = f"teams.{discretion.excuse(reply, spoken, self._options.privacy)}"
                await self._apart(address, spot, spoken, controls, turn, excuse)
            else:
                await self._show(address, spot, spoken, controls, id_)
        except Stopped:
            log.info("the asker has stopped the stream: nothing more is shown")
        await self._notebook.over(address.soft)

    async def _aside(self, address: Address, spoken: Spoken, reply: Reply) -> bool:
        """Must the others there not see this?"""
        if address.sheet and spoken.private and not address.direct:
            return True  # a link to rows is for one person, whatever the policy
        audience = self._members.audience(address)
        return await discretion.aside(reply, spoken, self._options.privacy, audience, direct=address.direct)

    async def _offered(self, address: Address, spot: Spot, answer: Answer, figures: Figures, turn: Turn) -> bool:
        """Teams asks the person whether to save the file, in their own chat; False where it will not."""
        language, mark = answer.language, handle(turn.id)
        count = figure(len(figures.result.rows), language)
        try:
            home = address if address.streams else await self._home(address, turn)
            if not await self._notebook.marked(f"{mark}:file"):
                await self._asked(home, figures, turn, phrase(language, "teams.file_offered", count=count))
        except (NotFound, Rejected, Unsure) as error:
            log.info("Teams offers no file there: %s", error)
            return False
        told = "teams.file_asked" if address.streams else "teams.file_apart"
        stub = said(escaped(phrase(language, told, count=count)))
        await self._text(address, spot, stub, Spoken(language, ()), mark)
        if spot.card:
            await self._delivery.remove(address, spot.card)
        await self._notebook.over(address.soft)
        return True

    async def _asked(self, home: Address, figures: Figures, turn: Turn, words: str) -> None:
        key, size = await self._sheets.offered(figures.result, turn.user)
        try:
            await self._delivery.once(home, f"{handle(turn.id)}:file", question(words, size, key))
        except (NotFound, Rejected):
            await self._sheets.taken(key, turn.user.id)
            raise

    async def _linked(self, answer: Answer, figures: Figures, turn: Turn) -> Spoken:
        """All rows behind a link, for one person's eyes; a word of regret where no browser reaches us."""
        if not self._sheets.on:
            return Spoken(answer.language, (Span(phrase(answer.language, "teams.file_failed")),))
        url = await self._sheets.put(figures.result, turn.user)
        words = phrase(answer.language, "teams.sheet", count=figure(len(figures.result.rows), answer.language))
        return Spoken(answer.language, (Span(words, url=url),), private=True)

    # ── where everybody sees it ───────────────────────────────────────────────────────────────────────────────────

    async def _show(self, address: Address, spot: Spot, spoken: Spoken, controls: Controls, mark: str) -> None:
        if spot.text and await self._notebook.marked(f"{mark}:card") == UNSURE:
            await self._merge(address, spot.text, spoken, controls)
            return
        text = text_message(spoken, controls)
        text_id = await self._text(address, spot, text, spoken, mark)
        if spoken.rate:
            await self._notebook.stands(address.conversation, text_id, controls.id)
        step = await self._card(address, text_id, spot.card, spoken, controls, mark)
        if step is Plainness.TEXT:
            await self._delivery.edit(address, text_id, text_message(spoken, controls, Plainness.TEXT))

    async def _text(self, address: Address, spot: Spot, text: dict[str, object], spoken: Spoken, mark: str) -> str:
        """The answer's sentence, in the place of the placeholder if that is still there; its id."""
        try:
            return await self._placed(address, spot, text, mark)
        except Rejected as error:
            log.warning("Teams refuses the text, a plainer one is sent: %s", error)
            return await self._placed(address, spot, said(escaped(plain(spoken.headline))), mark)

    async def _placed(self, address: Address, spot: Spot, text: dict[str, object], mark: str) -> str:
        if spot.way == "stream" and await self._streams.end(address, spot, text):
            return spot.text
        if spot.text:
            try:
                await self._delivery.edit(address, spot.text, text)
            except NotFound:
                log.info("the placeholder is gone")
            else:
                return spot.text
        try:
            return await self._delivery.once(address, f"{mark}:text", text)
        except Unsure:
            # Whether it arrived cannot be known; an answer shown twice is better than none.
            await self._notebook.unmark(f"{mark}:text")
            return await self._delivery.once(address, f"{mark}:text", text)

    async def _card(
        self, address: Address, text_id: str, card_id: str, spoken: Spoken, controls: Controls, mark: str
    ) -> Plainness:
        """The card under it, plainer each time that Teams refuses it; the step that was shown."""
        refused = Plainness.NATIVE
        for _ in Plainness:
            card, step = fitting(spoken, controls, refused)
            if card is None:
                refused = step
                break
            activity = carded(card, controls, spoken.language)
            try:
                await self._under(address, card_id, activity, mark)
            except Unsure:
                await self._merge(address, text_id, spoken, controls)
                return step
            except Rejected as error:
                log.warning("Teams refuses the card at step %s: %s", step.name, error)
                refused = Plainness(step + 1)
            else:
                return step
        if card_id:
            await self._delivery.remove(address, card_id)
        return refused

    async def _under(self, address: Address, card_id: str, activity: dict[str, object], mark: str) -> None:
        if card_id:
            try:
                await self._delivery.edit(address, card_id, activity)
            except NotFound:
                log.info("the card's place is gone")
            else:
                return
        await self._delivery.once(address, f"{mark}:card", activity)

    async def _merge(self, address: Address, text_id: str, spoken: Spoken, controls: Controls) -> None:
        """The card may have arrived, or not: in the sentence's place it is there for certain, and once."""
        alone = replace(controls, alone=True)
        card, _ = fitting(spoken, alone, Plainness.NO_CHART)
        if card is not None:
            await self._delivery.edit(address, text_id, carded(card, alone, spoken.language))

    # ── where the asker alone sees it ─────────────────────────────────────────────────────────────────────────────

    async def _apart(
        self, address: Address, spot: Spot, spoken: Spoken, controls: Controls, turn: Turn, told: str
    ) -> None:
        """The answer to the asker, then a stub in the thread, so that others know that it was answered."""
        try:
            home = await self._home(address, turn)
            await self._show(home, Spot(), spoken, controls, f"{handle(turn.id)}:apart")
        except (NotFound, Rejected) as error:
            log.info("the asker has no conversation with us: %s", error)
            told = "teams.apart_closed"
        stub = Spoken(spoken.language, ())
        await self._text(address, spot, said(escaped(phrase(spoken.language, told))), stub, handle(turn.id))
        if spot.card:
            await self._delivery.remove(address, spot.card)

    async def _home(self, address: Address, turn: Turn) -> Address:
        known = await self._notebook.home(turn.user.tenant, turn.user.id)
        if known is not None:
            return known
        return address.aside(await self._sdk.direct(address))


def _sources(reply: Reply) -> Sources:
    body = reply.body if isinstance(reply, Answer) else None
    if isinstance(body, Figures | Explanation):
        return Sources(body.products)
    return Sources((body.product,)) if isinstance(body, ProductDescription) else Sources()
