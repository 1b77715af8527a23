"""What a reply's buttons stand for, kept for all replicas. Without it a button would have to carry SQL.

No rows and no SQL are kept: what is run again is run with the rights of whoever wants it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from adapters.wording import Spoken
from adapters.wording.labels import label
from adapters.wording.values import names_of_values
from agents.domain import Action, Answer, Conversation, Figures, Filter, Language, Reply, Turn

DAY = 24 * 3600.0
BUTTON_DAYS = 14
LATEST = ("figures", "clarification")
"""Kinds of which the last one in a conversation counts: an older one's buttons are stale."""


class Store(Protocol):
    """Bytes that expire, shared by all replicas. Every method may raise Unavailable."""

    async def get(self, key: str) -> bytes | None:
        """The bytes while they live."""

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Replaces the entry."""

    async def delete(self, key: str) -> bool:
        """True for one of several callers."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the buttons of one reply stand for.

    Of each filter's column, in order: `labels`, what people call it, and `names`, (value as stored, what people call
    it) where the contract says so. `options` are (key, label); `genie` is (space, conversation, message).
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
    names: tuple[tuple[tuple[str, str], ...], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    suggestions: tuple[str, ...] = ()
    genie: tuple[str, str, str] = ("", "", "")


_KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)


def _written(kept: Kept) -> bytes:
    """As JSON. Half a character, which catalogues and cells may hold, cannot be written and becomes a question mark."""
    return json.dumps(_KEPT.dump_python(kept, mode="json"), ensure_ascii=False).encode("utf-8", "replace")


def handle(turn_id: str) -> str:
    """The opaque id that the buttons of this turn's reply carry."""
    return "q_" + hashlib.sha256(turn_id.encode("utf-8", "replace")).hexdigest()[:20]


def unkeyed(found: bytes | None) -> Conversation | None:
    """The inverse of Conversation.key; None where there is none."""
    parts = (found or b"").decode().split("/")
    return Conversation(*(part.replace("%2F", "/") for part in parts)) if len(parts) == 4 else None


def kept_of(reply: Reply, spoken: Spoken, turn: Turn) -> Kept:
    """What there is to keep of a reply; `spoken` is the reply in words."""
    figures = reply.body if isinstance(reply, Answer) and isinstance(reply.body, Figures) else None
    tables, draft = (figures.tables, figures.draft) if figures else ((), None)
    return Kept(
        handle(turn.id),
        turn.id,
        turn.user.id,
        turn.conversation,
        turn.action,
        reply.language,
        kind=spoken.kind,
        filters=spoken.filters,
        labels=tuple(label(one.column, tables, reply.language) for one in spoken.filters),
        names=tuple(tuple(names_of_values(one.column, tables, reply.language).items()) for one in spoken.filters),
        options=tuple((one.key, one.label) for one in spoken.options),
        suggestions=spoken.suggestions,
        genie=(draft.space, draft.conversation, draft.message) if draft else ("", "", ""),
    )


class Keeping:
    """Over a store with lives; `platform` begins all its keys. Every method may raise Unavailable."""

    def __init__(self, store: Store, platform: str) -> None:
        self._store, self._platform = store, platform

    async def keep(self, kept: Kept) -> None:
        """Before the buttons are shown. An answer's and a clarification's become their conversation's latest."""
        await self._store.put(self._named(kept.id), _written(kept), seconds=BUTTON_DAYS * DAY)
        if kept.kind in LATEST:
            latest = self._latest(kept.kind, kept.conversation)
            await self._store.put(latest, kept.id.encode(), seconds=BUTTON_DAYS * DAY)

    async def kept(self, id_: str) -> Kept | None:
        """None when it is too old, or was never ours."""
        found = await self._store.get(self._named(id_[:40]))
        try:
            return _KEPT.validate_json(found) if found else None
        except ValidationError:
            return None

    async def current(self, kept: Kept) -> bool:
        """Is it still the latest of its kind in its conversation?"""
        return await self._store.get(self._latest(kept.kind, kept.conversation)) == kept.id.encode()

    async def latest(self, kind: str, conversation: Conversation) -> Kept | None:
        """The last one of its kind in a conversation."""
        found = await self._store.get(self._latest(kind, conversation))
        return await self.kept(found.decode()) if found else None

    async def spend(self, kept: Kept) -> bool:
        """One of its options is chosen, and it is the latest no more. True for one of several callers."""
        return await self.current(kept) and await self._store.delete(self._latest(kept.kind, kept.conversation))

    async def mark(self, name: str, value: str = "1", *, days: int = 1) -> None:
        """Notes what was done, or where it stands, so that it is not done twice."""
        await self._store.put(f"{self._platform}:mark:{name}", value.encode(), seconds=days * DAY)

    async def marked(self, name: str) -> str:
        """What was noted, or empty."""
        return (await self._store.get(f"{self._platform}:mark:{name}") or b"").decode()

    async def unmark(self, name: str) -> None:
        """It was not done after all."""
        await self._store.delete(f"{self._platform}:mark:{name}")

    async def spoke(self, place: str, user: str, conversation: Conversation) -> None:
        """This person's last conversation in a place: what their orders mean outside any thread of it."""
        await self._store.put(f"{self._platform}:last:{place}:{user}", conversation.key.encode(), seconds=DAY)

    async def last(self, place: str, user: str) -> Conversation | None:
        """Their last conversation there, if it was within a day."""
        return unkeyed(await self._store.get(f"{self._platform}:last:{place}:{user}"))

    def _named(self, id_: str) -> str:
        return f"{self._platform}:kept:{id_}"

    def _latest(self, kind: str, conversation: Conversation) -> str:
        return f"{self._platform}:latest:{kind}:{conversation.key}"
