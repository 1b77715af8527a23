"""A question cut into words, numbers, dates, quoted texts and signs, with where each stood in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sandbox.brain.stems import plain

_PATTERN = re.compile(
    r"""
    (?P<quote>"[^"]{1,80}"|«[^»]{1,80}»|“[^”]{1,80}”|`[^`]{1,80}`|(?<!\w)'[^']{1,80}'(?!\w)|(?<!\w)‘[^’]{1,80}’(?!\w))
  | (?P<date>\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}/\d{2}/\d{2}|\d{4}-(?:0[1-9]|1[0-2])(?!\d|-\d)
            |(?:0?[1-9]|1[0-2])/\d{4}|\d{4}-[QqTt][1-4])
  |
  (?P<number>\d{1,3}(?:[\u0020\u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)?)
  | (?P<sign><=|>=|!=|<>|≤|≥|≠|[<>=])
  | (?P<word>aujourd['’]hui|[^\W\d_]['’](?=[^\W\d_]{2})|[Qq]u['’]|[Jj]usqu['’]|[Ll]orsqu['’]|['’]s\b
            |(?:°|k€|m€|M€|€|%|\$|£)|[^\W\d_]+\d{0,3}(?:²|³)?)
  | (?P<mark>[,;:?!.()&+/-])
    """,
    re.VERBOSE,
)
_CONTRACTIONS = {"don't": "do not", "doesn't": "does not", "didn't": "did not", "isn't": "is not", "aren't": "are not",
                 "wasn't": "was not", "weren't": "were not", "haven't": "have not", "hasn't": "has not",
                 "won't": "will not", "what's": "what is", "who's": "who is", "that's": "that is"}  # fmt: skip
_SHARED_NOUN = re.compile(r"\bfirst (?:and|,) last names?\b", re.IGNORECASE)
_SHORT = re.compile(r"\bconso\b", re.IGNORECASE)
_CONTRACTED = re.compile("|".join(re.escape(word) for word in _CONTRACTIONS), re.IGNORECASE)

Shape = Literal["quote", "date", "number", "sign", "word", "mark"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the question. `plain` is its text without accents and case; quotes are stripped of their marks."""

    text: str
    plain: str
    shape: Shape
    start: int
    end: int

    @property
    def capital(self) -> bool:
        """Written with a capital letter."""
        return self.text[:1].isupper()


def tokenize(text: str) -> tuple[Token, ...]:
    """Every piece in order; white space and unknown signs are left out."""
    return tuple(_token(match) for match in _PATTERN.finditer(text))


def spell_out(text: str) -> str:
    """Contractions and what is said for short written in full, typographic apostrophes made plain."""
    text = _SHARED_NOUN.sub(r"first name and last name", text.replace("’", "'"))
    text = _SHORT.sub("consommation", text)
    return _CONTRACTED.sub(lambda match: _CONTRACTIONS[match.group().lower()], text)


def _token(match: re.Match[str]) -> Token:
    shape = match.lastgroup or "mark"
    text = match.group()
    if shape == "quote":
        text = text[1:-1].strip()
    return Token(text, plain(text).strip("'"), shape, match.start(), match.end())  # type: ignore[arg-type]
