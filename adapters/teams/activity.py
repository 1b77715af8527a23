"""A raw activity read strictly. Without it a malformed body would be met deep inside, as an error of our own."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Raw = Mapping[str, Any]

LONGEST_ID, LONGEST_TEXT = 600, 20_000
MOST_ENTITIES = 100
KEPT = "\n\t\u200c\u200d"  # joiners shape Persian words and families of emoji
_AT = re.compile(r"</?at\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_COMMAND = re.compile(r"^\s*/findata\b", re.IGNORECASE)


class Malformed(Exception):
    """This is no activity: answer 400."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Where it came from. `id` is the conversation's own, with the thread in it where the scope is a channel."""

    service_url: str
    id: str
    scope: Literal["personal", "groupChat", "channel"]
    tenant: str
    bot: str  # our own id there

    @property
    def channel(self) -> str:
        """The conversation without its thread."""
        return self.id.split(";messageid=")[0]

    @property
    def thread(self) -> str:
        """The post that the thread hangs on, or empty."""
        return self.id.partition(";messageid=")[2]


@dataclass(frozen=True, slots=True)
class Heard:
    """One activity. `person` is the directory's object id, by which rights are looked up; `member` is Teams' own id."""

    type: str
    id: str
    chat: Chat
    person: str
    member: str
    person_name: str
    locale: str
    text: str
    targeted: bool
    mentioned: bool
    raw: Raw

    @property
    def event(self) -> str:
        """What Teams calls it: editMessage, softDeleteMessage and others, or the name of an invoke."""
        return _text(_map(self.raw, "channelData"), "eventType") or _text(self.raw, "name")

    @property
    def value(self) -> Raw:
        """What an invoke carries."""
        return _map(self.raw, "value")


def read(raw: object) -> Heard:
    """The activity, every part of the type it should have. Raises Malformed."""
    if not isinstance(raw, Mapping):
        raise Malformed("not an object")
    kind, chat = _id(raw, "type"), _chat(raw)
    if raw.get("channelId") != "msteams":
        raise Malformed("not from Teams")
    sender, recipient = _map(raw, "from"), _map(raw, "recipient")
    mentions = _mentions(raw, chat.bot)
    return Heard(
        kind,
        _id(raw, "id", needed=kind in ("message", "messageUpdate", "messageDelete")),
        chat,
        _id(sender, "aadObjectId", needed=False).lower(),
        _id(sender, "id", needed=False),
        clean(_text(sender, "name"))[:120],
        _text(raw, "locale")[:20],
        said(clean(_text(raw, "text")), mentions),
        recipient.get("isTargeted") is True,
        bool(mentions),
        raw,
    )


def _chat(raw: Raw) -> Chat:
    conversation = _map(raw, "conversation")
    scope = conversation.get("conversationType", "personal")
    if scope not in ("personal", "groupChat", "channel"):
        raise Malformed("conversationType")
    told = _text(_map(_map(raw, "channelData"), "tenant"), "id")
    tenant = told or _text(conversation, "tenantId")
    if told and _text(conversation, "tenantId") not in ("", told):
        raise Malformed("two tenants")
    bot = _id(_map(raw, "recipient"), "id", needed=False)
    return Chat(_id(raw, "serviceUrl", needed=False), _id(conversation, "id"), scope, tenant[:100], bot)


def _map(raw: Raw, name: str) -> Raw:
    value = raw.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Malformed(name)
    return value


def _text(raw: Raw, name: str) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(name)
    return value


def _id(raw: Raw, name: str, *, needed: bool = True) -> str:
    value = _text(raw, name)
    if (needed and not value) or len(value) > LONGEST_ID or not value.isascii() or (value and not value.isprintable()):
        raise Malformed(name)
    if value in (".", ".."):  # a step in the paths that ids become part of
        raise Malformed(name)
    return value


def _mentions(raw: Raw, bot: str) -> tuple[str, ...]:
    """The texts by which we are called."""
    entities = raw.get("entities") or ()
    if not isinstance(entities, list | tuple) or len(entities) > MOST_ENTITIES:
        raise Malformed("entities")
    found = []
    for entity in entities:
        if not isinstance(entity, Mapping):
            raise Malformed("entities")
        if entity.get("type") == "mention" and _text(_map(entity, "mentioned"), "id") == bot:
            found.append(clean(_text(entity, "text")))
    return tuple(found)


def clean(text: str) -> str:
    """Text that can be stored: no lone surrogates, no control characters, not without end."""
    safe = text[:LONGEST_TEXT].encode("utf-8", "replace").decode()
    return "".join(char for char in safe if char.isprintable() or char in KEPT or unicodedata.category(char) == "Zs")


def said(text: str, mentions: tuple[str, ...]) -> str:
    """What a person wrote, without the call to us; our name inside the question stays where it is."""
    for mention in mentions:
        text = text.replace(mention, " ", 1) if mention else text
    text = _COMMAND.sub("", _AT.sub("", text), count=1)
    return " ".join(text.replace("&nbsp;", " ").replace("\u00a0", " ").split())


def plain(markup: str) -> str:
    """The text of a message that came as HTML."""
    return " ".join(html.unescape(_TAG.sub(" ", clean(markup))).replace("\u00a0", " ").split())
