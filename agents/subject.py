"""What was asked for, restated from the asker's own words by rule, so that no model need phrase an ordinary answer."""

from __future__ import annotations

import re

from agents.domain import Language, Question

_LONGEST = 160

_LEADS: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(
        r"^(?:(?:et|alors|bonjour|svp)[ ,]+)*"
        r"(?:quel(?:le)?s? (?:est|sont|était|étaient|etait|etaient|a été|ont été|fut)|c'est quoi"
        r"|(?:donnez?|montrez?|affichez?|calculez?)(?:[ -](?:moi|nous))?"
        r"|je (?:veux|voudrais)(?: voir| connaître| savoir)?|peux-tu (?:me |nous )?(?:donner|montrer|calculer))"
        r"\s+(?=(?:(?:la|le|les|notre|nos|leurs?)\b|l['’]))",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"^(?:(?:and|so|please|hello|hi)[ ,]+)*"
        r"(?:what(?:'s| is| was| are| were)|(?:show|give|tell)(?: me| us)?|compute|calculate"
        r"|i(?: want|'d like| would like)(?: to (?:see|know))?|can you (?:show|give|tell) me)"
        r"\s+(?=(?:the|our|their)\b)",
        re.IGNORECASE,
    ),
}
_NOUN_PHRASE: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(r"^(?:(?:la|le|les|notre|nos)\b|l['’])", re.IGNORECASE),
    "en": re.compile(r"^(?:the|our)\b", re.IGNORECASE),
}
_CLAUSE = re.compile(
    r"[;:?!]|, ?(?:et|and|mais|but|puis|then)\b|\b(?:et|and) (?:quel|combien|what|how|which|who|qui"
    r"|when|where|why|quand|où|pourquoi)\b",
    re.IGNORECASE,
)


_COUNTED: dict[Language, tuple[re.Pattern[str], str]] = {
    "fr": (
        re.compile(
            r"^combien (?P<of>de |d['’])(?P<what>.+?)"
            r" (?:ont été|sont|étaient|avons[- ]nous|avez[- ]vous|y a-t-il)\b *(?P<rest>.*)$",
            re.IGNORECASE,
        ),
        "nombre",
    ),
    "en": (
        re.compile(
            r"^how many (?P<of>)(?P<what>.+?) (?:were there|are there|have been|do we have|were|are)\b *(?P<rest>.*)$",
            re.IGNORECASE,
        ),
        "number of",
    ),
}
_ASKING: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(
        r"^(?:quel(?:le)?s?|combien|qui|que|qu['’]|comment|pourquoi|quand|où|est-ce|y a-t-il)\b", re.IGNORECASE
    ),
    "en": re.compile(
        r"^(?:what|which|how|who|why|when|where|is|are|was|were|do|does|did|has|have|can)\b", re.IGNORECASE
    ),
}
_TELLING = re.compile(
    r"^(?:(?:donne|montre|affiche|calcule|compare|liste|trouve|cherche)\w{0,2}|je|peux|peut|show|give|tell|compute|calculate"
    r"|list|find|plot|chart|i|please|svp|et|and|then|puis|only|seulement|by|par|top|bonjour|bonsoir|salut|hello|hi|hey)\b",
    re.IGNORECASE,
)
_ENDS = " ?!.\u202f\u00a0"
_POLITE = re.compile(
    r"[ ,]+(?:svp|stp|s['’]il (?:vous|te) pla[iî]t|merci(?: d['’]avance)?|please|thanks|thank you)$", re.IGNORECASE
)
_FEWEST = 3  # words of a question without a verb: "SAIDI 2025" says too little


def subject_of(question: Question) -> str:
    """The noun phrase asked for: "Quelle est la consommation en France ?" gives "la consommation en France".

    Empty for follow-ups, which name only what changes, and for questions that no rule turns into one noun phrase.
    """
    asked = (question.words or question.text).strip()
    text = _POLITE.sub("", asked.rstrip(_ENDS)).rstrip(_ENDS)
    if question.follow_up or not text:
        return ""
    if counted := _counted(text, question.language):
        return counted
    rest, found = _LEADS[question.language].subn("", text)
    if not found and not _NOUN_PHRASE[question.language].match(text) and not _is_named(asked, question.language):
        return ""
    return rest if len(rest) <= _LONGEST and not _CLAUSE.search(rest) else ""


def _counted(text: str, language: Language) -> str:
    """Who asks "combien de clients ont été coupés ?" asks for the "nombre de clients coupés"."""
    pattern, number = _COUNTED[language]
    found = pattern.match(text)
    if not found or len(text) > _LONGEST or _CLAUSE.search(text):
        return ""
    parts = (number, found["of"] + found["what"], found["rest"])
    return " ".join(part.strip() for part in parts if part.strip())


def _is_named(asked: str, language: Language) -> bool:
    """True for a question that only names the figure: "température moyenne à Lyon en juillet 2025"."""
    if asked.endswith("?") or len(asked.split()) < _FEWEST:
        return False
    return not (_ASKING[language].match(asked) or _TELLING.match(asked))
