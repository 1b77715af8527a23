"""Prints how well and how fast the marketplace is searched, over questions with known answers.

    python -m benchmarks.search [--data ../shared/data]

marketplace-433: ODPS and ODCS files with hand-written questions; a hit is one of the accepted products.
spider2lite: each of 162 databases is a product of its tables; a hit is the database that is asked about. Asked in
English and in French; the metadata searched is English.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from adapters.marketplace.files import FilesBackend
from adapters.marketplace.listing import Listing, Snapshot
from adapters.marketplace.shelf import Shelf, shelf_of
from agents.domain import Column, DataProduct, Table, TableRef
from agents.ports import Narrowing


class Asked(NamedTuple):
    """A question and the ids that answer it."""

    text: str
    accept: frozenset[str]


def main() -> None:
    """Runs both sets where their data is found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data: Path = parser.parse_args().data
    _files(data / "marketplace-433")
    _databases(data / "discovery" / "spider2lite")


def _files(folder: Path) -> None:
    if not folder.is_dir():
        print(f"skipped: {folder} is not here")
        return
    start = time.process_time()
    snapshot = asyncio.run(FilesBackend(folder).fetch(""))
    read = time.process_time()
    assert snapshot is not None
    shelf = shelf_of(snapshot)
    print(f"marketplace-433: {len(shelf.listings)} products read in {read - start:.2f} s, "
          f"indexed in {time.process_time() - read:.2f} s of CPU")  # fmt: skip
    lines = (folder / "retrieval-questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [Asked(line["question"], frozenset(line["accept"])) for line in map(json.loads, lines)]
    _report("marketplace-433", shelf, asked)


def _databases(folder: Path) -> None:
    if not folder.is_dir():
        print(f"skipped: {folder} is not here")
        return
    with gzip.open(folder / "tables.jsonl.gz", "rt", encoding="utf-8") as lines:
        tables = [json.loads(line) for line in lines]
    by_database: dict[str, list[dict[str, list[str]]]] = defaultdict(list)
    for table in tables:
        by_database[table["db"]].append(table)
    shelf = shelf_of(Snapshot(tuple(map(_listing, by_database.items())), (), "", datetime.now(UTC)))
    questions = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    for language in ("en", "fr"):
        asked = [Asked(q[f"question_{language}"], frozenset([q["db"]])) for q in questions if q[f"question_{language}"]]
        _report(f"spider2lite {language}", shelf, asked)


def _listing(database: tuple[str, Sequence[dict[str, list[str]]]]) -> Listing:
    name, tables = database
    return Listing(DataProduct(id=name, name=name, tables=tuple(_table(name, table) for table in tables)))


def _table(database: str, table: dict[str, list[str]]) -> Table:
    described = zip(table["columns"], table["types"], table["desc_en"] or [""] * len(table["columns"]), strict=False)
    columns = tuple(Column(name, kind or "", text or "") for name, kind, text in described)
    return Table(TableRef(database, "public", str(table["name"])), columns)


def _report(title: str, shelf: Shelf, asked: Iterable[Asked]) -> None:
    ranks, times = [], []
    for question in asked:
        start = time.thread_time()
        hits = shelf.search(question.text, 10, Narrowing())
        times.append((time.thread_time() - start) * 1000)
        found = [{hit.product.id, *hit.near_duplicates} for hit in hits]
        ranks.append(next((i for i, ids in enumerate(found, 1) if ids & question.accept), 0))
    times.sort()
    print(
        f"{title}: {len(ranks)} questions, hit@1 {_share(ranks, 1)}, hit@3 {_share(ranks, 3)}, "
        f"MRR {statistics.mean(1 / rank if rank else 0 for rank in ranks):.2f}, "
        f"p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * 0.99) - 1]:.1f} ms of CPU"
    )


def _share(ranks: Sequence[int], top: int) -> str:
    hits = sum(0 < rank <= top for rank in ranks)
    return f"{hits} ({100 * hits / len(ranks):.0f} %)"


if __name__ == "__main__":
    main()
