"""All rows of an answer as a file that Slack keeps. Without it they would be made and go nowhere."""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from typing import Literal

import aiohttp

from adapters.replying.comma_separated import comma_separated
from adapters.replying.keeping import handle
from adapters.replying.workbook import workbook
from adapters.slack.address import Address, Spot
from adapters.slack.delivery import Delivery
from adapters.slack.message import Controls, draw
from adapters.slack.notebook import Notebook
from adapters.slack.web import Rejected, Web
from adapters.wording import Span, Spoken, figure, phrase
from agents.domain import Figures, Language, Turn
from agents.errors import NotFound, Unavailable


class Sheets:
    """Uploads the rows once, then says so where the reply is awaited."""

    def __init__(self, web: Web, notebook: Notebook, delivery: Delivery) -> None:
        self._web, self._notebook, self._delivery = web, notebook, delivery

    async def send(
        self, address: Address, spot: Spot, figures: Figures, language: Language, turn: Turn, *, aside: bool
    ) -> None:
        """To the thread, or to the asker alone when it is `aside`. Raises Unavailable and NotFound."""
        kind: Literal["csv", "xlsx"] = "xlsx" if address.sheet == "xlsx" else "csv"
        mark = f"sheet:{handle(turn.id)}"
        if not await self._notebook.marked(mark):
            content = await asyncio.to_thread(workbook if kind == "xlsx" else comma_separated, figures.result)
            there = address.moved(await self._delivery.direct(address)) if aside else address
            await self._upload(there, f"findata.{kind}", content)
            await self._notebook.mark(mark)
        key = "slack.sheet_apart" if aside else "slack.sheet"
        said = phrase(language, key, count=figure(len(figures.result.rows), language), kind=kind.upper())
        if spot.way == "hook":
            await self._whisper(address, said)
            return
        spoken = Spoken(language, (Span(said),))
        await self._delivery.edit(address, spot, lambda plainness: draw(spoken, Controls(), plainness), handle(turn.id))

    async def _whisper(self, address: Address, said: str) -> None:
        """A response_url that has run out is no loss: the file itself is there."""
        with suppress(NotFound):
            text = {"response_type": "ephemeral", "replace_original": False, "text": said}
            await self._web.whisper(address.hook, text)

    async def _upload(self, address: Address, name: str, content: bytes) -> None:
        try:
            told = await self._web.call(address.team, "files.getUploadURLExternal", filename=name, length=len(content))
            await self._put(str(told["upload_url"]), content)
            await self._web.call(
                address.team,
                "files.completeUploadExternal",
                files=[{"id": told["file_id"], "title": name}],
                channel_id=address.channel,
                thread_ts=address.thread or None,
            )
        except Rejected as error:
            raise (NotFound(str(error)) if error.gone else Unavailable(str(error), retry_after=5.0)) from error

    async def _put(self, url: str, content: bytes) -> None:
        try:
            async with self._web.session.post(url, data=io.BytesIO(content)) as answered:
                if answered.status >= 300:
                    raise Unavailable(f"upload: {answered.status}", retry_after=2.0)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"upload: {type(error).__name__}") from error
