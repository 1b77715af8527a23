"""What Teams does not remember for us: what stands where, and where a person talks to us.

Without it a crash would show an answer twice, and a restricted one could be sent to nobody.
"""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from adapters.replying.keeping import BUTTON_DAYS, DAY, Keeping, Kept, Store
from adapters.teams.address import Address
from adapters.teams.options import NAME

PLACE_DAYS, SOFT_SECONDS = 90, 60.0
UNSURE = "?"
"""Marks what was sent without our knowing yet what became of it."""
MOST_KNOWN = 10_000


_ADDRESS: TypeAdapter[Address] = TypeAdapter(Address)


class Notebook(Keeping):
    """Over a store with lives. Every method may raise Unavailable."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, NAME)
        self._known: dict[str, Address] = {}

    # ── what was shown ────────────────────────────────────────────────────────────────────────────────────────────────

    async def stands(self, conversation: str, message: str, id_: str) -> None:
        """What a message that people may rate stands for."""
        await self._store.put(f"teams:stands:{conversation}:{message}", id_.encode(), seconds=BUTTON_DAYS * DAY)

    async def standing(self, conversation: str, message: str) -> Kept | None:
        """The inverse of `stands`."""
        found = await self._store.get(f"teams:stands:{conversation}:{message}")
        return await self.kept(found.decode()) if found else None

    # ── the same question, sent twice ─────────────────────────────────────────────────────────────────────────────

    async def running(self, soft: str, turn: str) -> bool:
        """Is the same question of the same person already being answered? If not, this turn's now is."""
        found = await self._store.get(f"teams:soft:{soft}")
        if found and found != turn.encode():
            return True
        await self._store.put(f"teams:soft:{soft}", turn.encode(), seconds=SOFT_SECONDS)
        return False

    async def over(self, soft: str) -> None:
        """The question is answered, or was not taken: it may be asked again."""
        if soft:
            await self._store.delete(f"teams:soft:{soft}")

    # ── where people talk to us ───────────────────────────────────────────────────────────────────────────────────

    async def met(self, person: str, address: Address) -> None:
        """The person's own conversation with us, so that we can write there unasked, also after a restart."""
        key = f"teams:person:{address.tenant}:{person}"
        if self._known.get(key) == address:
            return
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        await self._store.put(key, _ADDRESS.dump_json(address), seconds=PLACE_DAYS * DAY)
        self._known[key] = address

    async def home(self, tenant: str, person: str) -> Address | None:
        """Where this person talks to us alone, if they ever did."""
        found = await self._store.get(f"teams:person:{tenant}:{person}")
        try:
            return _ADDRESS.validate_json(found) if found else None
        except ValidationError:
            return None

    async def left(self, tenant: str, person: str) -> None:
        """The person has removed us."""
        self._known.pop(f"teams:person:{tenant}:{person}", None)
        await self._store.delete(f"teams:person:{tenant}:{person}")
