"""Teams from the activity to the answer: what people see, at the strict connector."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from adapters.teams import reception, streams, wire
from agents.domain import Apology, Ask, Forget, Progress, Reply
from agents.errors import NotFound, Unavailable
from tests.green_energy import WHICH
from tests.memory_store import MemoryStore
from tests.teams_peer import BOT, CHANNEL, GROUP, PERSONAL, Peer, button
from tests.teams_replies import ANSWER, FAILED, HELLO, RESTRICTED
from tests.teams_scene import mounted, scene

STEPS = (Progress("coordinator", "understanding"), Progress("marketplace", "found", "Energy usage"))


def failing(method: str, status: int, times: int = 1, **headers: str) -> Callable[..., web.Response | None]:
    """A connector that answers so many requests of one method like that."""
    left = [times]

    def fault(asked: str, conversation: str, body: dict[str, Any]) -> web.Response | None:
        if asked != method or not left[0]:
            return None
        left[0] -= 1
        return web.Response(status=status, headers=headers)

    return fault


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are as short as they can be."""
    monkeypatch.setattr(wire, "LONGEST_PAUSE", 0.01)


# ── placeholder and update ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_question_in_a_channel_is_acknowledged_and_answered_in_its_thread() -> None:
    """202 once it is stored; the placeholder becomes the answer."""
    async with scene() as made:
        assert await made.alice.say("top issuers?", CHANNEL) == (202, "")
        turn, _ = made.desk.turns[0]
        assert turn.action == Ask("top issuers?")
        assert (turn.conversation.channel, turn.conversation.thread) == ("19:x@thread.tacv2", "1700000000000")
        assert turn.user.id == made.alice.id
        await made.answer(HELLO)
        assert made.peer.cards(CHANNEL) == []
        assert len(made.peer.texts(CHANNEL)) == 1
        assert made.peer.texts(CHANNEL)[0].startswith("Hello\\!")


@pytest.mark.parametrize("where", [PERSONAL, GROUP, CHANNEL])
async def test_an_answer_is_a_sentence_and_a_card_wherever_it_is_asked(where: str) -> None:
    """The text with its source, and under it the card; nothing of the placeholder is left."""
    async with scene() as made:
        await made.alice.say("green energy by month?", where)
        await made.answer(ANSWER, progress=STEPS)
        assert [text[-3:] for text in made.peer.texts(where)] == ["[1]"]
        [card] = made.peer.cards(where)
        assert button(card, "explain")
        assert made.peer.standing(where)[0]["entities"][-1]["citation"]


async def test_the_placeholder_says_what_is_done_and_can_be_stopped_by_its_asker() -> None:
    """Stop ends the turn for the person who asked and for nobody else."""
    async with scene() as made:
        await made.alice.say("green energy by month?", CHANNEL)
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        await made.platform.progress(to, placeholder, STEPS[1], "en")
        stop = button(made.peer.cards(CHANNEL), "stop")
        assert "Only the person who asked" in (await made.bob.press(stop, CHANNEL))["value"]
        assert made.desk.stopped == []
        assert (await made.alice.press(stop, CHANNEL))["value"] == "Stopping."
        assert made.desk.stopped == [(turn.id, made.alice.id)]
        await made.platform.finish(to, placeholder, Apology("en", "stopped", retry=True), turn)
        assert button(made.peer.cards(CHANNEL), "retry")


async def test_a_channel_is_not_told_which_products_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a product may be more than a channel's members may know."""
    monkeypatch.setattr("adapters.teams.platform.EDIT_GAP", 0.0)
    async with scene() as made:
        await made.alice.say("green energy by month?", CHANNEL)
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        await made.platform.progress(to, placeholder, STEPS[1], "en")
        await made.peer.until(lambda: "has found the data product" in json.dumps(made.peer.cards(CHANNEL)))
        assert "Energy usage" not in json.dumps(made.peer.standing(CHANNEL))


