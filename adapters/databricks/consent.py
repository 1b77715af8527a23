"""Each asker links their own Databricks identity once (OAuth with PKCE). Without it the bot would act as itself."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.databricks.identity import MARGIN, Token
from adapters.databricks.oauth import Application, AuthorizationServer, Challenge, Grant
from adapters.databricks.stores import ExpiringStore
from adapters.databricks.vault import Vault
from agents.domain import User
from agents.errors import NotConnected, Unavailable

log = logging.getLogger(__name__)

CONSENT_SECONDS = 600.0  # how long a link to the consent page is good for
KEEP_SECONDS = 7 * 24 * 3600.0  # a refresh token's life by default
FRESH_SECONDS = 30.0  # how long a token read from the store is used without looking again


@dataclass(frozen=True, slots=True)
class Linking:
    """Our registration for consent. `redirect_url` is our own callback, registered with the account."""

    application: Application
    redirect_url: str
    scopes: tuple[str, ...] = ("all-apis", "offline_access")


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed to a link that was given to `user`; whether it was the same person is not known yet.

    `errand`: the page of ours that they were on their way to; nothing is to be linked then.
    """

    user: User
    grant: Grant
    errand: str = ""


class UserOAuth:
    """Askers' own tokens: sealed in the shared store, renewed under a lock, known to this process for seconds only."""

    as_asker = True

    def __init__(self, server: AuthorizationServer, linking: Linking, store: ExpiringStore, vault: Vault) -> None:
        self._server, self._linking, self._store, self._vault = server, linking, store, vault
        self._seen: dict[str, tuple[Token, float]] = {}

    async def begin(self, user: User, errand: str = "") -> str:
        """The address of the consent page for this user, good once and for ten minutes."""
        state, challenge = secrets.token_urlsafe(32), Challenge.new()
        note = {
            "platform": user.platform,
            "tenant": user.tenant,
            "id": user.id,
            "name": user.name,
            "locale": user.locale,
            "verifier": challenge.verifier,
            "errand": errand,
        }
        await self._store.put(f"consent/{state}", self._vault.seal(note), seconds=CONSENT_SECONDS)
        return await self._server.authorization_url(
            response_type="code",
            client_id=self._linking.application.client_id,
            redirect_uri=self._linking.redirect_url,
            scope=" ".join(self._linking.scopes),
            state=state,
            code_challenge=challenge.code,
            code_challenge_method="S256",
        )

    async def redeem(self, state: str, code: str) -> Consent:
        """Consent was given, and nothing is kept before `keep`. Raises NotConnected (stale or used), Unavailable."""
        note = await self._claimed(state)
        user = User(*(str(note.get(part, "")) for part in ("platform", "tenant", "id", "name", "locale")))
        grant = await self._server.grant(
            self._linking.application,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._linking.redirect_url,
                "code_verifier": str(note.get("verifier", "")),
            },
        )
        return Consent(user, grant, str(note.get("errand", "")))

    async def keep(self, consent: Consent) -> None:
        """From now on the chat user's questions are asked with these rights. Raises Unavailable."""
        await self._keep(consent.user, consent.grant)
        log.info("linked %s", consent.user.key)

    async def token(self, user: User, *, refused: str = "") -> Token:
        """The user's token with minutes of life left. Raises NotConnected when they have not linked or must again."""
        token, until = self._seen.get(user.key, (Token("", 0.0), 0.0))
        if time.monotonic() < until and token.value != refused and token.good_for(MARGIN):
            return token
        async with self._store.lock(f"token/{user.key}"):
            grant = await self._stored(user)
            if grant.access_token == refused or not Token("", grant.expires_at).good_for(MARGIN):
                grant = await self._renewed(user, grant, refused)
        return self._noticed(user, grant)

    async def forget(self, user: User) -> bool:
        """Unlinks. False when there was nothing to forget. Other replicas notice within seconds."""
        self._seen.pop(user.key, None)
        return await self._store.delete(f"token/{user.key}")

    async def _claimed(self, state: str) -> Mapping[str, object]:
        sealed = await self._store.get(f"consent/{state}")
        if sealed is None or not await self._store.delete(f"consent/{state}"):
            raise NotConnected("this link was used already, or is too old")
        note = self._vault.open(sealed)
        if note is None:
            raise NotConnected("this link was sealed with a key that is gone")
        return note

    async def _stored(self, user: User) -> Grant:
        sealed = await self._store.get(f"token/{user.key}")
        note = self._vault.open(sealed) if sealed else None
        if note is None:
            self._seen.pop(user.key, None)
            raise NotConnected(f"{user.key} has not linked an account")
        return Grant(str(note["access_token"]), float(str(note["expires_at"])), str(note["refresh_token"]))

    async def _renewed(self, user: User, grant: Grant, refused: str) -> Grant:
        if not grant.refresh_token:
            raise NotConnected(f"{user.key}: the token ran out and cannot be renewed")
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        try:
            new = await self._server.grant(self._linking.application, form)
        except NotConnected:
            await self.forget(user)
            raise
        except Unavailable:
            if grant.access_token != refused and Token("", grant.expires_at).good_for(30):
                return grant  # it still works, and may be renewed next time
            raise
        # A server that does not rotate refresh tokens need not repeat them.
        new = Grant(new.access_token, new.expires_at, new.refresh_token or grant.refresh_token)
        await self._keep(user, new)
        return new

    async def _keep(self, user: User, grant: Grant) -> None:
        note = {
            "access_token": grant.access_token,
            "expires_at": grant.expires_at,
            "refresh_token": grant.refresh_token,
        }
        await self._store.put(f"token/{user.key}", self._vault.seal(note), seconds=KEEP_SECONDS)
        self._noticed(user, grant)

    def _noticed(self, user: User, grant: Grant) -> Token:
        token, now = Token(grant.access_token, grant.expires_at), time.monotonic()
        self._seen[user.key] = (token, now + FRESH_SECONDS)
        for key in [key for key, (_, until) in self._seen.items() if until < now]:
            del self._seen[key]
        return token
