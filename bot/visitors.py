"""Whose browser it is that opens somebody's file, and what it is shown. Without it a link alone would give the rows.

Where each asker links an identity of their own, the browser has to sign in to Databricks as the very same person.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets

from aiohttp import web

from adapters.databricks.client import Workspace
from adapters.databricks.consent import Consent, UserOAuth
from adapters.databricks.identity import Token
from adapters.databricks.stores import ExpiringStore
from agents.domain import User
from agents.errors import NotConnected, Refused
from bot.pages import page
from bot.signin import sent_on

log = logging.getLogger(__name__)

COOKIE = "findata-visitor"
PROOF_SECONDS = 60.0  # from the consent page back to the file
PROOF = re.compile(r"[\w-]{43}")


class Visitors:
    """Where nobody can tell whose browser it is, the link is the key. Implements adapters.teams' Visitors."""

    def page(
        self, request: web.Request, key: str, *, status: int = 200, button: bool = False, who: str = ""
    ) -> web.Response:
        """A page in the browser's language; its button posts to where it stands."""
        return page(request, key, status=status, form={} if button else None, who=who)

    def coming_back(self, request: web.Request) -> bool:
        """Did this browser just prove whose it is, as far as it says itself?"""
        return False

    async def sent(self, request: web.Request, user: User) -> web.Response | None:
        """Where the browser has to go first; None when it is this person's. Raises Unavailable."""
        return None


class LinkedVisitors(Visitors):
    """What a person consents to here is looked at once and not kept. Implements bot.signin's Errands as well."""

    def __init__(self, oauth: UserOAuth, workspace: Workspace, store: ExpiringStore, *, secure: bool) -> None:
        self._oauth, self._workspace, self._store, self._secure = oauth, workspace, store, secure

    def coming_back(self, request: web.Request) -> bool:
        """A cookie that nobody has looked at yet; `sent` does."""
        return COOKIE in request.cookies

    async def sent(self, request: web.Request, user: User) -> web.Response | None:
        """To the consent page, unless it comes from there; each proof is good once, for one page and one person."""
        proof = request.cookies.get(COOKIE, "")
        if PROOF.fullmatch(proof) and await self._store.delete(_key(proof, request.path, user)):
            return None
        return sent_on(await self._oauth.begin(user, request.path), secure=self._secure)

    async def returned(self, request: web.Request, consent: Consent) -> web.Response:
        """Back to the page with a proof, or no further. Raises Unavailable."""
        if not await self._same(consent):
            log.warning("a file of %s was asked for by another identity", consent.user.key)
            return page(request, "file_foreign", status=403)
        proof, path = secrets.token_urlsafe(32), consent.errand
        await self._store.put(_key(proof, path, consent.user), b"1", seconds=PROOF_SECONDS)
        answer = web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
        seconds, secure = int(PROOF_SECONDS), self._secure
        answer.set_cookie(COOKIE, proof, max_age=seconds, httponly=True, secure=secure, samesite="Lax", path=path)
        return answer

    async def _same(self, consent: Consent) -> bool:
        """Is who has just signed in the person whose rights the chat user's questions use?"""
        grant = consent.grant
        try:
            here = await self._workspace.holder(Token(grant.access_token, grant.expires_at))
            theirs = await self._workspace.whom(consent.user)
        except (NotConnected, Refused):
            return False
        return bool(here) and here.casefold() == theirs.casefold()


def _key(proof: str, path: str, user: User) -> str:
    return "visitor/" + hashlib.sha256(f"{proof}\n{path}\n{user.key}".encode()).hexdigest()
