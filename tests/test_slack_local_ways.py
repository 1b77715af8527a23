"""Every way into findata through local-slack and its demo's shim, and what a person then reads and presses there.

What local-slack cannot send itself (shortcuts, the messages tab, Slack's own Stop) is posted signed to the app.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agents.domain import Answer, Ask, Filter, Forget, Refine, Sensitivity
from tests.green_energy import URL, WHICH
from tests.slack_local_scene import Scene, answered, button, meeting
from tests.slack_peer import ASKER, BOT, CHANNEL, OTHER, TEAM
from tests.slack_peer_local import PRIVATE, inside, outside, passed_alone
from tests.slack_peer_replies import PERIOD, figures


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with meeting(tmp_path, shimmed=True) as made:
        yield made


async def until(true: Callable[[], Awaitable[Any]]) -> Any:
    """The first true answer within ten seconds."""
    deadline = time.monotonic() + 10
    while not (found := await true()):
        assert time.monotonic() < deadline, "it did not come true"
        await asyncio.sleep(0.05)
    return found


async def whispers(scene: Scene, count: int) -> list[dict[str, Any]]:
    """What only the asker sees in the channel, once there are so many."""

    async def there() -> list[dict[str, Any]]:
        found = [one for one in await scene.slack.messages() if one.get("subtype") == "ephemeral"]
        return found if len(found) >= count else []

    return list(await until(there))


@inside
async def test_a_private_channel_is_like_any_other(scene: Scene) -> None:
    """A mention there is answered in its thread, with native progress."""
    ts = await scene.slack.ask(f"<@{BOT}> green energy by month?", PRIVATE)
    [shown] = await scene.slack.until(answered, PRIVATE)
    assert shown["thread_ts"] == ts
    assert scene.shim.sent("chat.startStream")[0]["channel"] == PRIVATE


@inside
async def test_a_direct_message_needs_no_mention(scene: Scene) -> None:
    """Its answer stands in its thread, and what is written there goes on with it."""
    ts = await scene.slack.ask("green energy by month?", ASKER)  # local-slack's name of the two's channel
    direct = await scene.slack.direct()
    [shown] = await scene.slack.until(answered, direct)
    assert shown["thread_ts"] == ts
    await scene.slack.ask("and in Germany?", direct, thread_ts=ts)
    await scene.slack.until(lambda messages: len(messages) == 2 and answered(messages), direct)
    assert len({turn.conversation for turn, _ in scene.inbox.turns}) == 1


@inside
async def test_a_message_of_another_is_asked_about(scene: Scene) -> None:
    """The shortcut answers in that message's thread, as the person who chose it."""
    ts = await scene.slack.ask("green energy by month?", user=OTHER)
    payload = {
        "type": "message_action", "callback_id": "ask_about_message", "team": {"id": TEAM}, "user": {"id": ASKER},
        "channel": {"id": CHANNEL}, "trigger_id": "1", "message": {"text": "green energy by month?", "ts": ts},
    }  # fmt: skip
    assert (await scene.bot.payload(payload))[0] == 200
    [shown] = await scene.slack.until(answered)
    assert shown["thread_ts"] == ts
    assert [turn.user.id for turn, _ in scene.inbox.turns] == [ASKER]


@inside
async def test_the_words_of_the_command(scene: Scene) -> None:
    """Help and stop say their word at once, the others are asked; all of it is for the asker alone."""

    async def given(text: str, count: int) -> str:
        await scene.slack.do("command", channel=CHANNEL, user=ASKER, command="/findata", text=text)
        return str((await whispers(scene, count))[-1].get("text"))

    assert "by month since January" in await given("help", 1)
    await given("products wind", 3)
    await given("check energy-usage", 5)
    await given("forget", 7)
    assert scene.inbox.actions == [
        Ask("Which data products are about wind?"), Ask("Do I have access to energy-usage?"), Forget(),
    ]  # fmt: skip
    assert "Stopping" in await given("stop", 8)
    assert len(scene.inbox.stopped) == 1
    assert all(one.get("ephemeral_to") in (ASKER, None) for one in await whispers(scene, 8))


@inside
async def test_home_shows_four_parts_and_the_messages_tab_its_prompts(scene: Scene) -> None:
    """What findata can do, whose rights it uses, the last questions, the products; and questions to begin with."""
    await scene.slack.ask(f"<@{BOT}> green energy by month?")
    await scene.slack.until(answered)
    await scene.slack.do("open-home", user=ASKER)
    [call] = await until(lambda: _calls(scene, "views.publish"))
    headings = [block["text"]["text"] for block in call["view"]["blocks"] if block["type"] == "header"]
    assert len(headings) == 4
    assert all(word in json.dumps(call) for word in ("green energy by month?", "Energy usage", URL))
    opened = {"type": "app_home_opened", "user": ASKER, "channel": await scene.slack.direct(), "tab": "messages"}
    assert await scene.bot.event(opened | {"event_ts": "1"}) == 200
    [prompts] = scene.shim.sent("assistant.threads.setSuggestedPrompts")
    assert len(prompts["prompts"]) == 4


