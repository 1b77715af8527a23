"""The Marketplace agent: which data products are meant. Without it nobody would know where answers come from."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.runtime import Runtime
from pydantic import BaseModel

from agents.apologies import sorry
from agents.asking import examples, which_product
from agents.domain import (
    Answer,
    Ask,
    DataProduct,
    Family,
    Hit,
    Intent,
    Language,
    ProductList,
    Progress,
    Question,
    Reply,
    SmallTalk,
)
from agents.errors import NotFound
from agents.fit import contenders, elsewhere, is_gone, is_guess, next_best, points_elsewhere, verifying, worth_showing
from agents.intents import classify, joins, renames_subject, subject_words
from agents.judgement import explore, judge
from agents.language import content_of, fold, is_speech, words_of
from agents.message import clean
from agents.ports import Narrowing
from agents.recall import pending_of
from agents.state import Context, State

_SHOWN = 5  # products of one shelf
_SUGGESTED = 3  # questions under it
_WHOLE = 2  # content words: with fewer, a message only changes what was asked before
_CANDIDATES = 4  # products that a model judges between

_FAMILIES = {
    Family.SOURCE_ALIGNED: ("source-aligned", "source aligned", "aligne source", "alignes source"),
    Family.AGGREGATED: ("aggregated", "agrege", "agreges"),
    Family.USE_CASE_ALIGNED: ("use-case-aligned", "use case aligned", "cas d'usage", "use-case"),
}


async def search(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """The agent's first half: searches with the turn's own words, beside the Coordinator's understanding them."""
    context = runtime.context
    if not isinstance(context.turn.action, Ask):
        return {}
    text = clean(context.turn.action.text)
    intent = classify(text).intent
    words = text if intent is Intent.ASK else _discovered(text)
    if not text or intent is Intent.EXPLAIN or (intent is Intent.CHAT and not words):
        return {}
    runtime.stream_writer(Progress("marketplace", "searching", words))
    user = context.turn.user
    hits, named = await asyncio.gather(
        _searched(words, intent, text, context),
        context.marketplace.named_in(user, text),
    )
    return {"hits": hits, "named": named}


async def _searched(words: str, intent: Intent, text: str, context: Context) -> tuple[Hit, ...]:
    """The hits; without words only a discovery wants any, which then asks for the best there are."""
    if not words and intent is not Intent.DISCOVER:
        return ()
    return await context.marketplace.search(context.turn.user, words, narrowing=_narrowing(text, intent))


def _narrowing(text: str, intent: Intent) -> Narrowing | None:
    """A discovery is limited to the family that it names, and rather hears of the nearest products than of none."""
    if intent is not Intent.DISCOVER:
        return None
    return Narrowing(family=_family(text), nearest=True)


def _family(text: str) -> Family | None:
    folded = fold(text)
    return next((family for family, names in _FAMILIES.items() if any(name in folded for name in names)), None)


def _discovered(text: str) -> str:
    """What a discovery is about, without the name of a family, which narrows it."""
    family = _family(text)
    naming = {word for name in _FAMILIES[family] for word in words_of(name)} if family else set()
    return " ".join(word for word in subject_words(text).split() if fold(word) not in naming)


