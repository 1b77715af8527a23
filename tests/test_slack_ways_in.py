"""Slack's ways in: only what Slack has signed is heard, each post once, and acknowledged when it is stored."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from adapters.slack import door
from adapters.slack.signature import sign
from agents.domain import Ask, Forget
from agents.ports import Receipt
from tests.memory_store import MemoryStore
from tests.slack_peer import (
    ASKER,
    BOT,
    CHANNEL,
    DIRECT,
    OTHER,
    SECRET,
    TEAM,
    Bot,
    MemoryInbox,
    Peer,
    mention,
    message,
    running,
)

NO_TS = json.dumps(
    {"type": "event_callback", "team_id": TEAM, "event": {"type": "message", "user": "U", "channel_type": "im"}}
).encode()
NO_ACTIONS = urlencode({"payload": json.dumps({"type": "block_actions", "team": {"id": TEAM}})}).encode()


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with Peer().serving() as peer, running(peer) as made:
        yield made


# ── the front door ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_only_what_slack_has_signed_lately_is_heard(bot) -> None:
    """No signature, another's, an old one, one from the future and nonsense are all refused before parsing."""
    body = json.dumps({"type": "event_callback", "event": mention("hello")}).encode()
    now = int(time.time())

    def headers(stamp: str, secret: str = SECRET) -> dict[str, str]:
        signature = sign(body, stamp, secret)
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": "application/json"}

    stale = [headers(str(now - 400)), headers(str(now + 400)), headers(str(now), "another"), headers("abc"), {}]
    for given in [*stale, headers("١٢٣"), headers("9" * 30), headers(str(now)) | {"X-Slack-Signature": "v0=é"}]:
        status, _ = await bot.raw(body, {key: value.encode().decode("latin-1") for key, value in given.items()})
        assert status == 401
    assert bot.inbox.turns == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"not json"),
        ("application/json", b"[1, 2]"),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 100_000),
        ("application/json", b""),
        ("application/x-www-form-urlencoded", b"payload=%7Bnot"),
        ("application/x-www-form-urlencoded", b"payload=3"),
        ("application/x-www-form-urlencoded", b"a=1&b=2"),
        ("application/x-www-form-urlencoded", b""),
        ("text/plain", b"hello"),
        ("application/json", b'{"type": "event_callback", "team_id": "T01TEST", "event": 5}'),
        ("application/json", NO_TS),
        ("application/x-www-form-urlencoded", NO_ACTIONS),
    ],
)  # fmt: skip
async def test_signed_nonsense_is_the_callers_fault(bot, kind, body) -> None:
    """Malformed input is a 4xx, never a 500 with a traceback."""
    status, _ = await bot.post(body, kind)
    assert 400 <= status < 500
    assert bot.inbox.turns == []


async def test_a_body_that_is_too_large_is_refused(bot) -> None:
    """One mebibyte is far more than Slack ever sends."""
    status, _ = await bot.post(b"x" * ((1 << 20) + 1), "application/json")
    assert status == 413


async def test_a_body_that_cannot_be_unpacked_is_refused(bot) -> None:
    """Packed and broken is the caller's fault too."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    status, _ = await bot.raw(b"\x1f\x8b" + b"x" * 100, headers)
    assert status == 401


async def test_slack_learns_that_the_address_is_ours(bot) -> None:
    """The signed challenge comes back; unsigned it does not."""
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    assert await bot.post(body, "application/json") == (200, '{"challenge": "abc"}')
    status, _ = await bot.raw(body, {"Content-Type": "application/json"})
    assert status == 401


# ── who is heard ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_mention_becomes_a_turn(bot) -> None:
    """In the asker's words without the mention, in the thread of the post, with their name and locale."""
    assert await bot.event(mention("top issuers &amp; funds?")) == 200
    [(turn, to)] = bot.inbox.turns
    assert turn.action == Ask("top issuers & funds?")
    assert (turn.conversation.tenant, turn.conversation.channel, turn.conversation.thread) == (
        TEAM,
        CHANNEL,
        "1700000000.000100",
    )
    assert (turn.user.id, turn.user.name, turn.user.locale) == (ASKER, "Asker", "en-GB")
    assert all(isinstance(value, str) for value in to.address.values())


