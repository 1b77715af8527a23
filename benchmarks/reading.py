"""How much of what people ask does the sandbox's Genie read, and is it right? Run over public text-to-SQL questions.

    python -m benchmarks.reading [--data ../shared/data] [--half report|tune|both] [--show wrong|unread|right]

The databases are split in two halves by name, alternately: rules were made by looking at one half (`tune`); the other
(`report`) gives the figures. Of the report half only table and column names and these totals were looked at, never a
question or an answer; its totals were read about fifteen times while rules were made, so they are a little flattered.
Some of its tables keep figures as text, and their gold SQL orders and compares them as text ('98' after '130'): read as
the numbers that they are, such an answer counts as wrong here.

An answer is right when the rows of its SQL, or of some of its columns, are the rows of the gold SQL: in any order
unless the gold SQL orders them, with repetitions counted.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

if __package__ in {None, ""}:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import duckdb
import sqlglot

from benchmarks.text_to_sql import Database, Question, Rows, defog, spider
from sandbox.brain import Brain, Understood

_HALVES = ("tune", "report")


@dataclass
class Tally:
    """Counts of one kind of question."""

    asked: int = 0
    answered: int = 0
    right: int = 0
    alike: int = 0  # right except for how often a row is repeated
    seconds: list[float] = field(default_factory=list)


# ── comparing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def alike(ours: Rows, gold: Rows) -> bool:
    """Would they be the same if every row came once? The gold SQL often joins where it means "exists"."""
    wide, narrow = len(ours[0]) if ours else 0, len(gold[0]) if gold else 0
    if wide > 6:
        return False
    once = set(map(_row, gold))
    return any(
        set(_projected(list(map(_row, ours)), picks)) == once for picks in itertools.permutations(range(wide), narrow)
    )


def _row(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(_plain(cell) for cell in row)


def same(ours: Rows, gold: Rows, ordered: bool) -> bool:
    """Are the gold rows found among some of our columns?"""
    ours, gold = list(map(_row, ours)), list(map(_row, gold))
    if len(ours) != len(gold):
        return False
    if not gold:
        return True
    if len(ours[0]) < len(gold[0]):
        return False
    counts = [Counter(column) for column in zip(*ours, strict=True)]
    fits = [[i for i, count in enumerate(counts) if count == Counter(column)] for column in zip(*gold, strict=True)]
    return any(_projected(ours, picks) == gold if ordered else Counter(_projected(ours, picks)) == Counter(gold)
               for picks in _choices(fits, ()))  # fmt: skip


def _projected(rows: Rows, picks: Sequence[int]) -> Rows:
    return [tuple(row[i] for i in picks) for row in rows]


def _choices(fits: Sequence[Sequence[int]], taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if not fits:
        yield taken
        return
    for pick in fits[0]:
        if pick not in taken:
            yield from _choices(fits[1:], (*taken, pick))


def _plain(cell: object) -> object:
    if isinstance(cell, bool) or cell is None:
        return cell
    if hasattr(cell, "isoformat"):
        text = cell.isoformat()[:19].replace("T", " ")
        return text.removesuffix(" 00:00:00").removesuffix("-01") if re.match(r"^\d{4}-\d\d-01( 00|$)", text) else text
    try:
        return round(float(cell), 4)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(cell)


def judge(database: Database, question: Question, sql: str) -> tuple[bool, bool]:
    """Does this SQL give the rows of one of the gold variants: exactly, and repetitions aside?"""
    try:
        ours = database.run(sqlglot.transpile(sql, read="databricks", write=database.dialect)[0])
    except (sqlite3.Error, duckdb.Error, sqlglot.errors.SqlglotError) as error:
        print(f"  fails: {error}\n  {sql}", file=sys.stderr)
        return False, False
    close = False
    for gold in question.gold:
        rows = _gold_rows(database, gold)
        if rows is None:
            continue
        if same(ours, rows, bool(re.search(r"order\s+by[^()]*$", gold, re.IGNORECASE)) and len(rows) > 1):
            return True, True
        close = close or alike(ours, rows)
    return False, close


def _gold_rows(database: Database, gold: str) -> Rows | None:
    try:
        return database.run(gold if database.dialect == "sqlite" else sqlglot.transpile(gold, "postgres", "duckdb")[0])
    except (sqlite3.Error, duckdb.Error, sqlglot.errors.SqlglotError):
        return None


# ── the run ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def half_of(name: str, names: Sequence[str]) -> str:
    """Tune or report, alternately by name."""
    return _HALVES[sorted(names).index(name) % 2]


def measure(
    databases: dict[str, Database], questions: Sequence[Question], half: str, show: str, only: str
) -> dict[str, Tally]:
    """Ask every question of a half; counts by language and shape."""
    wanted = {name for name in databases if half_of(name, list(databases)) == half and only in name}
    brains = {name: Brain(databases[name].tables, databases[name].values, date.today()) for name in sorted(wanted)}  # noqa: DTZ011
    tallies: dict[str, Tally] = defaultdict(Tally)
    for question in questions:
        if question.database in wanted:
            _ask(brains[question.database], databases[question.database], question, tallies, show)
    return tallies


def _ask(brain: Brain, database: Database, question: Question, tallies: dict[str, Tally], show: str) -> None:
    tally = tallies[f"{question.language} {question.shape}"]
    began = time.perf_counter()
    outcome = brain.read(question.text)
    tally.seconds.append(time.perf_counter() - began)
    tally.asked += 1
    if not isinstance(outcome, Understood):
        _show(show, "unread", question, outcome.text)
        return
    tally.answered += 1
    right, close = judge(database, question, outcome.sql)
    tally.right += right
    tally.alike += close
    _show(show, "right" if right else "wrong", question, outcome.sql.replace("\n", " "))


def _show(wanted: str, kind: str, question: Question, text: str) -> None:
    if wanted == kind:
        gold = question.gold[0][:300] if question.gold else "(must be refused)"
        print(f"[{question.database} {question.language}] {question.text}\n    {text}\n    gold: {gold}")


def report(title: str, tallies: dict[str, Tally]) -> None:
    """One line per language and shape."""
    print(f"\n{title}")
    print(
        f"  {'':<24}{'questions':>10}{'answered':>10}{'right':>8}{'answered %':>12}{'right when answered %':>24}"
        f"{'repetitions aside %':>22}"
    )
    for name, tally in sorted(tallies.items()):
        if name.endswith("refused"):
            refused = tally.asked - tally.answered
            print(f"  {name:<24}{tally.asked:>10}   refused {refused} of {tally.asked}")
            continue
        share = 100 * tally.answered / tally.asked
        right, close = (
            f"{100 * n / tally.answered:.0f}" if tally.answered else "-" for n in (tally.right, tally.alike)
        )
        print(f"  {name:<24}{tally.asked:>10}{tally.answered:>10}{tally.right:>8}{share:>12.0f}{right:>24}{close:>22}")
    seconds = sorted(second for tally in tallies.values() for second in tally.seconds)
    if seconds:
        median, slow = (1000 * seconds[int(len(seconds) * share)] for share in (0.5, 0.99))
        print(f"  reading takes {median:.1f} ms (median), {slow:.1f} ms (p99)")


def main() -> int:
    """Print the figures; 0 also when the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent.parent / "shared" / "data")
    parser.add_argument("--half", choices=[*_HALVES, "both"], default="report")
    parser.add_argument("--show", choices=["wrong", "unread", "right"], default="")
    parser.add_argument("--only", default="", help="part of a database's name")
    options = parser.parse_args()
    folder = options.data / "text-to-sql"
    if not folder.is_dir():
        print(f"No test data in {options.data}: nothing measured. Give its place with --data.")
        return 0
    for name, load in (("spider", spider), ("defog", defog)):
        databases, questions = load(folder / name)
        for half in _HALVES if options.half == "both" else (options.half,):
            report(f"{name}, {half} half", measure(databases, questions, half, options.show, options.only))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