@pytest.mark.parametrize("where", [PERSONAL, GROUP])
@pytest.mark.parametrize("reply", [ANSWER, HELLO, WHICH, FAILED])
async def test_finishing_twice_shows_it_once(where: str, reply: Reply) -> None:
    """A replica that died after its last word is repeated by another, which finds everything in its place."""
    async with scene() as made:
        await made.alice.say("green energy by month?", where)
        placeholder = await made.answer(reply)
        before = made.peer.standing(where)
        async with mounted(made.peer, made.store) as other:
            turn, to = made.desk.turns[0]
            await other.platform.finish(to, placeholder, reply, turn)
        after = made.peer.standing(where)
        assert [one.get("text") for one in after] == [one.get("text") for one in before]
        assert [one.get("attachments") for one in after] == [one.get("attachments") for one in before]


async def test_another_replica_finds_the_placeholder_and_answers_after_a_restart() -> None:
    """What the first one left is found by its mark, and the address is all that the other needs."""
    peer, store = await Peer().start(), MemoryStore()
    async with mounted(peer, store) as first:
        await first.alice.say("green energy by month?", GROUP)
        turn, to = first.desk.turns[0]
        placeholder = await first.platform.open(to, turn)
    async with mounted(peer, store) as second:
        assert await second.platform.find(to, turn) == placeholder
        await second.platform.finish(to, placeholder, ANSWER, turn)
    assert len(peer.standing(GROUP)) == 2
    assert peer.texts(GROUP)[0].endswith("[1]")
    await peer.stop()


async def test_without_a_placeholder_the_answer_is_posted_once() -> None:
    """The placeholder could not be posted, or somebody deleted it."""
    async with scene() as made:
        await made.alice.say("green energy by month?", GROUP)
        turn, to = made.desk.turns[0]
        for placeholder in ("", "pair|404|405|0.0", ""):
            await made.platform.finish(to, placeholder, ANSWER, turn)
        assert len(made.peer.texts(GROUP)) == 1
        assert len(made.peer.cards(GROUP)) == 1


async def test_a_card_that_cannot_be_taken_away_says_nothing_more() -> None:
    """The Stop button must not stay under a finished answer."""
    async with scene() as made:
        made.peer.faults = [failing("DELETE", 501, 100)]
        await made.alice.say("hello", GROUP)
        await made.answer(HELLO)
        [card] = made.peer.cards(GROUP)
        assert [one["text"] for one in card["body"]] == ["✓"]
        assert "actions" not in card


# ── streams ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_question_in_a_personal_chat_is_streamed() -> None:
    """Informative steps in order, then the final message with the label of a machine's words."""
    async with scene() as made:
        await made.alice.say("hello")
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        for number, step in enumerate(STEPS, 2):
            await made.platform.progress(to, placeholder, step, "en")
            await made.peer.until(lambda number=number: len(made.peer.sends(PERSONAL)) == number)
        await made.platform.finish(to, placeholder, HELLO, turn)
        sent = made.peer.sends(PERSONAL)
        infos = [one.body["entities"][0] for one in sent]
        assert [one["streamType"] for one in infos] == ["informative"] * 3 + ["final"]
        assert [one.get("streamSequence") for one in infos] == [1, 2, 3, None]
        assert "Energy usage" in sent[2].body["text"]
        assert sent[-1].body["entities"][1]["additionalType"] == ["AIGeneratedContent"]
        assert len(made.peer.standing(PERSONAL)) == 1


async def test_a_stream_keeps_its_pace() -> None:
    """Steps that come too fast are dropped for the newest; the final message waits its turn."""
    async with scene(pace=0.15) as made:
        made.peer.gap = 0.14
        await made.alice.say("hello")
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        for number in range(20):
            await made.platform.progress(to, placeholder, Progress("genie", "found", f"step {number}"), "en")
        await made.peer.until(lambda: len(made.peer.sends(PERSONAL)) == 2)
        await made.platform.finish(to, placeholder, HELLO, turn)
        assert "step 19" in made.peer.sends(PERSONAL)[1].body["text"]
        times = [one.at for one in made.peer.calls]
        assert all(later - earlier > 0.13 for earlier, later in itertools.pairwise(times))
        assert {one.status for one in made.peer.calls} <= {201, 202}


