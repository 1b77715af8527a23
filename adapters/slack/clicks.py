"""Buttons, menus and the filters' form. Without it every next step would have to be typed."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from adapters.replying import Kept, Rate, Rating
from adapters.slack import chips
from adapters.slack.address import Address, aside, conversation
from adapters.slack.command import trusted
from adapters.slack.options import SlackOptions
from adapters.slack.people import Person
from adapters.slack.reception import Reception
from adapters.slack.web import Rejected
from adapters.wording import phrase
from agents.domain import Action, Ask, Choose, Explain, Language, Refine
from agents.errors import BotError, Unavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Click:
    """One press: on which message, by whom, and where an answer to it goes."""

    action: str
    value: str
    at: str
    trigger: str
    message: str
    address: Address  # `hook` is set when only the presser sees the message

    def anew(self, turn: str, **more: Any) -> Address:
        """The same place for a turn of this id."""
        here = self.address
        fields = {"hook": here.hook, "thread": here.thread} | more
        return Address(here.team, here.channel, here.user, turn, **fields)


Pressed = Callable[[Click, Kept, Person], Awaitable[None]]


class Clicks:
    """Buttons that stand for a kept reply are looked up, and the presser's right to press them checked, every time."""

    def __init__(self, options: SlackOptions, reception: Reception, rate: Rate | None) -> None:
        self._options, self._reception, self._rate = options, reception, rate
        self._kept: dict[str, Pressed] = {
            "choose": self._choose, "retry": self._retry, "explain": self._explain, "csv": self._csv,
            "xlsx": self._xlsx, "share": self._share, "filters": self._filters, "rate": self._rated,
        }  # fmt: skip

    async def pressed(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Acknowledged when what it asks for is stored; a person who is not heard is told so."""
        click = _click(body, context.team_id or "", self._options)
        person = await self._reception.person(click.address)
        try:
            await self._act(click, person)
        except Unavailable as error:
            log.warning("a click was not stored: %s", error)
            await self._reception.tell(click.address, phrase(person.language, "sorry.unavailable"))
        await ack()

    async def refined(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """The filters' form was sent: the same statement with other values, or what is wrong with them."""
        view, team, user = body["view"], context.team_id or "", str(body["user"]["id"])
        place = json.loads(view["private_metadata"])
        kept = await self._reception.notebook.kept(str(place["id"]))
        address = Address(
            team, str(place["channel"]), user, f"slack:{team}:view:{view['id']}", str(place["thread"]),
            hook=trusted(str(place["hook"]), self._options),
        )  # fmt: skip
        person = await self._reception.person(address)
        if kept is None or not await self._usable(kept, address, person):
            await ack()
            return
        filters, wrong = chips.read(kept, view["state"]["values"])
        if wrong:
            await ack(response_action="errors", errors=wrong)
            return
        await self._reception.take(kept.conversation, address, Refine(filters))
        await ack()

    async def _act(self, click: Click, person: Person) -> None:
        kind = click.action.split("_", 1)[0]
        if kind == "stop":
            await self._stop(click, person)
        elif kind == "suggest":
            await self._suggested(click)
        elif kind in self._kept:
            id_ = next((part for part in click.value.split(" ") if part.startswith("q_")), "")
            kept = await self._reception.notebook.kept(id_) if id_ else None
            if kept is None:
                await self._reception.tell(click.address, phrase(person.language, "slack.stale"))
            elif await self._mine(kept, click.address, person):
                await self._kept[kind](click, kept, person)

    # ── may they? ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _mine(self, kept: Kept, address: Address, person: Person) -> bool:
        if self._options.clicks == "thread" or kept.user == address.user:
            return True
        await self._reception.tell(address, phrase(_language(kept, person), "slack.not_yours"))
        return False

    async def _usable(self, kept: Kept, address: Address, person: Person) -> bool:
        """Only the conversation's latest answer can be changed: what came after it has moved the talk on."""
        if not await self._mine(kept, address, person):
            return False
        if await self._reception.notebook.current(kept):
            return True
        await self._reception.tell(address, phrase(_language(kept, person), "slack.stale"))
        return False

    # ── what they want ────────────────────────────────────────────────────────────────────────────────────────────

    async def _stop(self, click: Click, person: Person) -> None:
        if not await self._reception.inbox.stop(click.value, person.user):
            await self._reception.tell(click.address, phrase(person.language, "order.nothing_to_stop"))

    async def _suggested(self, click: Click) -> None:
        here = click.address
        place = conversation(here.team, here.channel, here.thread)
        talk = aside(here.team, here.channel, here.user) if here.hook else None
        talk = talk or await self._reception.notebook.talk(place) or place
        turn = f"slack:{here.team}:{here.channel}:{click.message}:{click.action}:{here.user}"
        await self._reception.take(talk, click.anew(turn), Ask(click.value))

    async def _choose(self, click: Click, kept: Kept, person: Person) -> None:
        if await self._usable(kept, click.address, person):
            key = click.value.partition(" ")[2]
            await self._reception.take(kept.conversation, self._instead(click, f"{kept.turn}:chosen"), Choose(key))

    async def _retry(self, click: Click, kept: Kept, person: Person) -> None:
        await self._reception.take(kept.conversation, self._instead(click, f"{kept.turn}:again"), kept.action)

    async def _explain(self, click: Click, kept: Kept, person: Person) -> None:
        await self._further(click, kept, person, click.anew(f"{kept.turn}:explain:{click.at}"), Explain())

    async def _csv(self, click: Click, kept: Kept, person: Person) -> None:
        await self._sheet(click, kept, person, "csv")

    async def _xlsx(self, click: Click, kept: Kept, person: Person) -> None:
        await self._sheet(click, kept, person, "xlsx")

    async def _sheet(self, click: Click, kept: Kept, person: Person, kind: Literal["csv", "xlsx"]) -> None:
        """Rows are never kept: the same statement runs again, with the rights that its asker has now."""
        address = click.anew(f"{kept.turn}:{kind}:{click.at}", sheet=kind)
        await self._further(click, kept, person, address, Refine(kept.filters))

    async def _share(self, click: Click, kept: Kept, person: Person) -> None:
        address = click.anew(f"{kept.turn}:share", hook="", thread="")
        await self._further(click, kept, person, address, Refine(kept.filters))

    async def _further(self, click: Click, kept: Kept, person: Person, address: Address, action: Action) -> None:
        if await self._usable(kept, click.address, person):
            await self._reception.take(kept.conversation, address, action)

    async def _filters(self, click: Click, kept: Kept, person: Person) -> None:
        if not await self._usable(kept, click.address, person):
            return
        here = click.address
        place = {"id": kept.id, "channel": here.channel, "thread": here.thread, "hook": here.hook}
        view = chips.form(kept, json.dumps(place))
        try:
            await self._reception.web.call(here.team, "views.open", trigger_id=click.trigger, view=view)
        except Rejected as error:
            raise Unavailable(str(error)) from error

    async def _rated(self, click: Click, kept: Kept, person: Person) -> None:
        good = click.value.startswith("good")
        if self._rate:
            try:
                await self._rate(person.user, Rating(kept.turn, good, *kept.genie))
            except BotError as error:
                log.warning("a rating was not passed on: %s", error)
        said = phrase(_language(kept, person), "slack.thanks" if good else "slack.sorry")
        await self._reception.tell(click.address, said)

    def _instead(self, click: Click, turn: str) -> Address:
        """The message with the button becomes the placeholder of what it asked for."""
        if click.address.hook:
            return click.anew(turn, instead=True)
        return click.anew(turn, reuse=click.message)


def _language(kept: Kept, person: Person) -> Language:
    """To its asker in the language of the reply; to others in that of their Slack, where it says which."""
    return person.language if person.user.locale and person.user.id != kept.user else kept.language


def _click(body: Mapping[str, Any], team: str, options: SlackOptions) -> Click:
    action, box = body["actions"][0], body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or box.get("channel_id") or "")
    message = str(box.get("message_ts") or "")
    thread = str(box.get("thread_ts") or (body.get("message") or {}).get("thread_ts") or message)
    chosen = (action.get("selected_option") or {}).get("value")
    hook = trusted(str(body.get("response_url") or ""), options) if box.get("is_ephemeral") else ""
    return Click(
        str(action["action_id"]),
        str(chosen or action.get("value") or ""),
        str(action.get("action_ts") or body.get("trigger_id") or ""),
        str(body.get("trigger_id") or ""),
        message,
        Address(team, channel, str(body["user"]["id"]), "", thread, hook=hook),
    )
