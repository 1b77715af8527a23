"""The first reading of a question: every token becomes part of an item.

An item is a grammar word, a name in the tables, a value, a number or a period; what is none of these stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile

from sandbox.brain import numbers, phrases, units
from sandbox.brain.asking import asked_by_verb
from sandbox.brain.items import Item
from sandbox.brain.language import Language
from sandbox.brain.lexicon import Lexicon
from sandbox.brain.meanings import Meaning
from sandbox.brain.periods import PeriodReader
from sandbox.brain.stems import plain, stems
from sandbox.brain.tokens import Token

# These grammar words give way when the same words name something in the tables.
_SOFT = frozenset(
    {"fill", "past", "ask", "all", "only", "same", "instead", "share", "change", "compare", "null", "order", "ranking"}
)
_ARTICLES = frozenset({"the", "le", "la", "les", "l"})
_SYMBOLS = frozenset({"€", "%", "$", "k€", "m€", "M€", "°"})
_CALLED = 0.97  # a name in full
_NAMED = 0.85  # what it is called in the other language
_NEAR = 0.16  # a meaning this much weaker than the best is not considered


@dataclass(frozen=True, slots=True)
class Marked:
    """The items of a question, and the words that were taken for a slip of another: (asked, read as)."""

    items: tuple[Item, ...]
    respelled: tuple[tuple[str, str], ...] = ()


class Marker:
    """Marks one question."""

    def __init__(
        self,
        tokens: Sequence[Token],
        language: Language,
        today: date,
        lexicon: Lexicon,
        year: int | None = None,
    ) -> None:
        """`year` is the one that was spoken of before, if there is one."""
        self._language = language
        self._lexicon = lexicon
        self._tokens = [self._upright(token) if at else token for at, token in enumerate(tokens)]
        self._periods = PeriodReader(tokens, language, today, year)
        self._respelled: list[tuple[str, str]] = []

    def marked(self) -> Marked:
        """Every item in order; fill words are gone, but an article is remembered on what follows it."""
        items: list[Item] = []
        at, article = 0, False
        while at < len(self._tokens):
            item = self._item(at)
            at = item.end
            if item.kind != "fill":
                items.append(replace(item, article=article))
            article = self._tokens[at - 1].plain in _ARTICLES
        marked = asked_by_verb(self._amounted(self._rejoined(items)), self._lexicon)
        return Marked(tuple(marked), tuple(self._respelled))

    def _rejoined(self, items: list[Item]) -> tuple[Item, ...]:
        """As in "prix moyen du gaz": a name with the word that says how it is computed inside it."""
        found = list(items)
        for at in range(len(found) - 2, 0, -1):
            whole = self._around(found, at) if found[at].kind == "agg" else None
            if whole is not None:
                end, item = whole
                found[at - 1 : end] = [item, found[at]]
        return tuple(found)

    def _around(self, items: Sequence[Item], at: int) -> tuple[int, Item] | None:
        """The name that the items around this one make together, and where it ends."""
        first, last = items[at - 1], at + 1
        while last < len(items) - 1 and items[last].kind == "of":
            last += 1
        rest = items[last]
        if not first.meanings or first.end != items[at].start or not rest.meanings:
            return None
        tokens = (*self._tokens[first.start : first.end], *self._tokens[items[at].end : rest.end])
        found = self._lexicon.longest(tokens, 0, self._language)
        if found is None or found[0] != len(tokens) or max(one.weight for one in found[1]) < _CALLED:
            return None
        columns = tuple(one for one in found[1] if one.kind == "column" and one.weight >= _CALLED)
        text = " ".join(token.text for token in tokens)
        return (last + 1, replace(first, kind="column", text=text, meanings=columns)) if columns else None

    def _amounted(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """As in "the most green energy", "le plus d'énergie verte": words that only one figure has in its name."""
        found = list(items)
        for at in range(len(found) - 1, 0, -1):
            words = tuple(takewhile(lambda item: item.kind == "topic", found[at:]))
            follows = found[at + len(words)] if at + len(words) < len(found) else None
            apart = follows is None or not (follows.meanings or follows.kind == "unknown")
            ranked = found[at - 1].data == "desc many" and words and apart
            figure = self._lexicon.figure([item.meanings for item in words]) if ranked else None
            if figure is not None:
                text, end = " ".join(item.text for item in words), words[-1].end
                found[at : at + len(words)] = [replace(words[0], kind="column", text=text, end=end, meanings=(figure,))]
        return tuple(found)

    def _upright(self, token: Token) -> Token:
        """As in "la région Est", which is no verb where East is a region."""
        if token.text != "Est" or self._language != "fr":
            return token
        east = replace(token, plain="east")
        found = self._lexicon.longest([east], 0, self._language)
        return east if found and all(one.kind == "value" for one in found[1]) else token

    def _item(self, at: int) -> Item:
        token = self._tokens[at]
        if token.shape == "quote":
            return self._quoted(at)
        candidates = [
            found for found in (self._period(at), self._phrase(at), self._named(at), self._number(at)) if found
        ]
        if candidates:
            return self._best(candidates)
        return self._loose(at)

    def _best(self, candidates: list[Item]) -> Item:
        longest = max(item.end for item in candidates)
        best = [item for item in candidates if item.end == longest]
        named = next((item for item in best if item.meanings), None)
        if named is None or len(best) == 1:
            return best[0]
        first = best[0]
        if first.kind == "grain" and any(meaning.kind == "column" for meaning in named.meanings):
            columns = tuple(meaning for meaning in named.meanings if meaning.kind == "column")
            return replace(first, kind="grain_column", meanings=columns)
        soft = first.kind in _SOFT and named.meanings[0].weight >= 0.6
        return named if soft else first

    def _period(self, at: int) -> Item | None:
        found = self._periods.at(at)
        if found is None:
            return None
        end, period = found
        simple_year = period.amount and end == at + 1
        return self._made("year" if simple_year else "period", at, end, period)

    def _phrase(self, at: int) -> Item | None:
        found = phrases.longest(self._tokens, at, self._language)
        if found is None:
            return None
        end, (kind, data) = found
        return None if self._is_name(at, end, kind, data) else self._made(kind, at, end, data)

    def _is_name(self, at: int, end: int, kind: str, data: str) -> bool:
        """As in "commandes par pays" where commandes are a table, or "of the group" where groups are."""
        first, last = self._tokens[at], self._tokens[end - 1]
        if kind == "order" and end == at + 2 and first.plain.endswith("s") and first.text.lower() == first.plain:
            found = self._lexicon.longest([first], 0, self._language)
            return found is not None and any(one.kind == "table" and one.weight >= _NAMED for one in found[1])
        return data == "house" and self._lexicon.longest([last], 0, self._language) is not None

    def _named(self, at: int) -> Item | None:
        token = self._tokens[at]
        if token.shape in {"mark", "sign", "date"} or (token.shape == "number" and "." in token.text):
            return None
        found = self._lexicon.longest(self._tokens, at, self._language)
        if found and found[0] > at + 1 and all(meaning.kind == "table" for meaning in found[1]):
            found = self._without_rhythm(at, found)
        if found is None:
            return None
        end, meanings = found
        if token.shape == "number" and end == at + 1:
            return None
        meanings = tuple(
            meaning for meaning in meanings if meaning.kind != "value" or _is_spelt(meaning.value, token, end - at)
        )
        return self._with_thing(self._naming(at, end, meanings)) if meanings else None

    def _without_rhythm(
        self, at: int, found: tuple[int, tuple[Meaning, ...]]
    ) -> tuple[int, tuple[Meaning, ...]] | None:
        """As in "monthly generation": it may name a log, but it asks for months: the adjective is read alone."""
        first, last = self._is_rhythm(at), self._is_rhythm(found[0] - 1)
        if first == last:
            return found
        start, stop = (at + 1, found[0]) if first else (at, found[0] - 1)
        rest = self._lexicon.longest(self._tokens[:stop], start, self._language)
        if rest is None or not {meaning.table for meaning in rest[1]} & {meaning.table for meaning in found[1]}:
            return found
        return None if first else rest

    def _is_rhythm(self, at: int) -> bool:
        phrase = phrases.longest(self._tokens[: at + 1], at, self._language)
        return phrase is not None and phrase[1][0] == "each"

    def _with_thing(self, item: Item) -> Item:
        """As in "centrales nucléaires" names a value and, by its first word, the things that have it."""
        if item.kind != "value" or item.end - item.start < 2:
            return item
        found = self._lexicon.longest(self._tokens[: item.start + 1], item.start, self._language)
        things = tuple(m for m in found[1] if m.kind == "table" and m.weight >= 0.85) if found else ()
        return replace(item, data=things) if things else item

    def _naming(self, at: int, end: int, meanings: Sequence[Meaning]) -> Item:
        best = max(meaning.weight for meaning in meanings)
        near = [meaning for meaning in meanings if meaning.weight >= best - _NEAR]
        names = [meaning for meaning in near if meaning.kind != "value"]
        if not names or max(name.weight for name in names) < best - 0.05:
            values = tuple(meaning for meaning in near if meaning.kind == "value")
            if values:
                return self._made("value", at, end, None, values)
        kinds = {meaning.kind for meaning in names}
        kind = "noun" if len(kinds) > 1 else next(iter(kinds))
        return self._made(kind, at, end, None, tuple(names))

    def _number(self, at: int) -> Item | None:
        token = self._tokens[at]
        if token.shape == "word":
            value = numbers.spoken(token.plain)
            return None if value is None else self._made("number", at, at + 1, float(value))
        if token.shape != "number":
            return None
        end, value_ = at + 1, numbers.written(token.text)
        if end < len(self._tokens) and (scale := numbers.scale(self._tokens[end].plain)):
            following = self._tokens[end + 1].plain if end + 1 < len(self._tokens) else ""
            if self._tokens[end].plain not in {"m", "k"} or following not in {"w", "wh"}:
                value_, end = value_ * scale, end + 1
                while end < len(self._tokens) and self._tokens[end].plain in {"d", "de", "of"} and self._unit(end + 1):
                    end += 1
        return self._made("number", at, end, value_)

    def _unit(self, at: int) -> Item | None:
        if at >= len(self._tokens):
            return None
        for end in (at + 3, at + 1):
            text = "".join(token.text for token in self._tokens[at:end])
            if found := units.unit(text):
                return self._made("unit", at, min(end, len(self._tokens)), found)
        return None

    def _loose(self, at: int) -> Item:
        """A word that no phrase knows: a unit, part of a longer name or value, or a slip."""
        token = self._tokens[at]
        if found := self._unit(at):
            return found
        if topics := self._lexicon.topic(token.plain):
            return self._made("topic", at, at + 1, None, topics)
        if token.capital and (parts := self._lexicon.part(token.plain)):
            weight = 0.8 if len(parts) == 1 else 0.7
            return self._made("value", at, at + 1, "part", tuple(replace(part, weight=weight) for part in parts[:60]))
        if token.shape == "word" and (found := self._respelled_at(at)):
            return found
        return self._made("end" if token.shape == "mark" else "unknown", at, at + 1, None)

    def _respelled_at(self, at: int) -> Item | None:
        token = self._tokens[at]
        if phrases.is_known(token.plain):
            return None
        for spelling in self._lexicon.respell(token.plain)[:1]:
            kept = self._tokens[at]
            self._tokens[at] = replace(token, plain=spelling, text=spelling)
            item = self._named(at)
            if item is not None:
                self._respelled.append((token.text, spelling))
                return replace(item, text=token.text)
            self._tokens[at] = kept
        return None

    def _quoted(self, at: int) -> Item:
        token = self._tokens[at]
        found = self._lexicon.longest(self._tokens, at, self._language)
        if found and found[0] == at + 1:
            values = tuple(meaning for meaning in found[1] if meaning.kind == "value")
            if values:
                return self._made("value", at, at + 1, "quoted", values)
        return self._made("quote", at, at + 1, token.text)

    def _made(self, kind: str, at: int, end: int, data: object, meanings: tuple[Meaning, ...] = ()) -> Item:
        text = " ".join(token.text for token in self._tokens[at:end])
        plural = plain(self._tokens[end - 1].text).endswith(("s", "x"))
        return Item(kind, text, at, end, meanings, data, plural=plural)


def _is_spelt(value: str, token: Token, words: int) -> bool:
    """Codes such as US or AS only count when written as codes: "as" and "us" are other words."""
    if words > 1 or len(value) > 3 or not value.isupper():
        return True
    return token.text == value or value.lower() not in {token.plain, *stems(token.plain)}
