"""What comes of reading a question: understood, asked back, or not read; and what the next one is read with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

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
class Open:
    """A question that was asked and not answered, which the next message may complete.

    `asked` is in full but for what was understood `before`, which it changes; `unread` are its words that stood in the
    way, `options` the questions that were offered in its stead.
    """

    asked: str
    before: Understood | None = None
    unread: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AsksBack:
    """Two readings of `word` fit equally well; each option is a complete question that has only one."""

    text: str
    options: tuple[str, ...]
    language: Language
    word: str = ""
    left: Open | None = None


@dataclass(frozen=True, slots=True)
class NotRead:
    """`words` could not be read as anything that these tables know; `text` says so in the asker's language."""

    text: str
    words: tuple[str, ...]
    language: Language
    suggestions: tuple[str, ...] = ()
    left: Open | None = None  # None: nothing but a change was not read, and what was asked before it stands


Outcome: TypeAlias = Understood | AsksBack | NotRead
Before: TypeAlias = Understood | Open | None
"""What a message is read with: the last question of its conversation, understood or left open."""
