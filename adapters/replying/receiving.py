"""What is heard and said before a turn is understood. Without it "stop" would wait in line behind what it is to end."""

from __future__ import annotations

import re
from typing import Literal

from agents.domain import Apology, Ask, Language, Turn
from agents.language import fold, language_of
from agents.ports import Receipt

_COURTESY = r"(?:please|stp|svp|s'il te plait|s'il vous plait)"
_TALK = r"(?:this|the|our|cette|la|notre) (?:conversation|discussion|thread)|ce fil|cet echange"
_STOP = r"(?:stop|cancel)(?: (?:it|that|this|now))?|(?:arrete|annule)[rz]?(?: (?:toi|ca|cela|tout))?"
_FORGET = rf"(?:forget|oublie[rz]?)(?: (?:all|everything|tout|{_TALK}))?"
_ORDER = re.compile(rf"(?:{_COURTESY} )?(?:(?P<stop>{_STOP})|(?P<forget>{_FORGET}))(?: {_COURTESY})?")


def ordered(text: str) -> Literal["stop", "forget", ""]:
    """Is the whole message an order to us, in either language, rather than a question? "forget" is `domain.Forget`."""
    words = " ".join(re.sub(r"[-,.!/]", " ", fold(text[:100])).split())
    if not (found := _ORDER.fullmatch(words)):
        return ""
    return "stop" if found["stop"] else "forget"


def language_of_turn(turn: Turn) -> Language:
    """Of what is shown before the question is understood."""
    words = turn.action.text if isinstance(turn.action, Ask) else ""
    return language_of(words, turn.user.locale)


def refusal(receipt: Receipt, language: Language) -> Apology:
    """Why a turn was not taken: "busy" or "too_fast". A platform that says it outside a turn has no Retry to draw."""
    if receipt.outcome == "too_fast":
        return Apology(language, "too_fast", {"wait": f"{max(1, round(receipt.wait))}"}, retry=True)
    return Apology(language, "busy", {"place": str(receipt.place)}, retry=True)
