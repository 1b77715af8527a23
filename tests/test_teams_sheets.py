"""All rows as a file: for the person who asked alone, for ten minutes, and never a formula."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from adapters.teams.sheets import as_csv
from agents.domain import Refine, SqlResult
from tests.teams_peer import CHANNEL, PERSONAL, button, buttons
from tests.teams_replies import ANSWER, FRANCE, KINDS, PERIOD, ROWS
from tests.teams_scene import Scene, scene

PUBLIC = "https://findata.example.org"


async def wanted(made: Scene, where: str) -> str:
    """An answer, the button under it, the file's link."""
    await made.alice.say("green energy by month?", where)
    await made.answer(ANSWER)
    pressed = await made.alice.press(button(made.peer.cards(where), "csv"), where)
    assert pressed["value"] == "I am on it."
    assert made.desk.turns[-1][0].action == Refine((FRANCE, PERIOD, KINDS))
    await made.answer(ANSWER)
    found = re.findall(r"https://findata\.example\.org(/teams/files/[\w=-]+)", " ".join(made.peer.texts("a:alice")))
    return str(found[-1])


async def test_all_rows_are_behind_a_link_in_the_askers_own_chat() -> None:
    """The channel sees a stub; the file has every row, and what lies in the store is sealed."""
    async with scene(public_url=PUBLIC) as made:
        path = await wanted(made, CHANNEL)
        assert "/teams/files/" not in "".join(made.peer.texts(CHANNEL))
        base = "{0.scheme}://{0.netloc}".format(urlsplit(made.alice.bot_url))
        async with made.alice.http.get(base + path) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
        assert rows[0] == ["month", "mwh"]
        assert [(month, Decimal(mwh)) for month, mwh in rows[1:]] == list(ROWS)
        [sealed] = [value for key, value in made.store.entries.items() if key.startswith("teams:file:")]
        assert b"2025-01" not in sealed
        assert not any(path.rsplit("/", 1)[1] in key for key in made.store.entries)


async def test_a_file_does_not_overtake_the_answer_that_it_belongs_to() -> None:
    """Explain and the filters of that answer still work."""
    async with scene(public_url=PUBLIC) as made:
        await wanted(made, PERSONAL)
        pressed = await made.alice.press(button(made.peer.cards(PERSONAL), "explain"))
        assert pressed["value"] == "I am on it."


async def test_a_link_that_has_ended_or_was_guessed_is_not_found() -> None:
    """And says nothing about why."""
    async with scene(public_url=PUBLIC) as made:
        path = await wanted(made, PERSONAL)
        base = "{0.scheme}://{0.netloc}".format(urlsplit(made.alice.bot_url))
        ended = {key: value for key, value in made.store.entries.items() if not key.startswith("teams:file:")}
        start, key = path.rsplit("/", 1)
        near = f"{start}/{'B' if key[0] == 'A' else 'A'}{key[1:]}"
        for wrong in (near, "/teams/files/" + "A" * 44, "/teams/files/x", "/teams/files/../messages"):
            async with made.alice.http.get(base + wrong) as answer:
                assert answer.status in (404, 405)
        made.store.entries = ended
        async with made.alice.http.get(base + path) as answer:
            assert answer.status == 404


async def test_without_an_address_for_browsers_there_is_no_such_button() -> None:
    """A link to nowhere is not offered."""
    async with scene() as made:
        await made.alice.say("green energy by month?")
        await made.answer(ANSWER)
        assert "csv" not in {one.get("verb") for one in buttons(made.peer.cards(PERSONAL))}


def test_no_cell_is_a_formula_and_numbers_stay_numbers() -> None:
    """A spreadsheet runs what begins like one; a negative number is none."""
    values = (
        "=1+1",
        "+x",
        "-x",
        "@x",
        "\tx",
        -5,
        Decimal("-1.50"),
        None,
        date(2025, 1, 2),
        datetime(2025, 1, 2, 3, tzinfo=UTC),
        b"\x01",
        [1],
    )
    result = SqlResult("SELECT 1", ("=a",) * len(values), ("string",) * len(values), (values,))
    head, row = csv.reader(io.StringIO(as_csv(result).decode("utf-8-sig")))
    assert head == ["'=a"] * len(values)
    dated = ["2025-01-02", "2025-01-02T03:00:00+00:00"]
    assert row == ["'=1+1", "'+x", "'-x", "'@x", "'\tx", "-5", "-1.50", "", *dated, "01", "[1]"]
