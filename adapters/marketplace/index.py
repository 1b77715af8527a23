"""The marketplace as the agents use it: our own index over any backend, read again in the background.

Without it search would be the backend's substring matching, and an outage would read as "no such product".
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from adapters.marketplace.listing import Backend, Problem
from adapters.marketplace.shelf import Shelf, shelf_of
from agents.domain import DataProduct, Hit, TableRef, User
from agents.errors import BotError, NotFound, Unavailable
from agents.ports import Narrowing

logger = logging.getLogger(__name__)

MAX_QUESTION: Final = 2000
"""Characters of a question that are looked at."""
FIRST_RETRY: Final = 3.0
"""Seconds between two attempts to read a marketplace that was never read."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the catalogue stands. `as_of` None: it was never read; `failure`: why the last attempt to read it failed."""

    backend: str
    products: int = 0
    tables: int = 0
    as_of: datetime | None = None
    failure: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def up(self) -> bool:
        """Whether questions can be answered at all, be it from an older state."""
        return self.as_of is not None


@dataclass(slots=True)
class SearchedMarketplace:
    """Implements ports.Marketplace. `product_url` has {id} in it and gives the only links to products.

    The first question waits for the first reading; later ones are answered from the last state while a newer one is
    read at most every `refresh` seconds. A backend that is down costs freshness, not answers.
    """

    backend: Backend
    product_url: str = ""
    refresh: float = 300.0
    _shelf: Shelf | None = None
    _cursor: str = ""
    _failure: str = ""
    _checked: float = float("-inf")
    _syncing: asyncio.Task[None] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def sync(self) -> None:
        """Reads the backend now and swaps the index when something changed. Raises what the backend raises."""
        async with self._lock:
            await self._read()

    async def _read(self) -> None:
        try:
            snapshot = await self.backend.fetch(self._cursor)
            if snapshot is not None:
                self._shelf = await asyncio.to_thread(shelf_of, snapshot, self.product_url)
                self._cursor = snapshot.cursor
                logger.info("%s: %s products, %s problems", self.backend.name, *_counts(self._shelf))
        except BotError as error:
            self._failure = str(error)
            logger.warning("%s cannot be read: %s", self.backend.name, error)
            raise
        finally:
            self._checked = time.monotonic()
        self._failure = ""

    def health(self) -> Health:
        """How the catalogue stands now; never raises, never waits."""
        shelf = self._shelf
        if shelf is None:
            return Health(self.backend.name, failure=self._failure)
        return Health(
            self.backend.name,
            products=len(shelf.listings),
            tables=len(shelf.by_table),
            as_of=shelf.as_of,
            failure=self._failure,
            problems=shelf.problems,
        )

    async def close(self) -> None:
        """Ends a reading that is under way."""
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)

    async def search(
        self, user: User, words: str, *, limit: int = 8, narrowing: Narrowing | None = None
    ) -> tuple[Hit, ...]:
        """Best match first, near-duplicates collapsed; empty when nothing matches. Raises Unavailable."""
        shelf = await self._current()
        return shelf.search(words[:MAX_QUESTION], limit, narrowing or Narrowing())

    async def get(self, user: User, product_id: str) -> DataProduct:
        """The whole product. Raises NotFound."""
        product = (await self._current()).by_id.get(product_id)
        if product is None:
            raise NotFound(f"no product {product_id[:80]!r}")
        return product

    async def named_in(self, user: User, words: str) -> tuple[DataProduct, ...]:
        """Products whose id or name stands in these words as such, longest name first."""
        return (await self._current()).named_in(words[:MAX_QUESTION])

    async def publishing(self, user: User, table: TableRef) -> tuple[DataProduct, ...]:
        """The products that publish this table, active ones first; empty when none does."""
        return (await self._current()).publishing(table)

    async def products(self) -> tuple[DataProduct, ...]:
        """Every product, as the backend lists them: for operators and for what is installed in the workspace."""
        return tuple(listing.product for listing in (await self._current()).listings)

    async def _current(self) -> Shelf:
        """The state to answer from: the last one, while a newer one may be on its way."""
        if self._shelf is None:
            return await self._first()
        stale = time.monotonic() - self._checked > self.refresh
        if stale and (self._syncing is None or self._syncing.done()):
            self._syncing = asyncio.create_task(self._refreshed())
        return self._shelf

    async def _first(self) -> Shelf:
        """The first state, read once for all who wait for it; after a failure not tried again at once."""
        async with self._lock:
            if self._shelf is None and time.monotonic() - self._checked >= FIRST_RETRY:
                with suppress(BotError):  # whatever it is: a key that was refused is not the asker's
                    await self._read()
        if self._shelf is None:
            failure = self._failure or "the marketplace was never read"
            raise Unavailable(failure, retry_after=FIRST_RETRY, reason="marketplace_down")
        return self._shelf

    async def _refreshed(self) -> None:
        with suppress(BotError):  # logged and kept for health(); the last state still answers
            await self.sync()


def _counts(shelf: Shelf) -> tuple[int, int]:
    return len(shelf.listings), len(shelf.problems)
