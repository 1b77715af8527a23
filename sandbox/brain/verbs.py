"""Verbs that belong to a kind of column: one speaks a language, lives in a city, serves a dish.

Such a verb adds nothing to a question in which that column is used, and is unread in any other.
"""

from __future__ import annotations

from functools import cache

_VERBS = """
speak speaks spoken speaking parle parlent parlee parlees parles = language langue
serve serves serving servent sert = food cuisine dish plat menu
live lives living habite habitent vit vivent vivant = city ville country pays region state district address
located lie situated = city location country region address street
founded created established cree creee creees crees fonde fondee fondes = founded foundation creation established year
born ne nee nes = birth naissance
weigh weighs pese pesent = weight poids
cost costs coute coutent = price cost prix cout
earn earns gagne gagnent = salary salaire wage income
work works working travaille travaillent = company department employer job service entreprise
sold sell sells vendu vendus vendue vendues vend vendent = sale sold vente
bought buy buys achete achetes achetent = purchase order sale achat vente
hired embauche embauches = hire hired embauche
written write writes wrote ecrit ecrits ecrite = written writer author auteur
directed direct directs realise = directed director realisateur
called named nomme nommee appele appelee = name nom title titre
dated date = date day month year
"""


@cache
def concepts() -> dict[str, frozenset[str]]:
    """Verb form -> words of the columns it belongs to."""
    found: dict[str, frozenset[str]] = {}
    for line in _VERBS.strip().splitlines():
        verbs, _, words = line.partition("=")
        for verb in verbs.split():
            found[verb] = frozenset(words.split())
    return found
