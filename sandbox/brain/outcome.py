"""What comes of reading a question: understood, asked back, or not read."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.brain.language import Language
from sandbox.brain.query import Query


@dataclass(frozen=True, slots=True)
class Understood:
    """`sql` answers the question; `echo` says in words what was understood, `title` what the figures are.

    `query` is the structure that a follow-up changes; `suggestions` are complete questions that may follow.
    """

    sql: str
    echo: str
    language: Language
    title: str
    tables: tuple[str, ...]
    suggestions: tuple[str, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class AsksBack:
    """Two readings fit equally well; each option is a complete question that has only one."""

    text: str
    options: tuple[str, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class NotRead:
    """`words` could not be read as anything that these tables know; `text` says so in the asker's language."""

    text: str
    words: tuple[str, ...]
    language: Language
    suggestions: tuple[str, ...] = ()
