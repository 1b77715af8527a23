"""Requests for access through the real SDK: who asks for what, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.databricks.access import LONGEST, request_access
from agents.domain import TableRef, User
from agents.errors import NotConnected, NotFound
from tests.databricks_peer import ANALYST, STRANGER, Peer, as_admin, databricks

SALARIES = TableRef("people", "hr", "salaries")


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with databricks() as made:
        yield made


async def asked(peer: Peer) -> list[dict[str, object]]:
    """What the owners find."""
    return list((await as_admin(peer.url, "GET", "/sandbox/access-requests"))["requests"])


async def test_a_request_reaches_the_owner_in_the_askers_name(peer: Peer) -> None:
    """SELECT on each table, with the purpose, once; the asker hears who decides."""
    who = await request_access(peer.workspace, ANALYST, [SALARIES, SALARIES], "Monthly   report")
    assert who
    assert all("@example.org" in address for address in who)
    assert await asked(peer) == [
        {
            "user": "analyst@example.org",
            "securable": str(SALARIES),
            "comment": "Monthly report",
            "permissions": ["SELECT"],
        }
    ]


async def test_a_long_purpose_is_cut_and_not_refused(peer: Peer) -> None:
    """The API takes so many characters and no more."""
    await request_access(peer.workspace, ANALYST, [SALARIES], "why " * 200)
    [request] = await asked(peer)
    assert 0 < len(str(request["comment"])) <= LONGEST


async def test_what_may_not_be_known_cannot_be_asked_for(peer: Peer) -> None:
    """For somebody who may not even browse, a table is as if it were not there; nobody is nobody."""
    with pytest.raises(NotFound):
        await request_access(peer.workspace, STRANGER, [SALARIES], "")
    with pytest.raises(NotConnected):
        await request_access(peer.workspace, User("slack", "t1", "unknown"), [SALARIES], "")
    assert await asked(peer) == []
