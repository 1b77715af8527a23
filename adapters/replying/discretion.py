"""Who may see a reply, and the way to it. Without it restricted rows would stand in a channel."""

from __future__ import annotations

from typing import Literal

from adapters.wording import Spoken, doing, phrase, still
from agents.domain import Answer, Apology, Clarification, Language, Progress, Reply, Talk

Privacy = Literal["restricted", "always", "never"]
"""Which replies in a channel go to their asker alone: what names a restricted product, all that reveals data, none."""
NAMING = frozenset({"found", "choosing", "reading_catalog", "asking_genie"})
"""Steps whose detail names products."""


def aside(reply: Reply, spoken: Spoken, privacy: Privacy, *, direct: bool) -> bool:
    """Must the others there not see it? `direct`: there are none. `spoken` is the reply in words."""
    if direct:
        return False
    return bool(signin_page(reply)) or secret(reply, spoken, privacy)


def signin_page(reply: Reply) -> str:
    """Where an asker whose identity is not known yet signs in: for one person, whatever the policy. Else empty."""
    return reply.names.get("url", "") if isinstance(reply, Apology) and reply.reason == "not_connected" else ""


def secret(reply: Reply, spoken: Spoken, privacy: Privacy) -> bool:
    """Is it for its asker alone, by policy? Whoever would share it cannot overrule that."""
    if privacy == "never":
        return False
    return spoken.private or (privacy == "always" and _reveals(reply, spoken))


def _reveals(reply: Reply, spoken: Spoken) -> bool:
    """Rows, how they came about, values to choose from or that exist, and Genie's own words, which may hold any."""
    match reply:
        case Clarification():
            return True
        case Apology(instead=instead):
            return bool(instead)
        case Answer(body=Talk(topic=topic, instead=instead)):
            return topic == "said" or bool(instead)
        case Answer():
            return bool(spoken.sql)


def told(progress: Progress, language: Language, privacy: Privacy, *, direct: bool) -> tuple[str, str]:
    """As wording.doing; in a channel the name of a product may be more than its members may know."""
    if direct or privacy == "never" or progress.step not in NAMING:
        return doing(progress, language)
    text = phrase(language, f"unnamed.{progress.step}")
    return phrase(language, f"agent.{progress.agent}"), still(text, progress, language)
