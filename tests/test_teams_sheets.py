"""All rows as a file: for the person who asked alone, for ten minutes, and never a formula."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from adapters.teams.consent import QUESTION, SAVED
from agents.domain import Refine
from tests.green_energy import FRANCE
from tests.teams_peer import CHANNEL, GROUP, PERSONAL, button, buttons
from tests.teams_replies import ANSWER, KINDS, PERIOD, ROWS
from tests.teams_scene import Scene, place, scene

PUBLIC = "https://findata.example.org"


def no_files(_: str, __: str, body: dict[str, Any]) -> web.Response | None:
    """A cloud in which Teams knows no file consent."""
    offered = [one for one in body.get("attachments") or () if one["contentType"] == QUESTION]
    return web.json_response({"error": {"code": "BadSyntax"}}, status=400) if offered else None


async def offered(made: Scene, where: str) -> tuple[str, dict[str, Any]]:
    """An answer, the button under it, the card by which Teams asks whether to save the file; its message."""
    await made.alice.say("green energy by month?", where)
    await made.answer(ANSWER)
    await made.alice.press(button(made.peer.cards(where), "csv"), where)
    await made.answer(ANSWER)
    [found] = [
        (id_, one)
        for id_, body in made.peer.shown.items()
        for one in body.get("attachments") or ()
        if made.peer.where[id_] == PERSONAL and one["contentType"] == QUESTION
    ]
    return found


def answer_to(made: Scene, asked: dict[str, Any], action: str = "accept", url: str = "") -> dict[str, Any]:
    """What Teams sends when the person has chosen."""
    upload = {"uploadUrl": url or f"{made.peer.url}/personal/1?key=x", "contentUrl": "https://org.sharepoint.com/1.csv"}
    info = {**upload, "name": "findata.csv", "uniqueId": "1", "fileType": "csv"}
    context = asked["content"]["acceptContext"]
    return {
        "type": "fileUpload",
        "action": action,
        "context": context,
        "uploadInfo": info if action == "accept" else {},
    }


@pytest.mark.parametrize("where", [PERSONAL, GROUP, CHANNEL])
async def test_teams_asks_whether_to_save_all_rows_in_the_askers_own_files(where: str) -> None:
    """In their own chat, once; the question gives way to a card that opens the file."""
    async with scene() as made:
        message, asked = await offered(made, where)
        assert not [one for one in made.peer.calls if QUESTION in str(one.body) and one.conversation != PERSONAL]
        chosen = answer_to(made, asked)
        for _ in range(2):
            assert await made.alice.invoke("fileConsent/invoke", chosen, replyToId=message) == (200, {})
        [content] = await made.peer.until(lambda: list(made.peer.saved.values()))
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert [(month, Decimal(mwh)) for month, mwh in rows[1:]] == list(ROWS)
        assert asked["content"]["sizeInBytes"] == len(content)
        await made.peer.until(lambda: message not in made.peer.shown)
        await made.peer.until(lambda: any("press “Rows as CSV” again" in one for one in made.peer.texts(PERSONAL)))
        await made.platform.close()
        kinds = [one["contentType"] for body in made.peer.standing(PERSONAL) for one in body.get("attachments") or ()]
        assert kinds.count(SAVED) == 1


async def test_a_file_is_for_the_person_it_was_offered_to_and_goes_nowhere_else() -> None:
    """Another person's invoke, another host's address and a refusal save nothing; the rows are gone after a no."""
    async with scene() as made:
        _, asked = await offered(made, PERSONAL)
        yes, no = answer_to(made, asked), answer_to(made, asked, "decline")
        await made.bob.invoke("fileConsent/invoke", yes, "a:bob")
        await made.alice.invoke("fileConsent/invoke", yes, GROUP)
        await made.peer.until(lambda: any("no longer here" in one for one in made.peer.texts("a:bob")))
        await made.alice.invoke("fileConsent/invoke", no)
        await made.peer.until(lambda: not [key for key in made.store.held if key.startswith("teams:file:")])
        assert made.peer.saved == {}


@pytest.mark.parametrize(
    "url",
    ["https://evil.example.org/1", "http://org.sharepoint.com/1", "https://org.sharepoint.com@evil.example.org/", "x"],
)
async def test_rows_are_saved_nowhere_but_in_the_organisations_storage(url: str) -> None:
    """The address comes with a signed request, and is looked at all the same."""
    async with scene() as made:
        _, asked = await offered(made, PERSONAL)
        await made.alice.invoke("fileConsent/invoke", answer_to(made, asked, url=url))
        await made.peer.until(lambda: any("could not be saved" in one for one in made.peer.texts(PERSONAL)))
        assert made.peer.saved == {}
    assert place(made.peer).may_upload("https://org-my.sharepoint.com/personal/alice/_api/v2.0/drive?guid=1")


@pytest.mark.parametrize("context", [None, "x", {}, {"file": 3}, {"file": "A" * 44}, {"file": "x" * 10_000}])
async def test_a_forged_answer_saves_nothing(context: object) -> None:
    """And is no error of ours."""
    async with scene() as made:
        _, asked = await offered(made, PERSONAL)
        forged = answer_to(made, asked) | {"context": context}
        assert await made.alice.invoke("fileConsent/invoke", forged) == (200, {})
        await made.platform.close()
        assert made.peer.saved == {}


def base(made: Scene) -> str:
    """Where a browser reaches the bot."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(made.alice.bot_url))


