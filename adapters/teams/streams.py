"""Teams' native streaming, in 1:1 chats alone. Without it a person would look at a still sentence for a minute."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from adapters.teams.address import Address, Spot
from adapters.teams.markdown import escaped, literal, one_line
from adapters.teams.message import said
from adapters.teams.sdk_adapter import SdkAdapter
from adapters.teams.wire import Rejected, Unsure
from adapters.wording import cut
from agents.errors import BotError

log = logging.getLogger(__name__)

GAP = 1.5
"""Seconds between two requests of one stream; Teams allows one a second, strictly one after the other."""
LONGEST = 110.0
"""Seconds after which a stream is left alone: Teams ends it at two minutes."""
INFORMATIVE = 250  # characters; Teams allows 1,000, in at most 1 KB
MOST = 1_000


@dataclass(slots=True)
class _Stream:
    sequence: int = 1
    sent: float = 0.0
    over: bool = False
    stopped: bool = False  # by the asker
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    timer: asyncio.Task[None] | None = field(default=None, repr=False)

    def stop(self) -> None:
        """Teams need not be told that it takes long."""
        if self.timer is not None:
            self.timer.cancel()


class Stopped(Exception):
    """The asker pressed Teams' own Stop button."""


class Streams:
    """Opens, tells and ends. What is known of a stream is this process's; any other can end it all the same."""

    def __init__(self, sdk: SdkAdapter, *, gap: float = GAP) -> None:
        self._sdk, self.gap = sdk, gap
        self._streams: dict[str, _Stream] = {}

    async def open(self, address: Address, words: str, still: str) -> Spot | None:
        """The first informative line; None where Teams will not stream. `still` is said when it takes too long."""
        try:
            id_ = await self._sdk.send(address, _informative(words, 1, ""))
        except Rejected as error:
            log.info("no stream there: %s", error)
            return None
        if not id_:
            return None
        if len(self._streams) > MOST:
            self.close()
        stream = self._streams[id_] = _Stream(sent=time.monotonic())
        stream.timer = asyncio.create_task(self._expire(address, id_, stream, still))
        return Spot("stream", id_, since=time.time())

    def close(self) -> None:
        """Lets go of all: whoever finishes them finds them at Teams."""
        for stream in self._streams.values():
            stream.stop()
        self._streams.clear()

    async def _expire(self, address: Address, id_: str, stream: _Stream, still: str) -> None:
        """Ends a stream before Teams does, which would show it as failed; the answer takes its place all the same."""
        await asyncio.sleep(LONGEST)
        async with stream.lock:
            stream.over = True
            try:
                await self._sdk.send(address, _final(said(escaped(still)), id_))
            except (Rejected, BotError) as error:
                log.info("a long stream was not ended: %s", error)

    async def tell(self, address: Address, spot: Spot, words: str) -> None:
        """One more step; the caller keeps the pace. Raises Stopped; nothing else."""
        stream = self._streams.get(spot.text)
        if stream is None or stream.over or time.time() > spot.since + LONGEST:
            return
        async with stream.lock:
            stream.sequence += 1
            try:
                await self._sdk.send(address, _informative(words, stream.sequence, spot.text), fleeting=True)
            except Rejected as error:
                stream.over = True
                if cancelled(error):
                    stream.stopped = True
                    raise Stopped from error
            except BotError as error:
                log.info("a step was not shown: %s", error)
                stream.sequence -= not isinstance(error, Unsure)  # Teams wants no gap in what it has taken
            finally:
                stream.sent = time.monotonic()

    async def end(self, address: Address, spot: Spot, activity: dict[str, Any]) -> bool:
        """The final message. False when Teams has ended the stream already. Raises Stopped, Unavailable, NotFound."""
        stream = self._streams.setdefault(spot.text, _Stream())
        stream.stop()
        if stream.stopped:
            raise Stopped
        if stream.over or time.time() > spot.since + LONGEST:
            self._streams.pop(spot.text, None)
            return False
        async with stream.lock:
            await asyncio.sleep(max(0.0, stream.sent + self.gap - time.monotonic()) if stream.sent else 0.0)
            try:
                await self._sdk.send(address, _final(activity, spot.text))
            except Rejected as error:
                if cancelled(error):
                    raise Stopped from error
                if error.status not in (400, 403, 405):
                    raise
                log.info("the stream had ended: %s", error)
                return False
            finally:
                stream.sent = time.monotonic()
        self._streams.pop(spot.text, None)
        return True


def cancelled(error: Rejected) -> bool:
    """Was it the asker who ended the stream?"""
    told = f"{error.code} {error.text}".lower()
    return error.status == 403 and ("canceled" in told or "cancelled" in told)


def _informative(words: str, sequence: int, stream: str) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": "streaminfo", "streamType": "informative", "streamSequence": sequence}
    entity |= {"streamId": stream} if stream else {}
    shown = cut(literal(one_line(words)), INFORMATIVE) or "…"
    return {"type": "typing", "text": shown, "entities": [entity]}


def _final(activity: dict[str, Any], stream: str) -> dict[str, Any]:
    entity = {"type": "streaminfo", "streamId": stream, "streamType": "final"}
    return {**activity, "entities": [entity, *activity.get("entities", ())]}
