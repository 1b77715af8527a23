"""The mounted app against local-slack, a Slack that nobody here wrote: signed events in, messages read back.

Needs Node, or what `make demo-slack` has fetched, and a network namespace: without them it says so and is skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.domain import Ask, Choose, Explain, Refine
from tests.green_energy import URL, WHICH
from tests.slack_local_scene import Scene, answered, button, meeting
from tests.slack_peer import CHANNEL
from tests.slack_peer_local import inside, outside, passed_alone


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with meeting(tmp_path, shimmed=False) as made:
        yield made


@pytest.fixture
async def streamed(tmp_path: Path) -> AsyncIterator[Scene]:
    async with meeting(tmp_path, shimmed=True) as made:
        yield made


@inside
async def test_a_mention_is_answered_in_its_thread_once(scene: Scene) -> None:
    """The mention comes as two events; streaming is unknown here, so a placeholder is posted and edited."""
    ts = await scene.slack.ask("<@U0BOT> green energy by month?")
    [shown] = await scene.slack.until(answered)
    assert shown["thread_ts"] == ts
    assert [block["type"] for block in shown["blocks"]][:3] == ["rich_text", "data_visualization", "table"]
    assert scene.inbox.actions == [Ask("green energy by month?")]
    assert "chat.startStream" in await scene.slack.log()


@inside
async def test_the_thread_goes_on_without_a_mention(scene: Scene) -> None:
    """A reply in our thread is a question; a message beside it is not."""
    ts = await scene.slack.ask("<@U0BOT> green energy by month?")
    await scene.slack.until(answered)
    await scene.slack.ask("lunch?")
    await scene.slack.ask("and in Germany?", thread_ts=ts)
    await scene.slack.until(lambda messages: len(messages) == 2 and answered(messages))
    assert [turn.conversation.thread for turn, _ in scene.inbox.turns] == [ts, ts]
    assert scene.inbox.actions[-1] == Ask("and in Germany?")


@inside
async def test_a_question_back_is_answered_by_a_button(scene: Scene) -> None:
    """The choice replaces the question back by the answer; Explain and thumbs go on from there."""
    scene.inbox.replies[Ask] = WHICH
    await scene.slack.ask("<@U0BOT> energy?")
    [asked] = await scene.slack.until(lambda messages: messages and "Energy usage" in str(messages[-1]["blocks"]))
    await scene.slack.do(
        "interact", channel=CHANNEL, messageTs=asked["ts"], user="U01ASK", action=button(asked, "choose_1")
    )
    [shown] = await scene.slack.until(answered)
    assert shown["ts"] == asked["ts"]
    press = button(shown, "explain")
    await scene.slack.do("interact", channel=CHANNEL, messageTs=shown["ts"], user="U01ASK", action=press)
    await scene.slack.until(lambda messages: len(messages) == 2 and answered(messages))
    assert scene.inbox.actions == [Ask("energy?"), Choose("k2"), Explain()]


@inside
async def test_rows_are_uploaded(scene: Scene) -> None:
    """Through the three calls of Slack's upload."""
    await scene.slack.ask("<@U0BOT> green energy by month?")
    [shown] = await scene.slack.until(answered)
    press = {"type": "button", "action_id": "csv", "block_id": "b", "value": button(shown, "csv")["value"]}
    await scene.slack.do("interact", channel=CHANNEL, messageTs=shown["ts"], user="U01ASK", action=press)
    await scene.slack.until(lambda messages: "9 rows as CSV" in str(messages))
    assert isinstance(scene.inbox.actions[-1], Refine)
    assert "findata.csv" in str(await scene.slack.messages())


@inside
async def test_a_command_is_answered_through_its_response_url(scene: Scene) -> None:
    """And the Home tab is drawn."""
    await scene.slack.do("command", channel=CHANNEL, user="U01ASK", command="/findata", text="green energy?")
    await scene.slack.do("open-home", user="U01ASK")
    await scene.slack.until(lambda messages: any(URL in one.get("text", "") for one in messages))
    for _ in range(100):
        if "views.publish" in (log := await scene.slack.log()):
            break
        await asyncio.sleep(0.05)
    assert "views.publish" in log
    assert "chat.postMessage" not in log
    await asyncio.gather(*scene.inbox.working)
    assert scene.inbox.actions == [Ask("green energy?")]


@inside
async def test_with_the_shim_progress_is_streamed_and_everything_can_be_drawn(streamed: Scene) -> None:
    """The demonstration's set-up: tasks while it works, then blocks that this peer knows; whispers too."""
    ts = await streamed.slack.ask("<@U0BOT> green energy by month?")
    [shown] = await streamed.slack.until(answered)
    assert shown["thread_ts"] == ts
    assert {block["type"] for block in shown["blocks"]} == {"section", "image", "context", "actions"}
    methods = [method for method, _ in streamed.shim.calls]
    assert methods == ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"]
    await streamed.slack.do("command", channel=CHANNEL, user="U01ASK", command="/findata", text="green energy?")
    found = await streamed.slack.until(lambda messages: sum(URL in one.get("text", "") for one in messages) == 2)
    kinds = {block["type"] for one in found for block in one.get("blocks") or []}
    assert kinds == {"section", "image", "context", "actions"}
    assert "chat.startStream" not in await streamed.slack.log()


@outside
def test_in_a_network_of_its_own() -> None:
    """The tests above, where nothing but loopback exists."""
    passed_alone(__file__, 6)
