"""What we say when we are installed. Without it a person would not know what to ask."""

from __future__ import annotations

from adapters.teams import elements
from adapters.teams.elements import Element
from adapters.teams.markdown import escaped
from adapters.wording import phrase
from agents.domain import Language

PROMPTS = ("say_figure", "say_series", "say_discover")


def welcome(language: Language, scope: str) -> Element:
    """What we can do, and three questions to begin with; in a channel, how to call us."""
    body = [elements.text(escaped(phrase(language, "talk.help")))]
    if scope != "personal":
        body.append(elements.small(escaped(phrase(language, "teams.mention_me"))))
        return elements.card(body)
    prompts = [phrase(language, f"teams.{name}") for name in PROMPTS]
    pressed = [elements.press(words, "prompt", n=at) for at, words in enumerate(prompts)]
    return elements.card([*body, *(made for one in pressed for made in elements.buttons([one]))])


def prompt(language: Language, number: int) -> str:
    """The question behind one of the prompts, or empty."""
    return phrase(language, f"teams.{PROMPTS[number]}") if 0 <= number < len(PROMPTS) else ""
