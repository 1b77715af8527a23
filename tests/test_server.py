"""`python -m bot serve` as a process: listens, tells how it is, ends politely, or says in one sentence why not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import aiohttp
import pytest
import requests
from aiohttp import web

from adapters.redis.client import Clients
from agents.domain import Apology, Reply, ReplyTo, Turn
from bot import health_command, platforms, server, settings, wiring
from sandbox.launch import LaunchedSandbox, launched
from tests.findata_peer import ENERGY, KEY, ROOT, configured
from tests.redis_peer import FakePlatform, clients, turn, until, valkey

__all__ = ["clients", "valkey"]  # fixtures

pytestmark = pytest.mark.xdist_group("server")  # one local Databricks for all


@pytest.fixture(scope="module")
def place() -> Iterator[LaunchedSandbox]:
    """A local Databricks of this module."""
    with launched(None, "--genie-seconds", "0.1") as started:
        yield started


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(place: LaunchedSandbox, valkey: str, **more: str) -> dict[str, str]:
    """All that a bot in Slack needs."""
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}  # noqa: TID251
    needed = {
        "DATABRICKS_HOST": place.host,
        "DATABRICKS_WAREHOUSE_ID": place.warehouse_id,
        "DATABRICKS_IDENTITY": "user",
        "DATABRICKS_CLIENT_ID": "findata",
        "MODEL_ENDPOINT": "none",
        "MARKETPLACE_FOLDER": str(place.marketplace),
        "REDIS_URL": valkey,
        "SLACK_SIGNING_SECRET": "signing",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "FINDATA_PUBLIC_URL": "https://findata.example.org",
        "FINDATA_SECRET_KEYS": KEY,
        "FINDATA_DRAIN_SECONDS": "3",
    }
    return plain | needed | more


@contextmanager
def started(env: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The process, ended with the block."""
    command = [sys.executable, "-m", "bot", "serve"]
    env = {"PYTHONPATH": str(ROOT), **env}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def cannot_start(env: dict[str, str], folder: Path) -> tuple[int, str]:
    """Exit code and the last thing said."""
    with started(env, folder) as process:
        _, said = process.communicate(timeout=60)
    return process.returncode, said.strip().splitlines()[-1]


def fetched(url: str) -> tuple[int, str]:
    """Status and text; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_a_server_serves_tells_how_it_is_and_ends_when_told(
    place: LaunchedSandbox, valkey: str, tmp_path: Path
) -> None:
    """Ready, alive, measured; unsigned requests are turned away; SIGTERM ends it with exit code 0."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with started(environment(place, valkey, FINDATA_PORT=str(port), TEAMS_DEVELOPMENT="true"), tmp_path) as process:
        deadline = time.monotonic() + 60
        while not fetched(f"{url}/readyz")[0]:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        status, told = fetched(f"{url}/readyz")
        assert (status, json.loads(told)["redis"], json.loads(told)["products"]) == (200, True, 49)
        assert fetched(f"{url}/healthz")[0] == 200
        assert "findata_turns_running 0.0" in fetched(f"{url}/metrics")[1]
        assert fetched(f"{url}/databricks/callback")[0] == 400
        assert fetched(f"{url}/slack/events")[0] == 405
        assert fetched(f"{url}/teams/messages")[0] == 405
        assert fetched(f"{url}/nowhere")[0] == 404
        block = settings.Server(host="0.0.0.0", port=port)  # noqa: S104 - where it says it listens
        assert health_command.run(configured(place, valkey, server=block.model_dump())) == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert '"stopped"' in process.stderr.read()
    assert health_command.run(configured(place, valkey, server={"port": port})) == 1