async def test_the_stop_button_of_teams_stops_the_turn_and_nothing_more_is_shown() -> None:
    """Teams tells by refusing the next step."""
    async with scene() as made:
        await made.alice.say("hello")
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        made.peer.cancelled.update(made.peer.streams)
        await made.platform.progress(to, placeholder, STEPS[0], "en")
        await made.peer.until(lambda: made.desk.stopped == [(turn.id, made.alice.id)])
        before = len(made.peer.sends())
        await made.platform.finish(to, placeholder, Apology("en", "stopped", retry=True), turn)
        assert len(made.peer.sends()) == before


async def test_a_stream_that_teams_has_ended_becomes_an_update() -> None:
    """After two minutes the message is updated like any other."""
    async with scene() as made:
        made.peer.longest = 0.0
        await made.alice.say("hello")
        await made.answer(HELLO)
        assert made.peer.calls[-1].method == "PUT"
        assert made.peer.texts(PERSONAL)[0].startswith("Hello")


async def test_a_stream_too_old_is_left_alone() -> None:
    """Another replica does not wait for Teams to refuse."""
    async with scene() as made:
        await made.alice.say("hello")
        turn, to = made.desk.turns[0]
        way, id_, card, _ = (await made.platform.open(to, turn)).split("|")
        async with mounted(made.peer, made.store) as other:
            old = "|".join((way, id_, card, "1.0"))
            await other.platform.progress(to, old, STEPS[0], "en")
            await other.platform.finish(to, old, HELLO, turn)
        assert [one.method for one in made.peer.calls] == ["POST", "PUT"]


async def test_a_long_stream_is_ended_before_teams_does_and_the_answer_takes_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Teams would show it as failed after two minutes."""
    monkeypatch.setattr(streams, "LONGEST", 0.05)
    async with scene() as made:
        await made.alice.say("hello")
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        await made.peer.until(lambda: "Still at it" in "".join(made.peer.texts(PERSONAL)))
        await made.platform.progress(to, placeholder, STEPS[0], "en")
        await made.platform.finish(to, placeholder, HELLO, turn)
        assert [one.method for one in made.peer.sends(PERSONAL)] == ["POST", "POST", "PUT"]
        assert [text[:5] for text in made.peer.texts(PERSONAL)] == ["Hello"]


async def test_where_teams_will_not_stream_there_is_a_placeholder() -> None:
    """A refused stream costs nobody an answer."""
    async with scene() as made:
        made.peer.faults.append(failing("POST", 403))
        await made.alice.say("hello")
        await made.answer(HELLO)
        assert made.peer.texts(PERSONAL)[0].startswith("Hello")


# ── a connector that is not well ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_create_is_sent_again_only_when_it_was_not_taken() -> None:
    """429 with Retry-After is waited for; after a 502 nobody knows, so it is not repeated."""
    async with scene(streaming=False) as made:
        await made.alice.say("hello", GROUP)
        turn, to = made.desk.turns[0]
        made.peer.faults = [failing("POST", 429, 2, **{"Retry-After": "0"})]
        assert await made.platform.open(to, turn)
        made.peer.faults = [failing("POST", 502)]
        with pytest.raises(Unavailable):
            await made.platform.open(to, turn)
        assert [one.status for one in made.peer.calls] == [429, 429, 201, 201, 502]


async def test_an_update_is_sent_again() -> None:
    """Doing it twice shows it once, so a 503 is tried again."""
    async with scene() as made:
        await made.alice.say("hello", GROUP)
        made.peer.faults = [failing("PUT", 503, 2)]
        await made.answer(HELLO)
        assert made.peer.texts(GROUP)[0].startswith("Hello")


async def test_an_update_that_never_succeeds_is_unavailable() -> None:
    """Then the conversation tries again later."""
    async with scene() as made:
        await made.alice.say("hello", GROUP)
        made.peer.faults = [failing("PUT", 503, 100)]
        with pytest.raises(Unavailable):
            await made.answer(HELLO)


async def test_a_card_that_may_have_arrived_is_not_sent_twice() -> None:
    """In the sentence's place it is there for certain."""
    async with scene() as made:
        await made.alice.say("green energy by month?")
        turn, to = made.desk.turns[0]
        placeholder = await made.platform.open(to, turn)
        made.peer.faults = [
            lambda method, _, body: web.Response(status=502) if body.get("attachments") and method == "POST" else None
        ]
        await made.platform.finish(to, placeholder, ANSWER, turn)
        await made.platform.finish(to, placeholder, ANSWER, turn)
        [card] = made.peer.cards(PERSONAL)
        assert "Highest" in card["body"][0]["text"]
        assert made.peer.texts(PERSONAL) == []


