"""What is said when a question is not answered: which words were not read, or what may have been meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.brain.choosing import Pick, Unclear
from sandbox.brain.language import Language
from sandbox.brain.outcome import AsksBack, NotRead
from sandbox.brain.schema import Schema
from sandbox.brain.tokens import Token

_SHOWN = 80  # characters of a word that was not read
_WORDS = 8
_TEXTS = {
    "fr": {
        "unread": "Je n'ai pas compris\u00a0: {}.",
        "still": "Il reste, de la question précédente, ce que je n'ai pas compris\u00a0: {}. "
        "Posez-la autrement, en entier.",
        "apart": "Je ne sais pas relier «\u00a0{}\u00a0» au reste de la question.",
        "none": "Je n'ai pas trouvé de question à lire.",
        "long": "Cette question est trop longue pour être lue.",
        "ask": "Que voulez-vous dire par «\u00a0{}\u00a0»\u202f?",
        "sum": "somme de",
        "avg": "moyenne de",
    },
    "en": {
        "unread": "I did not understand: {}.",
        "still": "What I did not understand of the question before still stands: {}. Please ask it in other words.",
        "apart": "I do not know how “{}” is linked to the rest of the question.",
        "none": "I found no question to read.",
        "long": "This question is too long to be read.",
        "ask": "What do you mean by “{}”?",
        "sum": "sum of",
        "avg": "average of",
    },
}


def not_a_question(language: Language, too_long: bool) -> NotRead:
    """Nothing to read, or too much."""
    return NotRead(_TEXTS[language]["long" if too_long else "none"], (), language)


def not_read(schema: Schema, language: Language, words: Sequence[str]) -> NotRead:
    """These words are not understood."""
    shown = tuple(dict.fromkeys(word if len(word) <= _SHOWN else word[:_SHOWN] + "…" for word in words))[:_WORDS]
    return NotRead(_TEXTS[language]["unread"].format(", ".join(shown)), shown, language)


def still_not_read(again: NotRead) -> NotRead:
    """These words of the question before are not understood, whatever was said since."""
    return replace(again, text=_TEXTS[again.language]["still"].format(", ".join(again.words)))


def not_joined(schema: Schema, language: Language, table: str) -> NotRead:
    """This table has no declared way to the others."""
    found = schema.tables[table]
    name = found.label or found.name
    return NotRead(_TEXTS[language]["apart"].format(name), (name,), language)


def asks_back(schema: Schema, language: Language, text: str, tokens: Sequence[Token], unclear: Unclear) -> AsksBack:
    """Which of these is meant? Each option is the question with the word replaced."""
    item = unclear.item
    start, end = tokens[item.start].start, tokens[min(item.end, len(tokens)) - 1].end
    names = [_named(schema, language, pick, item.text) for pick in unclear.picks[:5]]
    if len(set(names)) < len(names):
        names = [_of_table(schema, language, pick, name) for pick, name in zip(unclear.picks, names, strict=False)]
    options = tuple(dict.fromkeys(text[:start] + name + text[end:] for name in names))
    return AsksBack(_TEXTS[language]["ask"].format(text[start:end]), options, language, text[start:end])


def _of_table(schema: Schema, language: Language, pick: Pick, name: str) -> str:
    """The name of a column with its table's, where two tables have such a column."""
    table = schema.tables[pick.table]
    return f"{name} {'de' if language == 'fr' else 'of'} {table.label or table.name}" if pick.ref else name


def _named(schema: Schema, language: Language, pick: Pick, word: str) -> str:
    table = schema.tables[pick.table]
    if pick.ref is None:
        return table.label or table.name
    column = schema.column(pick.ref)
    name = column.label or column.name
    if pick.values in {("sum",), ("avg",)}:
        return f"{_TEXTS[language][str(pick.values[0])]} {name}"
    if pick.values:
        return f"{name} {', '.join(map(str, pick.values))}"
    return f"{name} {word}" if schema.is_time(pick.ref) else name
