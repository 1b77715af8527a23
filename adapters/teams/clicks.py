"""Buttons, fields and thumbs. Without it anybody in a channel could act with the rights of whoever asked.

What a button carries is an opaque id and what a person typed: it is looked up, never believed.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from adapters.replying import Kept, Rate, Rating, filters
from adapters.teams import elements
from adapters.teams.activity import Heard, clean
from adapters.teams.address import address_of, conversation_of, turn_id
from adapters.teams.chips import typed
from adapters.teams.elements import Element
from adapters.teams.markdown import escaped, one_line
from adapters.teams.options import TeamsOptions
from adapters.teams.reception import Reception, language_for, user_of
from adapters.teams.welcome import prompt
from adapters.wording import phrase
from agents.domain import Action, Ask, Choose, Explain, Refine
from agents.errors import BotError

log = logging.getLogger(__name__)

Data = Mapping[str, Any]


class Clicks:
    """What is pressed. `aside` runs what Teams need not wait for."""

    def __init__(
        self,
        options: TeamsOptions,
        reception: Reception,
        rate: Rate | None,
        aside: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._options, self._reception, self._rate, self._aside = options, reception, rate, aside
        self._notebook = reception.notebook

    async def executed(self, heard: Heard) -> dict[str, Any]:
        """The body that answers an Action.Execute: a card instead of the old one, or a sentence for the presser."""
        action = heard.value.get("action")
        if not isinstance(action, Mapping):
            return _sentence(phrase(language_for(heard), "teams.stale"))
        data = action.get("data")
        said = await self._pressed(heard, str(action.get("verb"))[:40], data if isinstance(data, Mapping) else {})
        if isinstance(said, str):
            return _sentence(said)
        return {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": said}

    async def submitted(self, heard: Heard) -> str:
        """As `executed`, from a client that knows no Action.Execute: a sentence."""
        said = await self._pressed(heard, str(heard.value.get("verb"))[:40], heard.value)
        return said if isinstance(said, str) else phrase(language_for(heard), "teams.on_it")

    async def rated(self, heard: Heard) -> dict[str, Any]:
        """Thumbs, with or without words; Teams itself keeps none of it. The body must be empty."""
        value = heard.value.get("actionValue")
        if self._rate is None or not isinstance(value, Mapping):
            return {}
        kept = await self._meant(heard)
        if kept is not None and value.get("reaction") in ("like", "dislike"):
            good = value["reaction"] == "like"
            rating = Rating(kept.turn, good, *kept.genie, text=_words(value.get("feedback")))
            self._aside(self._pass_on(self._rate, heard, rating))
        return {}

    async def _meant(self, heard: Heard) -> Kept | None:
        """The answer under the thumb; where a client does not say which, the last one of the conversation."""
        message = heard.raw.get("replyToId")
        if isinstance(message, str) and message:
            return await self._notebook.standing(heard.chat.id, message[:600])
        return await self._notebook.latest("figures", conversation_of(heard))

    async def _pass_on(self, rate: Rate, heard: Heard, rating: Rating) -> None:
        try:
            await rate(user_of(heard), rating)
        except BotError as error:
            log.warning("a rating was not passed on: %s", error)

    # ── what was pressed ──────────────────────────────────────────────────────────────────────────────────────────

    async def _pressed(self, heard: Heard, verb: str, data: Data) -> str | Element:
        if verb == "prompt":
            return await self._prompted(heard, data)
        id_ = data.get("q")
        kept = await self._notebook.kept(id_) if isinstance(id_, str) and id_.isascii() else None
        if kept is None or kept.conversation.tenant != heard.chat.tenant:
            return phrase(language_for(heard), "teams.stale")
        if kept.user != heard.person and (self._options.clicks == "asker" or verb in ("stop", "retry")):
            return phrase(language_for(heard), "teams.not_yours")
        return await self._done(heard, kept, verb, data)

    async def _done(self, heard: Heard, kept: Kept, verb: str, data: Data) -> str | Element:
        match verb:
            case "stop":
                return await self._stopped(heard, kept)
            case "choose":
                return await self._chosen(heard, kept, data)
            case "explain" | "refine" | "csv":
                return await self._again(heard, kept, verb, data)
            case "retry":
                return await self._taken(heard, kept, kept.action, f"retry/{_press(heard)}")
            case "suggest":
                return await self._suggested(heard, kept, data)
            case _:
                return phrase(kept.language, "teams.stale")

    async def _suggested(self, heard: Heard, kept: Kept, data: Data) -> str:
        at = _number(data.get("n"), len(kept.suggestions))
        if at is None:
            return phrase(kept.language, "teams.stale")
        return await self._taken(heard, kept, Ask(kept.suggestions[at]), f"suggest/{at}/{_press(heard)}")

    async def _prompted(self, heard: Heard, data: Data) -> str:
        language = language_for(heard)
        number = _number(data.get("n"), 3)
        words = prompt(language, number) if number is not None else ""
        if not words:
            return phrase(language, "teams.stale")
        await self._reception.take(heard, Ask(words), turn_id(heard.chat.id, f"prompt/{_press(heard)}"))
        return phrase(language, "teams.on_it")

    async def _stopped(self, heard: Heard, kept: Kept) -> str:
        stopped = await self._reception.inbox.stop(kept.turn, user_of(heard))
        return phrase(kept.language, "order.stopping" if stopped else "order.nothing_to_stop")

    async def _chosen(self, heard: Heard, kept: Kept, data: Data) -> str | Element:
        at = _number(data.get("n"), len(kept.options))
        if kept.kind != "clarification" or at is None or not await self._notebook.spend(kept):
            return phrase(kept.language, "teams.stale")
        key, label = kept.options[at]
        accepted = False
        try:
            said = await self._taken(heard, kept, Choose(key), f"choose/{at}")
            accepted = said == phrase(kept.language, "teams.on_it")
        finally:
            if not accepted:
                await self._notebook.keep(kept)
        return elements.card([elements.text(f"✓ {escaped(one_line(label))}")]) if accepted else said

    async def _again(self, heard: Heard, kept: Kept, verb: str, data: Data) -> str:
        """Rows for a file come from the same statement, run again with the rights of whoever wants them."""
        if kept.kind != "figures" or not await self._notebook.current(kept):
            return phrase(kept.language, "teams.stale")
        changed, wrong = filters.read(kept, typed(kept, data)) if verb == "refine" else (kept.filters, {})
        if wrong:
            return _mistakes(kept, wrong)
        action = Explain() if verb == "explain" else Refine(changed)
        return await self._taken(heard, kept, action, f"{verb}/{_press(heard)}", sheet=verb == "csv")

    async def _taken(self, heard: Heard, kept: Kept, action: Action, suffix: str, *, sheet: bool = False) -> str:
        """The talk goes on where it was, the reply goes where it was pressed."""
        turn = f"{kept.turn}/{suffix}"
        address = replace(address_of(heard, turn), sheet=sheet)
        outcome = await self._reception.take_at(heard, action, turn, address, kept.conversation)
        return phrase(kept.language, "teams.on_it" if outcome in ("accepted", "duplicate") else "teams.later")


def _mistakes(kept: Kept, wrong: Mapping[str, str]) -> str:
    """Which field, and what is wrong with it: Teams marks none of them."""
    colon = phrase(kept.language, "answer.colon")
    return "  ".join(f"{one.label}{colon}{wrong[one.id]}" for one in filters.fields(kept) if one.id in wrong)


def _sentence(words: str) -> dict[str, Any]:
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": words}


def _number(value: object, below: int) -> int | None:
    """A position in a list, however it was typed."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 5:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below else None


def _press(heard: Heard) -> str:
    """Identifies one press of a button; Teams gives most of them an id."""
    return heard.id or secrets.token_hex(6)


def _words(feedback: object) -> str:
    try:
        said = json.loads(feedback) if isinstance(feedback, str) and len(feedback) < 10_000 else {}
    except (ValueError, RecursionError):
        return ""
    words = said.get("feedbackText") if isinstance(said, dict) else ""
    return clean(words)[:1000] if isinstance(words, str) else ""
