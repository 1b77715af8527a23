"""Fuzzes the SQL guard with random statements; Spark's own parser is the judge where it is installed apart.

    python -m benchmarks.fuzz_sql [--statements 5000] [--seed N] [--spark-python .spark/bin/python]

A bypass is a statement that the guard passes and that Spark reads as naming a table or function outside the list, or as
no query. Any exception but BadQuery is a fault too. Exits 1 on either, printing seed and statement.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from agents.domain import TableRef
from agents.errors import BadQuery
from agents.sql import check
from agents.sql.functions import ALLOWED as FUNCTIONS
from benchmarks.sql_generator import ALLOWED, FORBIDDEN, Generator

TABLE = TableRef(*ALLOWED.split("."))
OPERATORS = frozenset(("between", "and", "or", "not", "in", "when", "case", "rlike", "ilike", "like"))
"""What Spark's plan writes as functions although nobody called one."""
PLANTED = (
    f"SELECT a FROM {FORBIDDEN}",
    f"SELECT (SELECT max(a) FROM {FORBIDDEN}) FROM {ALLOWED}",
    f"SELECT 1 FROM {ALLOWED} WHERE EXISTS (SELECT 1 FROM `grid.sales.orders`)",
    f"SELECT secret('a', 'b') FROM {ALLOWED}",
    "SELECT * FROM range(9)",
    f"SELECT * FROM {ALLOWED} LATERAL VIEW reflect(a) v AS w",
    "SELECT * FROM IDENTIFIER('a.' || 'b')",
    f"INSERT INTO {ALLOWED} SELECT 1",
    f"DROP TABLE {ALLOWED}",
)
"""What the judge must object to, or it is none."""
HOW = """No independent judge: only faults are looked for, not bypasses. To have Spark's parser judge (456 MB, Java 17):
    python3 -m venv .spark && .spark/bin/pip install pyspark==4.3.0"""


class Judge:
    """Spark's parser in a Python of its own."""

    def __init__(self, python: Path) -> None:
        script = Path(__file__).with_name("spark_judge.py")
        self.process = subprocess.Popen(  # noqa: S603 (our own script, in the Python the caller named)
            [str(python), str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self._line().strip() != "ready":
            sys.exit("Spark did not start: is Java 17 installed?")
        if not all(map(_outside, map(self.read, PLANTED))) or _outside(self.read(f"SELECT sum(a) FROM {ALLOWED}")):
            sys.exit("The judge does not see what is planted for it: the text of Spark's plans has changed.")

    def _line(self) -> str:
        return self.process.stdout.readline() if self.process.stdout else ""

    def read(self, sql: str) -> dict[str, Any]:
        """What Spark makes of a statement."""
        if self.process.stdin:
            self.process.stdin.write(json.dumps({"sql": sql}) + "\n")
            self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._line())
        return answer


def main() -> None:
    """Runs and reports."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--spark-python", type=Path, default=Path(".spark/bin/python"))
    options = parser.parse_args()
    judge = Judge(options.spark_python) if options.spark_python.exists() else None
    if judge is None:
        print(HOW)
    print(f"seed {options.seed}, {options.statements} statements")
    sys.exit(1 if _run(Generator(options.seed), options.statements, judge) else 0)


def _run(generator: Generator, statements: int, judge: Judge | None) -> int:
    """Fuzzes; answers the number of faults and bypasses."""
    codes: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(statements):
        sql = generator.statement()
        start = time.thread_time()
        codes[_verdict(sql, judge)] += 1
        slowest = max(slowest, time.thread_time() - start)
    print(", ".join(f"{code} {count}" for code, count in codes.most_common()))
    print(f"slowest {slowest * 1000:.0f} ms of CPU; faults {codes['FAULT']}, bypasses {codes['BYPASS']}")
    return codes["FAULT"] + codes["BYPASS"]


def _verdict(sql: str, judge: Judge | None) -> str:
    try:
        check(sql, [TABLE])
    except BadQuery as refusal:
        return refusal.code
    except Exception as error:  # noqa: BLE001 (that is what is looked for)
        print(f"FAULT {type(error).__name__}: {sql!r}")
        return "FAULT"
    if judge is None:
        return "passed"
    found = judge.read(sql)
    outside = _outside(found)
    if outside:
        print(f"BYPASS {outside}: {sql!r}")
        return "BYPASS"
    return "passed, and by Spark" if found["parsed"] else "passed, unreadable to Spark"


def _outside(found: dict[str, Any]) -> str:
    """What Spark reads that the guard should have refused; empty when nothing, or when Spark cannot read it."""
    if not found["parsed"]:
        return ""
    ctes = {name.lower() for name in found["ctes"]}
    tables = [tuple(part.lower() for part in parts) for parts in found["relations"]]
    wrong = [".".join(parts) for parts in tables if parts != TABLE.key and not (len(parts) == 1 and parts[0] in ctes)]
    wrong += [name for name in found["functions"] if name not in FUNCTIONS | OPERATORS]
    return ", ".join(wrong) or ("names by text" if found["dynamic"] else "" if found["query"] else "not a query")


if __name__ == "__main__":
    main()
