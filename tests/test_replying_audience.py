"""Whether all who would see an answer may read its data: what goes to the asker alone while that is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from adapters.replying import Audience
from adapters.replying.audience import BESIDE, MOST
from adapters.replying.discretion import aside, excuse, secret
from adapters.wording import say
from agents.domain import Answer, Apology, Column, Explanation, Reply, Sensitivity, SmallTalk, TableRef, User
from agents.errors import Unavailable
from tests.green_energy import FRANCE, PRODUCT, REF, WHICH, by_month, months

ASKER, COLLEAGUE, STRANGER, ROBOT = (User("slack", "T", name) for name in ("asker", "colleague", "stranger", "robot"))
FIGURES = by_month(months(3), (FRANCE,), Sensitivity.INTERNAL)
ROWS = Answer("en", FIGURES)
GENIE = replace(WHICH, options=(), about="genie", text="France or Germany?")


@dataclass
class Granted:
    """Implements Rights: who may read what."""

    tables: dict[User, set[TableRef]] = field(default_factory=lambda: {COLLEAGUE: {REF}})
    shared: bool = False
    asked: list[User] = field(default_factory=list)
    beside: int = 0
    most: int = 0
    down: bool = False

    async def alike(self, user: User, tables: Sequence[TableRef]) -> bool:
        """As granted."""
        self.asked.append(user)
        self.beside += 1
        self.most = max(self.most, self.beside)
        await asyncio.sleep(0)
        self.beside -= 1
        if self.down:
            raise Unavailable("Unity Catalog")
        return set(tables) <= self.tables.get(user, set())


def audience(members: Sequence[User] | None, rights: Granted | None) -> Audience:
    """A channel of these members, of whom the robot is a bot."""

    async def listed() -> Sequence[User] | None:
        return members

    async def machine(user: User) -> bool:
        return user == ROBOT

    return Audience(ASKER, rights, listed, machine)


async def hidden(reply: Reply, members: Sequence[User] | None, rights: Granted | None) -> bool:
    """From the others, under the policy that looks at them."""
    return await aside(reply, say(reply), "unknown", audience(members, rights), direct=False)


@pytest.mark.parametrize(
    ("members", "alone"),
    [
        ((ASKER,), False), ((ASKER, COLLEAGUE), False), ((ASKER, COLLEAGUE, ROBOT), False),
        ((ASKER, STRANGER), True), ((ASKER, COLLEAGUE, STRANGER), True), (None, True),
    ],
)  # fmt: skip
async def test_rows_stand_where_everybody_may_read_their_tables(members: Sequence[User] | None, alone: bool) -> None:
    """One member of whom it is not known is enough; the asker's own rights and other bots' are not looked up."""
    rights = Granted()
    assert await hidden(ROWS, members, rights) is alone
    assert ASKER not in rights.asked


async def test_nothing_is_known_without_anybody_to_ask() -> None:
    """Nor while Unity Catalog is down: what cannot be known is for the asker alone."""
    assert await hidden(ROWS, (ASKER,), None)
    assert await hidden(ROWS, (ASKER, COLLEAGUE), Granted(down=True))


async def test_a_large_channel_is_not_looked_through() -> None:
    """Nor are its members looked up all at once, or after one of whom it is not known."""
    crowd = [User("slack", "T", f"U{n}") for n in range(MOST + 1)]
    knows = Granted({one: {REF} for one in crowd})
    assert await hidden(ROWS, crowd, knows)
    assert knows.asked == []
    assert not await hidden(ROWS, crowd[:MOST], knows)
    assert (len(knows.asked), knows.most) == (MOST, BESIDE)
    ignorant = Granted({})
    assert await hidden(ROWS, crowd[:MOST], ignorant)
    assert len(ignorant.asked) == BESIDE


async def test_a_lookup_that_hangs_ends() -> None:
    """The answer comes to its asker; it does not wait for a list of members that never comes."""

    async def never() -> Sequence[User] | None:
        await asyncio.sleep(3600)
        return ()

    seen = Audience(ASKER, Granted(), never)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("adapters.replying.audience.SECONDS", 0.01)
        assert not await seen.knows((REF,))


async def test_one_identity_for_all_is_known_to_be_everybodys() -> None:
    """Of a restricted product it is not asked at all."""
    rights = Granted({}, shared=True)
    assert not await hidden(ROWS, None, rights)
    restricted = Answer("en", by_month(months(3), (FRANCE,), Sensitivity.RESTRICTED))
    assert await hidden(restricted, (ASKER,), rights)
    assert await hidden(restricted, (ASKER, COLLEAGUE), Granted())


WIND = TableRef("main", "energy", "wind")
VALUES = (Column("country", "string", values=(("France", ()),)),)


@pytest.mark.parametrize(
    ("reply", "alone"),
    [
        (Answer("en", replace(FIGURES, reading=replace(FIGURES.reading, tables=(REF, WIND)))), True),
        (Answer("en", replace(FIGURES, reading=replace(FIGURES.reading, tables=()))), True),
        (Answer("en", Explanation("SELECT 1", FIGURES.reading, (PRODUCT,))), False),
        (Answer("en", SmallTalk("said", "12 GWh in France.", PRODUCT)), False),
        (Answer("en", SmallTalk("said", "12 GWh in France.")), True),
        (replace(GENIE, product=PRODUCT), False),
        (GENIE, True),
        (WHICH, False),
        (Apology("en", "not_in_tables", instead=VALUES), True),
        (Apology("en", "no_product"), False),
        (Answer("en", SmallTalk("hello")), False),
    ],
)  # fmt: skip
async def test_what_reveals_data_counts_by_the_tables_that_it_is_from(reply: Reply, alone: bool) -> None:
    """All of them; where a reply does not say which, they are not known. Names of products are no data."""
    assert await hidden(reply, (ASKER, COLLEAGUE), Granted()) is alone


async def test_the_stub_says_why() -> None:
    """That rights are not known is said only where that is the reason."""
    link = Apology("en", "not_connected", {"url": "https://findata.example.org/link"})
    restricted = Answer("en", by_month(months(3), (FRANCE,), Sensitivity.RESTRICTED))
    told = [excuse(one, say(one), "unknown") for one in (ROWS, link, restricted)]
    assert told == ["apart_unknown", "apart", "apart"]
    assert excuse(ROWS, say(ROWS), "always") == "apart"
    assert await secret(ROWS, say(ROWS), "unknown", audience(None, Granted()))
