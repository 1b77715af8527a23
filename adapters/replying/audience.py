"""Would everybody in a channel get the same rows? Without it one person's rights would be everybody's.

Whoever joins later reads it too, as do, in a public channel, those who only look in: what is known is who is there now.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.domain import TableRef, User
from agents.errors import BotError

log = logging.getLogger(__name__)

MOST = 50
"""Members whose rights are looked up; of a larger channel they count as not known."""
BESIDE = 8  # people looked up at once
SECONDS = 5.0


class Rights(Protocol):
    """What people may read, as far as the platform of the data says."""

    @property
    def shared(self) -> bool:
        """Do all questions use one identity? Then everybody's rights are the same."""

    async def alike(self, user: User, tables: Sequence[TableRef]) -> bool:
        """Would this person read in these tables what everybody else does? False where it cannot be known."""


Members = Callable[[], Awaitable[Sequence[User] | None]]
"""Who is there, our own bot left out; None where that cannot be known, or they are more than MOST."""
Machine = Callable[[User], Awaitable[bool]]
"""Is it another bot? Those have no rights of their own and read no figures."""


async def nobody(user: User) -> bool:
    """A Machine where members are people alone."""
    return False


@dataclass(frozen=True, slots=True)
class Audience:
    """All who would see a reply besides its asker. Without `rights` nothing is known of anybody."""

    asker: User
    rights: Rights | None
    members: Members
    machine: Machine = nobody

    async def knows(self, tables: Sequence[TableRef] | None) -> bool:
        """May all of them read these tables as the asker does? `None`: which tables it is from is not known."""
        if self.rights is None or tables is None:
            return False
        if self.rights.shared or not tables:
            return True
        try:
            async with asyncio.timeout(SECONDS):
                return await self._all(self.rights, tables)
        except (BotError, TimeoutError) as error:
            log.info("who may see it is not known: %s", type(error).__name__)
            return False

    async def _all(self, rights: Rights, tables: Sequence[TableRef]) -> bool:
        members = await self.members()
        if members is None or len(members) > MOST:
            return False
        others = [one for one in members if one.key != self.asker.key]
        for at in range(0, len(others), BESIDE):
            known = await asyncio.gather(*(self._one(rights, one, tables) for one in others[at : at + BESIDE]))
            if not all(known):
                return False
        return True

    async def _one(self, rights: Rights, user: User, tables: Sequence[TableRef]) -> bool:
        return await rights.alike(user, tables) or await self.machine(user)
