"""What is pressed on a card in Teams, and by whom: choices, filters, thumbs, the message extension."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from agents.domain import Ask, Choose, Explain, Filter, Refine
from agents.ports import Receipt
from tests.green_energy import FRANCE, WHICH
from tests.teams_peer import CHANNEL, GROUP, PERSONAL, button, buttons, fields
from tests.teams_replies import ANSWER, FAILED, MANY, figures
from tests.teams_scene import Scene, mounted, scene

STALE, ON_IT = "no longer valid", "I am on it."


async def answered(made: Scene, reply: Any, where: str = GROUP) -> dict[str, Any]:
    """A question and its reply; the card."""
    await made.alice.say(f"question {made.alice.number}", where)
    await made.answer(reply)
    return made.peer.cards(where)[-1]


async def test_an_option_is_chosen_once_and_by_the_asker() -> None:
    """The talk goes on where it was; the card shows what was chosen; a second click is too late."""
    async with scene() as made:
        card = await answered(made, WHICH, CHANNEL)
        second = button(card, "choose", 1)
        assert "Only the person who asked" in (await made.bob.press(second, CHANNEL))["value"]
        body = await made.alice.press(second, CHANNEL)
        assert body["type"] == "application/vnd.microsoft.card.adaptive"
        assert "Wind parks" in json.dumps(body["value"])
        assert STALE in (await made.alice.press(button(card, "choose", 0), CHANNEL))["value"]
        asked, chosen = (turn for turn, _ in made.desk.turns)
        assert chosen.action == Choose("k2")
        assert chosen.conversation == asked.conversation


async def test_an_option_of_a_menu_is_chosen_by_its_number() -> None:
    """Thirty options; what is no number of theirs is refused."""
    async with scene() as made:
        card = await answered(made, MANY)
        for wrong in ("30", "-1", "x", "", "1e3", "٣٣٣٣٣"):
            assert STALE in (await made.alice.press(button(card, "choose"), GROUP, n=wrong))["value"]
        await made.alice.press(button(card, "choose"), GROUP, n="29")
        assert made.desk.turns[-1][0].action == Choose("k29")


async def test_a_choice_that_was_not_taken_can_be_made_again() -> None:
    """A full inbox does not spend the question."""
    async with scene() as made:
        card = await answered(made, WHICH)
        made.desk.receipt = Receipt("busy")
        assert "could not take" in (await made.alice.press(button(card, "choose"), GROUP))["value"]
        made.desk.receipt = Receipt("accepted")
        body = await made.alice.press(button(card, "choose"), GROUP)
        assert body["type"].endswith("card.adaptive")


async def test_an_answer_overtaken_by_another_is_stale() -> None:
    """Explain and filters work on the last answer alone."""
    async with scene() as made:
        old = await answered(made, ANSWER)
        new = await answered(made, ANSWER)
        for verb in ("explain", "refine"):
            assert STALE in (await made.alice.press(button(old, verb), GROUP))["value"]
        assert (await made.alice.press(button(new, "explain"), GROUP))["value"] == ON_IT
        assert made.desk.turns[-1][0].action == Explain()


async def test_the_filters_come_back_as_they_were_typed() -> None:
    """One value, a range and a list; nothing but the values can be changed."""
    async with scene() as made:
        card = await answered(made, ANSWER)
        typed = {"f0_0": "Germany", "f1_0": "2025-02", "f1_1": "2025-03", "f2_0": "wind; hydro;wind"}
        said = await made.alice.press(button(card, "refine"), GROUP, **typed, f9_0="x", column="password")
        assert said["value"] == ON_IT
        assert made.desk.turns[-1][0].action == Refine(
            (
                Filter("country", "=", ("Germany",)),
                Filter("month", "between", ("2025-02", "2025-03")),
                Filter("kind", "in", ("wind", "hydro")),
            )
        )


async def test_an_equality_may_become_a_choice_of_several() -> None:
    """As in Slack: semicolons separate, quotes hold a semicolon; what is left as it was stays as it was."""
    many = Filter("kind", "in", tuple(f"a rather long kind number {at}" for at in range(60)))
    odd = Filter("country", "=", ("Bosnia; Herzegovina",))
    found = figures()
    reply = replace(ANSWER, body=replace(found, reading=replace(found.reading, filters=(odd, many, FRANCE))))
    async with scene() as made:
        card = await answered(made, reply)
        shown = {one["id"]: one["value"] for one in fields(card)}
        await made.alice.press(button(card, "refine"), GROUP, **shown)
        assert made.desk.turns[-1][0].action == Refine((odd, many, FRANCE))
        typed = {**shown, "f0_0": '"Bosnia; Herzegovina"; Spain', "f2_0": "Germany"}
        await made.alice.press(button(card, "refine"), GROUP, **typed)
        two, germany = replace(odd, operator="in", values=(*odd.values, "Spain")), replace(FRANCE, values=("Germany",))
        assert made.desk.turns[-1][0].action == Refine((two, many, germany))


async def test_a_day_is_picked_and_a_condition_says_which_it_is() -> None:
    """A date field where the value is one; a sign where the field's name alone would mislead."""
    since, other = Filter("day", ">=", ("2025-01-31",)), Filter("country", "!=", ("France",))
    found = figures()
    reply = replace(ANSWER, body=replace(found, reading=replace(found.reading, filters=(since, other))))
    async with scene() as made:
        first, second = fields(await answered(made, reply))
        assert (first["type"], first["value"], first["label"]) == ("Input.Date", "2025-01-31", "day ≥")
        assert (second["type"], second["label"]) == ("Input.Text", "country ≠")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"f0_0": ""}, "fill this in"),
        ({"f1_0": "2026-01"}, "end lies before"),
        ({"f2_0": " ; "}, "fill this in"),
    ],
)
async def test_filters_that_make_no_sense_are_refused(typed: dict[str, str], said: str) -> None:
    """The person who typed them is told what is wrong."""
    async with scene() as made:
        card = await answered(made, ANSWER)
        whole = {"f0_0": "Germany", "f1_0": "2025-02", "f1_1": "2025-03", "f2_0": "wind", **typed}
        assert said in (await made.alice.press(button(card, "refine"), GROUP, **whole))["value"]
        assert len(made.desk.turns) == 1


