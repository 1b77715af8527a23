"""Spaces, conversations and messages as the Genie API writes them. Without it clients could not read an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from sandbox.databricks.genie_conversations import Conversation, Message, Query, Text
from sandbox.databricks.genie_spaces import Space

Document: TypeAlias = dict[str, object]


def space_document(space: Space, warehouse: str) -> Document:
    """GenieSpace."""
    return {"space_id": space.id, "title": space.title, "description": space.description, "warehouse_id": warehouse}


def conversation_document(conversation: Conversation) -> Document:
    """GenieConversation."""
    return {
        "id": conversation.id,
        "conversation_id": conversation.id,
        "space_id": conversation.space,
        "title": conversation.title,
        "user_id": conversation.asker.id,
        "created_timestamp": _ms(conversation.created),
        "last_updated_timestamp": _ms(conversation.updated),
    }


def message_document(message: Message) -> Document:
    """GenieMessage with its attachments; null fields are left out, as the real API does."""
    document: Document = {
        "id": message.id,
        "message_id": message.id,
        "space_id": message.space,
        "conversation_id": message.conversation,
        "user_id": message.asker.id,
        "content": message.content,
        "status": message.status,
        "created_timestamp": _ms(message.created),
        "last_updated_timestamp": _ms(message.updated),
    }
    if attachments := list(_attachments(message)):
        document["attachments"] = attachments
    if message.error:
        document["error"] = {"type": message.error[0], "error": message.error[1]}
    if message.feedback:
        document["feedback"] = message.feedback
    if message.query and message.query.statement:
        document["query_result"] = _legacy_result(message.query)
    return document


def _attachments(message: Message) -> Iterator[Document]:
    if message.query and message.query.statement and message.status != "PENDING_WAREHOUSE":
        yield {"attachment_id": message.query.id, "query": _query(message.query, message.updated)}
    if message.text:
        yield {"attachment_id": message.text.id, "text": _text(message.text)}
    if message.suggestions:
        questions = {"questions": list(message.suggestions)}
        yield {"attachment_id": message.suggestions_id, "suggested_questions": questions}


def _text(text: Text) -> Document:
    purpose = "FOLLOW_UP_QUESTION" if text.asks else "TEXT_ATTACHMENT_PURPOSE_ANSWER"
    return {"id": text.id, "content": text.content, "purpose": purpose}


def _query(query: Query, updated: float) -> Document:
    document: Document = {
        "id": query.id,
        "title": query.title,
        "description": query.description,
        "query": query.sql,
        "parameters": [],
        "last_updated_timestamp": _ms(updated),
        "thoughts": [
            {"thought_type": "THOUGHT_TYPE_UNDERSTANDING", "content": query.description},
            {"thought_type": "THOUGHT_TYPE_DATA_SOURCING", "content": ", ".join(query.tables)},
        ],
    }
    if query.statement:
        document["statement_id"] = query.statement.id
        if query.statement.result is not None:
            document["query_result_metadata"] = _result_metadata(query)
    return document


def _result_metadata(query: Query) -> Document:
    statement = query.statement
    if statement is None or statement.result is None:
        return {}
    return {"row_count": statement.result.num_rows, "is_truncated": statement.truncated}


def _legacy_result(query: Query) -> Document:
    statement = query.statement.id if query.statement else ""
    return {"statement_id": statement, **_result_metadata(query)}


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