async def test_a_place_that_is_gone_is_not_tried_for_ever() -> None:
    """The bot was removed, or blocked."""
    async with scene() as made:
        await made.alice.say("hello", GROUP)
        turn, to = made.desk.turns[0]
        made.peer.faults = [failing("POST", 403, 100), failing("PUT", 403, 100)]
        with pytest.raises(NotFound):
            await made.platform.finish(to, "", HELLO, turn)


async def test_a_card_that_teams_refuses_steps_down_to_one_that_it_takes() -> None:
    """First without the chart, at last without a card; the sentence then says it all."""
    async with scene() as made:
        refused = ["Chart.Line"]
        made.peer.faults = [
            lambda _, __, body: (
                web.json_response({}, status=400)
                if any(word in json.dumps(body.get("attachments") or "") for word in refused)
                else None
            )
        ]
        await made.alice.say("green energy by month?", GROUP)
        await made.answer(ANSWER)
        assert "TableRow" in json.dumps(made.peer.cards(GROUP))
        refused.append("AdaptiveCard")
        await made.alice.say("and in Germany?")
        await made.answer(ANSWER)
        assert made.peer.cards(PERSONAL) == []
        assert "energy\\-team" in made.peer.texts(PERSONAL)[0] or "energy-team" in made.peer.texts(PERSONAL)[0]


