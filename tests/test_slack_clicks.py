"""Buttons, menus and the filters' form: each goes on with the conversation, for whom it is meant, while it is valid."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from adapters.replying import Rating
from adapters.replying.keeping import handle
from agents.domain import (
    Answer,
    Apology,
    Ask,
    Choose,
    Clarification,
    Explain,
    Filter,
    Option,
    Refine,
    Sensitivity,
    Table,
    User,
)
from agents.errors import Unavailable
from tests.green_energy import COUNTRY, FRANCE, MWH, REF, WHICH
from tests.slack_peer import ASKER, CHANNEL, OTHER, TEAM, Bot, Peer, mention, running
from tests.slack_peer_replies import ANSWER, PERIOD, answered, asked, buttons, figures, finished


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with Peer().serving() as peer, running(peer) as made:
        yield made
        assert peer.wrong == []


def submission(view: Mapping[str, Any], values: Mapping[str, str], user: str = ASKER) -> dict[str, Any]:
    """The form sent with these values in its fields; the others as they were."""
    state = {}
    for block in view["blocks"]:
        kind = "selected_date" if block["element"]["type"] == "datepicker" else "value"
        old = block["element"].get("initial_value") or block["element"].get("initial_date")
        state[block["block_id"]] = {"value": {kind: values.get(block["block_id"], old)}}
    sent = {"id": "V1", "callback_id": "filters", "type": "modal", "private_metadata": view["private_metadata"]}
    return {
        "type": "view_submission", "team": {"id": TEAM}, "user": {"id": user},
        "view": sent | {"state": {"values": state}},
    }  # fmt: skip


# ── clarifications ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_choice_goes_on_with_the_conversation_in_the_same_message(bot) -> None:
    """The question back gives way to the answer, so that nothing is left to press twice."""
    shown = await answered(bot, WHICH)
    assert buttons(shown) == ["choose_0", "choose_1"]
    for _ in range(2):
        assert (await bot.press(shown, "choose_1"))[0] == 200
    assert bot.inbox.actions == [Ask("green energy by month?"), Choose("k2")]
    assert bot.inbox.turns[0][0].conversation == bot.inbox.turns[1][0].conversation
    now = await finished(bot, ANSWER)
    assert now["ts"] == shown["ts"]
    assert len(bot.peer.shown()) == 1


async def test_many_choices_become_a_menu(bot) -> None:
    """Buttons for up to five, a select beyond."""
    many = Clarification("en", "words", tuple(Option(f"k{n}", f"Choice {n}", "hint") for n in range(12)), text="green")
    shown = await answered(bot, many)
    assert buttons(shown) == ["choose_one"]
    await bot.press(shown, "choose_one")
    assert bot.inbox.actions[-1] == Choose("k11")


async def test_only_the_asker_may_choose(bot) -> None:
    """Another is told so, and nothing runs in the asker's name."""
    shown = await answered(bot, WHICH)
    await bot.press(shown, "choose_0", user=OTHER)
    assert len(bot.inbox.turns) == 1
    assert "Only the person who asked" in bot.peer.whispers[-1]["text"]
    assert bot.peer.whispers[-1]["user"] == OTHER


async def test_anyone_in_the_thread_may_choose_where_that_is_set() -> None:
    """With their own rights: the turn is theirs."""
    async with Peer().serving() as peer, running(peer, clicks="thread") as bot:
        shown = await answered(bot, WHICH)
        await bot.press(shown, "choose_0", user=OTHER)
        assert bot.inbox.turns[-1][0].user.id == OTHER


async def test_an_overtaken_choice_says_so(bot) -> None:
    """A newer question back in the same conversation makes the older one's buttons stale."""
    old = await answered(bot, WHICH)
    await answered(bot, WHICH, mention("wind?", ts="1700000000.000200", thread_ts="1700000000.000100"))
    await bot.press(old, "choose_0")
    assert len(bot.inbox.turns) == 2
    assert "no longer valid" in bot.peer.whispers[-1]["text"]


