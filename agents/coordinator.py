"""The Coordinator: a turn and what was said before become a Question, or at once a reply that needs no data.

Without it every other agent would have to guess at languages, intents and what "and in Germany?" refers to.
"""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime
from pydantic import BaseModel, Field

from agents.asking import which_product
from agents.domain import (
    FACETS,
    Answer,
    Apology,
    Ask,
    Choose,
    Draft,
    Explain,
    Explanation,
    Filter,
    Forget,
    Intent,
    Language,
    Progress,
    Question,
    Refine,
    SmallTalk,
)
from agents.errors import BadQuery, NotFound
from agents.intents import Classified, classify, joined
from agents.judgement import judge
from agents.language import fold, language_of
from agents.message import LIMIT, clean, is_text
from agents.recall import Pending, pending_of
from agents.sql import read, with_filters
from agents.state import Context, State

_HISTORY = 6  # messages that a model is shown
_REPLY = 3  # words: so few answer a question that was just asked back
_SHOWN = 400  # characters of each


async def coordinator(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Finds out what the turn wants. Writes `question`, or `reply` where no data is needed."""
    runtime.stream_writer(Progress("coordinator", "understanding"))
    match runtime.context.turn.action:
        case Ask(text=text):
            return await _asked(text, state, runtime.context)
        case Choose(key=key):
            return _chosen(key, state, runtime.context)
        case Refine(filters=filters):
            return _refined(filters, state, runtime.context)
        case Explain():
            return await _explained(_language("", state, runtime.context), state, runtime.context)
        case Forget():
            return {"reply": Answer(_language("", state, runtime.context), SmallTalk("forgotten"))}


# ── Asked in words ────────────────────────────────────────────────────────────────────────────────────────────────────


async def _asked(text: str, state: State, context: Context) -> dict[str, Any]:
    words, language = clean(text), _language(text[:LIMIT], state, context)
    if refusal := _unfit(text, words, language):
        return {"reply": refusal}
    pending = pending_of(state.get("pending"))
    if pending and (chosen := _option_meant(pending, words)):
        return _settled(pending, chosen, context, _language(pending.question, state, context))
    if pending and pending.about == "genie" and pending.product and _replies(words):
        return {
            "question": Question(words, Intent.ASK, language, follow_up=True, words=words),
            "picked": pending.product,
        }
    if pending and (narrowed := await _narrowed(pending, words, language, context)):
        return narrowed
    question = await _understood(words, language, state, context)
    return await _without_data(question, state, context) or {"question": question}


async def _narrowed(pending: Pending, words: str, language: Language, context: Context) -> dict[str, Any] | None:
    """Asked which product is meant, the asker says more: the open question goes on with these words.

    Where they describe none of the products that were offered, these are offered again.
    """
    classified, change = classify(words), classify(words, answered=True).follow_up
    if pending.about != "product" or classified.intent is not Intent.ASK or (classified.sure and not change):
        return None
    offered = {product for product, _ in pending.options.values()}
    hits = await context.marketplace.search(context.turn.user, words, limit=1)
    asked = f"{pending.question.rstrip(' ?!.')}, {joined(words)}"
    question = Question(asked, Intent.ASK, language, words=asked)
    if hits and hits[0].product.id in offered:
        return {"question": question, "picked": hits[0].product.id}
    return await _asked_again(question, pending, context) if change else None


async def _asked_again(question: Question, pending: Pending, context: Context) -> dict[str, Any] | None:
    """Which product is meant, of those that were offered and still are."""
    meant = [product for product, _ in pending.options.values()]
    try:
        products = [await context.marketplace.get(context.turn.user, product) for product in meant]
    except NotFound:
        return None
    return {"question": question, **which_product(question, products, context.turn.id)}


def _replies(words: str) -> bool:
    """True for a message that rather answers Genie's question than asks one of its own."""
    classified = classify(words, answered=True)
    return classified.intent is Intent.ASK and (
        classified.follow_up or not classified.sure or len(words.split()) <= _REPLY
    )


def _unfit(text: str, words: str, language: Language) -> Answer | Apology | None:
    if len(text) > LIMIT:
        return Apology(language, "too_long", {"length": str(len(text)), "limit": str(LIMIT)})
    if not is_text(text):
        return Apology(language, "not_text")
    return None if words else Answer(language, SmallTalk("empty"))


async def _understood(words: str, language: Language, state: State, context: Context) -> Question:
    """By rule where a rule is sure, else by the model, else by rule all the same."""
    readable_focus = state.get("focus") if state.get("focus") != state.get("denied") else ""
    answered = bool(readable_focus or state.get("last_question"))
    named = bool(await context.marketplace.named_in(context.turn.user, words))
    classified = classify(words, answered=answered, named=named)
    judged = None if classified.sure else await _judged(words, state, context)
    return judged or _question(words, classified, language)


def _question(words: str, classified: Classified, language: Language) -> Question:
    return Question(
        words, classified.intent, language, follow_up=classified.follow_up, topic=classified.topic, words=words
    )


class Understanding(BaseModel):
    """What the message wants."""

    question: str = Field(description="the message as one complete question", max_length=2000)
    language: Literal["fr", "en"]
    intent: Intent
    topic: str = ""
    follow_up: bool = False


async def _judged(words: str, state: State, context: Context) -> Question | None:
    history = [{"who": message.type, "said": message.text[:_SHOWN]} for message in state["messages"][-_HISTORY - 1 :]]
    given = {"message": words, "history": history, "today": _today(context), "about": state.get("focus")}
    found = await judge(context, "coordinator", given, Understanding)
    if found is None:
        return None
    text = found.question if _is_faithful(found.question, words, state) else words
    topic = _topic(found.intent, found.topic)
    return Question(text, found.intent, found.language, follow_up=found.follow_up, topic=topic, words=words)


def _is_faithful(wording: str, words: str, state: State) -> bool:
    """True when no figure stands in the wording that nobody said."""
    said = " ".join([words, state.get("last_question", ""), *(message.text for message in state["messages"])])
    return bool(wording.strip()) and all(digits in said for digits in _digits(wording))


def _digits(text: str) -> list[str]:
    return "".join(c if c.isdigit() else " " for c in text).split()


def _topic(intent: Intent, topic: str) -> str:
    if intent is Intent.DESCRIBE:
        return topic if topic in FACETS else "overview"
    if intent is Intent.CHAT:
        return topic if topic in ("hello", "thanks", "bye", "help") else "unclear"
    return ""


def _today(context: Context) -> str:
    return context.turn.at.date().isoformat()


# ── Replies that need no data ─────────────────────────────────────────────────────────────────────────────────────────


async def _without_data(question: Question, state: State, context: Context) -> dict[str, Any] | None:
    if question.intent is Intent.CHAT:
        return {"question": question, "reply": Answer(question.language, SmallTalk(question.topic or "unclear"))}
    if question.intent is Intent.EXPLAIN:
        return await _explained(question.language, state, context)
    return None


async def _explained(language: Language, state: State, context: Context) -> dict[str, Any]:
    sql = state.get("last_sql")
    if not sql:
        return {"reply": Answer(language, SmallTalk("nothing_to_explain"))}
    try:
        product = await context.marketplace.get(context.turn.user, state.get("last_product", ""))
    except NotFound:
        return {"reply": Answer(language, Explanation(sql, read(sql), ()))}
    return {"reply": Answer(language, Explanation(sql, read(sql), (product,)))}


# ── Asked by a click ──────────────────────────────────────────────────────────────────────────────────────────────────


def _chosen(key: str, state: State, context: Context) -> dict[str, Any]:
    pending = pending_of(state.get("pending"))
    if pending is None or key not in pending.options:
        return {"reply": Apology(_language("", state, context), "stale_choice")}
    return _settled(pending, key, context, _language(pending.question, state, context))


def _settled(pending: Pending, key: str, context: Context, language: Language) -> dict[str, Any]:
    """The question that was open, with what was chosen; the choice is remembered in the words that stood on it."""
    meant, label = pending.options[key]
    said = [HumanMessage(label, id=context.turn.id)]
    if pending.about == "product":
        question = Question(pending.question, Intent.ASK, language, words=pending.question)
        return {"question": question, "picked": meant, "messages": said}
    question = Question(meant, Intent.ASK, language, follow_up=pending.about == "genie", words=meant)
    return {"question": question, "picked": pending.product, "messages": said}


def _option_meant(pending: Pending, words: str) -> str:
    """The key of the option that was typed instead of clicked: its label, what it stands for, or its number."""
    typed = fold(words).strip(" .!?")
    for number, (key, meanings) in enumerate(pending.options.items(), start=1):
        if typed == str(number) or typed in (fold(meaning).strip(" .!?") for meaning in meanings):
            return key
    return ""


def _refined(filters: tuple[Filter, ...], state: State, context: Context) -> dict[str, Any]:
    sql, last = state.get("last_sql"), state.get("last_question", "")
    language = _language(last, state, context)
    if not sql:
        return {"reply": Apology(language, "no_last_answer")}
    said = [HumanMessage("; ".join(map(str, filters)), id=context.turn.id)]
    try:
        draft = Draft(with_filters(sql, filters), author="asker")
    except BadQuery:
        return {"reply": Apology(language, "bad_query"), "messages": said}
    question = Question(last, Intent.ASK, language, follow_up=True)
    return {"question": question, "draft": draft, "picked": state.get("last_product", ""), "messages": said}


def _language(text: str, state: State, context: Context) -> Language:
    """The language of a text; where it does not say, that of the question before, then the asker's own."""
    last = state.get("last_question", "")
    return language_of(text, language_of(last, context.turn.user.locale) if last else "", context.turn.user.locale)
