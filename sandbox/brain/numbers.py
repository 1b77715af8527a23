"""Numbers as people write them: 1,000 and 1 000, 2.5 and 2,5, "five", "cinq", "10 k", "2 millions"."""

from __future__ import annotations

import re

_WORDS = {
    word: value
    for value, words in enumerate(
        ("zero", "one|un|une", "two|deux", "three|trois", "four|quatre", "five|cinq", "six", "seven|sept", "eight|huit",
         "nine|neuf", "ten|dix", "eleven|onze", "twelve|douze", "thirteen|treize", "fourteen|quatorze",
         "fifteen|quinze",
         "sixteen|seize")
    )
    for word in words.split("|")
} | {"twenty": 20, "vingt": 20, "thirty": 30, "trente": 30, "fifty": 50, "cinquante": 50, "hundred": 100, "cent": 100,
     "dozen": 12, "douzaine": 12}  # fmt: skip
_SCALES = {"k": 1e3, "thousand": 1e3, "mille": 1e3, "milliers": 1e3, "million": 1e6, "millions": 1e6, "m": 1e6,
           "billion": 1e9, "billions": 1e9, "milliard": 1e9, "milliards": 1e9, "bn": 1e9}  # fmt: skip
_THOUSANDS_COMMA = re.compile(r"^\d{1,3}(,\d{3})+(\.\d+)?$")
_SPACES = re.compile(r"[\s\u00a0\u202f]")


def written(text: str) -> float:
    """The value of a number token."""
    text = _SPACES.sub("", text)
    if _THOUSANDS_COMMA.match(text):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


def spoken(word: str) -> int | None:
    """The value of a number word; "un" and "une" are too often articles to count here."""
    value = _WORDS.get(word)
    return None if value is None or word in {"un", "une", "cent"} else value


def scale(word: str) -> float | None:
    """What a word after a number multiplies it by: 2 millions."""
    return _SCALES.get(word)


def literal(value: float) -> str:
    """A number as SQL and people read it: no needless decimals."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
