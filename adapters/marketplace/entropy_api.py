"""The REST calls of Entropy Data: keys, pages, limits, errors. Without it a 429 would read as "no products"."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from agents.errors import BotError, NotConnected, NotFound, Refused, Unavailable

MAX_PAGES: Final = 1000
MAX_BODY: Final = 20_000_000
ATTEMPTS: Final = 4
MAX_WAIT: Final = 30.0
"""Seconds that a single Retry-After is obeyed for; longer ones are passed on."""

_DENIED: Final[dict[int, type[BotError]]] = {401: NotConnected, 403: Refused, 404: NotFound, 410: NotFound}
_RETRIED: Final = (429, 502, 503, 504)


@dataclass(slots=True)
class EntropyApi:
    """Calls to one marketplace. Every method raises Unavailable, NotConnected (key refused), Refused and NotFound."""

    url: str
    key: str = field(repr=False)
    timeout: float = 30.0
    _session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """One document."""
        return (await self._call(path, query))[0]

    async def pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Every item of a list, page after page for as long as the server names a next one."""
        for page in range(MAX_PAGES):
            items, following = await self._call(path, {"p": str(page)})
            for item in _objects(items):
                yield item
            if not following:
                return

    async def _call(self, path: str, query: Mapping[str, str] | None) -> tuple[Any, bool]:
        """The answer, and whether there is a next page. Waits and tries again where the server asks for it."""
        wait = 0.0
        for attempt in range(ATTEMPTS):
            try:
                async with self._opened().get(self.url.rstrip("/") + path, params=query) as answer:
                    if answer.status not in _RETRIED:
                        return await _read(answer), "next" in answer.links
                    wait = _retry_after(answer, attempt)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise Unavailable(f"the marketplace does not answer: {type(error).__name__}") from error
            if wait > MAX_WAIT:
                break
            await asyncio.sleep(wait)
        raise Unavailable("the marketplace is busy", retry_after=wait)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers={"x-api-key": self.key, "Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            )
        return self._session


def _objects(items: object) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


async def _read(answer: aiohttp.ClientResponse) -> Any:
    """The body of a success. What is no JSON, or cut, is an outage and not an empty list."""
    if answer.status in _DENIED:
        raise _DENIED[answer.status](f"the marketplace answered {answer.status}")
    if answer.status >= 400:
        raise Unavailable(f"the marketplace answered {answer.status}")
    body = await answer.content.read(MAX_BODY + 1)
    while body and len(body) <= MAX_BODY and not answer.content.at_eof():
        body += await answer.content.read(MAX_BODY)
    if len(body) > MAX_BODY:
        raise Unavailable(f"the marketplace answered more than {MAX_BODY} bytes")
    try:
        return json.loads(body) if body.strip() else None
    except ValueError as error:
        raise Unavailable("the marketplace answered no JSON") from error


def _retry_after(answer: aiohttp.ClientResponse, attempt: int) -> float:
    """Seconds to wait: as the server says, else doubling from half a second."""
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isdigit() else 0.5 * 2.0**attempt