async def test_our_own_token_is_fetched_once_for_many_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cached, and asked for by one task at a time."""
    monkeypatch.setattr("adapters.teams.limits.WINDOWS", ((1_000, 3600.0),))
    async with scene() as made:
        await asyncio.gather(*(made.alice.say(f"question {n}", GROUP) for n in range(5)))
        for at in range(5):
            await made.answer(HELLO, at)
        assert made.peer.tokens == 1


async def test_without_a_token_nothing_is_sent() -> None:
    """A wrong secret is an outage, not a crash."""
    async with scene(app_password="wrong") as made:
        await made.alice.say("hello", GROUP)
        turn, to = made.desk.turns[0]
        with pytest.raises(Unavailable):
            await made.platform.open(to, turn)
        assert made.peer.calls == []


async def test_an_address_that_is_not_allowed_is_not_called() -> None:
    """Looked at again when sending, for what was stored before the settings changed."""
    async with scene() as made:
        await made.alice.say("hello", GROUP)
        turn, to = made.desk.turns[0]
        stray = replace(to, address={**to.address, "service_url": "https://evil.example.org/"})
        with pytest.raises(NotFound):
            await made.platform.open(stray, turn)
        assert made.peer.calls == []


# ── privacy ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", [GROUP, CHANNEL])
async def test_restricted_rows_go_to_the_asker_alone(where: str) -> None:
    """The answer in their own chat, a stub where it was asked, however often it is finished."""
    async with scene() as made:
        await made.alice.say("green energy by month?", where)
        placeholder = await made.answer(RESTRICTED, progress=STEPS)
        turn, to = made.desk.turns[0]
        await made.platform.finish(to, placeholder, RESTRICTED, turn)
        [stub] = made.peer.texts(where)
        assert "for the person who asked alone" in stub
        assert made.peer.cards(where) == []
        assert len(made.peer.texts("a:alice")) == 1
        assert len(made.peer.cards("a:alice")) == 1


async def test_restricted_rows_are_shown_nowhere_when_the_asker_has_no_chat_with_us() -> None:
    """The stub says what to do."""
    async with scene() as made:
        made.peer.roles["29:alice"] = "without us"
        await made.alice.say("green energy by month?", CHANNEL)
        await made.answer(RESTRICTED)
        assert "ask me there" in made.peer.texts(CHANNEL)[0]
        assert made.peer.cards(CHANNEL) == []
        assert {one.conversation for one in made.peer.sends()} == {CHANNEL}


async def test_the_policy_decides_what_is_private() -> None:
    """Always: every figure goes aside. Never: not even a restricted one. Alone with us nothing is put aside."""
    for privacy, reply, aside in (("always", ANSWER, True), ("always", HELLO, False), ("never", RESTRICTED, False)):
        async with scene(privacy=privacy) as made:
            await made.alice.say("green energy by month?", GROUP)
            await made.answer(reply)
            assert bool(made.peer.standing("a:alice")) is aside
    async with scene() as made:
        await made.alice.say("green energy by month?")
        await made.answer(RESTRICTED)
        assert len(made.peer.cards(PERSONAL)) == 1


async def test_what_was_asked_privately_is_answered_privately() -> None:
    """A targeted message in a channel is a talk of its own, and its answer is targeted too."""
    async with scene() as made:
        await made.alice.say("green energy by month?", CHANNEL, recipient={"id": BOT, "isTargeted": True})
        await made.answer(RESTRICTED)
        turn, _ = made.desk.turns[0]
        assert turn.conversation.thread == f"/{made.alice.id}"
        assert made.peer.sends(CHANNEL)
        assert all(one.targeted and one.body["recipient"]["isTargeted"] for one in made.peer.sends(CHANNEL) if one.body)


async def test_a_link_to_sign_in_is_for_one_person() -> None:
    """It carries who may sign in, so it never stands in a channel."""
    async with scene() as made:
        await made.alice.say("green energy by month?", CHANNEL)
        await made.answer(Apology("en", "not_connected", {"url": "https://findata.example.org/link?state=s"}))
        assert "findata.example.org" not in json.dumps(made.peer.standing(CHANNEL))
        assert "findata.example.org" in json.dumps(made.peer.cards("a:alice"))


# ── what people write ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_our_name_inside_the_question_stays() -> None:
    """Only the call to us is taken out."""
    async with scene() as made:
        await made.alice.say("what does&nbsp;findata cost,  and <at>Bob</at>?", GROUP)
        assert made.desk.turns[0][0].action == Ask("what does findata cost, and Bob?")


async def test_the_command_is_taken_off() -> None:
    """`/findata` before a question is not part of it."""
    async with scene() as made:
        await made.alice.say("/findata green energy?")
        assert made.desk.turns[0][0].action == Ask("green energy?")


async def test_stop_and_forget_are_heard_as_words() -> None:
    """For clients without buttons."""
    async with scene() as made:
        await made.alice.say("green energy?", GROUP)
        await made.alice.say("Arrête !", GROUP)
        assert made.desk.stopped == [(made.desk.turns[0][0].conversation.key, made.alice.id)]
        assert made.peer.texts(GROUP) == ["J'arrête."]
        await made.alice.say("forget", GROUP)
        assert made.desk.turns[1][0].action == Forget()


async def test_an_order_in_a_post_of_its_own_means_the_last_conversation_in_the_channel() -> None:
    """Each such post begins a thread, in which nothing could ever be stopped or forgotten; others' talk is theirs."""
    async with scene() as made:
        await made.alice.say("green energy?", CHANNEL)
        await made.answer(ANSWER)
        talk, channel = made.desk.turns[0][0].conversation, CHANNEL.partition(";")[0]
        for person, said in ((made.alice, "stop"), (made.bob, "stop"), (made.alice, "oublie cette conversation")):
            post = person.activity(said, CHANNEL)
            where = f"{channel};messageid={post['id']}"
            await person.send(post | {"conversation": {**post["conversation"], "id": where}})
        (mine, _), (theirs, _) = made.desk.stopped
        assert (mine == talk.key, theirs == talk.key) == (True, False)
        assert (made.desk.turns[1][0].action, made.desk.turns[1][0].conversation) == (Forget(), talk)
        assert made.desk.turns[1][1].address["conversation"] == where


