"""Words that mean the same, in two languages. Without it a question in French would not find what English describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from adapters.marketplace.words import stems, words_in

Phrase = tuple[str, ...]
"""The words of one term, each as its stem of first choice: "power plant" is ("power", "plant")."""

LONGEST = 4


def key(words: Sequence[str]) -> Phrase:
    """How a term is looked up."""
    return tuple(stems(word)[0] for word in words)


@lru_cache(maxsize=1)
def synonyms() -> Mapping[Phrase, tuple[tuple[str, ...], ...]]:
    """Every term's other terms, as folded words; a term of two concepts has the others of both."""
    text = Path(__file__).with_name("synonyms.txt").read_text(encoding="utf-8")
    table: dict[Phrase, dict[tuple[str, ...], None]] = {}
    for line in text.splitlines():
        terms = [words_in(term) for term in line.split(",")] if line and not line.startswith("#") else []
        for term in terms:
            for phrase in {key(term), tuple(stems(word)[-1] for word in term)}:
                table.setdefault(phrase, {}).update((other, None) for other in terms if other != term)
    return {phrase: tuple(others) for phrase, others in table.items()}
