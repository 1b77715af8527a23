"""What a message is read with: the question before it, understood or left open.

Without it a word that follows a question that was not answered would change an older one, and its filters be lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from sandbox.brain import phrases, wording
from sandbox.brain.outcome import AsksBack, Before, NotRead, Open, Outcome, Understood
from sandbox.brain.tokens import Token, spell_out, tokenize

_REMARK = re.compile(r"(?P<words>[^()]*[^()\s])\s*\((?P<remark>[^()]+)\)\s*")
_CHANGING = frozenset({"and", "same", "only", "instead"})
_NAMING = frozenset({"per", "in", "of", "not", "without", "with", "top", "order"})
_ASKING = frozenset({"ask", "count"})
_STATED = ({"period", "year", "period_pair"}, {"value"})
_NAMES = frozenset({"column", "table", "noun"})  # such words may stand in the place of one that was not read
_SHORT = 2  # words: so few are no question of their own


class Reader(Protocol):
    """What reads one message: `sandbox.brain.Brain`."""

    def read_after(self, words: str, before: Understood | None) -> Outcome:
        """The message by itself, or as a change of what was understood before."""

    def says(self, words: str) -> frozenset[str]:
        """The kinds of what is said."""


def read(reader: Reader, words: str, before: Before) -> Outcome:
    """The message in its conversation; what is not answered says what it leaves open."""
    if isinstance(before, Understood) and (remark := _REMARK.fullmatch(words)):
        return _remarked(reader, words, remark, before)
    if not isinstance(before, Open):
        return _left(reader.read_after(words, before), words, before)
    if words == before.asked or words in before.options:
        return _left(reader.read_after(words, before.before), words, before.before)
    if _asks(words):
        return _left(reader.read_after(words, None), words, None)
    return _completed(reader, words, before)


def _remarked(reader: Reader, words: str, remark: re.Match[str], before: Understood) -> Outcome:
    """A change with a remark behind it, "by month (country = France)": the remark comes first, so the change wins."""
    noted = reader.read_after(remark["remark"], before)
    changed = reader.read_after(remark["words"], noted) if isinstance(noted, Understood) else noted
    return changed if isinstance(changed, Understood) else _left(reader.read_after(words, before), words, before)


def unanswered(words: str, before: Before) -> Open:
    """What a message leaves open that was read or not, but never answered."""
    if not isinstance(before, Open):
        return Open(words, before)
    return before if words == before.asked else Open(_joined(before, words), before.before)


def _left(outcome: Outcome, words: str, before: Understood | None) -> Outcome:
    """A change that was not read leaves what it would have changed; talk about SQL asks nothing of the data."""
    if isinstance(outcome, Understood) or any(token.plain == "sql" for token in tokenize(words)):
        return outcome
    if isinstance(outcome, AsksBack):
        return replace(outcome, left=Open(words, before, (outcome.word,), outcome.options))
    if before is not None and is_change(words):
        return outcome
    return replace(outcome, left=Open(words, before, outcome.words))


def _completed(reader: Reader, words: str, before: Open) -> Outcome:
    """The open question with these words more, or in the place of those that stood in the way; else a new question."""
    first = reader.read_after(before.asked, before.before)
    if isinstance(first, Understood):  # only its statement failed
        return read(reader, words, first)
    if isinstance(whole := _whole(reader, words, before), Understood):
        return whole
    if _begins_as_change(words):
        return _still(whole or first, before)
    alone = reader.read_after(words, None)
    if isinstance(alone, Understood) and _loses(reader, words, before):
        return _still(whole or first, before)
    return _left(alone, words, None)


def _whole(reader: Reader, words: str, before: Open) -> Outcome | None:
    """Both together, unless both say when, or of which: then one of them would have to go."""
    stated, added = reader.says(before.asked), reader.says(words)
    if any(stated & kinds and added & kinds for kinds in _STATED):
        return None
    texts = (
        _joined(before, words),
        *(_mended(before, words) if added & _NAMES and not _begins_as_change(words) else ()),
    )
    outcomes = [reader.read_after(text, before.before) for text in texts]
    return next((one for one in outcomes if isinstance(one, Understood)), outcomes[0])


def _still(outcome: Outcome, before: Open) -> Outcome:
    """Not answered either: what was open stays so, and is told apart from what was said now."""
    if isinstance(outcome, NotRead) and before.unread and set(outcome.words) <= set(before.unread):
        return replace(wording.still_not_read(outcome), left=before)
    return replace(outcome, left=before) if isinstance(outcome, AsksBack | NotRead) else outcome


def _joined(before: Open, words: str) -> str:
    return f"{before.asked.rstrip(' ?!.')}, {words}"


def _mended(before: Open, words: str) -> tuple[str, ...]:
    """The open question with its one unread word replaced by these."""
    if len(before.unread) != 1 or before.asked.count(before.unread[0]) != 1:
        return ()
    return (before.asked.replace(before.unread[0], words.strip(" ?!.")),)


def _loses(reader: Reader, words: str, before: Open) -> bool:
    """True when the open question said when, or of which, and these words do not."""
    stated, again = reader.says(before.asked), reader.says(words)
    return any(stated & kinds and not again & kinds for kinds in _STATED)


# ── what a message sounds like ────────────────────────────────────────────────────────────────────────────────────────


def is_change(words: str) -> bool:
    """Rather a change of a question ("by month", "and in Spain?", "GWh") than a question of its own."""
    short = sum(token.shape in {"word", "number"} for token in tokenize(words)) <= _SHORT
    return _begins_as_change(words) or (short and not _asks(words))


def _begins_as_change(words: str) -> bool:
    first = _first(tokenize(spell_out(words.strip())))
    return bool(first & _CHANGING) or (bool(first & _NAMING) and not _asks(words))


def _asks(words: str) -> bool:
    """A question in so many words: "how many …", "show …", unless it begins as a change does."""
    tokens = tokenize(spell_out(words.strip()))
    if _first(tokens) & _CHANGING:
        return False
    return any(_kinds(tokens, at) & _ASKING for at in range(len(tokens)))


def _first(tokens: Sequence[Token]) -> frozenset[str]:
    return _kinds(tokens, 0) if tokens else frozenset()


def _kinds(tokens: Sequence[Token], at: int) -> frozenset[str]:
    found = (phrases.longest(tokens, at, "fr"), phrases.longest(tokens, at, "en"))
    return frozenset(entry[1][0] for entry in found if entry)