async def test_a_button_that_nobody_remembers_says_so(bot) -> None:
    """What it stood for has expired."""
    shown = await answered(bot, WHICH)
    bot.store.held.clear()
    await bot.press(shown, "choose_0")
    assert "no longer valid" in bot.peer.whispers[-1]["text"]


async def test_an_outage_is_told_to_whoever_pressed(bot) -> None:
    """Slack does not deliver a click again."""
    shown = await answered(bot, WHICH)
    bot.inbox.down = True
    assert (await bot.press(shown, "choose_0"))[0] == 200
    assert "try again" in bot.peer.whispers[-1]["text"]


# ── the buttons of an answer ──────────────────────────────────────────────────────────────────────────────────────────


async def test_explain_and_suggestions_are_turns_of_the_conversation(bot) -> None:
    """Explain asks how the answer was made; a suggestion is asked by whoever presses it."""
    shown = await answered(bot)
    await bot.press(shown, "explain")
    await bot.press(shown, "suggest_0", user=OTHER)
    assert bot.inbox.actions[1:] == [Explain(), Ask("And in Germany?")]
    assert len({turn.conversation for turn, _ in bot.inbox.turns}) == 1
    assert bot.inbox.turns[-1][0].user.id == OTHER


async def test_stop_ends_the_turn(bot) -> None:
    """The inbox knows whose it is; to anybody else it says that nothing of theirs runs."""
    bot.peer.streaming = False
    turn, to = await asked(bot)
    await bot.platform.open(to, turn)
    await bot.press(bot.peer.shown()[0], "stop")
    assert bot.inbox.stopped == [(turn.id, turn.user)]
    bot.inbox.running = False
    await bot.press(bot.peer.shown()[0], "stop", user=OTHER)
    assert "Nothing of yours" in bot.peer.whispers[-1]["text"]


async def test_retry_asks_again_in_the_same_message(bot) -> None:
    """Once for each apology; the apology becomes the answer."""
    shown = await answered(bot, Apology("en", "unavailable", retry=True))
    for _ in range(2):
        await bot.press(shown, "retry")
    assert bot.inbox.actions == [Ask("green energy by month?")] * 2
    again = await finished(bot, Apology("en", "unavailable", retry=True))
    assert again["ts"] == shown["ts"]
    await bot.press(again, "retry")
    assert len(bot.inbox.turns) == 3


async def test_thumbs_reach_genie_and_are_thanked() -> None:
    """With the message that Genie wrote; a failure of Genie is not the rater's problem."""
    heard: list[tuple[User, Rating]] = []

    async def rate(user: User, rating: Rating) -> None:
        heard.append((user, rating))
        if not rating.good:
            raise Unavailable("genie")

    async with Peer().serving() as peer, running(peer, rate=rate) as bot:
        shown = await answered(bot)
        thumbs = shown["blocks"][-1]["elements"][0]
        await bot.press(shown, thumbs["action_id"])
        peer_negative = {**shown, "blocks": [{"type": "actions", "elements": [{
            "type": "button", "action_id": "rate", "value": thumbs["negative_button"]["value"]}]}]}  # fmt: skip
        await bot.press(peer_negative, "rate")
        assert [(user.id, rating.good, rating.message) for user, rating in heard] == [
            (ASKER, True, "words"), (ASKER, False, "words"),
        ]  # fmt: skip
        assert len(peer.whispers) == 2


# ── filters ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_changed_filters_run_the_same_statement_without_a_model(bot) -> None:
    """The form shows each value; several become a list; what is not touched stays."""
    shown = await answered(bot)
    await bot.press(shown, "filters")
    [view] = bot.peer.views
    assert [block["element"]["initial_value"] for block in view["blocks"]] == ["France", "2025-01", "2025-09"]
    assert "Country" in view["blocks"][0]["label"]["text"].title()
    status, body = await bot.payload(submission(view, {"f0_0": "France; Germany", "f1_1": "2025-06"}))
    assert (status, body) == (200, "")
    changed = (Filter("country", "in", ("France", "Germany")), Filter("month", "between", ("2025-01", "2025-06")))
    assert bot.inbox.actions[-1] == Refine(changed)
    assert bot.inbox.turns[-1][0].conversation == bot.inbox.turns[0][0].conversation
    assert (await finished(bot, ANSWER))["ts"] != shown["ts"]


