"""A platform's own address as the plain strings of a ReplyTo, and back. Without it only one replica could answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from agents.domain import ReplyTo


@dataclass(frozen=True, slots=True)
class StoredAddress:
    """What a platform's address is made of: fields that are strings, or flags that are off by default."""

    platform: ClassVar[str]

    def reply_to(self) -> ReplyTo:
        """As the inbox stores it; what is empty is left out."""
        held = ((field.name, getattr(self, field.name)) for field in fields(self))
        return ReplyTo(self.platform, {name: "1" if value is True else str(value) for name, value in held if value})

    @classmethod
    def of(cls, to: ReplyTo) -> Self:
        """The inverse of `reply_to`. Raises TypeError when a field without a default is missing."""
        flags = {field.name for field in fields(cls) if field.default is False}
        given: Mapping[str, Any] = {key: True if key in flags else text for key, text in to.address.items()}
        return cls(**given)
