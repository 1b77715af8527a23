"""What a marketplace backend hands over, and what every backend can do. Without it the index would know one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agents.domain import DataProduct


@dataclass(frozen=True, slots=True)
class Listing:
    """A product with the words that only searching needs: tags, port names, table synonyms, allowed values."""

    product: DataProduct
    keywords: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    certified: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read: `where` names the file or object, `what` says why."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a marketplace has now. `cursor` is opaque; the same cursor means that nothing changed."""

    listings: tuple[Listing, ...]
    problems: tuple[Problem, ...]
    cursor: str
    as_of: datetime


class Backend(Protocol):
    """A marketplace that can be read as a whole."""

    @property
    def name(self) -> str:
        """For logs and operators."""

    async def fetch(self, cursor: str) -> Snapshot | None:
        """All products now; None when nothing changed since `cursor`. Raises Unavailable, NotConnected, Refused."""
