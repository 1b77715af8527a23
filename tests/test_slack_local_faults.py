"""Slack at its worst, before local-slack: a fault costs a step of plainness, never the answer nor a second one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.slack_local_scene import Scene, answered, meeting
from tests.slack_peer import BOT
from tests.slack_peer_local import inside, outside, passed_alone

QUESTION = f"<@{BOT}> green energy by month?"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with meeting(tmp_path, shimmed=True) as made:
        yield made


def last(scene: Scene) -> list[str]:
    """The types of the blocks as the bot sent them, before they were drawn simpler."""
    return [block["type"] for block in scene.shim.sent("chat.update")[-1]["blocks"]]


@inside
@pytest.mark.parametrize(
    ("error", "how"), [("unknown_method", {}), ("ratelimited", {"status": 429, "retry_after": 30}), ("", {})]
)
async def test_without_a_stream_a_placeholder_is_edited(scene: Scene, error: str, how: dict[str, int]) -> None:
    """Unknown here, over the limit, or refused without a word: one message, posted and edited."""
    scene.shim.fail("chat.startStream", error, **how)
    await scene.slack.ask(QUESTION)
    [shown] = await scene.slack.until(answered)
    assert len(scene.shim.sent("chat.postMessage")) == 1
    assert scene.shim.sent("chat.appendStream") == []
    assert shown["ts"] == scene.shim.sent("chat.update")[-1]["ts"]


@inside
async def test_a_stream_that_slack_ends_goes_on_as_edits(scene: Scene) -> None:
    """After five minutes, fed or not: the message stays the same and becomes the answer."""
    scene.inbox.told = scene.shim.expire_streams
    await scene.slack.ask(QUESTION)
    [shown] = await scene.slack.until(answered)
    assert shown["ts"] == scene.shim.sent("chat.appendStream")[0]["ts"]


@inside
@pytest.mark.parametrize(
    ("refused", "left"), [("data_visualization", "table"), ("container", "table"), ("table", "rich_text")]
)
async def test_a_refused_block_costs_that_block(scene: Scene, refused: str, left: str) -> None:
    """The native chart and the folded SQL first, then the native table."""
    scene.shim.fail("chat.update", "invalid_blocks", times=99, only=lambda call: f"'{refused}'" in str(call))
    await scene.slack.ask(QUESTION)
    await scene.slack.until(answered)
    assert refused not in last(scene)
    assert left in last(scene)


@inside
async def test_the_last_step_is_text_with_the_products_link(scene: Scene) -> None:
    """Where no block at all is taken."""
    scene.shim.fail("chat.update", "invalid_blocks", times=99, only=lambda call: bool(call["blocks"]))
    await scene.slack.ask(QUESTION)
    [shown] = await scene.slack.until(answered)
    assert not shown.get("blocks")


@inside
async def test_a_limit_is_waited_for_as_long_as_slack_says(scene: Scene) -> None:
    """Retry-After is obeyed: until then the method is not called, and then the answer is there once."""
    scene.shim.fail("chat.update", "ratelimited", status=429, retry_after=1, only=lambda call: call.get("metadata"))
    await scene.slack.ask(QUESTION)
    [_] = await scene.slack.until(answered)
    assert len([call for call in scene.shim.sent("chat.update") if call.get("metadata")]) == 2


@inside
async def test_what_is_delivered_again_is_answered_once(scene: Scene) -> None:
    """With Slack's retry headers; a mention comes as two events anyway."""
    await scene.slack.ask(QUESTION)
    await scene.slack.until(answered)
    assert set(await scene.again()) == {200}
    assert len(scene.shim.delivered) >= 2
    assert len(scene.inbox.turns) == 1
    assert len(await scene.slack.ours()) == 1


@outside
def test_in_a_network_of_its_own() -> None:
    """The tests above, where nothing but loopback exists."""
    passed_alone(__file__, 10)
