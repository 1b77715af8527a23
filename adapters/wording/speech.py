"""One reply in, its words out. A kind of reply that is missing here fails the type check, not the asker."""

from __future__ import annotations

from typing import assert_never

from adapters.wording.figures import product_link, say_figures
from adapters.wording.labels import calculation, column_label, condition, label, titled
from adapters.wording.numbers import figure
from adapters.wording.phrases import phrase, phrases
from adapters.wording.product_description import say_product_description
from adapters.wording.spoken import Card, Line, Span, Spoken
from adapters.wording.values import named_values
from agents.domain import (
    Answer,
    Apology,
    Clarification,
    Column,
    DataProduct,
    Explanation,
    Figures,
    Hit,
    Language,
    ProductDescription,
    ProductList,
    Reply,
    SmallTalk,
)

MOST_VALUES = 15  # of a column, listed where a word was not understood
CARD_TEXT = 200  # characters of a product's description on its card


def say(reply: Reply) -> Spoken:
    """The reply in its own language."""
    match reply:
        case Answer():
            return _answer(reply)
        case Clarification():
            return _clarification(reply)
        case Apology():
            return _apology(reply)
        case _:
            assert_never(reply)


def _answer(answer: Answer) -> Spoken:
    match answer.body:
        case Figures() as figures:
            return say_figures(answer, figures)
        case ProductList() as found:
            return _product_list(answer, found)
        case ProductDescription() as description:
            return say_product_description(answer, description)
        case Explanation() as explained:
            return _explanation(answer, explained)
        case SmallTalk() as words:
            return _small_talk(answer, words)
        case _:
            assert_never(answer.body)


def _product_list(answer: Answer, found: ProductList) -> Spoken:
    language, count = answer.language, len(found.hits)
    key = f"product_list.{_fit(found)}"
    text = phrase(language, key, count=figure(count, language), words=found.words)
    cards = tuple(card(hit, language) for hit in found.hits)
    private = any(hit.product.restricted for hit in found.hits)
    return Spoken(
        language, (Span(text),), cards=cards, suggestions=answer.suggestions, kind="product_list", private=private
    )  # fmt: skip


def _fit(found: ProductList) -> str:
    if not found.hits:
        return "nothing"
    if not found.words:
        return "best"
    return "guesses" if found.guesses else "one" if len(found.hits) == 1 else "many"


def card(hit: Hit, language: Language) -> Card:
    """One product of a list: name, what it is for, family, owner, and why it was found."""
    product = hit.product
    facts = [phrase(language, f"family.{product.family.name.lower()}"), *_standing(product, language)]
    if product.owner:
        facts.append(phrase(language, "note.owner", owner=product.owner))
    if hit.why:
        facts.append(phrase(language, "product_list.why", words=", ".join(_found_by(hit))))
    if hit.near_duplicates:
        facts.append(phrase(language, "product_list.alike", names=", ".join(hit.near_duplicates)))
    return Card((product_link(product),), _cut(product.description), tuple(facts))


def _found_by(hit: Hit) -> list[str]:
    """The words found, each once and none that a phrase found holds already."""
    words = dict.fromkeys(word for word, _ in hit.why)
    return [word for word in words if not any(f" {word} " in f" {other} " for other in words if other != word)]


def _standing(product: DataProduct, language: Language) -> list[str]:
    standing = phrases(language).get(f"lifecycle.{product.lifecycle.value}", "")
    return [fact for fact in (product.domain, standing) if fact]


def _cut(text: str) -> str:
    """Whole sentences where one ends early enough, else whole words."""
    if len(text) <= CARD_TEXT:
        return text
    whole = text[:CARD_TEXT].rpartition(". ")[0]
    return f"{whole}." if whole else text[: CARD_TEXT - 1].rsplit(" ", 1)[0] + "…"


def _explanation(answer: Answer, explained: Explanation) -> Spoken:
    language, reading = answer.language, explained.reading
    tables = tuple(table for product in explained.products for table in product.tables)
    steps: list[Line] = [(Span(phrase(language, "explanation.tables")), *_codes([ref.name for ref in reading.tables]))]
    for one in reading.filters:
        steps.append((Span(phrase(language, "explanation.kept", condition=condition(one, tables, language))),))
    for calc in reading.calculations:
        steps.append((Span(phrase(language, "explanation.computed")), *calculation(calc, language)))
    if reading.grouping:
        names = ", ".join(label(name, tables, language) for name in reading.grouping)
        steps.append((Span(phrase(language, "explanation.grouped", names=names)),))
    for name, way in reading.order:
        steps.append(
            (Span(phrase(language, f"explanation.order_{way}", name=titled(name, reading, tables, language))),)
        )
    if reading.limit is not None:
        steps.append((Span(phrase(language, "explanation.limit", count=str(reading.limit))),))
    headline = (Span(phrase(language, "explanation.headline")),)
    return Spoken(
        language, headline, notes=tuple(steps), sql=explained.sql, suggestions=answer.suggestions, kind="explanation",
        private=any(product.restricted for product in explained.products),
    )  # fmt: skip


def _codes(names: list[str]) -> Line:
    spans: list[Span] = []
    for name in names:
        spans += [Span(", "), Span(name, code=True)] if spans else [Span(name, code=True)]
    return tuple(spans)


def _small_talk(answer: Answer, words: SmallTalk) -> Spoken:
    language = answer.language
    text = words.text if words.topic == "said" else phrase(language, f"small_talk.{words.topic}")
    notes = _instead(words.instead, language)
    if words.topic == "said" and words.product:
        notes += ((Span(phrase(language, "small_talk.about")), product_link(words.product)),)
    private = words.product is not None and words.product.restricted
    return Spoken(
        language, (Span(text),), notes=notes, suggestions=answer.suggestions, kind="small_talk", private=private
    )


def _instead(columns: tuple[Column, ...], language: Language) -> tuple[Line, ...]:
    """For each column the values that exist in it, as many as a line holds."""
    return tuple(_exist(column, language) for column in columns)


def _exist(column: Column, language: Language) -> Line:
    values = [name or stored for stored, name in named_values(column, language)]
    listed = ", ".join(values[:MOST_VALUES]) + ("…" if len(values) > MOST_VALUES else ".")
    return (Span(phrase(language, "empty.values", name=column_label(column, language), values=listed)),)


def _clarification(asked: Clarification) -> Spoken:
    text = asked.text if asked.about == "genie" else phrase(asked.language, f"clarify.{asked.about}", words=asked.text)
    return Spoken(
        asked.language, (Span(text),), options=asked.options, kind="clarification", private=asked.restricted
    )  # fmt: skip


def _apology(apology: Apology) -> Spoken:
    text = phrase(apology.language, f"sorry.{apology.reason}", **apology.names)
    reference = phrase(apology.language, "sorry.reference", reference=apology.reference) if apology.reference else ""
    context: Line = (Span(reference),) if reference else ()
    return Spoken(
        apology.language,
        (Span(text),),
        notes=_instead(apology.instead, apology.language),
        context=context,
        kind="apology",
        retry=apology.retry,
        private=apology.restricted,
    )
