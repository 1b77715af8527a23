"""Prints how long checking SQL takes: in this process, and through the guard process including the pipe.

python -m benchmarks.guard
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path

from adapters.guard import ProcessGuard
from agents.domain import TableRef
from agents.errors import BadQuery
from agents.sql import check

STATEMENTS = Path(__file__).parents[1] / "tests" / "statements"
ALLOWED = [
    TableRef("grid", *name.split("."))
    for name in ("sales.orders", "sales.customers", "sales.kpis", "ops.plants", "ops.output")
]
ROUNDS = 5


def main() -> None:
    """Legitimate and hostile statements, each several times."""
    for kind in ("legitimate", "hostile"):
        lines = (STATEMENTS / f"{kind}.jsonl").read_text(encoding="utf-8").split("\n")
        statements = [json.loads(line)["sql"] for line in lines if line]
        _report(f"{kind}, here (CPU)", [_here(sql) for _ in range(ROUNDS) for sql in statements])
        _report(f"{kind}, guard process (wall)", asyncio.run(_there(statements)))


def _here(sql: str) -> float:
    start = time.thread_time()
    with suppress(BadQuery):
        check(sql, ALLOWED)
    return time.thread_time() - start


async def _there(statements: list[str]) -> list[float]:
    guard = ProcessGuard()
    times = []
    for sql in [statements[0], *(statements * ROUNDS)]:
        start = time.perf_counter()
        with suppress(BadQuery):
            await guard.check(sql, ALLOWED)
        times.append(time.perf_counter() - start)
    await guard.close()
    return times[1:]


def _report(title: str, times: list[float]) -> None:
    times.sort()
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(
        f"{title}: {len(times)} checks, p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, max {times[-1] * 1000:.1f} ms"
    )


if __name__ == "__main__":
    main()
