"""Which products a question's words point at: BM25 over weighted fields, concept by concept. Without it search is grep.

A concept is one word of the question with its stems, its synonyms in both languages and, where nothing else is known,
its nearest spelling. It counts once, however many of its names a product uses. That is why this is not SQLite's FTS5:
there an OR of five synonyms counts five times, weights cannot be given per term, and what matched where is not told.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

from adapters.marketplace.synonyms import LONGEST, key, synonyms
from adapters.marketplace.words import STOPS, stems, telling, words_in

FIELDS: Final = {
    "name": 3.0,
    "synonyms": 3.0,
    "examples": 2.0,
    "description": 2.0,
    "domain": 1.5,
    "tables": 1.5,
    "columns": 1.0,
    "values": 0.5,
}
"""How much a word found in a field counts."""

_LENGTH: Final = 0.4  # how much a long field dilutes its words (b of BM25)
_SATURATION: Final = 1.2  # how soon more of the same word stops to count (k1)
_SYNONYM: Final = 0.7
_TYPO: Final = 0.7
_TYPO_CUTOFF: Final = 84.0
_TYPO_LETTERS: Final = 5


class Match(NamedTuple):
    """One document that matches: its place, its score, and (word asked, field it was found in)."""

    place: int
    score: float
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
class Ranking:
    """An index of documents, never changed after `build`."""

    size: int
    postings: Mapping[str, Mapping[int, _Posting]]
    spellings: tuple[str, ...] = field(repr=False)

    def search(self, text: str) -> tuple[list[Match], float]:
        """Documents that match, best first, and the best score there could have been (all words, in names)."""
        concepts = self._concepts(telling_phrases(text))
        scores: dict[int, float] = defaultdict(float)
        why: dict[int, list[tuple[str, str]]] = defaultdict(list)
        possible = 0.0
        for concept in concepts:
            found = self._found(concept)
            rarity = math.log(1 + (self.size - len(found) + 0.5) / (len(found) + 0.5))
            possible += rarity * (_SATURATION + 1)
            for place, posting in found.items():
                scores[place] += rarity * posting.weight * (_SATURATION + 1) / (posting.weight + _SATURATION)
                why[place].append((concept.asked, _best(posting.fields)))
        matches = [Match(place, score, tuple(why[place])) for place, score in scores.items()]
        return sorted(matches, key=lambda match: -match.score), possible

    def _found(self, concept: _Concept) -> dict[int, _Posting]:
        """Per document the strongest of the concept's names."""
        best: dict[int, _Posting] = {}
        for parts, factor in concept.variants:
            for place, posting in self._together(parts):
                weighted = _Posting(posting.weight * factor, posting.fields)
                if place not in best or best[place].weight < weighted.weight:
                    best[place] = weighted
        return best

    def _together(self, parts: tuple[str, ...]) -> Iterator[tuple[int, _Posting]]:
        """Documents that hold all parts in one field; a phrase weighs as its weakest word."""
        lists = [self.postings.get(part, {}) for part in parts]
        if len(lists) == 1:
            yield from lists[0].items()
            return
        for place in min(lists, key=len):
            found = [postings[place] for postings in lists if place in postings]
            shared = frozenset.intersection(*(posting.fields for posting in found))
            if len(found) == len(lists) and shared:
                yield place, _Posting(min(posting.weight for posting in found), shared)

    def _concepts(self, phrases: Sequence[tuple[str, ...]]) -> Iterator[_Concept]:
        for words in phrases:
            variants = dict.fromkeys(_stemmed(words), 1.0)
            for other in synonyms().get(key(list(words)), ()):
                for variant in _stemmed(other):
                    variants.setdefault(variant, _SYNONYM)
            known = {
                variant: factor for variant, factor in variants.items() if all(p in self.postings for p in variant)
            }
            if not known and len(words) == 1:
                known = dict.fromkeys(self._respelled(words[0]), _TYPO)
            yield _Concept(" ".join(words), tuple(known.items()))

    def _respelled(self, word: str) -> Iterator[tuple[str, ...]]:
        if len(word) < _TYPO_LETTERS:
            return
        near = process.extractOne(word, self.spellings, scorer=fuzz.ratio, score_cutoff=_TYPO_CUTOFF)
        if near is not None:
            yield from _stemmed((near[0],))


def _best(fields: frozenset[str]) -> str:
    return max(fields, key=FIELDS.__getitem__)


def _stemmed(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A term by English stems, by French stems."""
    pairs = [stems(word) for word in words if word not in STOPS or len(words) == 1]
    yield tuple(pair[0] for pair in pairs)
    if any(len(pair) > 1 for pair in pairs):
        yield tuple(pair[-1] for pair in pairs)


def telling_phrases(text: str) -> list[tuple[str, ...]]:
    """The terms asked for: phrases that have synonyms, then the single words that are left."""
    words = words_in(text)
    phrases: list[tuple[str, ...]] = []
    taken: set[str] = set()
    place = 0
    while place < len(words):
        length = next((n for n in range(LONGEST, 1, -1) if key(words[place : place + n]) in synonyms()), 1)
        if length > 1 and len(words) - place >= length:
            phrases.append(tuple(words[place : place + length]))
            taken.update(words[place : place + length])
        place += length
    return list(dict.fromkeys([*phrases, *((word,) for word in telling(words) if word not in taken)]))


def build(documents: Iterable[Mapping[str, Sequence[str]]]) -> Ranking:
    """Indexes documents given as the texts of each of FIELDS."""
    counted = [{name: _counted(texts) for name, texts in document.items()} for document in documents]
    lengths = {
        name: max(1.0, sum(sum(d[name].values()) for d in counted if name in d) / max(1, len(counted)))
        for name in FIELDS
    }
    spellings: dict[str, None] = {}
    weights: dict[str, dict[int, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for place, document in enumerate(counted):
        for name, words in document.items():
            dilution = 1 - _LENGTH + _LENGTH * sum(words.values()) / lengths[name]
            for word, count in words.items():
                if not word.isdigit():
                    spellings[word] = None
                for stem in stems(word):
                    own = weights[stem][place]
                    own[name] = own.get(name, 0.0) + FIELDS[name] * count / dilution
    postings = {
        stem: {place: _Posting(sum(by.values()), frozenset(by)) for place, by in places.items()}
        for stem, places in weights.items()
    }
    return Ranking(len(counted), postings, tuple(spellings))


def _counted(texts: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for text in texts:
        for word in words_in(text):
            counts[word] += 1
    return counts
