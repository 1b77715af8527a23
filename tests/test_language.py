"""Which language is spoken to whom: the asker's, as far as anything tells, and else both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.wording import plain, say
from agents.domain import Answer, SmallTalk
from agents.language import told_language
from tests.scenes import ALICE, QUESTION, Scene

UNKNOWN = replace(ALICE, locale="de-DE")


@pytest.mark.parametrize("nothing", ["", "  \n ", "🙂👍", "???", "12"])
@pytest.mark.parametrize(("locale", "language"), [("fr-CA", "fr"), ("en-US", "en")])
async def test_a_message_without_words_is_answered_in_the_platforms_language(nothing, locale, language) -> None:
    """Emoji and empty messages are in no language, their sender reads one."""
    reply = await Scene().say(nothing, replace(ALICE, locale=locale))
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, SmallTalk)
    assert (reply.language, reply.body.topic == "either") == (language, False)


@pytest.mark.parametrize("nothing", ["", "🙂👍"])
async def test_where_nothing_tells_both_are_spoken(nothing) -> None:
    """A German workspace: better twice than in the wrong one."""
    said = plain(say(await Scene().say(nothing, UNKNOWN)).headline)
    assert "écrivez « aide »" in said
    assert "write “help”" in said


async def test_the_conversation_so_far_tells() -> None:
    """After a French question an emoji is answered in French."""
    scene = Scene()
    await scene.say(QUESTION, UNKNOWN)
    reply = await scene.say("🙂👍", UNKNOWN)
    assert (reply.language, "Ask" in plain(say(reply).headline)) == ("fr", False)


def test_words_come_before_locales() -> None:
    """None only where neither says."""
    assert told_language("par mois", "en-GB") == "fr"
    assert told_language("TTF 2024", "de-DE", "fr") == "fr"
    assert told_language("TTF 2024", "de-DE") is None
