"""What people think of an answer. Without it Genie would not hear of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agents.domain import User


@dataclass(frozen=True, slots=True)
class Rating:
    """Thumbs on one answer. `space`, `conversation` and `message` are Genie's: empty when it wrote no SQL."""

    turn: str
    good: bool
    space: str = ""
    conversation: str = ""
    message: str = ""
    text: str = ""  # what the person added, untrusted; empty where a platform does not ask for words


Rate = Callable[[User, Rating], Awaitable[None]]
