"""Slack's way out: placeholder, progress, one final reply, shown to whom it may be shown, plainer where it must be."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from adapters.replying.keeping import handle
from adapters.slack import placeholder, stream
from adapters.slack.address import Address, Spot
from agents.domain import Answer, Apology, Forget, Progress, SmallTalk, Turn
from agents.errors import NotFound, Unavailable
from tests.green_energy import URL
from tests.slack_peer import ASKER, CHANNEL, Bot, Peer, eventually, mention, message, running
from tests.slack_peer_replies import ANSWER, answered, asked, buttons, kinds

STEPS = (Progress("coordinator", "understanding"), Progress("marketplace", "found", "Energy usage"))


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with Peer().serving() as peer, running(peer) as made:
        yield made
        assert peer.wrong == []


# ── progress ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_progress_is_streamed_as_tasks_and_the_reply_replaces_it(bot) -> None:
    """One message: a task for each agent, done when the next begins, then the answer with everything in its place."""
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    for step in STEPS:
        await bot.platform.progress(to, placeholder, step, "en")
    await bot.platform.finish(to, placeholder, ANSWER, turn)
    [start] = bot.peer.sent("chat.startStream")
    assert (start["thread_ts"], start["recipient_user_id"]) == ("1700000000.000100", ASKER)
    tasks = [chunk for call in bot.peer.sent("chat.appendStream") for chunk in call["chunks"]]
    assert {(task["id"], task["status"]) for task in tasks} == {
        ("coordinator", "in_progress"), ("coordinator", "complete"), ("marketplace", "in_progress"),
    }  # fmt: skip
    [shown] = bot.peer.shown()
    assert kinds(shown) == [
        "rich_text", "data_visualization", "table", "rich_text", "container", "context", "actions", "actions",
        "context_actions",
    ]  # fmt: skip
    assert URL in shown["text"]


async def test_in_a_channel_progress_names_no_product(bot) -> None:
    """That a product exists may be more than its members may know; alone with the asker it is named."""
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    await bot.platform.progress(to, placeholder, STEPS[1], "en")
    assert "Energy usage" not in str(bot.peer.calls)
    turn, to = await asked(bot, message("green energy by month?"))
    placeholder = await bot.platform.open(to, turn)
    await bot.platform.progress(to, placeholder, STEPS[1], "en")
    assert "Energy usage" in str(bot.peer.calls)


async def test_without_streaming_a_placeholder_is_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the method is unknown it is not tried again; the edits come at most every three seconds."""
    assert placeholder.GAP >= 3
    monkeypatch.setattr(placeholder, "GAP", 0.5)
    peer = Peer(streaming=False)
    async with peer.serving(), running(peer) as bot:
        turn, to = await asked(bot)
        message_id = await bot.platform.open(to, turn)
        [shown] = peer.shown()
        assert buttons(shown) == ["stop"]
        began = time.monotonic()
        for step in STEPS:
            await bot.platform.progress(to, message_id, step, "en")
        await eventually(lambda: peer.sent("chat.update"))
        assert time.monotonic() - began > 0.4
        assert "has found the data product" in peer.shown()[0]["text"]
        await bot.platform.progress(to, message_id, STEPS[0], "en")
        await bot.platform.finish(to, message_id, ANSWER, turn)
        assert len(peer.sent("chat.update")) == 2
        await answered(bot, event=mention("again?", ts="1700000002.0"))
        assert len(peer.sent("chat.startStream")) == 1
        assert [message["edits"] for message in peer.shown()] == [2, 1]
        assert peer.wrong == []


async def test_a_stream_that_slack_has_ended_goes_on_as_edits(bot) -> None:
    """No text is lost, and still there is one message."""
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    bot.peer.expire_streams()
    await bot.platform.progress(to, placeholder, STEPS[1], "en")
    await bot.platform.finish(to, placeholder, ANSWER, turn)
    [shown] = bot.peer.shown()
    assert URL in shown["text"]