async def _calls(scene: Scene, method: str) -> list[dict[str, Any]]:
    return scene.shim.sent(method)


@inside
async def test_filters_are_changed_in_a_form_and_the_old_button_says_that_it_is_stale(scene: Scene) -> None:
    """The same statement with another value; the answer that it changed is not the latest any more."""
    await scene.slack.ask(f"<@{BOT}> green energy by month?")
    [shown] = await scene.slack.until(answered)
    press = {"channel": CHANNEL, "messageTs": shown["ts"], "user": ASKER, "action": button(shown, "filters")}
    await scene.slack.do("interact", **press)
    [call] = await until(lambda: _calls(scene, "views.open"))
    first = call["view"]["blocks"][0]
    assert first["element"]["initial_value"] == "France"
    untouched = {"type": "plain_text_input", "value": None}  # as the page of local-slack sends it
    values = {block["block_id"]: {"value": untouched} for block in call["view"]["blocks"]}
    await scene.slack.submit(values | {first["block_id"]: {"value": untouched | {"value": "Germany"}}})
    await scene.slack.until(lambda messages: len(messages) == 2 and answered(messages))
    changed = scene.inbox.actions[-1]
    assert isinstance(changed, Refine)
    assert changed.filters == (Filter("country", "=", ("Germany",)), PERIOD)
    await scene.slack.do("interact", **press)
    assert "no longer valid" in (await whispers(scene, 1))[-1]["text"]
    assert len(scene.inbox.turns) == 2


@inside
async def test_only_the_asker_may_choose(scene: Scene) -> None:
    """Another is told so, seen by nobody else."""
    scene.inbox.replies[Ask] = WHICH
    await scene.slack.ask(f"<@{BOT}> energy?")
    [asked] = await scene.slack.until(lambda messages: messages and "Wind parks" in str(messages[-1].get("blocks")))
    press = {"channel": CHANNEL, "messageTs": asked["ts"], "user": OTHER, "action": button(asked, "choose_1")}
    await scene.slack.do("interact", **press)
    [told] = await whispers(scene, 1)
    assert (told["ephemeral_to"], len(scene.inbox.turns)) == (OTHER, 1)
    assert "Only the person who asked" in told["text"]


@inside
async def test_a_restricted_answer_and_its_file_stand_in_the_direct_message(scene: Scene) -> None:
    """The thread has a stub without a button; rows as a file go where the answer is."""
    scene.inbox.replies |= dict.fromkeys((Ask, Refine), Answer("en", figures(sensitivity=Sensitivity.RESTRICTED)))
    await scene.slack.ask(f"<@{BOT}> green energy by month?")
    [stub] = await scene.slack.until(lambda messages: messages and "alone" in messages[-1].get("text", ""))
    assert "2025-09" not in str(stub)
    direct = await scene.slack.direct()
    [apart] = await scene.slack.until(answered, direct)
    press = {"channel": direct, "messageTs": apart["ts"], "user": ASKER, "action": button(apart, "csv")}
    await scene.slack.do("interact", **press)
    await scene.slack.until(lambda messages: "findata.csv" in str(messages), direct)
    assert "findata.csv" not in str(await scene.slack.messages())


@inside
async def test_stop_is_pressed_while_it_runs(scene: Scene) -> None:
    """Our own button on a placeholder; Slack's own in a stream."""
    scene.shim.fail("chat.startStream", "unknown_method")
    scene.inbox.free.clear()
    ts = await scene.slack.ask(f"<@{BOT}> green energy by month?")
    [waiting] = await scene.slack.until(lambda messages: messages and '"stop"' in json.dumps(messages[-1]))
    press = {"channel": CHANNEL, "messageTs": waiting["ts"], "user": ASKER, "action": button(waiting, "stop")}
    await scene.slack.do("interact", **press)
    await until(lambda: _stopped(scene, 1))
    event = {"type": "agent_session_stopped", "channel": CHANNEL, "thread_ts": ts, "user": ASKER, "event_ts": "9"}
    assert await scene.bot.event(event | {"streaming_message_ts": []}) == 200
    [turn, _] = scene.inbox.turns[0]
    assert [what for what, _ in scene.inbox.stopped] == [turn.id, turn.conversation.key]
    scene.inbox.free.set()
    await scene.slack.until(answered)


async def _stopped(scene: Scene, count: int) -> bool:
    return len(scene.inbox.stopped) >= count


@outside
def test_in_a_network_of_its_own() -> None:
    """The tests above, where nothing but loopback exists."""
    passed_alone(__file__, 9)