async def test_the_form_calls_values_as_the_answer_does(bot) -> None:
    """Allemagne stands for Germany in the field as in the text, and is sent as Germany; so is what is stored itself."""
    known = (("France", (("fr", "France"),)), ("Germany", (("fr", "Allemagne"),)), ("Spain", (("fr", "Espagne"),)))
    named = Table(REF, (replace(COUNTRY, values=known), MWH))
    german = replace(figures(filters=(Filter("country", "=", ("Germany",)),)), tables=(named,))
    shown = await answered(bot, Answer("fr", german))
    await bot.press(shown, "filters")
    [view] = bot.peer.views
    assert [block["element"]["initial_value"] for block in view["blocks"]] == ["Allemagne"]
    for said, meant in (("Allemagne", ("Germany",)), ("espagne; France; Germany", ("Spain", "France", "Germany"))):
        sent = submission(view, {"f0_0": said})
        await bot.payload(sent | {"view": sent["view"] | {"id": said}})
        assert bot.inbox.actions[-1] == Refine((Filter("country", "=" if len(meant) == 1 else "in", meant),))


async def test_a_form_with_a_mistake_stays_open(bot) -> None:
    """An empty field, and a period that ends before it starts, are marked where they are."""
    day = Filter("day", "between", ("2025-01-01", "2025-01-31"))
    shown = await answered(bot, Answer("en", figures(filters=(FRANCE, day))))
    await bot.press(shown, "filters")
    sent = submission(bot.peer.views[0], {"f0_0": " ", "f1_1": "2024-12-31"})
    _, body = await bot.payload(sent)
    assert set(json.loads(body)["errors"]) == {"f0_0", "f1_1"}
    assert len(bot.inbox.turns) == 1


async def test_values_with_the_separator_in_them_survive_the_form(bot) -> None:
    """Untouched they are sent back as they were."""
    odd = (Filter("name", "in", ("a;b", 'say "hi"', "c")), Filter("note", "is null"), Filter("mwh", ">=", ("5",)))
    shown = await answered(bot, Answer("en", figures(filters=odd)))
    await bot.press(shown, "filters")
    await bot.payload(submission(bot.peer.views[0], {}))
    assert bot.inbox.actions[-1] == Refine(odd)


async def test_filters_of_an_older_answer_cannot_be_changed(bot) -> None:
    """They would change the newer answer's statement instead."""
    old = await answered(bot)
    await bot.press(old, "filters")
    await answered(bot, ANSWER, mention("wind?", ts="1700000000.000200", thread_ts="1700000000.000100"))
    await bot.press(old, "filters")
    assert len(bot.peer.views) == 1
    await bot.payload(submission(bot.peer.views[0], {"f0_0": "Spain"}))
    assert len(bot.inbox.turns) == 2


# ── rows as a file, and sharing ───────────────────────────────────────────────────────────────────────────────────────


async def test_rows_come_as_a_file_in_the_thread(bot) -> None:
    """The statement runs again with the asker's rights; the file is uploaded once."""
    shown = await answered(bot)
    await bot.press(shown, "csv")
    turn, to = bot.inbox.turns[-1]
    assert turn.action == Refine((FRANCE, PERIOD))
    placeholder = await bot.platform.open(to, turn)
    for _ in range(2):
        await bot.platform.finish(to, placeholder, ANSWER, turn)
    [content] = bot.peer.files.values()
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1] == ["2025-01", "1000"]
    [done] = bot.peer.sent("files.completeUploadExternal")
    assert (done["channel_id"], done["thread_ts"]) == (CHANNEL, "1700000000.000100")
    assert "9 rows as CSV" in bot.peer.shown()[-1]["text"]
    await bot.press(shown, "explain")
    assert bot.inbox.actions[-1] == Explain()


