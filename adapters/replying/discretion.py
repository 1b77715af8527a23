"""Who may see a reply, and the way to it. Without it restricted rows would stand in a channel."""

from __future__ import annotations

from typing import Literal

from adapters.replying.audience import Audience
from adapters.wording import Spoken, doing, phrase, still
from agents.domain import (
    Answer,
    Apology,
    Clarification,
    DataProduct,
    Explanation,
    Figures,
    Language,
    Progress,
    Reply,
    SmallTalk,
    TableRef,
)

Privacy = Literal["restricted", "unknown", "always", "never"]
"""Which replies in a channel go to their asker alone.

What names a restricted product; and what reveals data, unless all there are known to have the rights to it; and all
that reveals data; none.
"""
NAMING = frozenset({"found", "choosing", "reading_catalog", "asking_genie"})
"""Steps whose detail names products."""


async def aside(reply: Reply, spoken: Spoken, privacy: Privacy, audience: Audience, *, direct: bool) -> bool:
    """Must the others there not see it? `direct`: there are none. `spoken` is the reply in words."""
    if direct:
        return False
    return bool(signin_page(reply)) or await secret(reply, spoken, privacy, audience)


def signin_page(reply: Reply) -> str:
    """Where an asker whose identity is not known yet signs in: for one person, whatever the policy. Else empty."""
    return reply.names.get("url", "") if isinstance(reply, Apology) and reply.reason == "not_connected" else ""


async def secret(reply: Reply, spoken: Spoken, privacy: Privacy, audience: Audience) -> bool:
    """Is it for its asker alone, by policy? Whoever would share it cannot overrule that. Raises nothing."""
    if privacy == "never":
        return False
    if spoken.private or privacy == "restricted" or not _reveals(reply, spoken):
        return spoken.private
    return privacy == "always" or not await audience.knows(_tables(reply))


def excuse(reply: Reply, spoken: Spoken, privacy: Privacy) -> Literal["apart", "apart_unknown"]:
    """What the stub of a reply that went aside says: the key of a phrase."""
    unknown = privacy == "unknown" and not spoken.private and not signin_page(reply)
    return "apart_unknown" if unknown else "apart"


def _reveals(reply: Reply, spoken: Spoken) -> bool:
    """Rows, how they came about, values to choose from or that exist, and Genie's own words, which may hold any."""
    match reply:
        case Clarification():
            return True
        case Apology(instead=instead):
            return bool(instead)
        case Answer(body=SmallTalk(topic=topic, instead=instead)):
            return topic == "said" or bool(instead)
        case Answer():
            return bool(spoken.sql)


def _tables(reply: Reply) -> tuple[TableRef, ...] | None:
    """What the data of a reply is from; None where the reply does not say, empty where it holds names alone."""
    match reply:
        case Answer(body=Figures(reading=reading) | Explanation(reading=reading)):
            return reading.tables or None
        case Answer(body=SmallTalk(product=product)) | Clarification(about="genie" | "words", product=product):
            return _tables_of(product)
        case Clarification():
            return ()  # which product is meant: their names, and who may see those is not a matter of grants
        case _:
            return None


def _tables_of(product: DataProduct | None) -> tuple[TableRef, ...] | None:
    return tuple(table.ref for table in product.tables) or None if product else None


def told(progress: Progress, language: Language, privacy: Privacy, *, direct: bool) -> tuple[str, str]:
    """As wording.doing; in a channel the name of a product may be more than its members may know."""
    if direct or privacy == "never" or progress.step not in NAMING:
        return doing(progress, language)
    text = phrase(language, f"unnamed.{progress.step}")
    return phrase(language, f"agent.{progress.agent}"), still(text, progress, language)
