"""The token endpoint's grants: a code, a refresh token, a service principal's secret or another provider's JWT.

Without this page nobody could sign in: tokens would have to be copied from a terminal.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.databricks.knobs import Knobs
from sandbox.databricks.oidc_clients import Client, Registry, TokenRefused
from sandbox.databricks.principals import People, Principal, Tokens

CODE_LIFE = 600.0
REFRESH_LIFE = 7 * 24 * 3600.0
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"


class Identities(Protocol):
    """What the grants need of the workspace."""

    @property
    def people(self) -> People:
        """Everybody it knows."""

    @property
    def tokens(self) -> Tokens:
        """The tokens it accepts."""

    @property
    def knobs(self) -> Knobs:
        """How long they live."""


@dataclass(frozen=True, slots=True)
class Request:
    """An authorization request that was checked."""

    client: str
    redirect: str
    challenge: str
    scope: str
    state: str


@dataclass(frozen=True, slots=True)
class _Consent:
    request: Request
    person: str
    until: float


@dataclass(frozen=True, slots=True)
class _Refresh:
    client: str
    person: str
    scope: str
    until: float


@dataclass(slots=True)
class Grants:
    """Codes and refresh tokens that are out, each good for one use."""

    workspace: Identities
    registry: Registry
    _codes: dict[str, _Consent] = field(default_factory=dict)
    _refreshes: dict[str, _Refresh] = field(default_factory=dict)

    def code(self, request: Request, person: Principal) -> str:
        """A code for what this person consented to; it works once, within ten minutes."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Consent(request, person.name, time.monotonic() + CODE_LIFE)
        return code

    def answer(self, form: Mapping[str, str], authorization: str) -> dict[str, object]:
        """The token endpoint's JSON for this form. Raises TokenRefused."""
        grants: dict[str, Callable[[Mapping[str, str], str, str], dict[str, object]]] = {
            "authorization_code": self._authorization_code,
            "refresh_token": self._refresh_token,
            "client_credentials": self._client_credentials,
            EXCHANGE: self._exchange,
        }
        grant = grants.get(form.get("grant_type", ""))
        if grant is None:
            raise TokenRefused("unsupported_grant_type", "Unknown grant_type.")
        return grant(form, *_credentials(form, authorization))

    def _authorization_code(self, form: Mapping[str, str], identity: str, secret: str) -> dict[str, object]:
        client = self.registry.authenticated(identity, secret)
        consent = self._codes.pop(form.get("code", ""), None)
        if consent is None or time.monotonic() > consent.until:
            raise TokenRefused("invalid_grant", "The code is unknown, used or expired.")
        if consent.request.client != client.id or consent.request.redirect != form.get("redirect_uri"):
            raise TokenRefused("invalid_grant", "The code was issued to another client or redirect_uri.")
        if not hmac.compare_digest(consent.request.challenge, challenge(form.get("code_verifier", ""))):
            raise TokenRefused("invalid_grant", "The code_verifier does not fit the code_challenge.")
        return self._issue(self._person(consent.person), client.id, consent.request.scope)

    def _refresh_token(self, form: Mapping[str, str], identity: str, secret: str) -> dict[str, object]:
        client = self.registry.authenticated(identity, secret)
        refresh = self._refreshes.get(form.get("refresh_token", ""))
        if refresh is None or refresh.client != client.id or time.monotonic() > refresh.until:
            raise TokenRefused("invalid_grant", "The refresh token is unknown, used or expired.")
        del self._refreshes[form["refresh_token"]]
        return self._issue(self._person(refresh.person), client.id, refresh.scope)

    def _client_credentials(self, form: Mapping[str, str], identity: str, secret: str) -> dict[str, object]:
        client = self.registry.authenticated(identity, secret)
        if not client.secret or not client.service_principal:
            raise TokenRefused("unauthorized_client", "This client is no service principal.")
        return self._issue(
            self._person(client.service_principal), client.id, form.get("scope") or "all-apis", once=True
        )

    def _exchange(self, form: Mapping[str, str], identity: str, secret: str) -> dict[str, object]:
        subject = form.get("subject_token", "")
        if form.get("subject_token_type") != JWT_TYPE or not subject:
            raise TokenRefused("invalid_request", f"subject_token of type {JWT_TYPE} expected.")
        client = self.registry.authenticated(identity, secret) if identity else Client(id="")
        person = self.workspace.people.named(self.registry.subject(subject))
        if person is None:
            raise TokenRefused("invalid_grant", "The subject token names nobody of this workspace.")
        return self._issue(person, client.id, form.get("scope") or "all-apis", once=True)

    def _person(self, name: str) -> Principal:
        person = self.workspace.people.named(name)
        if person is None:
            raise TokenRefused("invalid_grant", "The user or service principal does not exist any more.")
        return person

    def _issue(self, person: Principal, client: str, scope: str, *, once: bool = False) -> dict[str, object]:
        """`once`: no refresh token, as for machines, which can ask again by themselves."""
        life = self.workspace.knobs.token_life
        access = self.workspace.tokens.issue(person, life=life)
        answer: dict[str, object] = {"access_token": access, "token_type": "Bearer", "expires_in": int(life)}
        if not once and "offline_access" in scope.split():
            refresh = secrets.token_urlsafe(32)
            self._refreshes[refresh] = _Refresh(client, person.name, scope, time.monotonic() + REFRESH_LIFE)
            answer["refresh_token"] = refresh
        return answer | {"scope": scope}


def challenge(verifier: str) -> str:
    """The S256 code challenge of a PKCE verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _credentials(form: Mapping[str, str], authorization: str) -> tuple[str, str]:
    """Client id and secret, from the Basic header or from the form."""
    if not authorization.startswith("Basic "):
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        identity, _, secret = base64.b64decode(authorization[6:], validate=True).decode().partition(":")
    except ValueError as error:
        raise TokenRefused("invalid_client", "Malformed Basic credentials.", 401) from error
    return identity, secret
