"""The words that shape questions, in both languages, ready to be looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from sandbox.brain import phrases_en, phrases_fr
from sandbox.brain.language import Language
from sandbox.brain.tokens import Token

Entry = tuple[str, str]
"""(kind, data): ("cmp", "> age")."""


@cache
def table(language: Language) -> dict[tuple[str, ...], Entry]:
    """Phrase (as plain words) -> what it does in a question."""
    text = phrases_fr.PHRASES if language == "fr" else phrases_en.PHRASES
    found: dict[tuple[str, ...], Entry] = {}
    for head, phrases in _entries(text):
        kind, _, data = head.partition(":")
        for phrase in phrases:
            for words in _endings(phrase):
                for said in _with_article(kind, words) if language == "fr" else (words,):
                    found.setdefault(said, (kind, data))
    return found


def _entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each head ("kind:data =") with the phrases of the indented lines under it."""
    for block in re.split(r"\n(?=\S)", text.strip()):
        head, *lines = block.splitlines()
        yield (
            head.removesuffix(" ="),
            [phrase.strip() for phrase in re.split(r"\s\|(?:\s|$)", " ".join(lines)) if phrase.strip()],
        )


def longest(tokens: Sequence[Token], at: int, language: Language) -> tuple[int, Entry] | None:
    """The longest phrase that begins here: (end, entry)."""
    known = table(language)
    for end in range(min(len(tokens), at + 7), at, -1):
        words = tuple(token.plain for token in tokens[at:end])
        if words in known and all(token.shape != "quote" for token in tokens[at:end]):
            return end, known[words]
    return None


def _with_article(kind: str, words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """As in "le plus grand" is a superlative; "plus grand" may be one too, but "plus de" alone is a comparison."""
    if kind != "super" or words[0] not in {"plus", "moins"}:
        return (words,)
    said = tuple((article, *words) for article in ("le", "la", "les"))
    return (
        said
        if words in {("plus", "de"), ("plus", "d"), ("plus",), ("moins", "de"), ("moins", "d"), ("moins",)}
        else (words, *said)
    )


def _endings(phrase: str) -> Iterator[tuple[str, ...]]:
    words = phrase.replace("'", " ").split()
    starred = [i for i, word in enumerate(words) if word.endswith("*")]
    for ending in ("", "e", "s", "es") if starred else ("",):
        yield tuple(word[:-1] + ending if i in starred else word for i, word in enumerate(words))


def is_known(word: str) -> bool:
    """A grammar word of either language."""
    return (word,) in table("fr") or (word,) in table("en")
