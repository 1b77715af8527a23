"""What a conversation remembers of a reply: facts without rows, so that Redis never holds results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from langchain_core.messages import AIMessage, AnyMessage, RemoveMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from agents.domain import (
    Answer,
    Apology,
    Body,
    Clarification,
    Explanation,
    Figures,
    Filter,
    Forget,
    ProductDescription,
    ProductList,
    Question,
    Reading,
    Reply,
    SmallTalk,
    Turn,
)
from agents.sql import read
from agents.state import State

_MESSAGES = 24  # kept per conversation
_CHARACTERS = 12_000  # of all of them together
_REMEMBERED = ("focus", "last_sql", "last_product", "last_question", "denied", "genie", "refined", "pending")
_QUESTION = 500  # characters of the last question


def remembered(turn: Turn, reply: Reply, state: State) -> dict[str, Any]:
    """The State's remembered keys after this reply."""
    if isinstance(turn.action, Forget):
        blank = dict.fromkeys(_REMEMBERED, "")
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES)], **blank}
    said = AIMessage(gist(reply), id=f"{turn.id}:answer")
    return {"messages": [*_too_old(state["messages"]), said], **_facts(reply, state)}


def gist(reply: Reply) -> str:
    """One line of facts."""
    match reply:
        case Answer(body=body):
            return _body(body)
        case Clarification(about=about, options=options):
            return f"asked back ({about}): {', '.join(option.label for option in options)}"
        case Apology(reason=reason, names=names):
            return f"no answer ({reason}) {names.get('product', '')}".strip()
        case _:
            assert_never(reply)


def _body(body: Body) -> str:
    match body:
        case Figures(reading=reading, products=products, result=result):
            names = ", ".join(product.id for product in products)
            return f"figures from {names}: {_did(reading)}; {len(result.rows)} rows"
        case ProductList(hits=hits):
            return f"products found: {', '.join(hit.product.id for hit in hits) or 'none'}"
        case ProductDescription(product=product, topic=topic):
            return f"described {product.id} ({topic})"
        case Explanation():
            return "told how the last answer was made"
        case SmallTalk(topic=topic):
            return f"small talk ({topic})"
        case _:
            assert_never(body)


def _did(reading: Reading) -> str:
    calculations = [f"{one.function}({one.column})" for one in reading.calculations]
    filters = [str(one) for one in reading.filters]
    parts = (("", calculations), ("where ", filters), ("by ", list(reading.grouping)))
    return "; ".join(lead + ", ".join(words) for lead, words in parts if words)


def _facts(reply: Reply, state: State) -> dict[str, str]:
    """Focus, SQL and question of what was answered; an open Clarification stays open over small talk only."""
    match reply:
        case Clarification(product=product):
            return {"focus": product.id} if product else {}
        case Answer(body=Figures(products=products, result=result)):
            question = _last_question(state["question"], state)
            facts = {"focus": products[0].id, "last_product": products[0].id, "last_sql": result.sql, "denied": ""}
            return facts | {"last_question": question, "refined": _edited(reply, state), "pending": ""}
        case Answer(body=ProductDescription(product=product)):
            denied = product.id if product.id == state.get("denied") else ""
            return {"focus": product.id, "denied": denied, "pending": ""}
        case Answer(body=SmallTalk(product=product)) if product:
            return {"focus": product.id, "pending": ""}
        case Answer(body=SmallTalk() | Explanation()):
            return {}
        case Apology(reason="refused_product"):
            return {"denied": state["products"][0].id, "pending": ""}
        case _:
            return {"pending": ""}


def _edited(reply: Reply, state: State) -> str:
    """The filters that the asker has edited and Genie's conversation does not know of.

    The same statement run again, as for a file of its rows, edits nothing.
    """
    if not isinstance(reply, Answer) or not isinstance(reply.body, Figures) or reply.body.draft is None:
        return ""
    if reply.body.draft.author != "asker":
        return ""
    before = state.get("last_sql", "")
    if reply.body.result.sql == before:
        return state.get("refined", "")
    known = read(before).filters if before else ()
    return ", ".join(_spoken(one) for one in reply.body.reading.filters if one not in known)


def _spoken(edited: Filter) -> str:
    """A filter as Genie can be told of it: a value that says by itself what it is of, else with its column."""
    values = ", ".join(edited.values)
    bare = not any(value.replace(".", "").isdecimal() for value in edited.values)
    match edited.operator:
        case "=" | "in" if bare:
            return values
        case "=" | "in":
            return f"{edited.column} = {values}"
        case "!=" | "not in" if bare:
            return f"excluding {values}"
        case "between":
            first, last = edited.values
            return f"from {first} to {last}" if bare else f"{edited.column} between {first} and {last}"
        case operator:
            return f"{edited.column} {operator} {values}"


def _last_question(question: Question, state: State) -> str:
    """Stand-alone as far as it can be: a follow-up by rule is kept behind the question that it changes."""
    before = state.get("last_question", "")
    if question.follow_up and before and question.text in (question.words, before):
        return before if question.text == before else f"{before} → {question.text}"[-_QUESTION:]
    return question.text[:_QUESTION]


def _too_old(messages: Sequence[AnyMessage]) -> list[RemoveMessage]:
    """Removals of the oldest messages, so that what stays is within the budget."""
    kept, characters = 0, 0
    for message in reversed(messages):
        characters += len(message.text)
        if kept + 1 >= _MESSAGES or characters > _CHARACTERS:
            break
        kept += 1
    return [RemoveMessage(message.id) for message in messages[: len(messages) - kept] if message.id]
