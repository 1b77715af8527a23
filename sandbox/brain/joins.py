"""How tables are joined: along declared keys only, and never so that rows are counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sandbox.brain.schema import Link, Schema


@dataclass(frozen=True, slots=True)
class Path:
    """Keys to follow. `down`: from a thing to the records that point at it; then `up`: from record to thing."""

    down: tuple[Link, ...] = ()
    up: tuple[Link, ...] = ()

    @property
    def length(self) -> int:
        """How many keys are followed."""
        return len(self.down) + len(self.up)


class Joins:
    """Paths between the tables of one schema; where two are equally short there is none, since either may be meant."""

    def __init__(self, schema: Schema) -> None:
        self._links = schema.links
        self._tables = tuple(schema.tables)
        self.up = lru_cache(maxsize=None)(self._up)
        self.any = lru_cache(maxsize=None)(self._any)

    def _up(self, base: str, table: str) -> Path | None:
        """The way from a record to the one thing it refers to: rows stay as they are."""
        if base == table:
            return Path()
        return _only(list(self._climb(base, table, ())))

    def _any(self, base: str, table: str) -> Path | None:
        """Any way: up, or down to the records of a thing and up from there."""
        if (found := self.up(base, table)) is not None:
            return found
        found_paths = [
            Path((*down, link), path.up)
            for down, place in self._descents(base)
            for link in self._links
            if link.parent == place and (path := self.up(link.child, table)) is not None
        ]
        return _only(found_paths)

    def _descents(self, base: str) -> Iterator[tuple[tuple[Link, ...], str]]:
        yield (), base
        for link in self._links:
            if link.parent == base and link.child != base:
                yield (link,), link.child

    def _climb(self, base: str, table: str, so_far: tuple[Link, ...]) -> Iterator[Path]:
        if len(so_far) >= 4:
            return
        for link in self._links:
            if link.child != base or link in so_far:
                continue
            path = (*so_far, link)
            if link.parent == table:
                yield Path(up=path)
            else:
                yield from self._climb(link.parent, table, path)


def _only(paths: list[Path]) -> Path | None:
    if not paths:
        return None
    shortest = min(path.length for path in paths)
    best = [path for path in paths if path.length == shortest]
    return best[0] if len(best) == 1 else None
