"""`python -m tests.faults [NAME ...] [-n QUESTIONS]`: does harm, counts from outside, prints the table."""
# ruff: noqa: T201  a command prints

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tests.faults.experiments import EXPERIMENTS, Experiment
from tests.faults.oracle import Verdict

HEAD = (
    "| experiment | questions | lost | doubled | silent | queued | orphaned | leaked | disordered | untold | apologies "
    "| ack p50 / p99 s | final p50 / p99 s |"
)


def main() -> int:
    """Exit code 0 when nothing was lost, doubled, orphaned, leaked, disordered or left untold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="experiments to run; all without one")
    parser.add_argument("-n", "--questions", type=int, default=200)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="the same as NAME")
    parser.add_argument("--list", action="store_true", help="name the experiments")
    options = parser.parse_args()
    if options.list:
        for one in EXPERIMENTS:
            print(f"{one.name:22} {one.what}")
        return 0
    names = [*options.names, *options.only]
    chosen = [one for one in EXPERIMENTS if not names or one.name in names]
    if not chosen:
        parser.error("no such experiment: --list names them")
    return asyncio.run(run(chosen, options.questions))


async def run(chosen: list[Experiment], questions: int) -> int:
    """One after the other."""
    print(HEAD + "\n" + "|---" * 13 + "|", flush=True)
    good = True
    for experiment in chosen:
        began = time.monotonic()
        verdict = await experiment.run(questions)
        good &= verdict.good
        print(row(experiment, verdict), flush=True)
        print(f"{experiment.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return 0 if good else 1


def row(experiment: Experiment, seen: Verdict) -> str:
    """One line of the table."""
    signs = (seen.silent, seen.queued)
    must_be_none = (seen.orphaned, seen.leaked, seen.disordered, seen.untold)
    counts = (seen.acknowledged, seen.lost, seen.doubled, *signs, *must_be_none, seen.apologies)
    times = (f"{seen.ack_p50:.3f} / {seen.ack_p99:.3f}", f"{seen.final_p50:.2f} / {seen.final_p99:.2f}")
    return "| " + " | ".join([f"{experiment.name}: {experiment.what}", *map(str, counts), *times]) + " |"


if __name__ == "__main__":
    sys.exit(main())