async def test_one_post_is_one_turn_however_often_it_is_delivered(bot) -> None:
    """Delivered again, and as the message twin of a mention, it is acknowledged and counts once."""
    twin = message(f"<@{BOT}> hello", ts="1700000000.000100", channel=CHANNEL, channel_type="channel")
    assert await bot.event(twin) == 200
    assert await bot.event(mention("hello")) == 200
    assert await bot.event(mention("hello"), x_slack_retry_num="1", x_slack_retry_reason="http_timeout") == 200
    assert len(bot.inbox.turns) == 1


async def test_a_direct_message_needs_no_mention(bot) -> None:
    """Each begins its own thread; a reply in it belongs to the same conversation."""
    await bot.event(message("top issuers?"))
    await bot.event(message("and in Germany?", ts="1700000002.000100", thread_ts="1700000001.000100"))
    first, second = (turn for turn, _ in bot.inbox.turns)
    assert first.conversation == second.conversation
    assert first.conversation.channel == DIRECT


async def test_threads_that_we_are_part_of_go_on_without_a_mention(bot) -> None:
    """A reply in our thread is a question, of whoever wrote it; in another thread or to somebody else it is not."""
    await bot.event(mention("top issuers?"))
    turn, to = bot.inbox.turns[0]
    await bot.platform.open(to, turn)
    here = {"channel": CHANNEL, "channel_type": "channel", "thread_ts": "1700000000.000100"}
    await bot.event(message("and in Germany?", ts="1700000003.0", user=OTHER, **here))
    await bot.event(message("<@U03BOB> look", ts="1700000004.0", **here))
    await bot.event(message("lunch?", ts="1700000005.0", **here | {"thread_ts": "1699999999.0"}))
    await bot.event(message("no thread", ts="1700000006.0", channel=CHANNEL, channel_type="channel"))
    assert [(turn.user.id, turn.action) for turn, _ in bot.inbox.turns[1:]] == [(OTHER, Ask("and in Germany?"))]
    assert bot.inbox.turns[0][0].conversation == bot.inbox.turns[1][0].conversation


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "message_changed"}, {"subtype": "channel_join"}, {"bot_id": "B1"}, {"user": BOT}, {"user": ""},
    ],
)  # fmt: skip
async def test_bots_and_edits_are_not_questions(bot, more) -> None:
    """Nor is what we write ourselves."""
    assert await bot.event(message("hello") | more) == 200
    assert bot.inbox.turns == []


async def test_every_subscribed_event_is_acknowledged(bot) -> None:
    """An event without a listener would count as a failed delivery."""
    for kind in ("app_context_changed", "link_shared", "team_join", "something_new"):
        assert await bot.event({"type": kind, "user": ASKER, "channel": CHANNEL, "event_ts": "1"}) == 200


async def test_guests_are_told_that_they_are_not_answered(bot) -> None:
    """A guest of the workspace sees none of its data."""
    bot.peer.people[ASKER] = {"is_restricted": True}
    assert await bot.event(mention("salaries?")) == 200
    assert bot.inbox.turns == []
    assert "members of this organisation" in bot.peer.whispers[0]["text"]


async def test_what_could_not_be_stored_is_asked_for_again(bot) -> None:
    """503, so that Slack delivers it once more; then it is accepted."""
    bot.inbox.down = True
    assert await bot.event(mention("hello")) == 503
    bot.inbox.down = False
    assert await bot.event(mention("hello"), x_slack_retry_num="1") == 200
    assert len(bot.inbox.turns) == 1


async def test_an_outage_of_the_notebook_is_an_outage_too(bot) -> None:
    """Whether a thread is ours cannot be known: the reply must come again."""
    bot.store.down = True
    here = {"channel": CHANNEL, "channel_type": "channel", "thread_ts": "1700000000.000100"}
    assert await bot.event(message("and in Germany?", **here)) == 503


