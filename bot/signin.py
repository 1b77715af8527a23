"""Links an asker's Databricks identity from chat, and then answers what they had asked.

Without it the first question of every new person would be lost in a sign-in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from adapters.databricks.consent import CONSENT_SECONDS, Consent, UserOAuth
from adapters.databricks.stores import ExpiringStore
from adapters.databricks.vault import Vault
from adapters.redis.envelope import seal, unseal
from agents.domain import ReplyTo, Turn, User
from agents.errors import NotConnected, Unavailable
from agents.ports import Inbox
from bot.confirmation import Confirmations
from bot.pages import page

log = logging.getLogger(__name__)

CONNECT, CALLBACK = "/databricks/connect", "/databricks/callback"
TICKET_SECONDS = 3600.0  # how long a link in a chat is good for, and its question kept
MOST_KEPT = 5  # questions of one asker
LARGEST_FORM = 4096  # bytes
OPAQUE = re.compile(r"[\w.~-]{16,512}")


class Errands(Protocol):
    """What people sign in for besides linking."""

    async def returned(self, request: web.Request, consent: Consent) -> web.Response:
        """They have signed in, and go on to `consent.errand`. Raises Unavailable."""


class SignIn:
    """`base` is our own public address. What is kept of a question is sealed like the tokens are.

    `by_code`: consent counts once its chat user has sent the code that the browser shows.
    """

    def __init__(
        self,
        oauth: UserOAuth,
        store: ExpiringStore,
        vault: Vault,
        base: str,
        *,
        by_code: bool = True,
        errands: Errands | None = None,
    ) -> None:
        self._oauth, self._store, self._vault, self._base = oauth, store, vault, base.rstrip("/")
        self._held = Confirmations(oauth, store, vault) if by_code else None
        self._errands = errands
        self._inbox: Inbox | None = None

    # ── from the chat ─────────────────────────────────────────────────────────────────────────────────────────────

    async def invite(self, turn: Turn, to: ReplyTo) -> str:
        """Keeps the turn; answers the address, good once, where its asker links an identity. Raises Unavailable."""
        await self._keep(turn, to)
        ticket, user = secrets.token_urlsafe(32), turn.user
        note = {part: getattr(user, part) for part in ("platform", "tenant", "id", "name", "locale")}
        await self._store.put(_key(ticket), self._vault.seal(note), seconds=TICKET_SECONDS)
        return f"{self._base}{CONNECT}?ticket={ticket}"

    async def confirm(self, user: User, code: str) -> bool:
        """Links who sends the code of their own consent, and asks again what they had asked. Raises Unavailable.

        True as well when told twice: who died before "linked" was said has left that to another replica.
        """
        if self._held is None or not await self._held.keep(user, code):
            return False
        if self._inbox:
            await self._resumed(user, self._inbox)
        return True

    async def resume(self, user: User, inbox: Inbox) -> int:
        """Hands in again what this person had asked; how many questions that were. Raises Unavailable.

        Under ids of their own that follow from the first ones, so that doing it twice asks once.
        """
        async with self._store.lock(_kept(user)):
            taken = 0
            for turn, to in await self._letters(user):
                receipt = await inbox.accept(*_again(turn, to))
                taken += receipt.outcome in ("accepted", "duplicate")
            await self._store.delete(_kept(user))
        return taken

    async def _keep(self, turn: Turn, to: ReplyTo) -> None:
        key = _kept(turn.user)
        async with self._store.lock(key):
            letters = [letter for letter in await self._letters(turn.user) if letter[0].id != turn.id]
            sealed = [base64.b64encode(seal(*one)).decode() for one in [*letters, (turn, to)][-MOST_KEPT:]]
            await self._store.put(key, self._vault.seal({"letters": sealed}), seconds=TICKET_SECONDS)

    async def _letters(self, user: User) -> list[tuple[Turn, ReplyTo]]:
        sealed = await self._store.get(_kept(user))
        note = self._vault.open(sealed) if sealed else None
        letters = note.get("letters") if note else None
        return [unseal(base64.b64decode(str(one))) for one in letters] if isinstance(letters, list) else []

    # ── in the browser ────────────────────────────────────────────────────────────────────────────────────────────

    def mount(self, app: web.Application, inbox: Inbox) -> None:
        """Adds the pages that people are sent to; what they had asked is handed in to `inbox`."""

        async def callback(request: web.Request) -> web.Response:
            """Where the consent page sends the browser back to."""
            return await self._came_back(request, inbox)

        self._inbox = inbox
        app.router.add_get(CONNECT, self._asked)
        app.router.add_post(CONNECT, self._begun)
        app.router.add_get(CALLBACK, callback)

    async def _asked(self, request: web.Request) -> web.Response:
        """Says who is about to be linked. Looking changes nothing: chat platforms open links to preview them."""
        ticket = request.query.get("ticket", "")
        try:
            user = await self._of(ticket)
        except Unavailable:
            return page(request, "down", status=503)
        if user is None:
            return page(request, "stale", status=410)
        return page(
            request, "connect", form={"ticket": ticket}, who=user.name or user.id, platform=user.platform.title()
        )

    async def _begun(self, request: web.Request) -> web.Response:
        """Spends the ticket and sends the browser to the consent page, remembering that it was this browser."""
        try:
            fields = parse_qs((await request.content.read(LARGEST_FORM)).decode("utf-8", "replace"))
        except web.RequestPayloadError:
            return page(request, "stale", status=400)
        ticket = fields.get("ticket", [""])[0]
        try:
            user = await self._of(ticket)
            if user is None or not await self._store.delete(_key(ticket)):
                return page(request, "stale", status=410)
            url = await self._oauth.begin(user)
        except Unavailable as error:
            log.warning("linking cannot begin: %s", error)
            return page(request, "down", status=503)
        return sent_on(url, secure=self._base.startswith("https://"))

    async def _came_back(self, request: web.Request, inbox: Inbox) -> web.Response:
        state, code = request.query.get("state", ""), request.query.get("code", "")
        if not OPAQUE.fullmatch(state):
            return page(request, "stale", status=400)
        name, value = _cookie(state)
        if not hmac.compare_digest(request.cookies.get(name, "").encode(), value.encode()):
            return page(request, "foreign", status=403)
        if not code:
            return page(request, "denied", status=403)
        try:
            consent = await self._oauth.redeem(state, code)
            if consent.errand:
                return await self._returned(request, consent)
            return await self._agreed(request, consent, inbox)
        except NotConnected as error:
            log.info("not linked: %s", error)
            return page(request, "stale", status=410)
        except Unavailable as error:
            log.warning("not linked: %s", error)
            return page(request, "down", status=503)

    async def _returned(self, request: web.Request, consent: Consent) -> web.Response:
        """They were on their way elsewhere: nothing is linked."""
        return await self._errands.returned(request, consent) if self._errands else page(request, "stale", status=410)

    async def _agreed(self, request: web.Request, consent: Consent, inbox: Inbox) -> web.Response:
        user = consent.user
        who = user.name or user.id
        if self._held:
            code = await self._held.hold(consent)
            return page(request, "code", who=who, platform=user.platform.title(), code=code)
        await self._oauth.keep(consent)
        return page(request, await self._resumed(user, inbox), who=who)

    async def _resumed(self, user: User, inbox: Inbox) -> str:
        try:
            return "linked" if await self.resume(user, inbox) else "linked_only"
        except Unavailable as error:
            log.warning("what was asked before linking is not answered: %s", error)
            return "linked_only"

    async def _of(self, ticket: str) -> User | None:
        """Whom a ticket was given to; None when it is not good (any more). Raises Unavailable."""
        sealed = await self._store.get(_key(ticket)) if OPAQUE.fullmatch(ticket) else None
        note = self._vault.open(sealed) if sealed else None
        return User(**{part: str(value) for part, value in note.items()}) if note else None


def _again(turn: Turn, to: ReplyTo) -> tuple[Turn, ReplyTo]:
    """The same question as a new turn; an address that names the turn names the new one."""
    new = f"{turn.id}~linked"
    address = {part: new if value == turn.id else value for part, value in to.address.items()}
    return replace(turn, id=new, at=datetime.now(UTC)), replace(to, address=address)


def _key(ticket: str) -> str:
    return f"ticket/{hashlib.sha256(ticket.encode()).hexdigest()}"


def _kept(user: User) -> str:
    return f"asked/{user.key}"


def sent_on(consent_page: str, *, secure: bool) -> web.Response:
    """To the consent page. Only the browser that begins may end: else that page could be sent on to somebody else."""
    answer = web.Response(status=303, headers={"Location": consent_page, "Cache-Control": "no-store"})
    name, value = _cookie(parse_qs(urlsplit(consent_page).query)["state"][0])
    seconds = int(CONSENT_SECONDS)
    answer.set_cookie(name, value, max_age=seconds, httponly=True, secure=secure, samesite="Lax", path=CALLBACK)
    return answer


def _cookie(state: str) -> tuple[str, str]:
    """Name and value, so that two links opened side by side do not get in each other's way."""
    digest = hashlib.sha256(state.encode()).hexdigest()
    return f"findata-link-{digest[:8]}", digest
