"""What one turn costs Redis: `python -m benchmarks.state [-n TURNS]`.

Counts the commands that the clients send for a turn (and those that run inside the scripts), the bytes that a
conversation keeps, and by how much it grows with every turn.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
from collections import Counter
from pathlib import Path

from adapters.redis import embedded
from adapters.redis.client import Clients, connect
from benchmarks.turns import HERE, InstantPlatform, replica, turn
from bot.conversations import Conversations

END = b"benchmark:state:end"
SHOWN = re.compile(rb'\+[\d.]+ \[\d+ ([^]]+?)(?::[^]]*)?\] "(\w+)"')
LONGEST = 16 * 2**20  # bytes of one shown command: values are in it, escaped
IDLE = frozenset({"XREADGROUP", "XAUTOCLAIM", "PING"})  # polls, whether or not there is a turn


class Watch:
    """Counts what MONITOR shows: commands of clients, and those that scripts call."""

    def __init__(self, url: str) -> None:
        self.sent: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self._path = url.removeprefix("unix://")

    async def listen(self, watching: asyncio.Event) -> None:
        """Until a client says END: whatever was sent before is counted then, however far behind this process is."""
        reader, writer = await asyncio.open_unix_connection(self._path, limit=LONGEST)
        writer.write(b"MONITOR\r\n")
        await reader.readline()
        watching.set()
        while END not in (line := await reader.readline()):
            if seen := SHOWN.match(line):
                (self.inside if seen[1] == b"lua" else self.sent)[seen[2].decode().upper()] += 1
        writer.close()


async def kept(clients: Clients, conversation: str) -> int:
    """Bytes of everything that names this conversation."""
    total = 0
    async for key in clients.worker.scan_iter(match="*", count=1000):
        if conversation in key.decode():
            total += int(await clients.worker.memory_usage(key, samples=0) or 0)
    return total


async def talk(at_work: Conversations, platform: InstantPlatform, first: int, turns: int) -> None:
    """Turns of one conversation, one after the other."""
    for number in range(first, first + turns):
        await at_work.accept(turn(number, 1), HERE)
        while platform.finals <= number or at_work._running:  # noqa: ASYNC110  the platform is a fake
            await asyncio.sleep(0.001)


async def main(turns: int) -> None:
    """Ten turns to warm up, then `turns` that are watched."""
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.ensure(Path(folder))
        clients = connect(server.url)
        platform = InstantPlatform()
        at_work = replica(clients, platform)
        at_work.start()
        where = turn(0, 1).conversation.key
        await talk(at_work, platform, 0, 10)
        before, watch, watching = await kept(clients, where), Watch(server.url), asyncio.Event()
        listening = asyncio.create_task(watch.listen(watching))
        await watching.wait()
        await talk(at_work, platform, 10, turns)
        await clients.worker.exists(END)
        await listening
        tell(watch, turns)
        after = await kept(clients, where)
        growth = (after - before) / turns
        print(f"one conversation keeps {after} bytes after {10 + turns} turns; it grew by {growth:.0f} a turn")
        await at_work.close()
        await clients.aclose()
        server.stop()


def tell(watch: Watch, turns: int) -> None:
    """Prints the counts."""
    sent = sum(count for name, count in watch.sent.items() if name not in IDLE) / turns
    reads = watch.sent["XREADGROUP"] / turns
    print(f"commands that clients send for a turn: {sent:.1f}, and {reads:.1f} reads of the queue")
    print(f"commands inside scripts: {watch.inside.total() / turns:.1f} a turn")
    print(
        "  " + ", ".join(f"{name} {count / turns:.1f}" for name, count in (watch.sent + watch.inside).most_common(12))
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--turns", type=int, default=200)
    asyncio.run(main(parser.parse_args().turns))
