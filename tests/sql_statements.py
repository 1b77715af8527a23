"""Statements with the verdict they must get, and the tables they are judged against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agents.domain import TableRef

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared" / "data" / "sql-guard" / "statements.jsonl"


def refs(*names: str) -> tuple[TableRef, ...]:
    """Tables by their dotted names."""
    return tuple(TableRef(*name.split(".")) for name in names)


ALLOWED = refs("grid.sales.orders", "grid.sales.customers", "grid.ops.plants", "grid.ops.output", "grid.sales.kpis")
SHARED_ALLOWED = refs(
    "prod.energy.load", "prod.energy.mv", "main.energy.green", "main.energy.metrics", "main.ref.countries"
)


@dataclass(frozen=True)
class Statement:
    """One statement; `code` is empty where any refusal will do, or none is expected."""

    name: str
    sql: str
    expect: str = ""
    code: str = ""

    def __str__(self) -> str:
        return self.name


def statements(path: Path) -> Iterator[Statement]:
    """The statements of a file, one JSON object a line; none when the file is not here."""
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    for line in filter(None, lines):
        found = json.loads(line)
        yield Statement(found["name"], found["sql"], found.get("expect", ""), found.get("code", ""))


HOSTILE = tuple(statements(HERE / "statements" / "hostile.jsonl"))
LEGITIMATE = tuple(statements(HERE / "statements" / "legitimate.jsonl"))
"""JSON lines in tests/statements: one statement each, written for this project."""
