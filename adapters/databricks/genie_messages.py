"""Reads Genie's messages: what it wrote, what it said, what it asks back. Everything in them is untrusted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from agents.domain import Draft, SaidByGenie

if TYPE_CHECKING:
    from databricks.sdk.service.dashboards import GenieAttachment, GenieMessage, GenieQueryAttachment

ASKS = "FOLLOW_UP_QUESTION"
TEXT_LIMIT = 4_000
SUGGESTIONS = 3


def status_of(message: GenieMessage) -> str:
    """Empty for a status that the SDK does not know, which is one more way of not being done."""
    return message.status.value if message.status else ""


def error_of(message: GenieMessage) -> tuple[str, str]:
    """(error type, its text), empty where there is none."""
    if not message.error:
        return "", ""
    return message.error.type.value if message.error.type else "", message.error.error or ""


def draft_of(message: GenieMessage) -> Draft | None:
    """The SQL that Genie wrote, if it has. Its parameters are put into the text, which is then checked as a whole."""
    for attachment in _attachments(message):
        if attachment.query and attachment.query.query:
            return Draft(
                _bound(attachment.query),
                (attachment.query.description or attachment.query.title or "")[:TEXT_LIMIT],
                "genie",
                message.space_id,
                message.conversation_id,
                message.message_id,
            )
    return None


def said_by(message: GenieMessage) -> SaidByGenie | None:
    """What Genie answered in words, if it has."""
    texts = [attachment.text for attachment in _attachments(message) if attachment.text and attachment.text.content]
    if not texts:
        return None
    purposes = (text.purpose.value if text.purpose else "" for text in texts)
    return SaidByGenie(
        "\n\n".join(str(text.content) for text in texts)[:TEXT_LIMIT],
        ASKS in purposes,
        suggestions_of(message),
        message.space_id,
        message.conversation_id,
        message.message_id,
    )


def suggestions_of(message: GenieMessage) -> tuple[str, ...]:
    """Questions that Genie proposes to go on with."""
    lists = (attachment.suggested_questions for attachment in _attachments(message))
    questions = [question for known in lists if known for question in known.questions or ()]
    return tuple(question[:200] for question in questions[:SUGGESTIONS])


def _attachments(message: GenieMessage) -> Iterable[GenieAttachment]:
    return message.attachments or ()


def _bound(query: GenieQueryAttachment) -> str:
    values = {
        parameter.keyword: (parameter.value, parameter.sql_type or "STRING")
        for parameter in query.parameters or ()
        if parameter.keyword
    }
    text = query.query or ""
    if not values:
        return text
    try:
        tree = sqlglot.parse_one(text, read="databricks")
    except sqlglot.errors.SqlglotError:
        return text  # the guard will say what is wrong with it
    for hole in list(tree.find_all(exp.Placeholder)):
        if hole.name in values:
            value, kind = values[hole.name]
            literal = exp.Null() if value is None else exp.Literal.string(value)
            hole.replace(literal if kind.upper() == "STRING" else exp.cast(literal, kind, dialect="databricks"))
    return tree.sql(dialect="databricks")
