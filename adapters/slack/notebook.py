"""What Slack does not remember for us: which threads are ours, what was asked. Without it follow-ups need a mention."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from adapters.replying.keeping import DAY, Keeping, Store, unkeyed
from adapters.slack.options import NAME
from agents.domain import Conversation

THREAD_DAYS, RECENT_DAYS = 30, 30
MOST_RECENT = 8


@dataclass(frozen=True, slots=True)
class Recent:
    """One question that somebody asked, for their Home tab."""

    text: str
    conversation: str
    channel: str
    ts: str
    products: tuple[tuple[str, str], ...] = ()  # (name, page)


_RECENT: TypeAdapter[tuple[Recent, ...]] = TypeAdapter(tuple[Recent, ...])


class Notebook(Keeping):
    """Over a store with lives. Every method may raise Unavailable."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, NAME)

    # ── threads ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def join(self, here: Conversation, talk: Conversation) -> None:
        """We are part of the thread `here`, where `talk` goes on: whoever writes there need not mention us."""
        await self._store.put(_thread(here), talk.key.encode(), seconds=THREAD_DAYS * DAY)

    async def talk(self, here: Conversation) -> Conversation | None:
        """The conversation that goes on in this thread; None where we are not part of it."""
        return unkeyed(await self._store.get(_thread(here)))

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


def _thread(conversation: Conversation) -> str:
    return f"slack:thread:{conversation.key}"
