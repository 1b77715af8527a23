"""How well found products fit the words asked: shared by choosing one, asking back, and saying that nothing fits."""

from __future__ import annotations

from collections.abc import Sequence

from agents.domain import DataProduct, Hit, Lifecycle
from agents.language import content_of, fold

CLOSE = 0.9  # of the best score: that near, the order of two products says nothing
ALIKE = 0.8  # of the best score: near enough when the very same words were found, and no more than these
FEW = 2  # words: "the average price" names no product, "customers per segment in Belgium" does
WORTH = 0.5  # of the best score: worth asking when the best product turns out not to hold the answer
NEAR = 0.4  # of the best score: worth showing beside the best
HALF = 0.5  # of the words asked: with fewer found, a product is a guess

_GONE = (Lifecycle.DEPRECATED, Lifecycle.RETIRED)


def contenders(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The best hit and those so close to it that the order says nothing, when they would answer differently."""
    if not hits:
        return ()
    return (hits[0], *(hit for hit in hits[1:] if _is_close(hits[0], hit) and _differ(hits[0], hit)))


def _is_close(best: Hit, hit: Hit) -> bool:
    if hit.score >= CLOSE * best.score:
        return len(_matched(hit)) >= len(_matched(best))
    same = _matched(hit) == _matched(best) and len(_matched(best)) <= FEW
    return same and hit.score >= ALIKE * best.score


def verifying(hits: Sequence[Hit], words: str) -> tuple[Hit, ...]:
    """The best hit whose owner has verified this very question: it is that product's to answer."""
    asked = set(content_of(words))
    owners = (hit for hit in hits if any(set(content_of(example)) == asked for example in hit.product.examples))
    return tuple(owners)[:1] if asked else ()


def next_best(hits: Sequence[Hit]) -> tuple[DataProduct, ...]:
    """The one other product worth asking when the best one turns out not to hold the answer."""
    others = (hit for hit in hits[1:] if hit.score >= WORTH * hits[0].score and _differ(hits[0], hit))
    return tuple(hit.product for hit in others if not is_gone(hit.product))[:1]


def worth_showing(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits that are not far behind the best one."""
    return tuple(hit for hit in hits if hit.score >= NEAR * hits[0].score)


def is_guess(hits: Sequence[Hit], words: str) -> bool:
    """True when less than half of the words asked were found in the best product."""
    asked = set(content_of(words))
    return bool(asked) and (not hits or len(_matched(hits[0])) < HALF * len(asked))


def points_elsewhere(hits: Sequence[Hit], focus: DataProduct) -> bool:
    """True when a follow-up's words fit another product by name or in two words, and the one talked about in none."""
    if not hits or hits[0].product.id == focus.id or not _is_meant(hits[0]):
        return False
    own = next((_matched(hit) for hit in hits if hit.product.id == focus.id), frozenset[str]())
    return not own & _matched(hits[0]) and _differ(hits[0], Hit(focus, 0.0))


def elsewhere(hits: Sequence[Hit], focus: DataProduct) -> tuple[DataProduct, ...]:
    """The product to ask when the one talked about cannot read a follow-up: the best hit, where its words mean it."""
    best = next(iter(hits), None)
    if best is None or best.product.id == focus.id or is_gone(best.product):
        return ()
    return (best.product,) if _is_meant(best) and _differ(best, Hit(focus, 0.0)) else ()


def _is_meant(hit: Hit) -> bool:
    return len(_matched(hit)) > 1 or any(field in ("name", "synonyms") for _, field in hit.why)


def is_gone(product: DataProduct) -> bool:
    """Deprecated or retired."""
    return product.lifecycle in _GONE


def _matched(hit: Hit) -> frozenset[str]:
    return frozenset(word for phrase, _ in hit.why for word in fold(phrase).split())


def _differ(one: Hit, other: Hit) -> bool:
    """False for a product and its successor, near-duplicates, and products that publish the same tables."""
    a, b = one.product, other.product
    if b.id in (a.id, a.successor, *one.near_duplicates) or a.id in (b.successor, *other.near_duplicates):
        return False
    tables_a, tables_b = ({table.ref.key for table in product.tables} for product in (a, b))
    return not (tables_a and tables_a == tables_b)
