"""All rows of an answer as CSV, behind a link that ends. Without it what a card has no room for could not be had.

What lies in the store is sealed with a key that only the link holds, and found by its hash: nobody can read it there.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import Protocol

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken
from pydantic import TypeAdapter

from adapters.replying import Store
from adapters.replying.comma_separated import comma_separated
from agents.domain import SqlResult, User
from agents.errors import Unavailable

PATH = "/teams/files/"
_KEY = re.compile("[A-Za-z0-9_=-]{44}")
_USER: TypeAdapter[User] = TypeAdapter(User)
SECONDS = 600.0
"""How long a link, or a file that is offered, is good for."""
HEADERS = {
    "Content-Disposition": 'attachment; filename="findata.csv"',
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Visitors(Protocol):
    """Whose browser it is that opens a link, and what it is shown."""

    def page(
        self, request: web.Request, key: str, *, status: int = 200, button: bool = False, who: str = ""
    ) -> web.Response:
        """file, file_gone or file_down in the browser's language; the button posts to where the page stands."""

    def coming_back(self, request: web.Request) -> bool:
        """Does it come from where `sent` has sent it?"""

    async def sent(self, request: web.Request, user: User) -> web.Response | None:
        """Where it has to go to prove that it is this person's; None when it has, or nobody can tell.

        Raises Unavailable.
        """


class Sheets:
    """Puts files and hands them out, each once. Without a `public_url` and `visitors` there are no links."""

    def __init__(self, store: Store, public_url: str, visitors: Visitors | None = None) -> None:
        self._store, self._public_url, self._visitors = store, public_url.rstrip("/"), visitors

    @property
    def on(self) -> bool:
        """Can a browser reach us?"""
        return bool(self._public_url and self._visitors)

    def mount(self, app: web.Application) -> None:
        """The address that links lead to."""
        if self.on:
            path = f"{PATH}{{key:{_KEY.pattern}}}"
            app.router.add_get(path, self.visited, allow_head=False)
            app.router.add_post(path, self.visited)

    async def put(self, result: SqlResult, user: User) -> str:
        """The link by which this person gets all its rows. Raises Unavailable."""
        key, _ = await self._sealed(result, user, "")
        return f"{self._public_url}{PATH}{key}"

    async def offered(self, result: SqlResult, user: User) -> tuple[str, int]:
        """The key by which this person alone takes it, and its bytes. Raises Unavailable."""
        return await self._sealed(result, user, user.id)

    async def taken(self, key: str, person: str) -> bytes | None:
        """The file, once; None when it is gone, was never there, or is another's. Raises Unavailable."""
        found = await self._found(key, person) if _KEY.fullmatch(key) and person else None
        return found[1] if found and await self._store.delete(_name(key, person)) else None

    async def _sealed(self, result: SqlResult, user: User, person: str) -> tuple[str, int]:
        key = Fernet.generate_key().decode()
        content = await asyncio.to_thread(comma_separated, result)
        sealed = await asyncio.to_thread(Fernet(key).encrypt, _USER.dump_json(user) + b"\n" + content)
        await self._store.put(_name(key, person), sealed, seconds=SECONDS)
        return key, len(content)

    async def _found(self, key: str, person: str = "") -> tuple[User, bytes] | None:
        """Whose file it is, and the file."""
        sealed = await self._store.get(_name(key, person))
        try:
            opened = await asyncio.to_thread(Fernet(key).decrypt, sealed) if sealed else b""
        except (InvalidToken, ValueError):
            return None
        user, _, content = opened.partition(b"\n")
        return (_USER.validate_json(user), content) if user else None

    # ── in the browser ────────────────────────────────────────────────────────────────────────────────────────────

    async def visited(self, request: web.Request) -> web.Response:
        """A page that changes nothing, for chats look into links; its button brings the file, to whom it is for."""
        visitors = self._visitors
        if visitors is None:
            raise web.HTTPNotFound
        try:
            return await self._handed_out(request, request.match_info["key"], visitors)
        except Unavailable:
            return visitors.page(request, "file_down", status=503)

    async def _handed_out(self, request: web.Request, key: str, visitors: Visitors) -> web.Response:
        found = await self._found(key)
        if found is None:
            return visitors.page(request, "file_gone", status=404)
        user, content = found
        if request.method == "GET" and not visitors.coming_back(request):
            return visitors.page(request, "file", button=True, who=user.name or user.id)
        elsewhere = await visitors.sent(request, user)
        if elsewhere is not None:
            return elsewhere
        if not await self._store.delete(_name(key)):
            return visitors.page(request, "file_gone", status=404)
        return web.Response(body=content, content_type="text/csv", charset="utf-8", headers=HEADERS)


def _name(key: str, person: str = "") -> str:
    """Without the person for whom it was put there it is not found."""
    return f"teams:file:{hashlib.sha256(f'{key}{person}'.encode()).hexdigest()}"
