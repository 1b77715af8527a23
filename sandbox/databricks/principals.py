"""Who may call: users, groups, service principals and their tokens. Without it every caller would be the same one."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

ACCOUNT_USERS = "account users"
ADMINS = "admins"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or a service principal. `name` is the user name (an address) or the application id."""

    id: int
    name: str
    display: str
    groups: tuple[str, ...] = (ACCOUNT_USERS,)
    service: bool = False

    @property
    def admin(self) -> bool:
        """Admins of the workspace own everything in it."""
        return ADMINS in self.groups

    @property
    def identities(self) -> frozenset[str]:
        """The names that a grant to this principal may be made out to, in lower case."""
        return frozenset(name.lower() for name in (self.name, *self.groups))


class People:
    """Everybody whom the workspace knows, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Principal] = {}

    def __iter__(self) -> Iterator[Principal]:
        return iter(tuple(self._by_name.values()))

    def add(self, name: str, display: str = "", groups: tuple[str, ...] = (), *, service: bool = False) -> Principal:
        """Adds or replaces a principal. It belongs to "account users" only if `groups` says so."""
        known = self._by_name.get(name.lower())
        person = Principal(known.id if known else 1000 + len(self._by_name), name, display or name, groups, service)
        self._by_name[name.lower()] = person
        return person

    def named(self, name: str) -> Principal | None:
        """The principal of this user name or application id, compared without regard to case."""
        return self._by_name.get(name.lower())


@dataclass(slots=True)
class Tokens:
    """Bearer tokens. They are opaque: the SQL connector would exchange a foreign JWT first."""

    people: People
    _issued: dict[str, tuple[str, float]] = field(default_factory=dict)

    def issue(self, principal: Principal, *, token: str = "", life: float = float("inf")) -> str:
        """A token for this principal, a given one or a random one, good for `life` seconds."""
        token = token or "dapi" + secrets.token_hex(16)
        self._issued[token] = (principal.name, time.monotonic() + life)
        return token

    def revoke(self, token: str) -> None:
        """The token is refused from now on."""
        self._issued.pop(token, None)

    def who(self, token: str) -> Principal | None:
        """Whose token it is, or None when it is unknown, revoked or expired."""
        name, expires = self._issued.get(token, ("", 0.0))
        if time.monotonic() >= expires:
            self._issued.pop(token, None)
            return None
        return self.people.named(name)
