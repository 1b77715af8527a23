"""Who asks and where: identities that the platforms have verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Conversation:
    """One thread of talk. `thread` is empty where the platform has no threads (a terminal, a Teams 1:1 chat)."""

    platform: str
    tenant: str
    channel: str
    thread: str = ""

    @property
    def key(self) -> str:
        """The Redis prefix of this conversation and the graph's thread id."""
        return "/".join(part.replace("/", "%2F") for part in (self.platform, self.tenant, self.channel, self.thread))


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. `id` is the platform's verified id; rights are looked up by (platform, tenant, id), never by name."""

    platform: str
    tenant: str
    id: str
    name: str = ""
    locale: str = ""

    @property
    def key(self) -> str:
        """Identifies the asker in caches, tokens and limits."""
        return "/".join(part.replace("/", "%2F") for part in (self.platform, self.tenant, self.id))


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where a reply goes: plain strings only, so that whichever replica claims the turn can post it."""

    platform: str
    address: Mapping[str, str] = field(default_factory=dict)
