"""`python -m bot demo` as a person starts it: ready line, a question in the client, Ctrl-C, nothing left over."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.launch import NotStarted
from sandbox.programs import free
from sandbox.slack import local
from tests.findata_peer import ENERGY
from tests.redis_peer import until
from tests.slack_node import local_slack_binary
from tests.slack_peer_local import LocalSlack

ROOT = Path(__file__).parent.parent
READY, PATIENCE = "Ctrl-C ends everything", 90.0
LOOPBACK = "0100007F"  # 127.0.0.1
BOT, CHANNEL, YOU = local.BOT, local.CHANNEL, local.YOU


def can_start(platform: str) -> bool:
    """Are the packages here already? A test does not fetch 40 MB."""
    there = any((ROOT / ".findata" / "node").glob(f"*{platform}*/installed"))
    return there and bool(shutil.which("node")) and _may_be_apart()


def _may_be_apart() -> bool:
    command = [*local.APART, "true"]
    return bool(shutil.which("unshare")) and not subprocess.run(command, capture_output=True, check=False).returncode  # noqa: S603


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def demo(folder: Path, platform: str) -> AsyncIterator[str]:
    """The command in a session of its own, so that everything it starts can be counted; the client's address."""
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}  # noqa: TID251 - handed on
    command = [sys.executable, "-m", "bot", "demo", platform, "--port", str(port)]
    with (folder / "said").open("wb") as said:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        await until(lambda: process.returncode is not None or READY in told(folder), PATIENCE)
        assert process.returncode is None, told(folder)
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 20) == 0, told(folder)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def told(folder: Path) -> str:
    return (folder / "said").read_text()


def heard_at(url: str) -> set[str]:
    """The addresses that the port is listened on at, as the kernel writes them."""
    port = f"{int(url.rsplit(':', 1)[1]):04X}"
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    return {line[1].split(":")[0] for line in lines if line[1].endswith(f":{port}") and line[3] == "0A"}


def temporary(folder: Path) -> list[str]:
    """What was made for the time of the demo."""
    return [one.name for one in folder.iterdir() if one.name.startswith(("findata-", "local-slack"))]


def left(folder: Path) -> list[str]:
    """Processes that carry this test's folder in their environment."""
    marked = []
    for one in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (one / "environ").read_bytes() + (one / "cmdline").read_bytes():
                marked.append((one / "cmdline").read_text())
        except OSError:
            continue
    return marked


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


async def eventually(ask: Callable[[], Any]) -> Any:
    """The first true answer, asked for half a minute."""
    deadline = time.monotonic() + 30
    while not (found := await ask()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    return found


@pytest.mark.skipif(not _may_be_apart(), reason="no network of its own can be made here")
async def test_a_question_in_the_local_slack_is_answered_in_its_thread(tmp_path: Path) -> None:
    """As a person: a mention in #general; the figure comes in its thread; Ctrl-C ends every process."""
    await asyncio.to_thread(local_slack_binary)
    async with demo(tmp_path, "slack") as url, aiohttp.ClientSession() as session:
        slack = LocalSlack(url, session)
        ts = await slack.ask(f"<@{BOT}> {ENERGY}", CHANNEL, YOU)

        async def answers() -> list[dict[str, Any]]:
            return [one for one in await slack.messages(CHANNEL) if "12 480 000" in plain(one.get("text", ""))]

        [answer] = await eventually(answers)
        assert (answer["thread_ts"], answer["user"]) == (ts, BOT)
        assert heard_at(url) == {LOOPBACK}
        assert left(tmp_path)
    assert left(tmp_path) == []
    assert temporary(tmp_path) == []


@pytest.mark.skipif(not can_start("playground"), reason="`make demo-teams` has not been started here, or cannot be")
async def test_a_question_in_the_playground_is_answered(tmp_path: Path) -> None:
    """As a person: in the personal chat; the figure comes; Ctrl-C ends every process."""
    async with demo(tmp_path, "teams") as url, aiohttp.ClientSession() as session:
        asked = {"from": {"id": "user-1"}, "text": ENERGY, "textFormat": "plain"}
        async with session.ws_connect(f"{url.replace('http', 'ws')}/_ws_conversation/v1/conversations/stream") as seen:
            await (await session.post(f"{url}/_conversation/v1/conversations/personal-1/messages", json=asked)).read()

            async def figure() -> bool:
                return "12 480 000" in plain(await seen.receive_str())

            assert await eventually(figure)
        assert heard_at(url) == {LOOPBACK}
    assert left(tmp_path) == []


def test_a_busy_port_is_one_sentence() -> None:
    """Which port, and how to take another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NotStarted, match=f"Port {port} is taken already: choose another with --port"):
            free(port)


async def refused(folder: Path, platform: str) -> str:
    """The one line that the command says where no program is to be had, with exit code 2."""
    environment = {"PATH": str(folder), "HOME": str(folder)}
    command = [sys.executable, "-m", "bot", "demo", platform, "--port", str(free_port())]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE)
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert said.decode().count("\n") == 1
    return said.decode()


async def test_without_a_network_of_its_own_local_slack_is_refused(tmp_path: Path) -> None:
    """Unless told otherwise, nobody else's machine may reach it; the sentence names the option."""
    assert "--all-interfaces" in await refused(tmp_path, "slack")


async def test_without_node_the_playground_is_refused(tmp_path: Path) -> None:
    """What to install."""
    assert "install Node" in await refused(tmp_path, "teams")
