"""All rows of an answer as CSV, behind a link that ends. Without it what a card has no room for could not be had.

The link is the key: what lies in the store is sealed with it and found by its hash, so that nobody can read it there.
"""

from __future__ import annotations

import asyncio
import hashlib
import re

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from adapters.replying import Store
from adapters.replying.comma_separated import comma_separated
from agents.domain import SqlResult
from agents.errors import Unavailable

PATH = "/teams/files/"
_KEY = re.compile("[A-Za-z0-9_=-]{44}")
SECONDS = 600.0
"""How long a link, or a file that is offered, is good for."""
HEADERS = {
    "Content-Disposition": 'attachment; filename="findata.csv"',
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Sheets:
    """Puts files and hands them out. Without a `public_url` there are none."""

    def __init__(self, store: Store, public_url: str) -> None:
        self._store, self._public_url = store, public_url.rstrip("/")

    @property
    def on(self) -> bool:
        """Can a browser reach us?"""
        return bool(self._public_url)

    def mount(self, app: web.Application) -> None:
        """The address that links lead to."""
        if self.on:
            app.router.add_get(f"{PATH}{{key:{_KEY.pattern}}}", self.handed_out)

    async def put(self, result: SqlResult) -> str:
        """The link to all its rows. Raises Unavailable."""
        key, _ = await self._sealed(result, "")
        return f"{self._public_url}{PATH}{key}"

    async def offered(self, result: SqlResult, person: str) -> tuple[str, int]:
        """The key by which this person alone takes it, and its bytes. Raises Unavailable."""
        return await self._sealed(result, person)

    async def taken(self, key: str, person: str) -> bytes | None:
        """The file, once; None when it is gone, was never there, or is another's. Raises Unavailable."""
        if not _KEY.fullmatch(key) or not person:
            return None
        name = _name(key, person)
        sealed = await self._store.get(name)
        if not sealed or not await self._store.delete(name):
            return None
        return await _opened(key, sealed)

    async def _sealed(self, result: SqlResult, person: str) -> tuple[str, int]:
        key = Fernet.generate_key().decode()
        content = await asyncio.to_thread(comma_separated, result)
        sealed = await asyncio.to_thread(Fernet(key).encrypt, content)
        await self._store.put(_name(key, person), sealed, seconds=SECONDS)
        return key, len(content)

    async def handed_out(self, request: web.Request) -> web.Response:
        """The file, 404 when the link has ended or never was, 503 when the store is down."""
        key = request.match_info["key"]
        try:
            sealed = await self._store.get(_name(key))
            content = await _opened(key, sealed) if sealed else None
        except Unavailable:
            return web.Response(status=503, headers={"Cache-Control": "no-store"})
        if content is None:
            return web.Response(status=404, headers={"Cache-Control": "no-store"})
        return web.Response(body=content, content_type="text/csv", charset="utf-8", headers=HEADERS)


async def _opened(key: str, sealed: bytes) -> bytes | None:
    try:
        return await asyncio.to_thread(Fernet(key).decrypt, sealed)
    except (InvalidToken, ValueError):
        return None


def _name(key: str, person: str = "") -> str:
    """Without the person for whom it was put there it is not found."""
    return f"teams:file:{hashlib.sha256(f'{key}{person}'.encode()).hexdigest()}"