async def test_a_store_that_hangs_is_answered_before_slack_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within three seconds, with a request to try again."""

    class Hanging(MemoryStore):
        async def get(self, key: str) -> bytes | None:
            """Never."""
            await asyncio.sleep(3600)
            return None

    here = {"channel": CHANNEL, "channel_type": "channel", "thread_ts": "1700000000.000100"}
    assert door.SECONDS < 3
    monkeypatch.setattr(door, "SECONDS", 0.3)
    async with Peer().serving() as peer, running(peer, store=Hanging()) as bot:
        began = time.monotonic()
        assert await bot.event(message("and in Germany?", **here)) == 503
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(("receipt", "said"), [(Receipt("busy", place=7), "7"), (Receipt("too_fast", wait=3), "3 s")])
async def test_a_turn_that_is_not_taken_is_told(bot, receipt, said) -> None:
    """To its asker alone, before it is acknowledged."""
    bot.inbox.receipt = receipt
    assert await bot.event(mention("hello")) == 200
    [whisper] = bot.peer.whispers
    assert said in whisper["text"]
    assert (whisper["user"], whisper["channel"]) == (ASKER, CHANNEL)


async def test_a_slack_that_is_slow_to_say_who_asks_does_not_hold_up_the_question() -> None:
    """Name and locale are worth waiting for, not failing for."""
    async with Peer().serving() as peer:
        peer.fail("users.info", "internal_error", status=500)
        async with running(peer) as bot:
            assert await bot.event(mention("hello")) == 200
            assert bot.inbox.turns[0][0].user.locale == ""


# ── /findata, the shortcut, stop ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_command_is_a_question_whose_answer_is_private(bot) -> None:
    """It is acknowledged with a word, and the reply will go through the response_url."""
    told = await bot.command("top issuers?")
    assert told["response_type"] == "ephemeral"
    [(turn, to)] = bot.inbox.turns
    assert turn.action == Ask("top issuers?")
    assert to.address["hook"] == f"{bot.peer.url}hooks/command1"


async def test_commands_of_one_person_in_one_channel_are_one_conversation(bot) -> None:
    """So that "and in Germany?" works; another's are their own."""
    await bot.command("top issuers?")
    await bot.command("and in Germany?", number=2)
    await bot.command("hello", user=OTHER, number=3)
    first, second, third = (turn.conversation for turn, _ in bot.inbox.turns)
    assert first == second != third


async def test_the_words_of_the_command(bot) -> None:
    """Help answers at once; products, check and forget are turns; stop ends what runs."""
    assert "by month since January" in (await bot.command("help"))["text"]
    await bot.command("products wind power", number=2)
    await bot.command("check energy-usage", number=3)
    await bot.command("forget", number=4)
    assert bot.inbox.actions == [
        Ask("Which data products are about wind power?"), Ask("Do I have access to energy-usage?"), Forget(),
    ]  # fmt: skip
    assert (await bot.command("stop", number=5))["text"] == "Stopping."
    assert bot.inbox.stopped[0][0] == bot.inbox.turns[0][0].conversation.key


async def test_stop_and_forget_are_heard_as_words_within_the_thread(bot) -> None:
    """Stop ends what the person asked there, once however often it is delivered; forget is a turn of the talk."""
    await bot.event(mention("green energy?"))
    talk = bot.inbox.turns[0][0].conversation
    said = {"ts": "1700000000.000200", "thread_ts": "1700000000.000100", "channel": CHANNEL, "channel_type": "channel"}
    turn, to = bot.inbox.turns[0]
    await bot.platform.open(to, turn)
    for _ in range(2):
        assert await bot.event(message("Arrête !", **said)) == 200
    assert [key for key, _ in bot.inbox.stopped] == [talk.key]
    assert (bot.peer.whispers[-1]["text"], bot.peer.whispers[-1]["thread_ts"]) == ("J'arrête.", said["thread_ts"])
    await bot.event(message("Please forget this conversation.", **said | {"ts": "1700000000.000300"}))
    await bot.event(message("forget the wind, show me solar", **said | {"ts": "1700000000.000400"}))
    assert bot.inbox.actions[1:] == [Forget(), Ask("forget the wind, show me solar")]
    assert {turn.conversation for turn, _ in bot.inbox.turns} == {talk}


@pytest.mark.parametrize("said", [message, mention])
async def test_stop_and_forget_outside_a_thread_mean_the_last_conversation_there(bot, said) -> None:
    """In a direct message each post begins a thread of its own: nothing could ever be stopped or forgotten in it."""
    await bot.event(said("green energy?", ts="1700000000.000100"))
    turn, to = bot.inbox.turns[0]
    await bot.platform.open(to, turn)
    bot.inbox.running = False
    await bot.event(said("stop", ts="1700000000.000200"))
    assert [key for key, _ in bot.inbox.stopped] == [turn.conversation.key]
    [told] = bot.peer.whispers
    assert (told["text"], told.get("thread_ts")) == ("Nothing of yours is running here.", None)
    await bot.event(said("oublie cette conversation", ts="1700000000.000300"))
    assert (bot.inbox.actions[1], bot.inbox.turns[1][0].conversation) == (Forget(), turn.conversation)
    assert bot.inbox.turns[1][1].address["thread"] == "1700000000.000300"


