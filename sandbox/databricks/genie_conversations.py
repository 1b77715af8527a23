"""Genie's conversations and messages: without them there would be nothing to poll and no question to follow up on."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from sandbox.databricks.principals import Principal
from sandbox.databricks.rest import missing

if TYPE_CHECKING:
    from sandbox.brain import Before
    from sandbox.databricks.statements import Statement

Status: TypeAlias = Literal[
    "SUBMITTED",
    "FETCHING_METADATA",
    "FILTERING_CONTEXT",
    "ASKING_AI",
    "PENDING_WAREHOUSE",
    "EXECUTING_QUERY",
    "COMPLETED",
    "FAILED",
    "CANCELLED",
    "QUERY_RESULT_EXPIRED",
]
TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED", "QUERY_RESULT_EXPIRED"})


def _identifier() -> str:
    return uuid.uuid4().hex


@dataclass(slots=True, eq=False)
class Query:
    """The SQL of an answer and its latest run. `title` and `description` say what was understood."""

    sql: str
    title: str
    description: str
    tables: tuple[str, ...]
    statement: Statement | None = None
    id: str = field(default_factory=_identifier)


@dataclass(frozen=True, slots=True)
class Text:
    """Genie's own words: an answer, or a question back (`asks`)."""

    content: str
    asks: bool
    id: str = field(default_factory=_identifier)


@dataclass(slots=True, eq=False)
class Message:
    """One question and what has become of it so far. Times are Unix seconds."""

    asker: Principal
    space: str
    conversation: str
    content: str
    id: str = field(default_factory=_identifier)
    status: Status = "SUBMITTED"
    error: tuple[str, str] | None = None  # (type, text)
    query: Query | None = None
    text: Text | None = None
    suggestions: tuple[str, ...] = ()
    suggestions_id: str = field(default_factory=_identifier)
    feedback: dict[str, str] | None = None
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)

    def move(self, status: Status) -> None:
        """On to the next status, unless it is over already."""
        if self.status not in TERMINAL:
            self.status, self.updated = status, time.time()

    def renew(self) -> None:
        """Its rows are there again."""
        self.status, self.updated = "COMPLETED", time.time()

    def fail(self, kind: str, text: str) -> None:
        """The end, with one of Genie's error types."""
        if self.status not in TERMINAL:
            self.error = (kind, text)
            self.move("FAILED")


@dataclass(slots=True, eq=False)
class Conversation:
    """Questions of one asker in one space. `before` is the last one, answered or left open."""

    asker: Principal
    space: str
    title: str
    id: str = field(default_factory=_identifier)
    messages: dict[str, Message] = field(default_factory=dict)
    before: Before = None
    created: float = field(default_factory=time.time)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # its questions are answered one after the other

    def add(self, content: str) -> Message:
        """A new question in this conversation."""
        message = Message(self.asker, self.space, self.id, content)
        self.messages[message.id] = message
        return message

    @property
    def updated(self) -> float:
        """When something last happened here."""
        return max((message.updated for message in self.messages.values()), default=self.created)


class Conversations:
    """Every conversation; each belongs to whoever started it, and for all others it does not exist."""

    def __init__(self) -> None:
        self._by_id: dict[str, Conversation] = {}

    def start(self, asker: Principal, space: str, content: str) -> Conversation:
        """A new conversation, titled by its first question."""
        conversation = Conversation(asker, space, content[:80])
        self._by_id[conversation.id] = conversation
        return conversation

    def get(self, asker: Principal, space: str, identifier: str) -> Conversation:
        """The asker's own conversation in this space. Raises a 404 refusal."""
        conversation = self._by_id.get(identifier)
        if conversation is None or conversation.space != space or conversation.asker.name != asker.name:
            raise missing(f"Conversation '{identifier}'")
        return conversation

    def message(self, asker: Principal, space: str, conversation: str, identifier: str) -> Message:
        """The asker's own message. Raises a 404 refusal."""
        message = self.get(asker, space, conversation).messages.get(identifier)
        if message is None:
            raise missing(f"Message '{identifier}'")
        return message

    def of(self, asker: Principal, space: str) -> list[Conversation]:
        """The asker's conversations in this space, the latest first."""
        own = (one for one in self._by_id.values() if one.space == space and one.asker.name == asker.name)
        return sorted(own, key=lambda one: one.updated, reverse=True)

    def forget(self, conversation: Conversation) -> None:
        """It exists no more."""
        self._by_id.pop(conversation.id, None)

    def messages(self) -> Iterator[Message]:
        """Everybody's messages, for tests that look at the feedback."""
        return (message for conversation in self._by_id.values() for message in conversation.messages.values())
