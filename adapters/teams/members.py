"""Who is in a channel or group. Without it nobody could tell whose rights to look at before showing rows there."""

from __future__ import annotations

from adapters.replying import Audience, Rights
from adapters.replying.audience import MOST
from adapters.teams.address import Address
from adapters.teams.options import NAME
from adapters.teams.wire import Rejected, Wire
from agents.domain import User
from agents.errors import NotFound


class Members:
    """Asks Teams each time: people come and go. Its lists hold people alone, guests among them."""

    def __init__(self, wire: Wire, rights: Rights | None) -> None:
        self._wire, self._rights = wire, rights

    def audience(self, address: Address) -> Audience:
        """All who would see what stands there."""

        async def members() -> tuple[User, ...] | None:
            return await self._of(address)

        return Audience(address.asker, self._rights, members)

    async def _of(self, address: Address) -> tuple[User, ...] | None:
        """None for a list that is too long, is kept from us, or names somebody without their id in the directory."""
        place = address.conversation.partition(";messageid=")[0]
        try:
            told = await self._wire.members(address.service_url, place, MOST + 1)
        except (Rejected, NotFound):
            return None
        listed = told.get("members")
        if told.get("continuationToken") or not isinstance(listed, list):
            return None
        ids = [str(one.get("aadObjectId") or one.get("objectId") or "") for one in listed if isinstance(one, dict)]
        return tuple(User(NAME, address.tenant, one) for one in ids) if all(ids) and len(ids) == len(listed) else None
