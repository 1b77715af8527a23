"""Words made comparable: without accents or case, and cut to their stem in French and in English.

Without it "consommations" and "Consommation", or "plants" and "plant", would be different words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from threading import Lock

import Stemmer
from unidecode import unidecode

_LOCK = Lock()  # a stemmer keeps a buffer of its own: one caller at a time
_ENGLISH = Stemmer.Stemmer("english")
_FRENCH = Stemmer.Stemmer("french")
_IRREGULAR = {"people": "person", "children": "child", "women": "woman", "men": "man", "pays": "pays", "data": "data"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAME_PARTS = re.compile(r"[A-Za-z]+|\d+")


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Lower case, without accents."""
    return unidecode(text).lower().strip()


@lru_cache(maxsize=65536)
def stems(word: str) -> tuple[str, str]:
    """The English and the French stem of a plain word."""
    if word in _IRREGULAR:
        return _IRREGULAR[word], _IRREGULAR[word]
    with _LOCK:
        return _ENGLISH.stemWord(word), _FRENCH.stemWord(word)


def name_words(identifier: str) -> tuple[str, ...]:
    """The words of a column or table name: snake_case, camelCase, with digits apart."""
    return tuple(plain(part) for part in _NAME_PARTS.findall(_CAMEL.sub(" ", unidecode(identifier))))
