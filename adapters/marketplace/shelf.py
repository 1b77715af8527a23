"""One state of the marketplace, indexed and never changed. Without it each question would read all of it again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from urllib.parse import quote

from adapters.marketplace.listing import Listing, Problem, Snapshot
from adapters.marketplace.ranking import Match, Ranking, Texts, build
from adapters.marketplace.words import STOPS, folded, words_in
from agents.domain import DataProduct, Family, Hit, Lifecycle, Table, TableRef
from agents.ports import Narrowing

FLOOR: Final = 0.34
"""The share of the question (by how telling its words are) that a hit must hold, or else half or ENOUGH of its terms:
below all three "nothing fits" is the better answer."""
ENOUGH: Final = 4
TAIL: Final = 0.3
"""The share of the first hit's score that a further hit must reach."""

NEAREST: Final = 2
"""So many products are told of where nothing fits and the nearest are asked for."""

_PRIORS: Final = {
    Lifecycle.ACTIVE: 1.0,
    Lifecycle.UNKNOWN: 0.98,
    Lifecycle.PROPOSED: 0.95,
    Lifecycle.DRAFT: 0.95,
    Lifecycle.DEPRECATED: 0.6,
    Lifecycle.RETIRED: 0.4,
}
_DOWNSTREAM: Final = (Family.USE_CASE_ALIGNED, Family.AGGREGATED, Family.SOURCE_ALIGNED, Family.OTHER)
_VARIANT: Final = re.compile(r"([ _.-]?(v[0-9]+|derived|external|stable|live|legacy|old|deprecated|new))+$")
_WRITTEN: Final = re.compile(r"[^\W_]+")
_TIE: Final = 0.05
"""How much ownership, documentation and certification together may lift a product."""

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Products as of one moment. `names` are what products are called, as folded words."""

    listings: tuple[Listing, ...]
    problems: tuple[Problem, ...]
    as_of: datetime
    ranking: Ranking
    by_id: Mapping[str, DataProduct]
    by_table: Mapping[Key, tuple[DataProduct, ...]]
    names: Mapping[tuple[str, ...], tuple[DataProduct, ...]] = field(repr=False)

    def search(self, text: str, limit: int, narrowing: Narrowing) -> tuple[Hit, ...]:
        """Best match first, near-duplicates under the best of them; empty when nothing reaches the floor."""
        if not text.strip():
            return self._best(limit, narrowing)
        matches = self.ranking.search(text, 10 * limit + 50)
        ranked = sorted(
            ((match.score * _prior(self.listings[match.place]), match) for match in matches),
            key=lambda pair: (-pair[0], self.listings[pair[1].place].product.id),
        )
        fitting = [(score, match) for score, match in ranked if _fits(self.listings[match.place].product, narrowing)]
        kept = [pair for pair in fitting if _is_close(pair[1])]
        kept = [pair for pair in kept if pair[0] >= TAIL * kept[0][0]] or fitting[: NEAREST * narrowing.nearest]
        return tuple(_as_written(hit, text) for hit in self._collapsed(kept, limit))

    def _best(self, limit: int, narrowing: Narrowing) -> tuple[Hit, ...]:
        """Without words: the best documented and most certified products, those for a use first."""
        scored = [(_prior(one), Match(place, 0.0, 0, 0.0, ())) for place, one in enumerate(self.listings)]
        kept = [pair for pair in scored if _fits(self.listings[pair[1].place].product, narrowing)]
        kept.sort(key=lambda pair: (-pair[0], _standing(self.listings[pair[1].place].product)))
        return tuple(self._collapsed(kept, limit))

    def _collapsed(self, ranked: Sequence[tuple[float, Match]], limit: int) -> Iterator[Hit]:
        groups: dict[object, list[tuple[float, Match]]] = defaultdict(list)
        found = {self.listings[match.place].product.id for _, match in ranked}
        for score, match in ranked:
            product = self.listings[match.place].product
            groups[_kind(self.by_id[product.successor] if product.successor in found else product)].append(
                (score, match)
            )
        for alike in list(groups.values())[:limit]:
            best = max(alike, key=lambda pair: (self._is_current(pair[1]), pair[0]))
            others = (self.listings[match.place].product.id for _, match in alike if match is not best[1])
            yield Hit(self.listings[best[1].place].product, round(alike[0][0], 4), best[1].why, tuple(others))

    def _is_current(self, match: Match) -> bool:
        return self.listings[match.place].product.lifecycle not in (Lifecycle.DEPRECATED, Lifecycle.RETIRED)

    def named_in(self, text: str) -> tuple[DataProduct, ...]:
        """Products whose id or name stands in the text, longest name first; no word counts for two products."""
        words = words_in(text)
        longest = max(map(len, self.names), default=0)
        found: dict[str, DataProduct] = {}
        free = [True] * len(words)
        for length in range(min(longest, len(words)), 0, -1):
            for place in range(len(words) - length + 1):
                named = self.names.get(tuple(words[place : place + length]), ())
                if named and all(free[place : place + length]):
                    free[place : place + length] = [False] * length
                    found.update((p.id, p) for p in named if length > 1 or _written(p, words[place], text))
        return tuple(found.values())

    def publishing(self, table: TableRef) -> tuple[DataProduct, ...]:
        """The products that publish a table: active ones first, then the furthest downstream."""
        return self.by_table.get(table.key, ())


def _written(product: DataProduct, word: str, text: str) -> bool:
    """Whether a one-word name is meant as one: written as the product writes it, or a word of no other use."""
    return any(name in text and folded(name) == word for name in (product.id, product.name)) or not word.isalpha()


def _prior(listing: Listing) -> float:
    product = listing.product
    care = (
        0.5 * product.documentation / 100
        + 0.2 * bool(product.owner)
        + 0.2 * listing.certified
        + 0.1 * bool(product.space)
    )
    return _PRIORS[product.lifecycle] * (1 + _TIE * care)


def _is_close(match: Match) -> bool:
    return match.share >= FLOOR or len(match.why) >= min(ENOUGH, match.terms / 2)


def _as_written(hit: Hit, text: str) -> Hit:
    """The words found, as they stand in the question: "éolien" rather than "eolien"."""
    written = {folded(word): word for word in _WRITTEN.findall(text)}
    why = tuple((" ".join(written.get(word, word) for word in asked.split()), where) for asked, where in hit.why)
    return replace(hit, why=why)


def _fits(product: DataProduct, narrowing: Narrowing) -> bool:
    return (
        folded(narrowing.domain) in folded(product.domain)
        and narrowing.family in (None, product.family)
        and narrowing.lifecycle in (None, product.lifecycle)
        and folded(narrowing.owner) in folded(product.owner)
    )


def _kind(product: DataProduct) -> object:
    """What near-duplicates have in common: the name except for its version, and the columns."""
    columns = frozenset(column.name for table in product.tables for column in table.columns)
    base = _VARIANT.sub("", folded(product.name).strip())
    return (base, columns) if columns and base else product.id


def shelf_of(snapshot: Snapshot, product_url: str = "") -> Shelf:
    """Indexes a snapshot; `product_url` has {id} in it, or is empty."""
    listings = tuple(replace(listing, product=_linked(listing.product, product_url)) for listing in snapshot.listings)
    products = [listing.product for listing in listings]
    return Shelf(
        listings=listings,
        problems=snapshot.problems,
        as_of=snapshot.as_of,
        ranking=build([_document(listing) for listing in listings]),
        by_id={product.id: product for product in products},
        by_table=_by_table(products),
        names=_names(products),
    )


def _linked(product: DataProduct, template: str) -> DataProduct:
    return replace(product, url=template.replace("{id}", quote(product.id, safe=""))) if template else product


def _document(listing: Listing) -> tuple[Texts, list[Texts]]:
    product = listing.product
    named = [product.name] if folded(product.id) == folded(product.name) else [product.id, product.name]
    own = {
        "name": named,
        "synonyms": [word for _, word in product.synonyms],
        "tags": list(listing.keywords),
        "examples": list(product.examples),
        "description": [product.description],
        "domain": [product.domain, product.owner],
        "values": list(listing.values),
    }
    return own, [_part(table) for table in product.tables]


def _part(table: Table) -> Texts:
    columns = [(c.name, c.label, c.description, *(word for _, word in c.synonyms)) for c in table.columns]
    return {
        "tables": [table.ref.name, table.label, table.description],
        "columns": [text for c in columns for text in c],
    }


def _by_table(products: Sequence[DataProduct]) -> dict[Key, tuple[DataProduct, ...]]:
    found: dict[Key, list[DataProduct]] = defaultdict(list)
    for product in products:
        for table in product.tables:
            found[table.ref.key].append(product)
    return {key: tuple(sorted(publishers, key=_standing)) for key, publishers in found.items()}


def _standing(product: DataProduct) -> tuple[bool, float, int, str]:
    active = product.lifecycle is Lifecycle.ACTIVE
    return (not active, -_PRIORS[product.lifecycle], _DOWNSTREAM.index(product.family), product.id)


def _names(products: Sequence[DataProduct]) -> dict[tuple[str, ...], tuple[DataProduct, ...]]:
    """What each product is called, as folded words; names of nothing but stop words are none."""
    found: dict[tuple[str, ...], dict[str, DataProduct]] = defaultdict(dict)
    for product in products:
        for name in (product.id, product.name):
            words = tuple(words_in(name))
            if any(len(word) > 2 and word not in STOPS for word in words):
                found[words][product.id] = product
    return {words: tuple(named.values()) for words, named in found.items()}
