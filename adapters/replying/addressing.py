"""A platform's own address as the plain strings of a ReplyTo, and back. Without it only one replica could answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

from agents.domain import ReplyTo

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Address = TypeVar("Address", bound=DataclassInstance)


def packed(platform: str, address: DataclassInstance) -> ReplyTo:
    """As the inbox stores it. The fields are strings, or flags that are off by default; what is empty is left out."""
    texts = {key: "1" if value is True else str(value) for key, value in asdict(address).items() if value}
    return ReplyTo(platform, texts)


def unpacked(kind: type[Address], to: ReplyTo) -> Address:
    """The inverse of `packed`. Raises TypeError when a field without a default is missing."""
    flags = {field.name for field in fields(kind) if field.default is False}
    given: Mapping[str, Any] = {key: True if key in flags else text for key, text in to.address.items()}
    return kind(**given)
