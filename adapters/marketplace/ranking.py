"""Which products a question's words point at: BM25 over weighted fields, concept by concept. Without it search is grep.

A concept is a word or phrase of the question with its stems, its synonyms in both languages and, where nothing else is
known, its nearest spelling. It counts once, however many of its names a product uses. A product scores with its own
texts and with those of its best table: words scattered over two hundred tables are no match. Neither can be said to
SQLite's FTS5 (an OR of five synonyms counts five times, no weight per term, no word of what matched where).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

from adapters.marketplace.synonyms import LONGEST, key, synonyms
from adapters.marketplace.words import STOPS, acronyms, stems, telling, words_in

FIELDS: Final = {
    "name": 3.0,
    "synonyms": 3.0,
    "examples": 2.0,
    "description": 2.0,
    "domain": 1.5,
    "tags": 1.5,
    "tables": 3.0,
    "columns": 1.0,
    "values": 0.5,
}
"""How much a word found in a field counts."""

_LENGTH: Final = 1.0  # how much a long text dilutes its words (b of BM25)
_SATURATION: Final = 2.5  # how soon more of the same word stops to count (k1)
_SYNONYM: Final = 0.6
_TYPO: Final = 0.7
_TYPO_CUTOFF: Final = 84.0
_TYPO_LETTERS: Final = 5


class Match(NamedTuple):
    """A document that matches: how many of the question's terms are found, and their share by how telling they are.

    `why`: (word asked, field it was found in).
    """

    place: int
    score: float
    terms: int
    share: float
    why: tuple[tuple[str, str], ...]


class _Posting(NamedTuple):
    weight: float
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Concept:
    """A word or phrase asked for, and all it may be called: (stems that must occur together, how much that counts)."""

    asked: str
    variants: tuple[tuple[tuple[str, ...], float], ...]


@dataclass(frozen=True, slots=True)
class _Level:
    """Texts of one kind: products, or tables. `size` is their number."""

    size: int
    postings: Mapping[str, Mapping[int, _Posting]]

    def found(self, concept: _Concept) -> dict[int, _Posting]:
        """Per text the strongest of the concept's names."""
        best: dict[int, _Posting] = {}
        for parts, factor in concept.variants:
            for place, posting in self._together(parts):
                weight = posting.weight * factor
                if place not in best or best[place].weight < weight:
                    best[place] = _Posting(weight, posting.fields)
        return best

    def _together(self, parts: tuple[str, ...]) -> Iterable[tuple[int, _Posting]]:
        """Texts that hold all parts in one field; a phrase weighs as its weakest word."""
        lists = [self.postings.get(part, {}) for part in parts]
        return lists[0].items() if len(lists) == 1 else _shared(lists)

    def rarity(self, found: int) -> float:
        """What a concept is worth that so many texts hold."""
        return math.log(1 + (self.size - found + 0.5) / (found + 0.5))


def _shared(lists: Sequence[Mapping[int, _Posting]]) -> Iterator[tuple[int, _Posting]]:
    for place in min(lists, key=len):
        found = [postings[place] for postings in lists if place in postings]
        fields = frozenset.intersection(*(posting.fields for posting in found))
        if len(found) == len(lists) and fields:
            yield place, _Posting(min(posting.weight for posting in found), fields)


@dataclass(frozen=True, slots=True)
class _Scored:
    """What the concepts found on one level: postings concept by concept, and each text's score."""

    found: tuple[dict[int, _Posting], ...]
    worth: tuple[float, ...]
    scores: dict[int, float]

    def fields(self, place: int | None) -> dict[int, tuple[float, str]]:
        """Per concept that a text holds: (weight, field)."""
        held = (
            (number, found[place]) for number, found in enumerate(self.found) if place is not None and place in found
        )
        return {number: (p.weight, max(p.fields, key=FIELDS.__getitem__)) for number, p in held}


def _scored(level: _Level, concepts: Sequence[_Concept]) -> _Scored:
    found = tuple(level.found(concept) for concept in concepts)
    worth = tuple(level.rarity(len(postings)) for postings in found)
    scores: dict[int, float] = defaultdict(float)
    for postings, rarity in zip(found, worth, strict=True):
        most = rarity * (_SATURATION + 1)
        for place, posting in postings.items():
            scores[place] += most * posting.weight / (posting.weight + _SATURATION)
    return _Scored(found, worth, scores)


