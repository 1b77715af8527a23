"""Who is in a channel. Without it nobody could tell whose rights to look at before showing rows there."""

from __future__ import annotations

import logging

from adapters.replying import Audience, Rights
from adapters.replying.audience import MOST
from adapters.slack.address import Address
from adapters.slack.options import NAME
from adapters.slack.people import People
from adapters.slack.web import Rejected, Web
from agents.domain import User

log = logging.getLogger(__name__)


class Members:
    """Asks Slack each time: people come and go. Guests and people of other organisations are members like others."""

    def __init__(self, web: Web, people: People, rights: Rights | None) -> None:
        self._web, self._people, self._rights = web, people, rights

    def audience(self, address: Address) -> Audience:
        """All who would see what stands there."""

        async def members() -> tuple[User, ...] | None:
            return await self._of(address)

        return Audience(User(NAME, address.team, address.user), self._rights, members, self._machine)

    async def _of(self, address: Address) -> tuple[User, ...] | None:
        """None for a channel that is too large, or whose members we may not list. Raises Unavailable."""
        found, cursor = list[str](), ""
        while len(found) <= MOST:  # a page may hold fewer than were asked for
            page, cursor = await self._page(address, cursor)
            found += page
            if not page or not cursor:
                break
        return None if cursor or not found else tuple(User(NAME, address.team, one) for one in found)

    async def _page(self, address: Address, cursor: str) -> tuple[list[str], str]:
        """Members, and what asks for the next of them: of whom Slack tells us nothing there is always more."""
        try:
            told = await self._web.call(
                address.team,
                "conversations.members",
                channel=address.channel,
                limit=MOST + 1,
                cursor=cursor or None,
            )
        except Rejected as error:
            log.info("who is there is not known: %s", error)
            return [], "?"
        more = (told.get("response_metadata") or {}).get("next_cursor")
        return [str(one) for one in told.get("members") or ()], str(more or "")

    async def _machine(self, user: User) -> bool:
        return (await self._people.person(user.tenant, user.id)).machine
