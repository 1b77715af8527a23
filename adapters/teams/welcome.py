"""What we say when we are installed. Without it a person would not know what to ask."""

from __future__ import annotations

from adapters.teams import elements
from adapters.teams.elements import Element
from adapters.teams.markdown import escaped
from adapters.wording import phrase
from agents.domain import Language

PROMPTS = ("figure", "series", "discover")


def welcome(language: Language, scope: str) -> Element:
    """What we can do, and three questions to begin with; in a channel, how to call us."""
    body = [elements.text(escaped(phrase(language, "small_talk.help")))]
    if scope != "personal":
        body.append(elements.small(escaped(phrase(language, "teams.mention_me"))))
        return elements.card(body)
    for at, name in enumerate(PROMPTS):
        body.append(elements.small(escaped(prompt(language, at))))
        body += elements.buttons([elements.press(phrase(language, f"teams.prompt_{name}"), "prompt", n=at)])
    return elements.card(body)


def prompt(language: Language, number: int) -> str:
    """The question behind one of the prompts, or empty."""
    return phrase(language, f"teams.say_{PROMPTS[number]}") if 0 <= number < len(PROMPTS) else ""
