"""A turn with its address, and a reply, as text. Without this module a replica could not go on with another's turn."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ConfigDict, TypeAdapter

from agents.domain import Reply, ReplyTo, Turn

LARGEST = 256 * 1024  # bytes of one stored turn


@dataclass(frozen=True, slots=True)
class _Letter:
    turn: Turn
    to: ReplyTo


_LETTERS: TypeAdapter[_Letter] = TypeAdapter(_Letter)
_REPLIES: TypeAdapter[Reply] = TypeAdapter(Reply, config=ConfigDict(defer_build=True))


def line(text: str) -> str:
    """An id as one line, the way the scripts compare it."""
    return text.replace("%", "%25").replace("\n", "%0A")


def seal(turn: Turn, to: ReplyTo) -> bytes:
    """The turn's id and its asker, a line each, then everything as JSON. Raises ValueError when it is too large."""
    head = f"{line(turn.id)}\n{line(turn.user.key)}\n".encode("utf-8", "surrogatepass")
    sealed = head + _LETTERS.dump_json(_Letter(turn, to))
    if len(sealed) > LARGEST:
        raise ValueError(f"a turn of {len(sealed)} bytes is too large to be stored")
    return sealed


def unseal(sealed: bytes) -> tuple[Turn, ReplyTo]:
    """The inverse of `seal`. Raises ValueError (pydantic's ValidationError is one) when this is not a turn of ours."""
    letter = _LETTERS.validate_json(sealed.split(b"\n", 2)[-1])
    return letter.turn, letter.to


def seal_reply(reply: Reply) -> str:
    """A reply as JSON; not one with rows, whose values would come back as JSON has them."""
    return _REPLIES.dump_json(reply).decode()


def unseal_reply(sealed: str) -> Reply:
    """The inverse of `seal_reply`. Raises ValueError when this is not a reply of ours."""
    return _REPLIES.validate_json(sealed)