async def wanted(made: Scene, where: str) -> str:
    """An answer, the button under it, the file's link: where Teams offers no files."""
    made.peer.faults.append(no_files)
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
        [sealed] = [value for key, value in made.store.held.items() if key.startswith("teams:file:")]
        assert b"2025-01" not in sealed
        assert not any(path.rsplit("/", 1)[1] in key for key in made.store.held)
        async with made.alice.http.post(base(made) + path) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
        assert rows[0] == ["month", "mwh"]
        assert [(month, Decimal(mwh)) for month, mwh in rows[1:]] == list(ROWS)


async def test_looking_at_the_link_takes_nothing_and_the_file_is_taken_once() -> None:
    """Chats and mail scanners open links; whoever comes second finds it gone, in their own language."""
    async with scene(public_url=PUBLIC) as made:
        url = base(made) + await wanted(made, PERSONAL)
        french = {"Accept-Language": "fr-FR"}
        for _ in range(2):
            async with made.alice.http.get(url, headers=french) as answer:
                page = await answer.text()
                assert (answer.status, answer.content_type, "Télécharger" in page) == (200, "text/html", True)
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
        async with made.alice.http.head(url) as answer:
            assert answer.status == 405
        for expected in (200, 404, 404):
            async with made.alice.http.post(url, headers=french) as answer:
                assert (answer.status, "2025-01" in await answer.text()) == (expected, expected == 200)
        async with made.alice.http.get(url, headers=french) as answer:
            assert "n’est plus là" in (await answer.text()).replace("&#x27;", "’")


async def test_a_store_that_is_down_is_no_lost_file() -> None:
    """503, and the file is there afterwards."""
    async with scene(public_url=PUBLIC) as made:
        url = base(made) + await wanted(made, PERSONAL)
        for down, expected in ((True, 503), (False, 200)):
            made.store.down = down
            async with made.alice.http.post(url) as answer:
                assert answer.status == expected


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
        ended = {key: value for key, value in made.store.held.items() if not key.startswith("teams:file:")}
        start, key = path.rsplit("/", 1)
        near = f"{start}/{'B' if key[0] == 'A' else 'A'}{key[1:]}"
        for wrong in (near, "/teams/files/" + "A" * 44, "/teams/files/x"):
            async with made.alice.http.post(base(made) + wrong) as answer:
                assert answer.status == 404
        made.store.held = ended
        async with made.alice.http.post(base(made) + path) as answer:
            assert answer.status == 404


async def test_without_an_address_for_browsers_there_is_no_such_button() -> None:
    """A link to nowhere is not offered: the local Teams of development has no files either."""
    async with scene(app_id="", app_password="") as made:
        await made.alice.send(made.alice.activity("green energy by month?"), token="")
        made.peer.trusting = True
        await made.answer(ANSWER)
        assert "csv" not in {one.get("verb") for one in buttons(made.peer.cards(PERSONAL))}


async def test_where_neither_files_nor_links_can_be_had_it_is_said() -> None:
    """The answer itself stays where it is."""
    async with scene() as made:
        made.peer.faults.append(no_files)
        await made.alice.say("green energy by month?")
        await made.answer(ANSWER)
        await made.alice.press(button(made.peer.cards(PERSONAL), "csv"))
        await made.answer(ANSWER)
        assert made.peer.texts(PERSONAL)[-1].startswith("The file could not be saved")
