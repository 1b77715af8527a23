"""Which columns, tables and values the words of a question can stand for in these tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from sandbox.brain import geography, glossary, verbs
from sandbox.brain.language import Language
from sandbox.brain.meanings import Meaning
from sandbox.brain.naming import (
    AUXILIARIES,
    GLUE,
    SMALL,
    Phrase,
    column_phrases,
    phrase,
    place_names,
    spoken,
    table_phrases,
    value_phrases,
)
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.stems import name_words, plain, stems
from sandbox.brain.tokens import Token

_LONGEST = 7  # content words in a phrase
_PARTLY = 0.9  # a name of which only a part is said
_CONJUNCTIONS = frozenset({"et", "ou", "and", "or"})


class Lexicon:
    """Phrases of the tables, looked up by their words, their stems, parts of values, and near spellings."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known: dict[str, dict[Meaning, float]] = defaultdict(dict)
        self._topics: dict[str, set[Meaning]] = defaultdict(set)
        self._parts: dict[str, list[Meaning]] = defaultdict(list)
        self._words: set[str] = set()
        for table in schema.tables.values():
            self._learn_all(Meaning("table", table.full_name), table_phrases(table), spoken(table.words))
            for word in name_words(table.schema):  # as in "grid incidents", the incidents of the schema grid
                self._topics[word].add(Meaning("table", table.full_name))
        for ref in schema.refs:
            meaning = Meaning("column", ref.table, ref.column)
            self._learn_all(meaning, column_phrases(schema, ref), spoken(schema.column(ref).words))
            for twin in schema.twins(ref):
                for words, weight in column_phrases(schema, twin).items():
                    self._learn(meaning, words, weight * 0.98)
            self._learn_values(ref)
        self._spellings = sorted(word for word in self._words if len(word) >= 5 and word.isalpha())

    def longest(self, tokens: Sequence[Token], at: int, language: Language) -> tuple[int, tuple[Meaning, ...]] | None:
        """The longest phrase that begins here: (end, what it can mean, best first)."""
        if tokens[at].plain in SMALL and tokens[at].shape != "quote":
            return None
        best: tuple[int, tuple[Meaning, ...]] | None = None
        words: list[str] = []
        parted = False
        for end in range(at, min(len(tokens), at + 2 * _LONGEST)):
            part = _part_of_name(tokens[end], first=end == at)
            if part == "end" or len(words) >= _LONGEST:
                break
            parted = parted or part == "auxiliary"
            if part == "word":
                words.extend(phrase(tokens[end].text) if tokens[end].shape == "quote" else [tokens[end].plain])
                if found := self._named(tuple(words), parted, language):
                    best = (end + 1, found)
        return best

    def _named(self, words: tuple[str, ...], parted: bool, language: Language) -> tuple[Meaning, ...]:
        found = self._look_up(words, language)
        return tuple(m for m in found if m.weight >= (0.93 if m.kind == "value" else 0.97)) if parted else found

    def topic(self, word: str) -> tuple[Meaning, ...]:
        """The tables and columns whose name or label has this word in it."""
        found: set[Meaning] = set()
        for form in (word, *stems(word), *verbs.concepts().get(word, ()), *glossary.same_things().get(word, ())):
            found |= self._topics.get(form, set())
        return tuple(sorted(found, key=lambda meaning: (meaning.table, meaning.column)))

    def figure(self, topics: Sequence[Sequence[Meaning]]) -> Meaning | None:
        """The one figure that has all these words in its name, or in that of the log whose only figure it is."""
        common = set.intersection(*({ref for m in topic for ref in self._told_by(m)} for topic in topics))
        ref = next(iter(common)) if len(common) == 1 else None
        return Meaning("column", ref.table, ref.column, weight=_PARTLY) if ref else None

    def _told_by(self, meaning: Meaning) -> Sequence[Ref]:
        if meaning.kind == "column":
            return [meaning.ref] if self._schema.is_measure(meaning.ref) else []
        figures = [ref for ref in self._schema.of(meaning.table) if self._schema.is_measure(ref)]
        return figures if len(figures) == 1 and not self._schema.key(meaning.table) else []

    def part(self, word: str) -> tuple[Meaning, ...]:
        """Values of several words that have this word in them."""
        if len(word) < 4:
            return ()
        return tuple(self._parts.get(word, ()))

    def respell(self, word: str) -> tuple[str, ...]:
        """Known words that this unknown one is probably a slip of: one edit, or two in long words."""
        if len(word) < 6 or not word.isalpha() or geography.is_place(word) or word in glossary.same_things():
            return ()
        edits = 2 if len(word) >= 9 else 1
        found = process.extract(word, self._spellings, scorer=OSA.distance, score_cutoff=edits, limit=4)
        found = [one for one in found if one[1] < 2 or one[0][0] == word[0]]  # who slips twice begins rightly
        best = min((distance for _, distance, _ in found), default=0)
        return tuple(sorted({spelling for spelling, distance, _ in found if distance == best}))

    def _look_up(self, words: tuple[str, ...], language: Language) -> tuple[Meaning, ...]:
        found: dict[Meaning, float] = {}
        for key in _keys(words, language):
            for meaning, weight in self._known.get(key, {}).items():
                found[meaning] = max(found.get(meaning, 0.0), weight if key.startswith("p") else weight * 0.99)
        return tuple(replace(m, weight=w) for m, w in sorted(found.items(), key=lambda pair: -pair[1]))

    def _learn_all(self, meaning: Meaning, phrases: dict[Phrase, float], languages: dict[Phrase, str]) -> None:
        for words, weight in phrases.items():
            self._learn(meaning, words, weight, languages.get(words, ""))
            if weight >= 1.0 and not set(words) & _CONJUNCTIONS:
                for word in words:
                    for form in (word, *stems(word)):
                        self._topics[form].add(meaning)

    def _learn(self, meaning: Meaning, words: Sequence[str], weight: float, language: str = "") -> None:
        content = tuple(word for word in words if word not in SMALL) or tuple(words)
        self._words.update(content)
        for key in _keys(content, language):
            known = self._known[key]
            known[meaning] = max(known.get(meaning, 0.0), weight)

    def _learn_values(self, ref: Ref) -> None:
        column = self._schema.column(ref)
        places = place_names(self._schema, ref)
        stated = [value for value, _ in column.values]
        weight = 1.0 if ref == self._schema.name(ref.table) else 0.93
        for value in dict.fromkeys((*self._schema.values[ref], *stated)):
            if not 0 < len(value) <= 60:
                continue
            meaning = Meaning("value", ref.table, ref.column, value)
            words = phrase(value)
            self._learn_value(meaning, words, weight)
            sky = filter(None, (geography.quarter_of_the_sky(plain(value)),))
            for other in (*value_phrases(column, value), *places.get(value, ()), *sky):
                self._learn(meaning, phrase(other), weight - 0.02)

    def _learn_value(self, meaning: Meaning, words: tuple[str, ...], weight: float) -> None:
        if not words:
            return
        self._learn(meaning, words, weight)
        if 1 < len(words) <= _LONGEST:
            for word in set(words):
                if len(word) >= 4 and not word.isdigit():
                    self._parts[word].append(meaning)


def _keys(words: Sequence[str], language: str = "") -> tuple[str, ...]:
    """The words as they are, and their stems in a language; in both when it is not known."""
    keys = [f"p {plain(' '.join(words))}"]
    if language != "fr":
        keys.append(f"e {' '.join(stems(word)[0] for word in words)}")
    if language != "en":
        keys.append(f"f {' '.join(stems(word)[1] for word in words)}")
    return tuple(keys)


def _part_of_name(token: Token, first: bool) -> Literal["word", "glue", "auxiliary", "end"]:
    """What a token can be inside a name: a word of it, something between its words, or its end."""
    if token.shape in {"mark", "sign"}:
        return "glue" if token.text in "-&./" and not first else "end"
    if token.shape == "quote":
        return "word"
    if token.plain in GLUE:
        return "glue"
    if first or (token.plain not in SMALL and token.plain not in AUXILIARIES):
        return "word"
    return "end" if token.plain in {"par", "by", "pour", "for"} else "auxiliary"