async def test_a_response_url_that_does_not_lead_to_slack_is_not_used(bot) -> None:
    """Even signed: what we post there is for one person."""
    fields = {"command": "/findata", "text": "hello", "user_id": ASKER, "team_id": TEAM, "channel_id": CHANNEL}
    body = urlencode(fields | {"trigger_id": "1", "response_url": "https://evil.example.org/x"}).encode()
    await bot.post(body, "application/x-www-form-urlencoded")
    assert "hook" not in bot.inbox.turns[0][1].address


async def test_the_outage_of_a_command_is_told(bot) -> None:
    """Nothing delivers a command again: its asker has to."""
    bot.inbox.down = True
    assert "try again" in (await bot.command("hello"))["text"]


async def test_another_message_can_be_asked_about(bot) -> None:
    """The shortcut asks its text, in its thread, as the person who chose it."""
    payload = {
        "type": "message_action", "callback_id": "ask_about_message", "team": {"id": TEAM}, "user": {"id": OTHER},
        "channel": {"id": CHANNEL}, "trigger_id": "1", "message": {"text": "top issuers?", "ts": "1700000009.0"},
    }  # fmt: skip
    assert (await bot.payload(payload))[0] == 200
    [(turn, _)] = bot.inbox.turns
    assert (turn.action, turn.user.id, turn.conversation.thread) == (Ask("top issuers?"), OTHER, "1700000009.0")


async def test_slacks_own_stop_button_ends_the_run(bot) -> None:
    """Of the person who pressed it, in that thread."""
    event = {"type": "agent_session_stopped", "channel": CHANNEL, "thread_ts": "1700000000.000100", "user": ASKER}
    assert await bot.event(event | {"streaming_message_ts": [], "event_ts": "1"}) == 200
    [(key, user)] = bot.inbox.stopped
    assert key == f"slack/{TEAM}/{CHANNEL}/1700000000.000100"
    assert user.id == ASKER


async def test_a_stop_delivered_again_ends_nothing_that_was_asked_since(bot) -> None:
    """By the id of the event: Slack may deliver it minutes later."""
    event = {"type": "agent_session_stopped", "channel": CHANNEL, "thread_ts": "1700000000.000100", "user": ASKER}
    event |= {"streaming_message_ts": [], "event_ts": "1"}
    for _ in range(2):
        assert await bot.event(event, x_slack_retry_num="1") == 200
    assert len(bot.inbox.stopped) == 1


async def test_events_of_another_workspace_are_not_ours() -> None:
    """A single-workspace app acts for the workspace of its token alone."""
    async with Peer().serving() as peer, running(peer, inbox=MemoryInbox()) as bot:
        assert await bot.event(mention("hello"), team="T99OTHER") == 200
        assert bot.inbox.turns == []


# ── in whose language ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "locale", "said"),
    [
        ("production éolienne en 2024", "", "Je m'en occupe"), ("wind power in 2024?", "fr-FR", "I am on it"),
        ("produits vent", "en-GB", "Je m'en occupe"), ("products wind", "fr-FR", "Je m'en occupe"),
        ("help", "fr-FR", "Je réponds"), ("aide", "", "Je réponds"),
        ("stop", "fr-FR", "en cours"), ("stop", "", "running"),
    ],
)  # fmt: skip
async def test_a_command_is_acknowledged_in_the_language_of_its_words(bot, text, locale, said) -> None:
    """Its own words are English for everybody: there the person's Slack decides."""
    bot.peer.people[ASKER] = {"locale": locale}
    assert said in (await bot.command(text))["text"]


async def test_what_is_told_about_a_message_is_in_its_language(bot) -> None:
    """Where Slack does not say which language a person reads, too."""
    bot.peer.people[ASKER] = {"locale": ""}
    bot.inbox.receipt = Receipt("too_fast", wait=3)
    await bot.event(mention("quelle est la production éolienne ?"))
    assert "très vite" in bot.peer.whispers[-1]["text"]
    await bot.event(message("Arrête !", ts="1700000000.000900", channel=CHANNEL, channel_type="im"))
    assert bot.peer.whispers[-1]["text"] == "J'arrête."
