"""The second opinion: Microsoft's Agents Playground talks to the bot and shows what a person would see."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from adapters.replying import Rating
from adapters.teams import TeamsOptions, TeamsPlatform
from agents.domain import Ask, Choose, Explain, Progress, Reply, ReplyTo, Turn, User
from tests.green_energy import WHICH
from tests.memory_store import MemoryStore
from tests.teams_peer import button
from tests.teams_playground import GROUP, PERSONAL, TEAM, Playground, playground
from tests.teams_replies import ANSWER, HELLO, RESTRICTED
from tests.teams_scene import Desk


@dataclass
class Bot:
    """A bot in development, and the replica that takes over from it."""

    url: str
    desk: Desk
    store: MemoryStore
    platform: TeamsPlatform
    ratings: list[Rating] = field(default_factory=list)

    async def asked(self, pg: Playground, text: str, where: str = PERSONAL) -> tuple[Turn, ReplyTo]:
        """A question, once it is here."""
        before = len(self.desk.turns)
        await pg.say(text, where)
        await pg.until(lambda: len(self.desk.turns) > before)
        return self.desk.turns[-1]

    async def answered(self, pg: Playground, reply: Reply, where: str = PERSONAL) -> tuple[Turn, ReplyTo]:
        """A whole turn."""
        turn, to = await self.asked(pg, f"question {len(self.desk.turns)}", where)
        placeholder = await self.platform.open(to, turn)
        await self.platform.finish(to, placeholder, reply, turn)
        return turn, to


@asynccontextmanager
async def bot() -> AsyncIterator[Bot]:
    """On loopback, without an app id."""
    desk, store, ratings = Desk(), MemoryStore(), list[Rating]()

    async def rate(user: User, rating: Rating) -> None:
        ratings.append(rating)

    platform = TeamsPlatform(TeamsOptions(development=True, pace=1.0), store, rate=rate)
    app = web.Application()
    platform.mount(app, desk)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/teams/messages"
    try:
        yield Bot(url, desk, store, platform, ratings)
    finally:
        await runner.cleanup()
        await platform.close()


def cards(pg: Playground, where: str) -> list[dict[str, Any]]:
    """The cards that a person sees."""
    found = [one.get("attachments") or [] for one in pg.messages(where)]
    return [one["content"] for attachments in found for one in attachments]


def texts(pg: Playground, where: str) -> list[dict[str, Any]]:
    """The text messages that a person sees."""
    return [one for one in pg.messages(where) if one.get("text")]


async def test_a_personal_chat_streams_cites_and_can_be_rated() -> None:
    """Steps, the final message with label and citation, the card, a button, thumbs."""
    async with bot() as made, playground(made.url) as pg:
        turn, to = await made.asked(pg, "green energy by month?")
        assert turn.action == Ask("green energy by month?")
        placeholder = await made.platform.open(to, turn)
        await made.platform.progress(to, placeholder, Progress("marketplace", "found", "Energy usage"), "en")
        await pg.until(lambda: "Energy usage" in json.dumps(texts(pg, PERSONAL)))
        await made.platform.finish(to, placeholder, ANSWER, turn)
        [card] = await pg.until(lambda: cards(pg, PERSONAL))
        [said] = texts(pg, PERSONAL)
        assert said["streamEntity"]["streamType"] == "final"
        assert said["aiEntity"]["additionalType"] == ["AIGeneratedContent"]
        assert said["aiEntity"]["citation"][0]["appearance"]["url"] == "https://mesh.example.org/products/energy-usage"
        assert said["feedbackLoopEnabled"] is True
        assert {one["type"] for one in card["actions"]} == {
            "Action.ToggleVisibility",
            "Action.OpenUrl",
            "Action.Execute",
        }
        [card_id] = [one["messageId"] for one in pg.messages(PERSONAL) if one.get("attachments")]
        pressed = {"action": {**button(card, "explain"), "fallback": None}, "trigger": "manual"}
        body = await pg.invoke("adaptiveCard/action", pressed, replyToId=card_id)
        assert "I am on it." in json.dumps(body)
        assert made.desk.turns[-1][0].action == Explain()
        rated = {
            "actionName": "feedback",
            "actionValue": {"reaction": "like", "feedback": json.dumps({"feedbackText": "ok"})},
        }
        await pg.invoke("message/submitAction", rated, replyToId=said["messageId"])
        await pg.until(lambda: made.ratings)
        assert (made.ratings[0].turn, made.ratings[0].good, made.ratings[0].text) == (turn.id, True, "ok")


@pytest.mark.parametrize("where", [GROUP, TEAM])
async def test_a_shared_place_is_answered_where_it_was_asked(where: str) -> None:
    """A mention, the placeholder with Stop, the answer in its place; in a channel a follow-up in the same thread."""
    async with bot() as made, playground(made.url) as pg:
        turn, to = await made.asked(pg, "green energy by month?", where)
        assert turn.action == Ask("green energy by month?")
        placeholder = await made.platform.open(to, turn)
        await pg.until(lambda: cards(pg, where) and button(cards(pg, where), "stop"))
        await made.platform.finish(to, placeholder, ANSWER, turn)
        await pg.until(lambda: "Chart.Line" in json.dumps(cards(pg, where)))
        assert [one["text"][-3:] for one in texts(pg, where)] == ["[1]"]
        assert texts(pg, where)[0]["aiEntity"]["citation"]
        assert len(cards(pg, where)) == 1
        again, _ = await made.asked(pg, "and in Germany?", to.address["conversation"])
        assert again.conversation == turn.conversation


async def test_a_choice_is_made_and_the_card_shows_it() -> None:
    """Action.Execute comes back with a new card, which takes the old one's place."""
    async with bot() as made, playground(made.url) as pg:
        await made.answered(pg, WHICH)
        [card] = await pg.until(lambda: cards(pg, PERSONAL))
        [card_id] = [one["messageId"] for one in pg.messages(PERSONAL) if one.get("attachments")]
        pressed = {"action": {**button(card, "choose", 1), "fallback": None}, "trigger": "manual"}
        body = await pg.invoke("adaptiveCard/action", pressed, replyToId=card_id)
        assert "Wind parks" in json.dumps(body)
        assert made.desk.turns[-1][0].action == Choose("k2")


