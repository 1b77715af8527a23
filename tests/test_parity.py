"""The same conversations in Slack, in Teams and at the terminal: what a person reads there is the same."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

import pytest
import pytest_asyncio

from tests.brisk import brisk, soon_again
from tests.end_to_end import ENGLISH, FRENCH
from tests.parity import Person, Seen
from tests.parity_stage import PLATFORMS, Stage, stage
from tests.redis_peer import valkey

__all__ = ["brisk", "valkey"]  # fixtures

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("parity")]

Played: TypeAlias = Callable[[Person, Stage], Awaitable[list[Seen]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everywhere(valkey: str) -> AsyncIterator[Stage]:
    """One findata for all these tests; a person may say as much in Teams as they like."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("adapters.teams.limits.WINDOWS", ((100_000, 3600.0),))
        async with stage(valkey) as made:
            yield made


# ── what is asked, and what is true of the answer wherever it is read ─────────────────────────────────────────────────


async def a_figure_in_french(person: Person, _: Stage) -> list[Seen]:
    """The value, its data, its filters, its calculation, its SQL and the page of its product."""
    seen = await person.say(FRENCH)
    assert "12 480 000 MWh" in seen.headline
    assert seen.filters == {"pays": "France", "mois": "2025-09"}
    assert seen.sql.startswith("SELECT SUM(consumption_mwh)")
    assert [link.rsplit("/", 1)[1] for link in seen.links] == ["energy-usage"]
    return [seen]


async def a_figure_in_english(person: Person, _: Stage) -> list[Seen]:
    """The same, said in English."""
    seen = await person.say(ENGLISH)
    assert "12,480,000 MWh" in seen.headline
    assert seen.filters == {"country": "France", "month": "2025-09"}
    return [seen]


async def follow_ups(person: Person, _: Stage) -> list[Seen]:
    """One thing changed at a time; a series is a table too."""
    seen = [await person.say(words) for words in (FRENCH, "et en Allemagne ?", "par mois depuis janvier")]
    assert "country = 'Germany'" in seen[1].sql
    assert seen[2].rows[0][0] == "mois"
    assert [row[0] for row in seen[2].rows[1:3]] == ["2026-01", "2026-02"]
    return seen


async def a_question_asked_back(person: Person, _: Stage) -> list[Seen]:
    """The choices, and the answer about the one that is picked."""
    asked = await person.say("quel est le prix moyen en 2025 ?")
    assert asked.choices == ("Spot prices", "Gas market")
    answered = await person.choose(1)
    assert any("gas" in link for link in answered.links), answered
    return [asked, answered]


async def discovery(person: Person, _: Stage) -> list[Seen]:
    """Products with what they are, whose they are, and their pages."""
    seen = await person.say("quels data products parlent d'éolien ?")
    assert {link.rsplit("/", 1)[1] for link in seen.links} == {"wind-production", "weather-observations"}
    assert "responsable : wind-operations" in seen.text
    return [seen]


async def a_portrait(person: Person, _: Stage) -> list[Seen]:
    """What a product is, its columns, and who owns it."""
    seen = [await person.say(words) for words in ("what is in carbon-footprint?", "which columns?", "who owns it?")]
    assert all("carbon-footprint" in link for one in seen for link in one.links)
    assert "is owned by" in seen[2].headline or "owner" in seen[2].text.lower()
    return seen


async def a_refusal(person: Person, _: Stage) -> list[Seen]:
    """No figure, and whom to ask."""
    seen = await person.say("Quel est le salaire brut moyen en 2025 ?")
    assert not seen.rows
    assert not seen.sql
    assert "Salaries" in seen.text or "salaries" in seen.text
    return [seen]


async def no_rows(person: Person, _: Stage) -> list[Seen]:
    """Said as such, with the SQL that found none, and what there is nearby."""
    seen = [await person.say(words) for words in ("green energy consumption in Poland in 2027", "then in 2026")]
    assert "No " in seen[0].headline
    assert "2027" in seen[0].sql
    assert re.search(r"\d", seen[1].headline)
    return seen


async def an_outage(person: Person, made: Stage) -> list[Seen]:
    """Nothing is made up while the warehouse is down; afterwards it answers."""
    await made.harm(*({"path": path, "kind": 503, "times": -1, "seconds": 0.1} for path in ("/sql", "/api/2.0/sql")))
    try:
        with soon_again():
            down = await person.say(ENGLISH)
    finally:
        await made.harm()
    assert not down.sql
    assert not re.search(r"12.480", down.text)
    return [down]


async def help_and_thanks(person: Person, _: Stage) -> list[Seen]:
    """Fixed sentences, in the language they are asked in."""
    seen = [await person.say(words) for words in ("what can you do?", "merci !", "asdf qwer zxcv")]
    assert "I answer questions" in seen[0].headline
    return seen


