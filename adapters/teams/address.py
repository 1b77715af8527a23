"""Where a reply goes and what holds its place, as plain strings. Without it only the replica asked could answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, cast

from adapters.replying.addressing import StoredAddress
from adapters.teams.activity import Heard
from adapters.teams.options import NAME
from agents.domain import Conversation, User

Scope = Literal["personal", "groupChat", "channel"]


@dataclass(frozen=True, slots=True)
class Address(StoredAddress):
    """One place in Teams. `conversation` has the thread in it; `user` is Teams' id of the asker, `bot` ours.

    `person`: the asker's id in the directory. `targeted`: what goes there only the asker sees. `soft` is the key that
    holds off the same question asked twice. `sheet`: the reply's rows are wanted as a file.
    """

    platform: ClassVar[str] = NAME
    service_url: str
    conversation: str
    scope: Scope
    tenant: str = ""
    user: str = ""
    bot: str = ""
    turn: str = ""
    person: str = ""
    targeted: bool = False
    soft: str = ""
    sheet: bool = False

    @property
    def direct(self) -> bool:
        """Does nobody but the asker see what goes there?"""
        return self.scope == "personal" or self.targeted

    @property
    def asker(self) -> User:
        """Who asked."""
        return User(NAME, self.tenant, self.person)

    @property
    def streams(self) -> bool:
        """Does Teams stream there?"""
        return self.scope == "personal" and not self.targeted

    @property
    def place(self) -> str:
        """The channel or chat, without any thread, of whatever organisation."""
        return f"{self.tenant}:{self.conversation.partition(';messageid=')[0]}"

    def aside(self, conversation: str) -> Address:
        """The same asker in their own conversation with us."""
        return replace(self, conversation=conversation, scope="personal", targeted=False)


@dataclass(frozen=True, slots=True)
class Spot:
    """What holds the reply's place: a text and a card that give way to it, or a stream that it ends.

    `since`: when the stream began, in epoch seconds.
    """

    way: Literal["pair", "stream", "none"] = "none"
    text: str = ""
    card: str = ""
    since: float = 0.0

    def __str__(self) -> str:
        return "|".join((self.way, self.text, self.card, f"{self.since:.1f}"))

    @staticmethod
    def of(placeholder: str) -> Spot:
        """The inverse of `str`; nothing where nothing was shown."""
        parts = placeholder.split("|")
        if len(parts) != 4 or parts[0] not in ("pair", "stream"):
            return Spot()
        return Spot(cast("Literal['pair', 'stream']", parts[0]), parts[1], parts[2], float(parts[3]))


def address_of(heard: Heard, turn: str) -> Address:
    """Where the reply to this activity goes."""
    chat = heard.chat
    return Address(
        chat.service_url,
        chat.id,
        chat.scope,
        chat.tenant,
        heard.member,
        chat.bot,
        turn,
        heard.person,
        heard.targeted,
    )


def conversation_of(heard: Heard) -> Conversation:
    """The talk it belongs to; what a person asks privately in a channel is a talk of their own."""
    thread = f"/{heard.person}" if heard.targeted else heard.chat.thread
    return Conversation(NAME, heard.chat.tenant, heard.chat.channel, thread)


def turn_id(conversation: str, activity: str) -> str:
    """Identifies a post: ids of activities are unique within a conversation only."""
    return f"{NAME}/{conversation}/{activity}"