def test_a_taken_port_is_one_sentence(place: LaunchedSandbox, valkey: str, tmp_path: Path) -> None:
    """Told before anything slow is begun."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = cannot_start(environment(place, valkey, FINDATA_PORT=str(port)), tmp_path)
    assert (code, said) == (
        1,
        f"127.0.0.1:{port} is taken already: choose another with FINDATA_HOST and FINDATA_PORT",
    )


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, 1, "Redis does not answer: is REDIS_URL right"),
        ({"DATABRICKS_HOST": "http://127.0.0.1:1"}, 1, "The workspace does not answer: is DATABRICKS_HOST right"),
        ({"DATABRICKS_HOST": ""}, 2, "DATABRICKS_HOST is missing"),
        ({"SLACK_SIGNING_SECRET": ""}, 2, "No chat platform is configured"),
        ({"FINDATA_SECRET_KEYS": ""}, 2, "FINDATA_SECRET_KEYS is missing"),
        ({"FINDATA_HOST": "192.0.2.1"}, 1, "cannot be listened on"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    place: LaunchedSandbox, valkey: str, tmp_path: Path, more: dict[str, str], code: int, told: str
) -> None:
    """Exit code 1 where something does not answer, 2 where a setting is missing; no traceback."""
    ended, said = cannot_start(environment(place, valkey, FINDATA_PORT=str(free_port()), **more), tmp_path)
    assert ended == code
    assert told in said


class Chat(FakePlatform):
    """A platform with a way in, that notes in which order it is closed."""

    def __init__(self, order: list[str]) -> None:
        super().__init__()
        self.closing = order
        self.held, self.go = asyncio.Event(), asyncio.Event()  # a reply is there; it may be shown
        self.go.set()

    def mount(self, app: web.Application, inbox: object) -> None:
        """One page."""

        async def hello(_: web.Request) -> web.Response:
            return web.Response(text="hello")

        app.router.add_get("/fake", hello)

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """Shows it when the test lets it: until then the turn runs."""
        self.held.set()
        await self.go.wait()
        await super().finish(to, placeholder, reply, turn)

    async def close(self) -> None:
        """Nothing is shown any more."""
        self.closing.append("platform closed")


async def serving(
    place: LaunchedSandbox, valkey: str, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch, **block: object
) -> tuple[str, Chat, list[wiring.App]]:
    """The server in this process, with a platform of ours."""
    apps: list[wiring.App] = []
    chat = Chat([])
    site = server.site
    monkeypatch.setattr(platforms, "configured", lambda found, parts: [chat])
    monkeypatch.setattr(server, "site", lambda app, chats: apps.append(app) or site(app, chats))
    found = configured(
        place, valkey, databricks={"identity": "token", "token": place.token}, server={"port": 0, **block}
    )
    return await server.started(found, stack), chat, apps


@contextmanager
def slow_genie(place: LaunchedSandbox, step: float = 3.0) -> Iterator[None]:
    """Genie takes seconds for each of its steps: whatever it is asked is still under way when somebody looks."""
    knobs, admin = f"{place.host}/sandbox/knobs", {"Authorization": "Bearer sandbox-admin"}
    before = requests.get(knobs, headers=admin, timeout=5).json()["genie_step"]
    requests.patch(knobs, headers=admin, json={"genie_step": step}, timeout=5).raise_for_status()
    yield
    requests.patch(knobs, headers=admin, json={"genie_step": before}, timeout=5).raise_for_status()


async def asked(url: str, *paths: str) -> list[int]:
    """The status of each page; a listener that is closed raises."""
    statuses = []
    async with aiohttp.ClientSession() as session:
        for path in paths:
            async with session.get(f"{url}/{path}") as answer:
                statuses.append(answer.status)
    return statuses


async def test_running_turns_end_before_the_listeners_close(
    place: LaunchedSandbox, valkey: str, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to stop: the turn under way is answered while health still answers and readiness says no."""
    async with AsyncExitStack() as stack:
        url, chat, apps = await serving(place, valkey, stack, monkeypatch, drain_seconds=60)
        chat.go.clear()
        await apps[0].conversations.accept(turn("q1"), ReplyTo("fake"))
        await asyncio.wait_for(chat.held.wait(), 60)
        leaving = asyncio.create_task(stack.aclose())
        await until(apps[0].leaving.is_set)
        assert await asked(url, "healthz", "readyz") == [200, 503]
        assert (leaving.done(), chat.reply("q1"), chat.closing) == (False, None, [])
        chat.go.set()
        await leaving
    assert chat.reply("q1") is not None
    assert chat.closing == ["platform closed"]
    with pytest.raises(aiohttp.ClientConnectorError):
        await asked(url, "healthz")


async def test_what_does_not_end_in_time_is_left_to_another_replica(
    place: LaunchedSandbox, valkey: str, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drain of no length hands the turn over, unanswered and not lost; the next server answers it."""
    async with AsyncExitStack() as stack:
        stack.enter_context(slow_genie(place))
        _, chat, apps = await serving(place, valkey, stack, monkeypatch, drain_seconds=0)
        await apps[0].conversations.accept(turn(ENERGY), ReplyTo("fake"))
        await until(lambda: chat.shown)
    assert chat.reply(ENERGY) is None
    async with AsyncExitStack() as stack:
        _, other, _ = await serving(place, valkey, stack, monkeypatch, drain_seconds=30)
        other.shown.update(chat.shown)
        await until(lambda: other.reply(ENERGY), 60)
        assert not isinstance(other.reply(ENERGY), Apology)


async def test_the_guard_of_a_server_is_a_process_of_its_own(
    place: LaunchedSandbox, valkey: str, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No statement is parsed on the thread that serves everybody."""
    async with AsyncExitStack() as stack:
        _, chat, apps = await serving(place, valkey, stack, monkeypatch)
        await apps[0].conversations.accept(turn(ENERGY), ReplyTo("fake"))
        await until(lambda: chat.reply(ENERGY), 60)
        context = apps[0].conversations._dependencies.context_for(turn("x"))
        assert type(context.guard).__name__ == "ProcessGuard"
        assert context.guard._child is not None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "tongue", "word"), [("privacy", "fr", "Confidentialité"), ("terms", "en", "Terms of use")]
)
async def test_the_pages_that_app_packages_point_at_are_there(
    place: LaunchedSandbox,
    valkey: str,
    clients: Clients,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    tongue: str,
    word: str,
) -> None:
    """Privacy and terms, in the language of the browser."""
    async with AsyncExitStack() as stack:
        address, *_ = await serving(place, valkey, stack, monkeypatch)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        async with session.get(f"{address}/{path}", headers={"Accept-Language": tongue}) as response:
            assert word in await response.text()
