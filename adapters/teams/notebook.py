"""What Teams does not remember for us: what a message's buttons stand for, what was sent, where a person talks to us.

Without it a button would have to carry SQL, and a crash would show an answer twice. No rows and no SQL are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from adapters.teams.address import Address
from adapters.teams.place import Store
from agents.domain import Action, Conversation, Filter, Language

DAY = 24 * 3600.0
BUTTON_DAYS, PLACE_DAYS, SOFT_SECONDS = 14, 90, 60.0
UNSURE = "?"
MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What the buttons of one reply stand for. `labels`: what people call the columns of `filters`.

    `options` are (key, label); `genie` is (space, conversation, message).
    """

    id: str
    turn: str
    user: str
    conversation: Conversation
    action: Action
    language: Language
    kind: str = ""
    filters: tuple[Filter, ...] = ()
    labels: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    suggestions: tuple[str, ...] = ()
    genie: tuple[str, str, str] = ("", "", "")


_KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)
_ADDRESS: TypeAdapter[Address] = TypeAdapter(Address)


class Notebook:
    """Over a store with lives. Every method may raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Address] = {}

    # ── buttons ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def keep(self, kept: Kept) -> None:
        """Before the buttons are shown. An answer's and a clarification's become their conversation's latest."""
        await self._store.put(f"teams:kept:{kept.id}", _KEPT.dump_json(kept), seconds=BUTTON_DAYS * DAY)
        if kept.kind in ("figures", "clarification"):
            await self._store.put(_latest(kept.kind, kept.conversation), kept.id.encode(), seconds=BUTTON_DAYS * DAY)

    async def kept(self, id_: str) -> Kept | None:
        """None when it is too old, or was never ours."""
        found = await self._store.get(f"teams:kept:{id_[:40]}")
        try:
            return _KEPT.validate_json(found) if found else None
        except ValidationError:
            return None

    async def current(self, kept: Kept) -> bool:
        """Is it still the latest of its kind in its conversation?"""
        return await self._store.get(_latest(kept.kind, kept.conversation)) == kept.id.encode()

    async def latest(self, kind: str, conversation: Conversation) -> Kept | None:
        """The last one of its kind in a conversation."""
        found = await self._store.get(_latest(kind, conversation))
        return await self.kept(found.decode()) if found else None

    async def spend(self, kept: Kept) -> bool:
        """One of its options is chosen, and it is the latest no more. True for one of several callers."""
        return await self.current(kept) and await self._store.delete(_latest(kept.kind, kept.conversation))

    # ── what was shown ────────────────────────────────────────────────────────────────────────────────────────────

    async def mark(self, name: str, value: str = UNSURE, *, days: int = 1) -> None:
        """Notes what stands where, or that something was sent without our knowing yet what became of it."""
        await self._store.put(f"teams:mark:{name}", value.encode(), seconds=days * DAY)

    async def marked(self, name: str) -> str:
        """What was noted, or empty."""
        return (await self._store.get(f"teams:mark:{name}") or b"").decode()

    async def stands(self, conversation: str, message: str, id_: str) -> None:
        """What a message that people may rate stands for."""
        await self._store.put(f"teams:stands:{conversation}:{message}", id_.encode(), seconds=BUTTON_DAYS * DAY)

    async def standing(self, conversation: str, message: str) -> Kept | None:
        """The inverse of `stands`."""
        found = await self._store.get(f"teams:stands:{conversation}:{message}")
        return await self.kept(found.decode()) if found else None

    async def unmark(self, name: str) -> None:
        """It was not sent after all."""
        await self._store.delete(f"teams:mark:{name}")

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


def _latest(kind: str, conversation: Conversation) -> str:
    return f"teams:latest:{kind}:{conversation.key}"
