"""Words as the index compares them: French or English, with or without accents, singular or plural alike.

Without it "consommations d'énergie" would not find "energy consumption".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import Stemmer
from unidecode import unidecode

MAX_WORDS: Final = 64

_WORD: Final = re.compile(r"[a-z]+|[0-9]+")
_MIXED: Final = re.compile(r"[a-z0-9]+")
_ACRONYM: Final = re.compile(r"\b[A-Z]{2,4}\b")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_FRENCH_STOPS: Final = """
    a ai ainsi alors au aucun aussi autre autres aux avec avoir ayant c ca ce ceci cela celle celles celui ces cet cette
    ceux chaque chez ci combien comme comment concernant connaitre d dans de depuis des dire disponible disponibles dit
    doit donc donne donnee donnees donner dont du elle elles en entre es est et etait etaient ete etes etre eu existe
    existent faire fait faut fois font il ils j jai je jusqu l la laquelle le lequel les lesquelles lesquels leur leurs
    liste lister lui m ma mais me mes mieux moi moins mon montre montrer n ne nos notre nous on ont ou parle parlent par
    parmi pas pendant peut peux plus pour pourquoi pouvez pouvoir qu quand que quel quelle quelles quels quest qui quoi
    s sa sait sans savoir se sera ses si son sont sous suis sur t ta te tes toi ton tous tout toute toutes tres trouver
    trouve tu un une veux voudrais vos votre voulons vous voir y
"""
_ENGLISH_STOPS: Final = """
    a about all am an and any are as at available be been being between both but by can could data dataset datasets did
    do does doing during each exist exists find for from get give had has have having he her here him his how i if in
    into is it its just know like list me more most my no not of off on once one only or other our out over per please
    s same she show should so some such t tell than that the their them then there these they this those through to too
    under until up us use used using want was we were what when where which while who whom whose why will with would you
    your back held many much often
"""
_TIME_WORDS: Final = """
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre january february march april
    may june july august september october november december jan feb fev apr avr jun jul aug sep sept oct nov dec
    product products produit produits
"""
STOPS: Final = frozenset(f"{_FRENCH_STOPS} {_ENGLISH_STOPS} {_TIME_WORDS}".split())
"""Words that say nothing about which product is meant."""


def folded(text: str) -> str:
    """Lower case without accents; `camelCase` as two words."""
    return unidecode(_CAMEL.sub(" ", text)).lower()


@lru_cache(maxsize=20_000)  # columns of many tables are described alike
def words_in(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order; "eia860" gives itself and its parts."""
    found: list[str] = []
    for run in _MIXED.findall(folded(text)):
        parts = _WORD.findall(run)
        found.extend(parts if len(parts) == 1 else [run, *parts])
    return tuple(found)


def acronyms(text: str) -> frozenset[str]:
    """Short words in capitals, folded: CA is turnover, ça is not. None where everything is in capitals."""
    return frozenset() if text.isupper() else frozenset(map(str.lower, _ACRONYM.findall(text)))


def telling(words: Sequence[str], spared: frozenset[str] = frozenset()) -> list[str]:
    """Each word once that may tell products apart: no stop words (but `spared`), single letters or bare numbers."""
    kept = (word for word in words if word in spared or (len(word) > 1 and word not in STOPS and not word.isdigit()))
    return list(dict.fromkeys(kept))[:MAX_WORDS]


@lru_cache(maxsize=100_000)
def stems(word: str) -> tuple[str, ...]:
    """The word's English and French stems, one where they agree; nobody says which language a word is in."""
    english, french = _stemmers()
    return tuple(dict.fromkeys((english.stemWord(word), french.stemWord(word))))


@lru_cache(maxsize=1)
def _stemmers() -> tuple[Stemmer.Stemmer, Stemmer.Stemmer]:
    return Stemmer.Stemmer("english", 0), Stemmer.Stemmer("french", 0)