async def test_suggestions_and_retry_ask_again() -> None:
    """A suggestion asks its own words, Retry the first question; a double click is one turn."""
    async with scene() as made:
        card = await answered(made, ANSWER)
        for _ in range(2):
            assert (await made.alice.press(button(card, "suggest", 1), GROUP))["value"] == ON_IT
        assert [turn.action for turn, _ in made.desk.turns[1:]] == [Ask("By country?")]
        card = await answered(made, FAILED)
        asked = made.desk.turns[-1][0].action
        await made.alice.press(button(card, "retry"), GROUP)
        assert made.desk.turns[-1][0].action == asked
        assert made.desk.turns[-1][0].id != made.desk.turns[-2][0].id


async def test_everybody_in_the_thread_may_click_where_the_settings_say_so() -> None:
    """But with their own rights: the turn is theirs."""
    async with scene(clicks="thread") as made:
        card = await answered(made, ANSWER)
        assert (await made.bob.press(button(card, "explain"), GROUP))["value"] == ON_IT
        assert made.desk.turns[-1][0].user.id == made.bob.id


async def test_buttons_outlive_a_restart() -> None:
    """What they stand for is in the store."""
    async with scene() as made:
        card = await answered(made, WHICH)
        async with mounted(made.peer, made.store) as other:
            await other.alice.press(button(card, "choose"), GROUP)
            assert other.desk.turns[0][0].action == Choose("k1")


@pytest.mark.parametrize(
    "action",
    [
        None, "x", {}, {"verb": 7, "data": []}, {"verb": "choose"}, {"verb": "choose", "data": {"q": 7}},
        {"verb": "choose", "data": {"q": "q_unknown", "n": 0}}, {"verb": "drop table", "data": {"q": "é"}},
        {"verb": "prompt", "data": {"n": 99}}, {"verb": "prompt", "data": {"n": True}}, {"verb": "stop", "data": {}},
    ],
)  # fmt: skip
async def test_a_forged_click_is_stale(action: object) -> None:
    """Whatever a client sends: an answer with status 200, and nothing is done."""
    async with scene() as made:
        status, body = await made.alice.invoke("adaptiveCard/action", {"action": action})
        assert status == 200
        assert STALE in body["value"]
        assert made.desk.turns == []


