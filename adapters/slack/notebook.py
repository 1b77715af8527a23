"""What Slack does not remember for us: which threads we are in, what a message's buttons stand for.

Without it a button would have to carry SQL, and a follow-up would need a mention. No rows and no SQL are kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from adapters.slack.place import Store
from agents.domain import Action, Conversation, Filter, Language

DAY = 24 * 3600.0
THREAD_DAYS, BUTTON_DAYS, RECENT_DAYS = 30, 14, 30
MOST_RECENT = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """What the buttons of one reply stand for. `labels`: what people call the columns of `filters`.

    `names`: of each filter's column, (value as stored, what people call it) where the contract says so.
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
    genie: tuple[str, str, str] = ("", "", "")
    names: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Recent:
    """One question that somebody asked, for their Home tab."""

    text: str
    conversation: str
    channel: str
    ts: str
    products: tuple[tuple[str, str], ...] = ()  # (name, page)


_KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)
_RECENT: TypeAdapter[tuple[Recent, ...]] = TypeAdapter(tuple[Recent, ...])


def handle(turn_id: str) -> str:
    """The opaque id that the buttons of this turn's reply carry."""
    return "q_" + hashlib.sha256(turn_id.encode("utf-8", "replace")).hexdigest()[:20]


class Notebook:
    """Over a store with lives. Every method may raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # ── threads ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def join(self, here: Conversation, talk: Conversation) -> None:
        """We are part of the thread `here`, where `talk` goes on: whoever writes there need not mention us."""
        await self._store.put(_thread(here), talk.key.encode(), seconds=THREAD_DAYS * DAY)

    async def talk(self, here: Conversation) -> Conversation | None:
        """The conversation that goes on in this thread; None where we are not part of it."""
        return _unkeyed(await self._store.get(_thread(here)))

    async def spoke(self, team: str, channel: str, user: str, conversation: Conversation) -> None:
        """The last conversation of this person there: what `/findata stop` and `forget` mean."""
        await self._store.put(f"slack:last:{team}:{channel}:{user}", conversation.key.encode(), seconds=DAY)

    async def last(self, team: str, channel: str, user: str) -> Conversation | None:
        """Their last conversation there, if it was within a day."""
        return _unkeyed(await self._store.get(f"slack:last:{team}:{channel}:{user}"))

    # ── buttons ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def keep(self, kept: Kept) -> None:
        """Before the buttons are shown. An answer's and a clarification's become their conversation's latest."""
        await self._store.put(f"slack:kept:{kept.id}", _KEPT.dump_json(kept), seconds=BUTTON_DAYS * DAY)
        if kept.kind in ("figures", "clarification"):
            await self._store.put(_latest(kept), kept.id.encode(), seconds=BUTTON_DAYS * DAY)

    async def kept(self, id_: str) -> Kept | None:
        """None when it is too old, or was never ours."""
        found = await self._store.get(f"slack:kept:{id_[:40]}")
        try:
            return _KEPT.validate_json(found) if found else None
        except ValidationError:
            return None

    async def current(self, kept: Kept) -> bool:
        """Is it still the latest of its kind in its conversation?"""
        return await self._store.get(_latest(kept)) == kept.id.encode()

    async def once(self, mark: str) -> bool:
        """Has nobody marked this before? For what cannot be edited, and so must not be shown twice."""
        return await self._store.get(f"slack:once:{mark}") is None

    async def mark(self, mark: str, value: str = "1") -> None:
        """It was shown."""
        await self._store.put(f"slack:once:{mark}", value.encode(), seconds=DAY)

    async def marked(self, mark: str) -> str:
        """What was noted with the mark, or empty."""
        return (await self._store.get(f"slack:once:{mark}") or b"").decode()

    # ── the Home tab ──────────────────────────────────────────────────────────────────────────────────────────────

    async def recents(self, user_key: str) -> tuple[Recent, ...]:
        """Their last questions, newest first."""
        found = await self._store.get(f"slack:recent:{user_key}")
        try:
            return _RECENT.validate_json(found) if found else ()
        except ValidationError:
            return ()

    async def asked(self, user_key: str, recent: Recent) -> None:
        """One more question; the same one moves to the top."""
        others = tuple(one for one in await self.recents(user_key) if one.text != recent.text)
        await self._recents(user_key, (recent, *others)[:MOST_RECENT])

    async def forget(self, user_key: str, conversation: Conversation) -> None:
        """Their questions of this conversation are gone from the Home tab too."""
        left = tuple(one for one in await self.recents(user_key) if one.conversation != conversation.key)
        await self._recents(user_key, left)

    async def _recents(self, user_key: str, recents: tuple[Recent, ...]) -> None:
        await self._store.put(f"slack:recent:{user_key}", _RECENT.dump_json(recents), seconds=RECENT_DAYS * DAY)


def _unkeyed(found: bytes | None) -> Conversation | None:
    """The inverse of Conversation.key."""
    parts = (found or b"").decode().split("/")
    return Conversation(*(part.replace("%2F", "/") for part in parts)) if len(parts) == 4 else None


def _thread(conversation: Conversation) -> str:
    return f"slack:thread:{conversation.key}"


def _latest(kept: Kept) -> str:
    return f"slack:latest:{kept.kind}:{kept.conversation.key}"
