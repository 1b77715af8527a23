"""The mounted app against local-slack: signed events in, Web API calls out, and the thread as a person reads it.

Needs Node's local-slack and a network namespace: without them it says so and is skipped.
"""

from __future__ import annotations

import asyncio
import shlex
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from adapters.slack import SlackPlace, SlackPlatform
from agents.domain import Ask, Choose, Explain, Progress, Refine, Reply, ReplyTo, Turn
from agents.ports import Receipt
from sandbox.slack.shim import Shim
from tests.slack_peer import CHANNEL, SECRET, TOKEN, MemoryInbox, MemoryStore
from tests.slack_peer_local import LocalSlack, alone, binary, can_be_alone, local_slack
from tests.slack_peer_replies import ANSWER, URL, WHICH

INSTALL = "npm i --no-save --prefix .findata local-slack-linux-x64@0.1.8"
missing = pytest.mark.skipif(binary() is None, reason=f"local-slack is not there: {INSTALL}")
inside = pytest.mark.skipif(not alone(), reason="runs in a network of its own, see test_in_a_network_of_its_own")


@dataclass
class Answering(MemoryInbox):
    """Answers each turn at once, through the platform's verbs, as a worker would."""

    platform: SlackPlatform | None = None
    replies: dict[type, Reply] = field(default_factory=dict)
    working: set[asyncio.Task[None]] = field(default_factory=set)

    async def accept(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Stored, then served."""
        receipt = await super().accept(turn, to)
        if receipt.outcome == "accepted":
            self.working.add(asyncio.create_task(self._serve(turn, to)))
        return receipt

    async def _serve(self, turn: Turn, to: ReplyTo) -> None:
        assert self.platform
        placeholder = await self.platform.open(to, turn)
        await self.platform.progress(to, placeholder, Progress("marketplace", "searching"), "en")
        await self.platform.finish(to, placeholder, self.replies.get(type(turn.action), ANSWER), turn)


@dataclass
class Scene:
    """The two of them, and what stands between them where something does."""

    slack: LocalSlack
    inbox: Answering
    shim: Shim | None = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def meeting(folder: Path, *, shimmed: bool) -> AsyncIterator[Scene]:
    """local-slack and the mounted app, with the shim between them or without."""
    port, own, between = free_port(), free_port(), free_port()
    shim = Shim(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{own}", SECRET)
    api = between if shimmed else port
    inbox = Answering()
    place = SlackPlace(signing_secret=SECRET, bot_token=TOKEN, api_url=f"http://127.0.0.1:{api}/api/")
    inbox.platform = SlackPlatform(place, MemoryStore())
    app = web.Application()
    inbox.platform.mount(app, inbox)
    async with serving(app, own), serving(shim.app(), between):
        async with local_slack(between if shimmed else own, port, folder) as slack:
            yield Scene(slack, inbox, shim if shimmed else None)
        await asyncio.gather(*inbox.working)
        await inbox.platform.close()


@asynccontextmanager
async def serving(app: web.Application, port: int) -> AsyncIterator[None]:
    """The app on this port."""
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with meeting(tmp_path, shimmed=False) as made:
        yield made


@pytest.fixture
async def streamed(tmp_path: Path) -> AsyncIterator[Scene]:
    async with meeting(tmp_path, shimmed=True) as made:
        yield made


def answered(messages: list[dict]) -> bool:
    return bool(messages) and URL in messages[-1].get("text", "")


@missing
@inside
async def test_a_mention_is_answered_in_its_thread_once(scene: Scene) -> None:
    """The mention comes as two events; streaming is unknown here, so a placeholder is posted and edited."""
    ts = await scene.slack.ask("<@U0BOT> green energy by month?")
    [shown] = await scene.slack.until(answered)
    assert shown["thread_ts"] == ts
    assert [block["type"] for block in shown["blocks"]][:3] == ["rich_text", "data_visualization", "table"]
    assert scene.inbox.actions == [Ask("green energy by month?")]
    assert "chat.startStream" in await scene.slack.log()


@missing
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


@missing
@inside
async def test_a_question_back_is_answered_by_a_button(scene: Scene) -> None:
    """The choice replaces the question back by the answer; Explain and thumbs go on from there."""
    scene.inbox.replies[Ask] = WHICH
    await scene.slack.ask("<@U0BOT> energy?")
    [asked] = await scene.slack.until(lambda messages: messages and "Energy usage" in str(messages[-1]["blocks"]))
    button = next(block for block in asked["blocks"] if block["type"] == "actions")["elements"][1]
    await scene.slack.do("interact", channel=CHANNEL, messageTs=asked["ts"], user="U01ASK", action=button)
    [shown] = await scene.slack.until(answered)
    assert shown["ts"] == asked["ts"]
    explain = [one for block in shown["blocks"] if block["type"] == "actions" for one in block["elements"]]
    press = next(one for one in explain if one["action_id"] == "explain")
    await scene.slack.do("interact", channel=CHANNEL, messageTs=shown["ts"], user="U01ASK", action=press)
    await scene.slack.until(lambda messages: len(messages) == 2 and answered(messages))
    assert scene.inbox.actions == [Ask("energy?"), Choose("k2"), Explain()]


@missing
@inside
async def test_rows_are_uploaded(scene: Scene) -> None:
    """Through the three calls of Slack's upload."""
    await scene.slack.ask("<@U0BOT> green energy by month?")
    [shown] = await scene.slack.until(answered)
    press = {"type": "button", "action_id": "csv", "block_id": "b", "value": _handle(shown)}
    await scene.slack.do("interact", channel=CHANNEL, messageTs=shown["ts"], user="U01ASK", action=press)
    await scene.slack.until(lambda messages: "9 rows as CSV" in str(messages))
    assert isinstance(scene.inbox.actions[-1], Refine)
    assert "findata.csv" in str(await scene.slack.messages())


@missing
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


@missing
@inside
async def test_with_the_shim_progress_is_streamed_and_everything_can_be_drawn(streamed: Scene) -> None:
    """The demonstration's set-up: tasks while it works, then blocks that this peer knows; whispers too."""
    ts = await streamed.slack.ask("<@U0BOT> green energy by month?")
    [shown] = await streamed.slack.until(answered)
    assert shown["thread_ts"] == ts
    assert {block["type"] for block in shown["blocks"]} == {"section", "context", "actions"}
    assert streamed.shim
    methods = [method for method, _ in streamed.shim.calls]
    assert methods == ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"]
    await streamed.slack.do("command", channel=CHANNEL, user="U01ASK", command="/findata", text="green energy?")
    found = await streamed.slack.until(lambda messages: sum(URL in one.get("text", "") for one in messages) == 2)
    kinds = {block["type"] for one in found for block in one.get("blocks") or []}
    assert kinds == {"section", "context", "actions"}
    assert "chat.startStream" not in await streamed.slack.log()


def _handle(shown: dict) -> str:
    buttons = [one for block in shown["blocks"] if block["type"] == "actions" for one in block["elements"]]
    return next(one["value"] for one in buttons if one["action_id"] == "csv")


@missing
@pytest.mark.skipif(alone() or not can_be_alone(), reason="is in one, or cannot make one")
def test_in_a_network_of_its_own() -> None:
    """The tests above, where nothing but loopback exists."""
    tests = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", str(Path(__file__))]
    script = "ip link set lo up && exec " + shlex.join(tests)
    root = Path(__file__).parent.parent
    done = subprocess.run(  # noqa: S603
        ["unshare", "-rn", "sh", "-c", script],  # noqa: S607
        cwd=root, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    if "unshare" in done.stderr and done.returncode != 0:
        pytest.skip(f"no network namespace: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stdout[-4000:]
    assert "6 passed" in done.stdout
