"""Messages as they are put into a conversation, each once. Without it a retried answer would be shown twice."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from adapters.teams import elements
from adapters.teams.address import Address
from adapters.teams.markdown import escaped
from adapters.teams.message import said
from adapters.teams.notebook import UNSURE, Notebook
from adapters.teams.sdk_adapter import SdkAdapter
from adapters.teams.wire import Rejected, Unsure
from agents.errors import NotFound, Unavailable

log = logging.getLogger(__name__)

Activity = dict[str, Any]


class Delivery:
    """Over the SDK. Raises NotFound where we may no longer speak, Unavailable, and Rejected for what is malformed."""

    def __init__(self, sdk: SdkAdapter, notebook: Notebook) -> None:
        self._sdk, self._notebook = sdk, notebook

    async def say(self, address: Address, words: str) -> str:
        """One sentence of our own, outside any turn. `words` are escaped here."""
        return await self.post(address, said(escaped(words)))

    async def post(self, address: Address, activity: Activity) -> str:
        """A new message; its id."""
        try:
            return await self._sdk.send(address, activity)
        except Rejected as error:
            raise _gone(error) from error

    async def edit(self, address: Address, id_: str, activity: Activity, *, fleeting: bool = False) -> None:
        """Replaces a message; a text may become a text or a card, a card only a card."""
        try:
            await self._sdk.update(address, id_, activity, fleeting=fleeting)
        except Rejected as error:
            raise _gone(error) from error

    async def remove(self, address: Address, id_: str) -> None:
        """Takes a card away, or makes it say nothing more where that cannot be; not worth failing for."""
        done = {"type": "message", "attachments": [elements.attachment(elements.card([elements.small("✓")]))]}
        try:
            await self._sdk.delete(address, id_)
        except (Rejected, NotFound, Unavailable) as error:
            log.info("a card could not be taken away: %s", error)
            with suppress(Rejected, NotFound, Unavailable):
                await self._sdk.update(address, id_, done)

    async def once(self, address: Address, mark: str, activity: Activity) -> str:
        """A new message the first time, an edit of it after that. Raises Unsure when it may be there already."""
        stands = await self._notebook.marked(mark)
        if stands == UNSURE:
            raise Unsure("sent before, and nobody knows what became of it")
        if stands:
            await self.edit(address, stands, activity)
            return stands
        await self._notebook.mark(mark, UNSURE)
        try:
            id_ = await self.post(address, activity)
        except Unsure:
            raise
        except (Rejected, NotFound, Unavailable):
            await self._notebook.unmark(mark)
            raise
        await self._notebook.mark(mark, id_)
        return id_


def _gone(error: Rejected) -> Exception:
    """Teams refuses us, not the message: the bot was removed or blocked there."""
    return NotFound(f"Teams refuses us there: {error}") if error.status == 403 else error
