"""Teams from the activity to the answer: what people see, at the strict connector."""

from __future__ import annotations

from teams_peer import CHANNEL, PERSONAL
from teams_scene import scene

from agents.domain import Answer, Progress, Talk

HELLO = Answer("en", Talk("hello"))


async def test_a_question_in_a_channel_is_acknowledged_and_answered_in_its_thread() -> None:
    """202 once it is stored; the placeholder becomes the answer."""
    async with scene() as made:
        assert await made.alice.say("top issuers?", CHANNEL) == (202, "")
        turn, _ = made.desk.turns[0]
        assert turn.action.text == "top issuers?"
        assert (turn.conversation.channel, turn.conversation.thread) == ("19:x@thread.tacv2", "1700000000000")
        await made.answer(HELLO)
        assert made.peer.cards(CHANNEL) == []
        assert len(made.peer.texts(CHANNEL)) == 1
        assert made.peer.texts(CHANNEL)[0].startswith("Hello\\!")


async def test_a_question_in_a_personal_chat_is_streamed() -> None:
    """Informative steps in order, then the final message with the label of a machine's words."""
    async with scene() as made:
        await made.alice.say("hello")
        await made.answer(HELLO, progress=(Progress("coordinator", "understanding"),))
        sent = made.peer.sends(PERSONAL)
        kinds = [one.body["entities"][0]["streamType"] for one in sent]
        assert kinds[0] == "informative"
        assert kinds[-1] == "final"
        assert sent[-1].body["entities"][1]["additionalType"] == ["AIGeneratedContent"]
        assert len(made.peer.standing(PERSONAL)) == 1