async def test_a_thread_that_we_are_in_needs_no_mention() -> None:
    """Elsewhere we are silent unless called, and where others are called too."""
    async with scene() as made:
        await made.alice.say("green energy?", CHANNEL)
        await made.bob.send(made.bob.activity("", CHANNEL, text="and in Germany?"))
        other = CHANNEL.replace("1700000000000", "1800000000000")
        await made.bob.send(made.bob.activity("", other, text="lunch?"))
        to_bob = {"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob"}}
        await made.alice.send(made.alice.activity("", CHANNEL, text="<at>Bob</at> lunch?", entities=[to_bob]))
        assert [turn.action.text for turn, _ in made.desk.turns] == ["green energy?", "and in Germany?"]


async def test_a_question_put_right_is_asked_anew_and_the_old_one_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, however often the edit is delivered and however late; a question that is old already is left alone."""
    monkeypatch.setattr(reception, "OVERLAP", 0.0)
    async with scene() as made:
        first = made.alice.activity("gren energy?", GROUP)
        await made.alice.send(first)
        put_right = made.alice.activity("green energy?", GROUP, type="messageUpdate", id=first["id"])
        put_right["channelData"]["eventType"] = "editMessage"
        for _ in range(2):
            assert await made.alice.send(put_right) == (202, "")
            for key in [key for key in made.store.held if key.startswith("teams:soft:")]:
                del made.store.held[key]  # as after a minute
        await made.alice.send({**put_right, "id": str(int(time.time() * 1000) - 3_600_000)})
        assert [turn.action.text for turn, _ in made.desk.turns] == ["gren energy?", "green energy?"]
        assert made.desk.stopped == [(made.desk.turns[0][0].id, made.alice.id)] * 2


async def test_a_question_that_is_deleted_is_stopped_by_whoever_asked_it() -> None:
    """Nobody wants its answer any more; what was taken back and put there again is no new question."""
    async with scene() as made:
        first = made.alice.activity("green energy?", GROUP)
        await made.alice.send(first)
        gone = {
            **first,
            "type": "messageDelete",
            "channelData": {**first["channelData"], "eventType": "softDeleteMessage"},
        }
        assert await made.alice.send(gone) == (202, "")
        assert made.desk.stopped == [(made.desk.turns[0][0].id, made.alice.id)]
        back = {
            **first,
            "type": "messageUpdate",
            "channelData": {**first["channelData"], "eventType": "undeleteMessage"},
        }
        assert await made.alice.send(back) == (202, "")
        assert len(made.desk.turns) == 1


async def test_a_bot_is_not_answered() -> None:
    """Two bots would talk for ever."""
    async with scene() as made:
        other = {"id": "28:other", "name": "Other bot", "role": "bot"}
        assert await made.alice.say("hello", GROUP, **{"from": other}) == (202, "")
        assert made.desk.turns == []


async def test_we_say_once_what_we_can_do() -> None:
    """Install and membership tell of the same thing; the prompts can be pressed."""
    async with scene() as made:
        added = made.alice.activity("", PERSONAL, type="conversationUpdate", membersAdded=[{"id": BOT}])
        installed = made.alice.activity("", PERSONAL, type="installationUpdate", action="add")
        await made.alice.send(added)
        await made.peer.until(lambda: made.peer.cards(PERSONAL))
        await made.alice.send(installed)
        await made.alice.send({**installed, "action": "remove"})
        [card] = made.peer.cards(PERSONAL)
        assert (await made.alice.press(button(card, "prompt", 1)))["value"] == "I am on it."
        assert made.desk.turns[0][0].action == Ask("Wind power generation by month in 2025")