async def test_a_restricted_file_goes_to_the_asker_alone(bot) -> None:
    """Like the answer it comes from."""
    secret = Answer("en", figures(sensitivity=Sensitivity.RESTRICTED))
    await answered(bot, secret)
    apart = bot.peer.shown(f"D-{ASKER}")[0]
    await bot.press(apart, "xlsx", channel=f"D-{ASKER}")
    await finished(bot, secret)
    [done] = bot.peer.sent("files.completeUploadExternal")
    assert done["channel_id"] == f"D-{ASKER}"


async def test_a_failed_upload_is_tried_again(bot) -> None:
    """Unavailable, so that the turn is finished later."""
    shown = await answered(bot)
    await bot.press(shown, "csv")
    bot.peer.fail("files.getUploadURLExternal", "internal_error")
    with pytest.raises(Unavailable):
        await finished(bot, ANSWER)
    await finished(bot, ANSWER)
    assert len(bot.peer.files) == 1


async def test_a_private_answer_is_shared_by_a_button(bot) -> None:
    """It runs again and is shown in the channel; only its asker can do that."""
    await bot.command("green energy by month?")
    whisper = await finished(bot, ANSWER)
    await bot.press(whisper, "share", user=OTHER, hook="click")
    assert len(bot.inbox.turns) == 1
    await bot.press(whisper, "share", hook="click")
    shown = await finished(bot, ANSWER)
    assert shown["channel"] == CHANNEL
    assert "2025-09" in str(shown)


async def test_a_restricted_answer_cannot_be_shared(bot) -> None:
    """No button offers it, and a press that was made up is answered to its asker alone."""
    secret = Answer("en", figures(sensitivity=Sensitivity.RESTRICTED))
    await bot.command("green energy by month?")
    whisper = await finished(bot, secret)
    assert "share" not in buttons(whisper)
    press = {"type": "button", "action_id": "share", "value": handle(bot.inbox.turns[0][0].id)}
    forged = {**whisper, "blocks": [{"type": "actions", "elements": [press]}]}
    await bot.press(forged, "share", hook="click")
    await finished(bot, secret)
    assert "2025-09" not in str(bot.peer.shown())
    assert "2025-09" in str(bot.peer.shown(f"D-{ASKER}"))


async def test_a_file_of_a_private_answer_is_private(bot) -> None:
    """It comes as a direct message, and the asker is told where it is."""
    await bot.command("green energy by month?")
    whisper = await finished(bot, ANSWER)
    await bot.press(whisper, "csv", hook="click")
    told = await finished(bot, ANSWER)
    assert "direct message" in told["text"]
    [done] = bot.peer.sent("files.completeUploadExternal")
    assert done["channel_id"] == f"D-{ASKER}"


async def test_what_follows_a_private_answer_is_private_too(bot) -> None:
    """A choice in a whisper replaces the whisper."""
    await bot.command("green energy by month?")
    whisper = await finished(bot, WHICH)
    await bot.press(whisper, "choose_0", hook="click")
    after = await finished(bot, ANSWER)
    assert (after["hook"], after["replace_original"]) == ("click", True)
    assert bot.peer.shown() == []


async def test_a_press_is_answered_in_the_language_of_the_reply(bot) -> None:
    """To whoever has no other: a colleague is told in that of their Slack."""
    bot.peer.people = {ASKER: {"locale": ""}, OTHER: {"locale": "en-GB"}}
    shown = await answered(bot, Answer("fr", figures()))
    await bot.press(shown, "rate")
    assert "noté" in bot.peer.whispers[-1]["text"]
    await bot.press(shown, "csv", user=OTHER)
    assert "Only the person who asked" in bot.peer.whispers[-1]["text"]