async def marketplace(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Settles on the products. Writes `products`, or `reply`: a shelf, a question back, or that there is none."""
    question = state["question"]
    if question.intent is Intent.DISCOVER:
        return {"reply": _shelf(question, state.get("hits", ()))}
    settled = await _settled(state, runtime.context) or await _found(state, runtime)
    if not isinstance(settled, DataProduct):
        return settled
    product = settled if question.intent is Intent.DESCRIBE else await _current(settled, runtime.context)
    runtime.stream_writer(Progress("marketplace", "found", product.name))
    return {"products": (product,), "reserve": _reserve(settled, state)}


def _reserve(chosen: DataProduct, state: State) -> tuple[DataProduct, ...]:
    """What to ask next if the chosen cannot answer; nothing where the asker has settled on a product.

    What was heard as a follow-up may have been a question of its own, about what was found beside.
    """
    hits, question = state.get("hits", ()), state["question"]
    if not hits:
        return ()
    if state.get("named"):
        return _beyond_its_name(chosen, hits)
    if chosen.id == hits[0].product.id:
        return next_best(hits)
    return elsewhere(hits, chosen) if question.follow_up and _is_whole(question.words) else ()


def _is_whole(words: str) -> bool:
    """True for what may be a question of its own, though it was heard as a change of the last one."""
    return len(content_of(words)) >= _WHOLE and not joins(words)


def _beyond_its_name(chosen: DataProduct, hits: tuple[Hit, ...]) -> tuple[DataProduct, ...]:
    """A product may be called by a plain word that does not mean it: "top suppliers by amount"."""
    plain = len(words_of(chosen.name)) == 1 and all(hit.product.id != chosen.id for hit in hits)
    return elsewhere(hits, chosen) if plain else ()


def _shelf(question: Question, hits: tuple[Hit, ...]) -> Answer:
    words = _discovered(question.words or question.text)
    shown = worth_showing(hits)[:_SHOWN]
    suggested = _suggested(shown, question.language)
    guesses = bool(shown) and is_guess(hits, words)
    return Answer(question.language, ProductList(shown, words, guesses), suggested)


def _suggested(shown: tuple[Hit, ...], language: Language) -> tuple[str, ...]:
    """One verified question of each product."""
    return tuple(question for hit in shown for question in examples((hit.product,), language)[:1])[:_SUGGESTED]


# ── Settled already ───────────────────────────────────────────────────────────────────────────────────────────────────


async def _settled(state: State, context: Context) -> DataProduct | None:
    """The product that was clicked, is named in so many words, or is talked about already."""
    question, named = state["question"], state.get("named", ())
    if state.get("picked"):
        return await _known(state["picked"], context)
    if named:
        return named[0]
    focus = await _known(_talked_about(question, state), context) if _continues(question, state) else None
    left = focus and renames_subject(question.words) and points_elsewhere(state.get("hits", ()), focus)
    return None if left else focus


def _continues(question: Question, state: State) -> bool:
    return question.follow_up or (question.intent is Intent.DESCRIBE and not state.get("hits"))


def _talked_about(question: Question, state: State) -> str:
    """The product's id: one that may not be read can be described, but not be asked on."""
    focus, denied = state.get("focus", ""), state.get("denied", "")
    if question.intent is Intent.DESCRIBE:
        return denied or focus
    return state.get("last_product", "") if focus == denied else focus


async def _known(product_id: str, context: Context) -> DataProduct | None:
    try:
        return await context.marketplace.get(context.turn.user, product_id) if product_id else None
    except NotFound:
        return None


async def _current(product: DataProduct, context: Context) -> DataProduct:
    """The product, or what has replaced it."""
    for _ in range(3):
        successor = await _known(product.successor, context) if is_gone(product) else None
        if successor is None:
            return product
        product = successor
    return product


# ── Found by searching ────────────────────────────────────────────────────────────────────────────────────────────────


async def _found(state: State, runtime: Runtime[Context]) -> DataProduct | dict[str, Any]:
    question = state["question"]
    hits = state.get("hits", ())
    tied = verifying(hits, question.text) or contenders(hits)
    if not tied:
        return await _explored(question, runtime.context) or {"reply": _nothing(question)}
    if len(tied) == 1 or question.intent is Intent.DESCRIBE or _asked_before(question, state):
        return tied[0].product
    runtime.stream_writer(Progress("marketplace", "choosing", ", ".join(hit.product.name for hit in tied)))
    return await _chosen(tied, question, runtime.context)


async def _chosen(tied: tuple[Hit, ...], question: Question, context: Context) -> DataProduct | dict[str, Any]:
    """Of products that fit alike. Two Genies find out by themselves which of them can answer; else the model judges."""
    products = tuple([await _current(hit.product, context) for hit in tied])
    if context.analyst and all(product.space for product in products[:2]):
        return {"products": products[:2]}
    choice = await judge(context, "marketplace", _candidates(question, products), Choice)
    if choice and choice.more:
        return await _explored(question, context) or products[0]
    chosen = next((p for p in products if choice and not choice.unsure and p.id == choice.product), None)
    return chosen or dict(which_product(question, products, context.turn.id))


def _asked_before(question: Question, state: State) -> bool:
    """Never twice for one question: who repeats it instead of choosing gets the best one."""
    pending = pending_of(state.get("pending"))
    return bool(pending) and fold(pending.question if pending else "") == fold(question.text)


class Choice(BaseModel):
    """The product that can answer."""

    product: str = ""
    unsure: bool = False
    more: bool = False


async def _explored(question: Question, context: Context) -> DataProduct | None:
    """A product that the model finds with the catalogue's own tools when our search brought none."""
    found = await explore(context, "marketplace", {"question": question.text, "products": []}, Choice)
    return await _known(found.product, context) if found else None


def _candidates(question: Question, products: tuple[DataProduct, ...]) -> dict[str, object]:
    return {"question": question.text, "products": [_candidate(product) for product in products[:_CANDIDATES]]}


def _candidate(product: DataProduct) -> dict[str, object]:
    tables = {table.ref.name: [column.name for column in table.columns[:40]] for table in product.tables[:10]}
    return {
        "id": product.id,
        "name": product.name,
        "domain": product.domain,
        "family": product.family.value,
        "lifecycle": product.lifecycle.value,
        "owner": product.owner,
        "description": product.description[:600],
        "tables": tables,
    }


def _nothing(question: Question) -> Reply:
    if is_speech(question.text):
        return sorry(question.language, "no_product")
    return Answer(question.language, SmallTalk("unclear"))
