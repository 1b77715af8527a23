"""Which Slack app we are, and what we need from whoever wires us. Without it settings and stores would leak in here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

from adapters.replying import Privacy
from agents.domain import User

NAME = "slack"


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """The app's settings. One workspace: `bot_token`. Several: `client_id` and `client_secret`, tokens in the store.

    `signing_secret` opens the HTTP way in, `app_token` Socket Mode. `clicks`: who may press the buttons of an answer.
    `privacy`: which answers in a channel go to the asker alone.
    """

    signing_secret: str = field(default="", repr=False)
    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"
    clicks: Literal["asker", "thread"] = "asker"
    privacy: Privacy = "restricted"
    public_url: str = ""  # how browsers reach us: where Slack sends people back to after an install
    streaming: bool = True  # try Slack's native streaming before placeholder and update

    @property
    def answers_to(self) -> tuple[str, ...]:
        """Hosts that a `response_url` may have: Slack's own, or that of the peer we were pointed at."""
        own = urlsplit(self.api_url).hostname or ""
        return ("hooks.slack.com", "hooks.slack-gov.com", *([own] if own != "slack.com" else []))


class Vault(Protocol):
    """Seals what the store must not hold in clear: the tokens of installed workspaces."""

    def seal(self, document: Mapping[str, object]) -> bytes:
        """Encrypted and signed."""

    def open(self, sealed: bytes) -> Mapping[str, object] | None:
        """The document, or None when it is not of ours."""


Identity = Callable[[User], Awaitable[str]]
"""The Databricks identity that is linked to an asker, or empty."""
