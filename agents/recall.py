"""What is remembered between turns beside messages, typed: without it every agent would parse JSON strings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from agents.domain import User

About: TypeAlias = Literal["product", "genie", "words"]

_ABOUT: dict[str, About] = {"product": "product", "genie": "genie"}


@dataclass(frozen=True, slots=True)
class Pending:
    """The open Clarification. `options` maps an option's key to (what it stands for, its label).

    About a product, what it stands for is the product's id; otherwise it is a wording. `product` is the product that
    the question was already settled on, or empty.
    """

    about: About
    question: str
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    product: str = ""

    def text(self) -> str:
        """As it is kept in State.pending."""
        return json.dumps(asdict(self), ensure_ascii=False)


def pending_of(text: str | None) -> Pending | None:
    """The open Clarification, or None. What an older version kept in another shape counts as none."""
    try:
        kept = json.loads(text or "null")
        options = {str(key): (str(value[0]), str(value[1])) for key, value in kept["options"].items()}
        return Pending(_ABOUT.get(kept["about"], "words"), str(kept["question"]), options, str(kept["product"]))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None


def genie_conversation(text: str | None, user: User, space: str) -> str:
    """Genie's conversation with this user in this space, or empty: a conversation belongs to its user."""
    conversation = _conversations(text).get(_place(user, space), "")
    return conversation if isinstance(conversation, str) else ""


def with_conversation(text: str | None, user: User, space: str, conversation: str) -> str:
    """Conversations of one turn as State.genie keeps them, with one more."""
    return json.dumps(_conversations(text) | {_place(user, space): conversation}, ensure_ascii=False)


def _place(user: User, space: str) -> str:
    return f"{user.key} {space}"


def _conversations(text: str | None) -> dict[str, object]:
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}
