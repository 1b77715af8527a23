"""The final reply, in the thread or to the asker alone. Without it restricted rows would be public."""

from __future__ import annotations

import logging

from adapters.replying import discretion
from adapters.replying.keeping import handle, kept_of
from adapters.slack.address import Address, Spot, conversation
from adapters.slack.delivery import Delivery, Drawing
from adapters.slack.members import Members
from adapters.slack.message import Controls, Message, Plainness, draw
from adapters.slack.notebook import Notebook, Recent
from adapters.slack.options import SlackOptions
from adapters.slack.sheets import Sheets
from adapters.slack.web import Web
from adapters.wording import Span, Spoken, phrase, say
from agents.domain import Answer, Apology, Ask, Figures, Forget, Reply, Turn
from agents.errors import NotFound

log = logging.getLogger(__name__)


class Answering:
    """Keeps what the buttons stand for, then shows the reply. Doing it twice shows it once."""

    def __init__(
        self, options: SlackOptions, web: Web, notebook: Notebook, delivery: Delivery, members: Members
    ) -> None:
        self._options, self._web, self._notebook, self._delivery = options, web, notebook, delivery
        self._members = members
        self._sheets = Sheets(web, notebook, delivery)

    async def answer(self, address: Address, spot: Spot, reply: Reply, turn: Turn) -> None:
        """Raises Unavailable, and NotFound when there is nowhere left to show it."""
        spoken = say(reply)
        audience, privacy = self._members.audience(address), self._options.privacy
        aside = await discretion.aside(reply, spoken, privacy, audience, direct=address.alone)
        if address.sheet and isinstance(reply, Answer) and isinstance(reply.body, Figures):
            # The same statement once more: the answer whose button was pressed stays the latest.
            await self._sheets.send(address, spot, reply.body, reply.language, turn, aside=aside or bool(address.hook))
            return
        await self._notebook.keep(kept_of(reply, spoken, turn))
        await self._remember(spot, reply, turn)
        share = bool(address.hook) and not await discretion.secret(reply, spoken, privacy, audience)
        controls = Controls(handle(turn.id), share=share, link=discretion.signin_page(reply))

        def drawing(plainness: Plainness) -> Message:
            return draw(spoken, controls, plainness)

        if spot.way == "hook":
            await self._whisper(address, drawing, turn)
        elif aside:
            excuse = phrase(reply.language, f"slack.{discretion.excuse(reply, spoken, privacy)}")
            await self._apart(address, spot, Spoken(reply.language, (Span(excuse),)), drawing, turn)
        else:
            await self._delivery.edit(address, spot, drawing, handle(turn.id))

    async def _whisper(self, address: Address, drawing: Drawing, turn: Turn) -> None:
        """Through the response_url; in the asker's own conversation with us once that has run out."""
        mark = f"told:{handle(turn.id)}"
        if await self._notebook.marked(mark):
            return
        try:
            await self._hooked(address, drawing)
        except NotFound:
            channel = await self._delivery.direct(address)
            await self._delivery.post(address.moved(channel), drawing, handle(turn.id))
        await self._notebook.mark(mark)

    async def _hooked(self, address: Address, drawing: Drawing) -> None:
        for plainness in (Plainness.NATIVE, Plainness.SIMPLE, Plainness.TEXT):
            message = drawing(plainness)
            body = {
                "response_type": "ephemeral",
                "replace_original": address.instead,
                "text": message.text,
                "blocks": list(message.blocks),
            }
            try:
                await self._web.whisper(address.hook, body)
            except NotFound:
                if plainness is Plainness.TEXT:
                    raise
            else:
                return

    async def _apart(self, address: Address, spot: Spot, stub: Spoken, drawing: Drawing, turn: Turn) -> None:
        """The answer to the asker alone, then a stub in the thread, so that others know that it was answered."""
        mark = f"apart:{handle(turn.id)}"
        shown = await self._notebook.marked(mark)
        if shown:
            await self._delivery.edit(address, Spot.of(shown), drawing, handle(turn.id))
        else:
            channel = await self._delivery.direct(address)
            apart = await self._delivery.post(address.moved(channel), drawing, handle(turn.id))
            await self._notebook.mark(mark, str(apart))
            await self._notebook.join(conversation(address.team, apart.channel, apart.ts), turn.conversation)
        await self._delivery.edit(address, spot, lambda plainness: draw(stub, Controls(), plainness), handle(turn.id))

    async def _remember(self, spot: Spot, reply: Reply, turn: Turn) -> None:
        """For the asker's Home tab."""
        if isinstance(turn.action, Forget):
            await self._notebook.forget(turn.user.key, turn.conversation)
        elif isinstance(turn.action, Ask) and not isinstance(reply, Apology):
            products = reply.body.products if isinstance(reply, Answer) and isinstance(reply.body, Figures) else ()
            pages = tuple((product.name or product.id, product.url) for product in products)
            recent = Recent(turn.action.text[:300], turn.conversation.key, spot.channel, spot.ts, pages)
            await self._notebook.asked(turn.user.key, recent)
