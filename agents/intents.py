"""Rules that tell what a message wants. Without them every message would need a model to be understood."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from agents.domain import Intent
from agents.language import content_of, fold, is_content, is_speech, words_of, written_words


@dataclass(frozen=True, slots=True)
class Classified:
    """A message by rule. `sure` False: a model, where there is one, should judge instead."""

    intent: Intent
    topic: str = ""
    follow_up: bool = False
    sure: bool = True


_JOINT = re.compile(r"^(et|and|puis|then|aussi|also)\b[ ,]*", re.IGNORECASE)
_FACETS = ("owner", "freshness", "access", "columns", "overview")  # in the order they are tried


@functools.cache
def _cues() -> dict[str, re.Pattern[str]]:
    text = files("agents").joinpath("cues.toml").read_text(encoding="utf-8")
    return {rule: re.compile("|".join(patterns)) for rule, patterns in tomllib.loads(text).items()}


def _says(rule: str, folded: str) -> bool:
    return bool(_cues()[rule].search(folded))


def classify(text: str, *, answered: bool = False, named: bool = False) -> Classified:
    """What a cleaned message wants. `answered`: it may refer to an earlier answer; `named`: it names a product."""
    folded = fold(_cues()["greeting"].sub("", fold(text), count=1)) or fold(text)
    if small := _small_talk(text, folded):
        return Classified(Intent.CHAT, small)
    if _says("sql", folded):
        return Classified(Intent.CHAT, "unclear")
    if _says("explain", folded):
        return Classified(Intent.EXPLAIN)
    if _says("discover", folded) and not named:
        return Classified(Intent.DISCOVER)
    if facet := _facet(folded, answered=answered, named=named):
        same = answered and not named and (_says("pointing", folded) or not subject_words(folded))
        return Classified(Intent.DESCRIBE, facet, follow_up=same)
    return _question(folded, answered=answered)


def _small_talk(text: str, folded: str) -> str:
    """The topic of words without a question in them, or empty."""
    rest = content_of(folded)
    if _cues()["greeting"].fullmatch(fold(text)):
        return "hello"
    if _says("bye", folded) and len(rest) <= 3:
        return "bye"
    if _says("thanks", folded) and len(rest) <= 2 and not _says("figures", folded):
        return "thanks"
    return "help" if _says("help", folded) and len(words_of(folded)) <= 9 else ""


def _facet(folded: str, *, answered: bool, named: bool) -> str:
    """Which facet of a product is asked about; an overview only of a product named or talked about."""
    known = named or (answered and _says("pointing", folded))
    for facet in _FACETS:
        if _says(facet, folded) and (known or facet in ("owner", "freshness", "access", "columns")):
            return facet if facet != "columns" or known or len(words_of(folded)) <= 12 else ""
    return "overview" if named and len(content_of(folded)) <= 2 and not _says("figures", folded) else ""


def _question(folded: str, *, answered: bool) -> Classified:
    content = content_of(folded)
    if not content and not answered:
        return Classified(Intent.CHAT, "unclear", sure=False)
    follow_up = answered and _follows(folded)
    cue = _says("figures", folded) or (len(content) > 1 and _says("period", folded))
    return Classified(Intent.ASK, follow_up=follow_up, sure=follow_up or (cue and is_speech(folded)))


def _follows(folded: str) -> bool:
    words = len(words_of(folded))
    if _says("joining", folded):
        return True
    if words <= 8 and (_says("changing", folded) or _says("pointing", folded)):
        return True
    return len(content_of(folded)) <= 2 and not _says("asking", folded)


def renames_subject(text: str) -> bool:
    """True for a follow-up that names a thing of its own ("and the revenue?") rather than a filter or a grouping."""
    return _says("renaming", fold(text))


def joins(text: str) -> bool:
    """True for what goes on with the last question in so many words: "and …", "et …", "only …", "instead …"."""
    return _says("joining", fold(text))


def joined(text: str) -> str:
    """What a follow-up adds, without the word that joins it: "et en Espagne ?" gives "en Espagne ?"."""
    return _JOINT.sub("", text, count=1)


def subject_words(text: str) -> str:
    """What a discovery or description is about: its content words except for those that every such question has."""
    filling = _cues()["filling"]
    words = (word for word in written_words(text) if is_content(word) and not filling.fullmatch(fold(word)))
    return " ".join(dict.fromkeys(words))
