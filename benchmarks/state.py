"""What one turn costs Redis: `python -m benchmarks.state [-n TURNS]`.

Counts the commands that the clients send for a turn (and those that run inside the scripts), the bytes that a
conversation keeps, and by how much it grows with every turn.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from adapters.redis import embedded
from adapters.redis.client import Clients, connect
from benchmarks.turns import HERE, InstantPlatform, replica, turn
from bot.conversations import Conversations

END = "benchmark:state:end"
IDLE = frozenset({"XREADGROUP", "XAUTOCLAIM", "PING"})  # polls, whether or not there is a turn


class Watch:
    """Counts what MONITOR shows: commands of clients, and those that scripts call."""

    def __init__(self, clients: Clients) -> None:
        self.sent: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self._clients = clients
        self._seen_all = asyncio.Event()

    async def listen(self) -> None:
        """Until `caught_up`."""
        async with self._clients.reader.monitor() as monitor:
            async for seen in monitor.listen():
                if END in str(seen["command"]):
                    self._seen_all.set()
                    return
                kind = self.inside if seen["client_type"] == "lua" else self.sent
                kind[str(seen["command"]).split(" ")[0].upper()] += 1

    async def caught_up(self) -> None:
        """Once everything that was sent before now is counted: this process reads more slowly than it sends."""
        await self._clients.worker.exists(END)
        await self._seen_all.wait()


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
        before, watch = await kept(clients, where), Watch(clients)
        watching = asyncio.create_task(watch.listen())
        await asyncio.sleep(0.2)
        await talk(at_work, platform, 10, turns)
        await watch.caught_up()
        await watching
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