@pytest.mark.parametrize("by", ["Slack", "age"])
async def test_progress_goes_on_as_edits_once_a_stream_is_over(bot, by, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended by Slack, or by us before Slack does: what is being done is still seen."""
    monkeypatch.setattr(placeholder, "GAP", 0.0)
    turn, to = await asked(bot)
    spot = await bot.platform.open(to, turn)
    if by == "Slack":
        bot.peer.expire_streams()
    else:
        monkeypatch.setattr(stream, "LIFE", -1.0)
    for step in STEPS:
        await bot.platform.progress(to, spot, step, "en")
    await eventually(lambda: bot.peer.sent("chat.update"))
    assert len(bot.peer.sent("chat.stopStream")) == (by == "age")
    await bot.platform.finish(to, spot, ANSWER, turn)
    assert len(bot.peer.shown()) == 1


async def test_every_call_goes_over_one_session(bot) -> None:
    """One connection for calls that follow each other, whoever makes them."""
    await answered(bot, ANSWER)
    await answered(bot, Answer("en", SmallTalk("hello")), message("hello"))
    assert len(bot.peer.calls) > 6
    assert len(bot.peer.connections) <= 2  # a placeholder's edit may run beside


async def test_a_limited_stream_steps_down_to_a_placeholder(bot) -> None:
    """Twenty streams a minute are all that a workspace gets."""
    bot.peer.fail("chat.startStream", "ratelimited", status=429, retry_after=30)
    await answered(bot)
    await answered(bot, event=mention("again?", ts="1700000002.0"))
    assert len(bot.peer.sent("chat.startStream")) == 1
    assert len(bot.peer.sent("chat.postMessage")) == 2


async def test_the_placeholder_speaks_the_language_of_the_question() -> None:
    """Not that of the workspace."""
    peer = Peer(streaming=False)
    async with peer.serving(), running(peer) as bot:
        turn, to = await asked(bot, mention("quelle est la consommation ?"))
        await bot.platform.open(to, turn)
        assert "Je m'en occupe" in peer.shown()[0]["text"]


# ── the reply ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_finishing_twice_shows_it_once(bot) -> None:
    """Another replica may have done it before."""
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    for _ in range(2):
        await bot.platform.finish(to, placeholder, ANSWER, turn)
    assert len(bot.peer.shown()) == 1


async def test_a_placeholder_whose_answer_was_lost_is_found_again() -> None:
    """Posted, but the connection broke: the next attempt takes it over instead of posting another."""
    peer = Peer(streaming=False)
    async with peer.serving(), running(peer) as bot:
        turn, to = await asked(bot)
        peer.fail("chat.postMessage", lost=True)
        with pytest.raises(Unavailable):
            await bot.platform.open(to, turn)
        found = await bot.platform.find(to, turn)
        assert Spot.of(found).ts == peer.shown()[0]["ts"]
        await bot.platform.finish(to, found, ANSWER, turn)
        assert len(peer.shown()) == 1
        other, elsewhere = await asked(bot, mention("another?", ts="1700000000.000200", thread_ts="1700000000.000100"))
        assert await bot.platform.find(elsewhere, other) == ""


@pytest.mark.parametrize(
    ("refused", "left"), [("data_visualization", "table"), ("container", "table"), ("table", "rich_text")]
)
async def test_refused_blocks_are_left_out(bot, refused, left) -> None:
    """What a workspace does not have yet costs that block, not the answer."""
    bot.peer.fail("chat.update", "invalid_blocks", times=99, only=lambda call: f"'{refused}'" in str(call))
    shown = await answered(bot)
    assert refused not in kinds(shown)
    assert left in kinds(shown)
    assert "explain" in buttons(shown)


async def test_the_last_step_down_is_text(bot) -> None:
    """With the product's link in it."""
    bot.peer.fail("chat.update", "invalid_blocks", times=99, only=lambda call: call["blocks"])
    shown = await answered(bot)
    assert shown["blocks"] == []
    assert URL in shown["text"]


async def test_limits_are_told_with_their_wait_and_obeyed(bot) -> None:
    """Unavailable carries Retry-After; until then the method is not called at all."""
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    bot.peer.fail("chat.update", "ratelimited", status=429, retry_after=1)
    for _ in range(2):
        with pytest.raises(Unavailable) as limited:
            await bot.platform.finish(to, placeholder, ANSWER, turn)
        assert 0 < limited.value.retry_after <= 1
    assert len(bot.peer.sent("chat.update")) == 1


async def test_a_deleted_placeholder_is_posted_anew(bot) -> None:
    """An admin may have removed it."""
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    await bot.platform.finish(to, placeholder, ANSWER, turn)
    bot.peer.messages.clear()
    await bot.platform.finish(to, placeholder, ANSWER, turn)
    assert len(bot.peer.shown()) == 1


async def test_where_we_are_no_member_the_asker_is_answered_directly(bot) -> None:
    """The shortcut works in channels that the bot was never invited to."""
    bot.peer.members.discard(CHANNEL)
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    await bot.platform.finish(to, placeholder, ANSWER, turn)
    assert len(bot.peer.shown(f"D-{ASKER}")) == 1


async def test_a_place_that_is_gone_is_told_as_such(bot) -> None:
    """No retry helps: the bot was removed from the workspace."""
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    bot.peer.fail("chat.update", "account_inactive", times=9)
    with pytest.raises(NotFound):
        await bot.platform.finish(to, placeholder, ANSWER, turn)


async def test_no_rows_and_no_sql_are_kept(bot) -> None:
    """What the buttons stand for is filters and ids."""
    await answered(bot)
    held = b"".join(bot.store.held.values()).decode()
    assert "SELECT" not in held
    assert "9000" not in held
    assert "Green" not in str([call.get("metadata") for _, call in bot.peer.calls])


async def test_an_apology_can_be_tried_again(bot) -> None:
    """With its cause, what to do, and a reference for the operator."""
    shown = await answered(bot, Apology("en", "unavailable", reference="abc123", retry=True))
    assert buttons(shown) == ["retry"]
    assert "abc123" in shown["text"]


async def test_forgetting_clears_the_home_tab(bot) -> None:
    """Questions asked in that conversation are not listed any more."""
    await answered(bot)
    assert "green energy by month?" in bot.store.held[f"slack:recent:slack/T01TEST/{ASKER}"].decode()
    turn, to = bot.inbox.turns[-1]
    forgotten = Turn("t9", turn.conversation, turn.user, Forget(), turn.at)
    await bot.platform.finish(
        to, await bot.platform.open(to, forgotten), Answer("en", SmallTalk("forgotten")), forgotten
    )
    assert bot.store.held[f"slack:recent:slack/T01TEST/{ASKER}"] == b"[]"


async def test_an_address_survives_the_inbox() -> None:
    """Everything in it is a plain string."""
    address = Address("T", "C", "U", "t1", "1.2", "3.4", "https://hooks.slack.com/x", True, "csv")
    assert Address.of(address.reply_to()) == address
    assert Address.of(Address("T", "D", "U", "t1").reply_to()) == Address("T", "D", "U", "t1")


async def test_the_buttons_stand_for_an_opaque_id(bot) -> None:
    """Never for SQL."""
    shown = await answered(bot)
    values = [
        one.get("value", "") for block in shown["blocks"] if block["type"] == "actions" for one in block["elements"]
    ]
    assert handle(bot.inbox.turns[0][0].id) in values
    assert "SELECT" not in str(values)
