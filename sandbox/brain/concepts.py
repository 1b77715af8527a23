"""Adjectives that speak of a column without naming it: the oldest (age), the cheapest (price), the latest (date)."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.brain.schema import Ref, Schema
from sandbox.brain.stems import stems

_WORDS = {
    "age": "age",
    "weight": "weight poids mass masse",
    "length": "length longueur duration duree distance",
    "price": "price prix cost cout tariff tarif",
    "height": "height hauteur taille elevation altitude",
    "speed": "speed vitesse",
    "temperature": "temperature temp",
    "date": "date",
    "size": "size taille area superficie surface capacity capacite population puissance",
}


def about(schema: Schema, concept: str, refs: Sequence[Ref]) -> list[Ref]:
    """The columns among `refs` whose name or label says what the adjective speaks of."""
    if concept == "date":
        return [ref for ref in refs if schema.is_time(ref)]
    wanted = {stem for word in _WORDS.get(concept, "").split() for stem in (word, *stems(word))}
    return [ref for ref in refs if wanted & set(schema.words(ref)) and schema.is_number(ref)]
