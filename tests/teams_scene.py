"""The Teams platform mounted, a strict connector on the other side, and the conversation in between played by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp import web

from adapters.replying import Rating
from adapters.teams import TeamsOptions, TeamsPlatform
from adapters.teams.limits import Rates
from agents.domain import Language, Progress, Reply, ReplyTo, Turn, User
from agents.errors import Unavailable
from agents.ports import Receipt
from bot.visitors import Visitors
from tests.memory_store import MemoryStore
from tests.teams_peer import ALICE, APP, BOB, TENANT, Peer, Person


@dataclass
class Desk:
    """An inbox that keeps what it is given, each turn once."""

    turns: list[tuple[Turn, ReplyTo]] = field(default_factory=list)
    stopped: list[tuple[str, str]] = field(default_factory=list)
    receipt: Receipt = field(default_factory=lambda: Receipt("accepted"))
    down: bool = False

    async def accept(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Stores it, or is down."""
        if self.down:
            raise Unavailable("the store is down")
        if any(one.id == turn.id for one, _ in self.turns):
            return Receipt("duplicate")
        if self.receipt.outcome == "accepted":
            self.turns.append((turn, to))
        return self.receipt

    async def stop(self, turn_or_conversation: str, user: User) -> bool:
        """True for what this person asked."""
        self.stopped.append((turn_or_conversation, user.id))
        asked = {turn.id for turn, _ in self.turns} | {turn.conversation.key for turn, _ in self.turns}
        return turn_or_conversation in asked and any(turn.user.id == user.id for turn, _ in self.turns)


@dataclass
class Scene:
    """One bot and the people who talk to it."""

    peer: Peer
    desk: Desk
    store: MemoryStore
    platform: TeamsPlatform
    alice: Person
    bob: Person
    ratings: list[tuple[User, Rating]] = field(default_factory=list)

    async def answer(self, reply: Reply, at: int = -1, progress: tuple[Progress, ...] = ()) -> str:
        """What the conversation does with a turn: placeholder, steps, reply; the placeholder."""
        turn, to = self.desk.turns[at]
        placeholder = await self.platform.open(to, turn)
        language: Language = reply.language
        for step in progress:
            await self.platform.progress(to, placeholder, step, language)
        await self.platform.finish(to, placeholder, reply, turn)
        return placeholder


def place(peer: Peer, **changes: Any) -> TeamsOptions:
    """A signed bot of one organisation, whose connector is the peer on loopback."""
    made = TeamsOptions(
        APP,
        "secret",
        tenant_id=TENANT,
        development=True,
        pace=0.0,
        metadata_url=f"{peer.url}/metadata",
        login_url=peer.url,
    )
    return replace(made, **changes)


@asynccontextmanager
async def mounted(
    peer: Peer, store: MemoryStore | None = None, rates: Rates | None = None, **changes: Any
) -> AsyncIterator[Scene]:
    """The bot on loopback until the block ends."""
    kept, desk = store or MemoryStore(), Desk()
    ratings: list[tuple[User, Rating]] = []

    async def rate(user: User, rating: Rating) -> None:
        ratings.append((user, rating))

    platform = TeamsPlatform(place(peer, **changes), kept, rate=rate, rates=rates, visitors=Visitors())
    app = web.Application()
    platform.mount(app, desk)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/teams/messages"
    async with aiohttp.ClientSession() as http:
        alice = Person(peer, url, http)
        bob = Person(peer, url, http, BOB, "29:bob")
        try:
            yield Scene(peer, desk, kept, platform, alice, bob, ratings)
        finally:
            await runner.cleanup()
            await platform.close()


@asynccontextmanager
async def scene(**changes: Any) -> AsyncIterator[Scene]:
    """A peer and a bot."""
    peer = await Peer().start()
    try:
        async with mounted(peer, **changes) as made:
            yield made
    finally:
        await peer.stop()


__all__ = ["ALICE", "BOB", "Desk", "Scene", "mounted", "place", "scene"]
