"""Which table is asked about, and which of several columns or values a word means there.

Each word costs something when it is only partly named or lies some keys away; the reading that costs least is taken,
and when two cost the same the asker is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.schema import Ref, Schema

Role = Literal["figure", "count", "head", "rows", "filter", "subject", "absent"]
_TOO_FAR = 40.0
_TIE = 0.25
_HOPS = {"count": 0.9, "head": 3.0}  # what is named first is what is asked about


@dataclass(frozen=True, slots=True)
class Pick:
    """A column (or table, when `ref` is None) that a word may mean, and the values it compares with."""

    table: str
    ref: Ref | None = None
    weight: float = 1.0
    values: tuple[str | float, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """A word to be settled, and the part that it plays."""

    item: Item
    role: Role
    picks: tuple[Pick, ...]


class Unclear(Exception):
    """Two readings are equally good: `item` may mean any of `picks`."""

    def __init__(self, item: Item, picks: Sequence[Pick]) -> None:
        super().__init__(item.text)
        self.item = item
        self.picks = tuple(picks)


class Unread(Exception):
    """Words that no reading accounts for."""

    def __init__(self, *texts: str) -> None:
        super().__init__(" ".join(texts))
        self.texts = texts


@dataclass(frozen=True, slots=True)
class Choice:
    """The table whose rows are asked about, and what each need means."""

    base: str
    picks: tuple[Pick, ...]
    cost: float


def choose(schema: Schema, joins: Joins, needs: Sequence[Need], fixed: str = "") -> Choice:
    """The cheapest reading (over the table `fixed`, if given); Unclear when there are two, Unread when none."""
    bases = (fixed,) if fixed else tuple(schema.tables)
    choices = sorted((_choice(base, joins, needs) for base in bases), key=lambda choice: choice.cost)
    if not choices or choices[0].cost >= _TOO_FAR:
        raise Unread(*(need.item.text for need in needs[:1]))
    best = choices[0]
    for other in choices[1:]:
        if other.cost - best.cost > _TIE:
            break
        _raise_if_different(needs, best, other)
    _raise_if_tied(joins, needs, best)
    return best


def _choice(base: str, joins: Joins, needs: Sequence[Need]) -> Choice:
    picks, total = [], 0.0
    for need in needs:
        cost, pick = min(((_cost(base, joins, need, pick), pick) for pick in need.picks), key=lambda pair: pair[0])
        picks.append(pick)
        total += cost
    if not any(pick.table == base for pick in picks):
        total += 0.3
    return Choice(base, tuple(picks), total)


def _cost(base: str, joins: Joins, need: Need, pick: Pick) -> float:
    doubt = (1 - pick.weight) * 4
    up = joins.up(base, pick.table)
    if need.role == "figure":
        return doubt if base == pick.table else doubt + _TOO_FAR
    if need.role == "absent":  # what a thing lacks is neither the thing nor what it belongs to
        down = joins.any(base, pick.table)
        return doubt + (_TOO_FAR if up is not None or down is None else 0.5 * down.length)
    if up is not None:
        return doubt + up.length * _HOPS.get(need.role, 1.0)
    any_ = joins.any(base, pick.table) if need.role in {"filter", "subject"} else None
    return doubt + (0.5 + 0.5 * any_.length if any_ else _TOO_FAR)


def _raise_if_different(needs: Sequence[Need], best: Choice, other: Choice) -> None:
    for need, mine, theirs in zip(needs, best.picks, other.picks, strict=True):
        if (mine.table, mine.ref, mine.values) != (theirs.table, theirs.ref, theirs.values):
            raise Unclear(need.item, (mine, theirs))


def _raise_if_tied(joins: Joins, needs: Sequence[Need], best: Choice) -> None:
    for need, pick in zip(needs, best.picks, strict=True):
        cost = _cost(best.base, joins, need, pick)
        tied = [p for p in need.picks if _cost(best.base, joins, need, p) <= cost + _TIE]
        if len({(p.table, p.ref, p.values) for p in tied}) > 1:
            raise Unclear(need.item, tied)
