"""Who is in a channel of Teams, and what may stand there when some of them are not known to have the rights."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.replying.audience import MOST
from adapters.teams.address import Address
from adapters.teams.credentials import credentials
from adapters.teams.limits import Limiter
from adapters.teams.members import Members
from adapters.teams.options import TeamsOptions
from adapters.teams.wire import Wire
from agents.domain import TableRef, User
from tests.green_energy import REF

CHANNEL = "19:x@thread.tacv2"


class Granted:
    """Implements Rights: Alice and Bob may read the table."""

    shared = False

    async def alike(self, user: User, tables: Sequence[TableRef]) -> bool:
        """By their ids in the directory."""
        return (user.platform, user.tenant, user.id) in (("teams", "T", "alice"), ("teams", "T", "bob"))


@asynccontextmanager
async def roster(answer: Callable[[web.Request], web.Response]) -> AsyncIterator[tuple[Members, Address]]:
    """A connector that lists members, and a thread of a channel there."""

    async def listed(request: web.Request) -> web.Response:
        assert (request.match_info["cid"], request.query["pageSize"]) == (CHANNEL, str(MOST + 1))
        return answer(request)

    app = web.Application()
    app.router.add_get("/v3/conversations/{cid}/pagedmembers", listed)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    place = TeamsOptions(development=True)
    try:
        async with aiohttp.ClientSession() as http:
            members = Members(
                Wire(http, place, credentials(http, place), Limiter(None, place.app_id, place.per_second)), Granted()
            )
            thread = f"{CHANNEL};messageid=17"
            yield members, Address(f"{url}/", thread, "channel", tenant="T", person="alice")
    finally:
        await runner.cleanup()


def people(*ids: str, **more: Any) -> Callable[[web.Request], web.Response]:
    """A page of members."""
    body = {"members": [{"id": f"29:{one}", "aadObjectId": one} for one in ids], **more}
    return lambda _: web.json_response(body)


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (people("alice", "bob"), True), (people("alice", "bob", "carol"), False), (people("alice", "bob", ""), False),
        (people("alice", "bob", continuationToken="more"), False), (lambda _: web.Response(status=403), False),
        (lambda _: web.Response(status=404), False), (lambda _: web.json_response({"members": "?"}), False),
    ],
)  # fmt: skip
async def test_all_members_must_be_known_to_have_the_rights(answer: Any, known: bool) -> None:
    """Who is named without an id, a list that goes on, and one that is kept from us leave it unknown."""
    async with roster(answer) as (members, address):
        assert await members.audience(address).knows((REF,)) is known
