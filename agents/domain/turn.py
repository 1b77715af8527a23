"""One message: what somebody wants, and what was understood of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from agents.domain.people import Conversation, User
from agents.domain.sql import Filter

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question in the asker's own words."""

    text: str
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Choose:
    """A click on one option of an earlier Clarification; `key` is the option's opaque key."""

    key: str
    kind: Literal["choose"] = "choose"


@dataclass(frozen=True, slots=True)
class Refine:
    """The answer's filters, edited by hand: the same SQL is run again with these values and without any model."""

    filters: tuple[Filter, ...]
    kind: Literal["refine"] = "refine"


@dataclass(frozen=True, slots=True)
class Explain:
    """How was the last answer of this conversation made?"""

    kind: Literal["explain"] = "explain"


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget this conversation."""

    kind: Literal["forget"] = "forget"


Action: TypeAlias = Ask | Choose | Refine | Explain | Forget


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `id` identifies the post itself (not the delivery): two events of one post are one turn."""

    id: str
    conversation: Conversation
    user: User
    action: Action
    at: datetime


class Intent(StrEnum):
    """What kind of reply a question wants."""

    ASK = "ask"  # figures or rows: SQL
    DISCOVER = "discover"  # which data products are there about …?
    DESCRIBE = "describe"  # what is in this product, who owns it, which columns?
    EXPLAIN = "explain"  # how was the last answer made?
    CHAT = "chat"  # greetings, thanks, help, nonsense


@dataclass(frozen=True, slots=True)
class Question:
    """A turn understood. `text` stands alone unless `follow_up`, when it changes the conversation's last question."""

    text: str
    intent: Intent
    language: Language
    follow_up: bool = False
    topic: str = ""  # DESCRIBE: one of FACETS; CHAT: one of TOPICS
    words: str = ""  # the asker's own words; `text` is their stand-alone wording where a model gave one