async def test_the_id_of_another_organisations_answer_opens_nothing() -> None:
    """Ids are looked up within the organisation of whoever presses."""
    async with scene(tenants=("00000000-0000-0000-0000-00000000000a", "other")) as made:
        card = await answered(made, ANSWER)
        value = {"action": {"verb": "explain", "data": button(card, "explain")["data"]}}
        _, body = await made.alice.invoke(
            "adaptiveCard/action", value, GROUP,
            channelData={"tenant": {"id": "other"}}, conversation={"id": GROUP, "conversationType": "groupChat"},
        )  # fmt: skip
        assert STALE in body["value"]


async def test_a_client_without_execute_sends_its_click_as_a_message() -> None:
    """The same button, the older way."""
    async with scene() as made:
        card = await answered(made, ANSWER, PERSONAL)
        data = button(card, "explain")["fallback"]["data"]
        assert await made.alice.send(made.alice.activity("", PERSONAL, value=data)) == (202, "")
        assert made.desk.turns[-1][0].action == Explain()
        assert made.peer.texts(PERSONAL)[-1] == "I am on it."


async def test_thumbs_are_passed_on_with_what_was_rated() -> None:
    """The body must be an empty object; what is no rating is passed over."""
    async with scene() as made:
        await answered(made, ANSWER)
        [message] = [id_ for id_, body in made.peer.shown.items() if body.get("text")]
        feedback = json.dumps({"feedbackText": "nice"})
        for reaction, on in (("like", message), ("dislike", message), ("love", message), ("like", "404")):
            value = {"actionName": "feedback", "actionValue": {"reaction": reaction, "feedback": feedback}}
            assert await made.bob.invoke("message/submitAction", value, GROUP, replyToId=on) == (200, {})
        await made.peer.until(lambda: len(made.ratings) == 2)
        (who, good), (_, bad) = made.ratings
        assert (who.id, good.good, bad.good, good.text) == (made.bob.id, True, False, "nice")
        assert (good.space, good.conversation, good.message) == ("space", "talk", "words")
        assert good.turn == made.desk.turns[0][0].id


async def test_a_message_is_made_a_question_of_and_answered_in_our_own_chat() -> None:
    """The dialog holds the message's words; what is sent back is asked for the person alone."""
    async with scene() as made:
        payload = {"id": "1", "body": {"contentType": "html", "content": "<p>Green <b>energy</b> &amp; wind?</p>"}}
        _, opened = await made.bob.invoke(
            "composeExtension/fetchTask", {"commandId": "ask", "messagePayload": payload}, GROUP
        )
        card = opened["task"]["value"]["card"]["content"]
        assert card["body"][0]["value"] == "Green energy & wind?"
        assert buttons(card)[0]["type"] == "Action.Submit"
        value = {"commandId": "ask", "data": {"command": "ask", "question": "green energy in 2025?"}}
        status, sent = await made.bob.invoke("composeExtension/submitAction", value, GROUP)
        assert (status, sent["task"]["type"]) == (200, "message")
        turn, to = made.desk.turns[0]
        assert turn.action == Ask("green energy in 2025?")
        assert to.address["conversation"] == "a:bob"
        await made.answer(ANSWER)
        assert made.peer.standing(GROUP) == []
        assert len(made.peer.cards("a:bob")) == 1


async def test_a_message_without_words_or_a_person_without_our_chat_is_told_so() -> None:
    """Nothing is asked."""
    async with scene() as made:
        made.peer.roles["29:bob"] = "without us"
        for data in ({"question": " "}, {"question": 7}, {}, {"question": "green energy?"}):
            status, body = await made.bob.invoke("composeExtension/submitAction", {"data": data}, GROUP)
            assert (status, body["task"]["type"]) == (200, "message")
        assert made.desk.turns == []


async def test_an_invoke_that_nobody_knows_is_not_implemented() -> None:
    """As Teams expects it."""
    async with scene() as made:
        assert (await made.alice.invoke("signin/verifyState", {}))[0] == 501
