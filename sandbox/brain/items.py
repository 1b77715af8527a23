"""The grammar's machinery: a question as a row of items of some kind, and rules that replace what matches a pattern.

A pattern is written with the names of kinds ("column be? amount", "per label:column (sep more:column)*") and runs as a
regular expression over one sign per item. Without it each rule would be a loop with its own index arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sandbox.brain.meanings import Meaning

# Kinds that can play several parts: "pays" is a table and a column, "mois" a grain and a column, "2024" also a number.
ROLES = {
    "noun": ("column", "table"),
    "grain_column": ("grain", "column"),
    "year": ("period", "number"),
    "source": ("in", "source"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of the question that was read as `kind`; `words` are its tokens' places, `data` belongs to the kind."""

    kind: str
    text: str
    start: int
    end: int
    meanings: tuple[Meaning, ...] = ()
    data: object = None
    article: bool = False  # "the", "les" stood before it
    plural: bool = False
    owner: frozenset[str] = frozenset()  # the tables that a column was said of: "the names of singers"

    def become(self, kind: str, data: object, meanings: tuple[Meaning, ...] = ()) -> Item:
        """The same place in the question, read as something else."""
        return replace(self, kind=kind, data=data, meanings=meanings)


@dataclass(frozen=True, slots=True)
class Found:
    """What a pattern matched: its items, and those under each label."""

    items: tuple[Item, ...]
    labels: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    before: Item | None = None
    after: Item | None = None

    def one(self, label: str) -> Item:
        """The first item under a label."""
        return self.labels[label][0]

    def get(self, label: str) -> Item | None:
        """The first item under a label that may be absent."""
        return next(iter(self.labels.get(label, ())), None)

    def all(self, label: str) -> tuple[Item, ...]:
        """Every item under a label."""
        return self.labels.get(label, ())

    def merged(self, kind: str, data: object, meanings: tuple[Meaning, ...] = ()) -> Item:
        """One item in place of all that matched."""
        first, last = self.items[0], self.items[-1]
        text = " ".join(item.text for item in self.items)
        article, plural = first.article, any(item.plural for item in self.items)
        return Item(kind, text, first.start, last.end, meanings, data, article, plural)


Reading = Item | Sequence[Item] | None
"""What a rule makes of a match: other items, or None to leave it alone."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Items that match `pattern` are read by `read`."""

    pattern: str
    read: Callable[[Found], Reading]


def apply(rules: Sequence[Rule], items: Sequence[Item]) -> tuple[Item, ...]:
    """Each rule in turn, from left to right, as often as it finds something."""
    current = tuple(items)
    signs = _signs(current)
    for rule in rules:
        current, signs = _apply(rule, current, signs)
    return current


def _apply(rule: Rule, items: tuple[Item, ...], signs: str) -> tuple[tuple[Item, ...], str]:
    pattern, at = _compiled(rule.pattern), 0
    while match := pattern.search(signs, at):
        reading = rule.read(_found(match, items))
        if reading is None or match.start() == match.end():
            at = match.start() + 1
            continue
        new = (reading,) if isinstance(reading, Item) else tuple(reading)
        items = items[: match.start()] + new + items[match.end() :]
        signs, at = _signs(items), match.start() + len(new)
    return items, signs


def _found(match: re.Match[str], items: tuple[Item, ...]) -> Found:
    start, end = match.span()
    signs: dict[str, list[Item]] = {}
    for name, index in match.re.groupindex.items():
        if match.group(index) is not None:
            signs.setdefault(name.rstrip("_"), []).extend(items[slice(*match.span(index))])
    before = items[start - 1] if start else None
    after = items[end] if end < len(items) else None
    return Found(items[start:end], {name: tuple(found) for name, found in signs.items()}, before, after)


_SIGNS: dict[str, str] = {}


def _sign(kind: str) -> str:
    return _SIGNS.setdefault(kind, chr(0xE000 + len(_SIGNS)))


def _signs(items: Sequence[Item]) -> str:
    return "".join(_sign(item.kind) for item in items)


def _class(kinds: str) -> str:
    names = set(kinds.split("|"))
    names |= {kind for kind, roles in ROLES.items() if names & set(roles)}
    return "[" + "".join(sorted(_sign(name) for name in names)) + "]"


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Labels cover what follows them up to the next blank; parentheses group and may be repeated."""
    parts = [_part(part) for part in pattern.split()]
    return re.compile("".join(parts))


_PART = re.compile(
    r"^(?P<open>\(*)(?:(?P<label>[a-z]+_*):)?(?P<kinds>[a-z_|]+)(?P<times>[?*+]?)(?P<close>(?:\)[?*+]?)*)$"
)


def _part(part: str) -> str:
    if part in {"^", "$", "|"}:
        return part
    match = _PART.match(part)
    if match is None:
        raise ValueError(part)
    body = _class(match["kinds"]) + match["times"]
    if match["label"]:
        body = f"(?P<{match['label']}>{body})"
    return match["open"].replace("(", "(?:") + body + match["close"]