@dataclass(frozen=True, slots=True)
class Ranking:
    """An index of documents and their parts, never changed after `build`. `owners` are the parts' documents."""

    documents: _Level
    parts: _Level
    owners: tuple[int, ...]
    spellings: Mapping[str, Sequence[str]] = field(repr=False)  # by first letter

    def search(self, text: str, limit: int = 100) -> list[Match]:
        """The documents that match best, best first."""
        concepts = list(self._concepts(telling_phrases(text)))
        own, parts = _scored(self.documents, concepts), _scored(self.parts, concepts)
        best: dict[int, int] = {}
        for part, score in parts.scores.items():
            place = self.owners[part]
            if place not in best or parts.scores[best[place]] < score:
                best[place] = part
        totals = dict(own.scores)
        for place, part in best.items():
            totals[place] = totals.get(place, 0.0) + parts.scores[part]
        worth = [max(pair) for pair in zip(own.worth, parts.worth, strict=True)]
        first = nlargest(limit, totals, key=lambda place: (totals[place], -place))
        return [
            _match(place, totals[place], [own.fields(place), parts.fields(best.get(place))], concepts, worth)
            for place in first
        ]

    def _concepts(self, phrases: Sequence[tuple[str, ...]]) -> Iterator[_Concept]:
        for words in phrases:
            variants = dict.fromkeys(_stemmed(words), 1.0)
            for other in synonyms().get(key(words), ()):
                for variant in _stemmed(other):
                    variants.setdefault(variant, _SYNONYM)
            known = {variant: factor for variant, factor in variants.items() if all(map(self._knows, variant))}
            if not known and len(words) == 1:
                known = dict.fromkeys(self._respelled(words[0]), _TYPO)
            asked = words[0] if words[0] == "".join(words[1:]) else " ".join(words)
            yield _Concept(asked, tuple(known.items()))

    def _knows(self, stem: str) -> bool:
        return stem in self.documents.postings or stem in self.parts.postings

    def _respelled(self, word: str) -> Iterator[tuple[str, ...]]:
        if len(word) < _TYPO_LETTERS:
            return
        alike = self.spellings.get(word[0], ())  # the first letter is seldom the wrong one
        near = process.extractOne(word, alike, scorer=fuzz.ratio, score_cutoff=_TYPO_CUTOFF)
        if near is not None:
            yield from _stemmed((near[0],))


def _match(
    place: int,
    score: float,
    held: Sequence[Mapping[int, tuple[float, str]]],
    concepts: Sequence[_Concept],
    worth: Sequence[float],
) -> Match:
    numbers = sorted(set().union(*held))
    why = tuple((concepts[n].asked, max(fields.get(n, (0.0, "")) for fields in held)[1]) for n in numbers)
    return Match(place, score, len(concepts), sum(worth[n] for n in numbers) / sum(worth), why)


def _stemmed(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A term by English stems, by French stems."""
    pairs = [stems(word) for word in words if word not in STOPS or len(words) == 1]
    yield tuple(pair[0] for pair in pairs)
    if any(len(pair) > 1 for pair in pairs):
        yield tuple(pair[-1] for pair in pairs)


def telling_phrases(text: str) -> list[tuple[str, ...]]:
    """The terms asked for: phrases that have synonyms, and every single word that may tell products apart."""
    words = words_in(text)
    phrases: list[tuple[str, ...]] = []
    place = 0
    while place < len(words):
        length = next((n for n in range(LONGEST, 1, -1) if key(words[place : place + n]) in synonyms()), 1)
        if 1 < length <= len(words) - place:
            phrases.append(words[place : place + length])
        place += length
    return list(dict.fromkeys([*phrases, *((word,) for word in telling(words, acronyms(text)))]))


Texts = Mapping[str, Sequence[str]]
"""The texts of each of FIELDS."""


def build(documents: Sequence[tuple[Texts, Sequence[Texts]]]) -> Ranking:
    """Indexes documents, each with its parts."""
    own = [_counted(texts) for texts, _ in documents]
    parts = [_counted(texts) for _, several in documents for texts in several]
    owners = tuple(place for place, (_, several) in enumerate(documents) for _ in several)
    spellings: dict[str, dict[str, None]] = defaultdict(dict)
    for word in (word for counts in (*own, *parts) for counted in counts.values() for word in counted):
        spellings[word[0]][word] = None
    return Ranking(_level(own), _level(parts), owners, {first: tuple(words) for first, words in spellings.items()})


def _counted(texts: Texts) -> dict[str, Counter[str]]:
    """How often each word stands in each field."""
    return {name: Counter(word for text in own for word in words_in(text)) for name, own in texts.items()}


def _stem_counts(words: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    return ((stem, count) for word, count in words.items() for stem in stems(word))


def _level(counted: Sequence[Mapping[str, Counter[str]]]) -> _Level:
    lengths = {name: sum(counts[name].total() for counts in counted if name in counts) for name in FIELDS}
    weights: dict[str, dict[int, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for place, counts in enumerate(counted):
        for name, words in counts.items():
            dilution = 1 - _LENGTH + _LENGTH * words.total() * len(counted) / max(1, lengths[name])
            for stem, count in _stem_counts(words):
                own = weights[stem][place]
                own[name] = own.get(name, 0.0) + FIELDS[name] * count / dilution
    postings = {
        stem: {place: _Posting(sum(by.values()), frozenset(by)) for place, by in places.items()}
        for stem, places in weights.items()
    }
    return _Level(len(counted), postings)