async def test_after_a_restart_another_replica_updates_the_placeholder() -> None:
    """All it needs is the address and what is in the store."""
    async with bot() as made, playground(made.url) as pg:
        turn, to = await made.asked(pg, "green energy by month?", GROUP)
        placeholder = await made.platform.open(to, turn)
        other = TeamsPlatform(TeamsOptions(development=True), made.store)
        assert await other.find(to, turn) == placeholder
        await other.finish(to, placeholder, ANSWER, turn)
        await other.close()
        await pg.until(lambda: "Chart.Line" in json.dumps(cards(pg, GROUP)))
        assert len(pg.messages(GROUP)) == 2


async def test_the_welcome_and_the_extension_are_accepted() -> None:
    """Installing brings one welcome; the dialog opens and its question is answered in the 1:1 chat."""
    async with bot() as made, playground(made.url) as pg:
        await pg.event("install")
        await pg.until(lambda: cards(pg, PERSONAL))
        assert button(cards(pg, PERSONAL), "prompt")
        payload = {"id": "1", "body": {"contentType": "html", "content": "<p>Green energy?</p>"}}
        opened = await pg.invoke("composeExtension/fetchTask", {"commandId": "ask", "messagePayload": payload}, GROUP)
        assert "Green energy?" in json.dumps(opened)
        sent = {"commandId": "ask", "data": {"command": "ask", "question": "green energy?"}}
        await pg.invoke("composeExtension/submitAction", sent, GROUP)
        turn, to = made.desk.turns[-1]
        assert to.address["conversation"] == PERSONAL
        placeholder = await made.platform.open(to, turn)
        await made.platform.finish(to, placeholder, HELLO, turn)
        await pg.until(lambda: "Hello" in json.dumps(texts(pg, PERSONAL)))


async def test_restricted_rows_are_shown_in_the_personal_chat_alone() -> None:
    """Once the person has talked to us there."""
    async with bot() as made, playground(made.url) as pg:
        await made.answered(pg, HELLO)
        await made.answered(pg, RESTRICTED, GROUP)
        await pg.until(lambda: "Chart.Line" in json.dumps(cards(pg, PERSONAL)))
        assert "Chart.Line" not in json.dumps([one for one in pg.seen if one.get("actionConversationId") == GROUP])
        assert "for the person who asked alone" in json.dumps(texts(pg, GROUP))
