"""Where a reply goes and what holds its place, as plain strings. Without it only the replica asked could answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, cast

from adapters.replying.addressing import StoredAddress
from adapters.slack.options import NAME
from agents.domain import Conversation

Way = Literal["message", "stream", "hook"]


@dataclass(frozen=True, slots=True)
class Address(StoredAddress):
    """One place in a workspace. `reuse`: a message of ours that becomes the placeholder instead of a new one.

    `hook` is a response_url: what goes there only the asker sees. `instead`: the message whose button was pressed gives
    way to the reply. `sheet`: the reply's rows are wanted as a file of this kind.
    """

    platform: ClassVar[str] = NAME
    team: str
    channel: str
    user: str
    turn: str
    thread: str = ""
    reuse: str = ""
    hook: str = ""
    instead: bool = False
    sheet: Literal["", "csv", "xlsx"] = ""

    @property
    def direct(self) -> bool:
        """Is this a conversation with the bot alone?"""
        return self.channel.startswith("D")

    @property
    def alone(self) -> bool:
        """Does nobody but the asker see what goes there?"""
        return self.direct or bool(self.hook)

    @property
    def place(self) -> str:
        """The channel, of whatever workspace."""
        return f"{self.team}:{self.channel}"

    @property
    def opens(self) -> bool:
        """Is it the first post of its thread? Nobody sees what is whispered in a thread that is not there yet."""
        return self.turn.endswith(f":{self.thread}")

    def moved(self, channel: str) -> Address:
        """The same asker in another channel, outside any thread."""
        return replace(self, channel=channel, thread="")


@dataclass(frozen=True, slots=True)
class Spot:
    """What holds the reply's place: a message, a native stream, or nothing but a response_url."""

    way: Way
    channel: str = "-"
    ts: str = "-"

    def __str__(self) -> str:
        return f"{self.way}/{self.channel}/{self.ts}"

    @staticmethod
    def of(placeholder: str) -> Spot:
        """The inverse of `str`."""
        way, channel, ts = placeholder.split("/")
        return Spot(cast("Way", way), channel, ts)


def conversation(team: str, channel: str, thread: str) -> Conversation:
    """The talk that goes on in this thread."""
    return Conversation(NAME, team, channel, thread)


def aside(team: str, channel: str, user: str) -> Conversation:
    """The talk that one person has by `/findata`, which knows no threads."""
    return Conversation(NAME, team, channel, f"/{user}")