async def how_it_was_made(person: Person, _: Stage) -> list[Seen]:
    """The last answer explained, its SQL once more."""
    seen = [await person.say(FRENCH), await person.explain()]
    assert seen[1].sql == seen[0].sql
    return seen


async def filters_changed(person: Person, _: Stage) -> list[Seen]:
    """The fields hold what the answer says, in its language; one edited, by name or as stored, the rest as before."""
    first = await person.say(FRENCH)
    assert await fields(person) == {"pays": "France", "mois": "2025-09"}
    second = await person.change("pays", "Germany")
    assert "country = 'Germany'" in second.sql
    assert second.filters["mois"] == first.filters["mois"]
    assert await fields(person) == {"pays": "Allemagne", "mois": "2025-09"}
    third = await person.change("pays", "Espagne")
    assert "country = 'Spain'" in third.sql
    return [first, second, third, await person.say("par mois en 2025")]


async def fields(person: Person) -> dict[str, str]:
    """What can be edited, by the column alone."""
    return {label.split(" (")[0]: value for label, value in (await person.filters()).items()}


async def forgotten(person: Person, _: Stage) -> list[Seen]:
    """What was asked before means nothing any more."""
    seen = [await person.say(FRENCH), await person.forget(), await person.say("et en Allemagne ?")]
    assert not seen[2].sql
    return seen


async def stopped(person: Person, made: Stage) -> list[Seen]:
    """No figure, and the next question is answered."""
    await made.turn(statement_delay=30.0)
    seen = await person.stop(FRENCH)
    await made.turn(statement_delay=0.0)
    assert not seen.sql
    assert "12 480 000" not in seen.text
    return [seen, await person.say("et en Allemagne ?")]


CASES: tuple[tuple[str, Played], ...] = (
    ("", a_figure_in_french), ("", a_figure_in_english), ("", follow_ups), ("choose", a_question_asked_back),
    ("", discovery), ("", a_portrait), ("", a_refusal), ("", no_rows), ("", an_outage), ("", help_and_thanks),
    ("explain", how_it_was_made), ("change", filters_changed), ("stop", stopped), ("forget", forgotten),
)  # fmt: skip
IDS = [played.__name__ for _, played in CASES]  # type: ignore[attr-defined]  # they are functions


@pytest.mark.parametrize(("act", "played"), CASES, ids=IDS)
async def test_a_person_reads_the_same_on_every_platform(everywhere: Stage, act: str, played: Played) -> None:
    """Headline, notes, table, SQL, links, choices and suggestions, from what arrived at each platform's peer."""
    await alike(everywhere, [everywhere.able(ways, act) for ways in PLATFORMS.values()], played)


@pytest.mark.parametrize("played", [how_it_was_made, filters_changed, forgotten], ids=lambda one: one.__name__)
async def test_a_person_reads_the_same_wherever_they_ask_there(everywhere: Stage, played: Played) -> None:
    """In a direct message, a channel, a group, or with the command: one thread of talk each."""
    await alike(everywhere, [everywhere.person(way) for ways in PLATFORMS.values() for way in ways], played)


async def alike(everywhere: Stage, people: list[Person], played: Played) -> None:
    """Each has the conversation; what they read is compared reply by reply. Teams cites on top of it."""
    told = [(one.name, await played(one, everywhere)) for one in people]
    name, first = told[0]
    for other, seen in told[1:]:
        for one, another in zip(first, seen, strict=True):
            assert another.links >= one.links, f"{other} leads to less than {name}"
            assert _bare(another) == _bare(one), f"{other} shows something else than {name}"
    assert everywhere.slack.wrong == []


def _bare(seen: Seen) -> Seen:
    """Without links and the numbers of incidents."""
    notes = tuple(re.sub(r"\b[0-9a-f]{8}\b", "…", note) for note in seen.notes)
    return replace(seen, links=frozenset(), notes=notes)


async def test_all_rows_are_the_same_file_everywhere(everywhere: Stage) -> None:
    """Every row of the answer, not only those that a table has room for."""
    ways = [way for ways in PLATFORMS.values() for way in ways]
    people = [one for way in ways if "rows" in (one := everywhere.person(way)).can]
    files = {}
    for one in people:
        seen = await one.say("consommation d'énergie verte par mois depuis janvier 2025 en France")
        files[one.name] = list(csv.reader(io.StringIO(await one.rows())))
        assert len(files[one.name]) == 23, seen
    first = files.pop(people[0].name)
    assert Decimal(first[9][1]) == 12_480_000
    assert [rows for rows in files.values() if rows != first] == []
