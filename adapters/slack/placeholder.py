"""The message that says "I am at it". Without it a question would look unheard until its answer is there."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field

from adapters.slack import elements
from adapters.slack.address import Address, Spot
from adapters.slack.delivery import Delivery
from adapters.slack.message import Message, Plainness
from adapters.wording import Span, phrase
from agents.domain import Language
from agents.errors import BotError

log = logging.getLogger(__name__)

GAP = 3.0
"""Seconds between two edits of one message: what Slack asks for."""
MOST = 1000
FROZEN = 1.0
"""An edit that comes so much later than planned is dropped: another replica may have answered meanwhile."""


def working(language: Language, turn: str, doing: str = "") -> Message:
    """What the placeholder shows, with a way to stop."""
    text = doing or phrase(language, "slack.working")
    stop = elements.button("stop", phrase(language, "slack.stop"), turn)
    return Message(
        elements.marked((Span(f"… {text}"),), 300), (elements.rich((Span(f"⏳ {text}"),)), *elements.actions([stop]))
    )


@dataclass(slots=True)
class _Pace:
    shown: float = 0.0
    latest: Message | None = None
    sending: bool = False
    waiting: asyncio.Task[None] | None = field(default=None, repr=False)


class Placeholders:
    """Edits each placeholder at most every three seconds, always to the newest state."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._paces: dict[str, _Pace] = {}

    async def show(self, address: Address, spot: Spot, message: Message, mark: str) -> None:
        """Now if the last edit is long enough ago, else as soon as it is. Raises nothing."""
        self._tidy()
        pace = self._paces.setdefault(str(spot), _Pace(shown=time.monotonic()))
        pace.latest = message
        if pace.waiting is None or pace.waiting.done():
            pace.waiting = asyncio.create_task(self._soon(address, spot, pace, mark))

    async def over(self, spot: Spot) -> None:
        """Nothing is shown there after this."""
        pace = self._paces.pop(str(spot), None)
        if pace and pace.waiting:
            if not pace.sending:  # what is under way must arrive before the reply does
                pace.waiting.cancel()
            await asyncio.wait({pace.waiting})

    def _tidy(self) -> None:
        """Turns that another replica took over never tell us that they are over."""
        if len(self._paces) > MOST:
            idle = [place for place, pace in self._paces.items() if pace.waiting is None or pace.waiting.done()]
            for place in idle:
                del self._paces[place]

    async def close(self) -> None:
        """Ends whatever still waits."""
        for place in list(self._paces):
            await self.over(Spot.of(place))

    async def _soon(self, address: Address, spot: Spot, pace: _Pace, mark: str) -> None:
        due = max(time.monotonic(), pace.shown + GAP)
        await asyncio.sleep(due - time.monotonic())
        message = pace.latest
        if message is None or time.monotonic() > due + FROZEN:
            return
        pace.shown, pace.sending = time.monotonic(), True
        try:
            await self._delivery.edit(address, spot, lambda plainness: _at(message, plainness), mark, repost=False)
        except BotError as error:
            log.info("progress was not shown: %s", error)
        finally:
            pace.sending = False


def _at(message: Message, plainness: Plainness) -> Message:
    return Message(message.text) if plainness is Plainness.TEXT else message
