"""Who may ask for tokens: OAuth apps, service principals with a secret, and identity providers whose JWTs are trusted.

Without this page any program could get anybody's token, and federation could not be tried out.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import jwt
from pydantic import BaseModel, ConfigDict, Field

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class TokenRefused(Exception):
    """A token or an authorization is refused, in the words of RFC 6749: `error` is its code."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


class Client(BaseModel):
    """An OAuth app. Without a secret it is public; `redirects` besides loopback ones, which are always allowed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    name: str = ""
    secret: str = ""
    redirects: tuple[str, ...] = ()
    service_principal: str = ""  # application id that client_credentials act as; empty: that grant is refused

    def may_return_to(self, uri: str) -> bool:
        """True for a registered address and for any http address on this machine."""
        parts = urlsplit(uri)
        return uri in self.redirects or (parts.scheme == "http" and parts.hostname in LOOPBACK)


class Issuer(BaseModel):
    """An identity provider: JWTs signed by `key` (public, PEM) name a user in `claim`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str
    key: str
    audiences: tuple[str, ...] = ("databricks",)
    claim: str = "sub"
    algorithms: tuple[str, ...] = Field(default=("RS256", "ES256"), min_length=1)


FINDATA = Client(id="findata", name="findata")
"""The app that the demo's bot uses: public, with PKCE."""


@dataclass(slots=True)
class Registry:
    """The apps and identity providers of this workspace."""

    clients: dict[str, Client] = field(default_factory=lambda: {FINDATA.id: FINDATA})
    issuers: dict[str, Issuer] = field(default_factory=dict)

    def client(self, identity: str) -> Client:
        """The app of this id. Raises TokenRefused."""
        client = self.clients.get(identity)
        if client is None:
            raise TokenRefused("invalid_client", "Unknown client.", 401)
        return client

    def authenticated(self, identity: str, secret: str) -> Client:
        """The app of this id, whose secret, if it has one, was given. Raises TokenRefused."""
        client = self.client(identity)
        if client.secret and not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise TokenRefused("invalid_client", "Client authentication failed.", 401)
        return client

    def subject(self, token: str) -> str:
        """The user that a trusted provider's JWT names. Raises TokenRefused."""
        try:
            claimed = jwt.decode(token, options={"verify_signature": False})
            claims = self._verified(token, str(claimed.get("iss", "")))
        except jwt.PyJWTError as error:
            raise TokenRefused("invalid_grant", f"The subject token is not valid: {error}.") from error
        return claims

    def _verified(self, token: str, url: str) -> str:
        issuer = self.issuers.get(url)
        if issuer is None:
            raise TokenRefused("invalid_grant", "No federation policy trusts the issuer of the subject token.")
        claims: Mapping[str, object] = jwt.decode(
            token,
            issuer.key,
            algorithms=list(issuer.algorithms),
            audience=list(issuer.audiences),
            issuer=issuer.url,
            options={"require": ["exp", "iss", "aud"]},
        )
        return str(claims.get(issuer.claim, ""))
