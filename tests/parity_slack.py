"""A person in Slack, in a direct message, a channel or with /findata; and what their client shows, read back."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.parity import MOST_SUGGESTIONS, Seen, Watched, clipped, noted, words
from tests.redis_peer import until
from tests.slack_peer import CHANNEL, DIRECT, Bot, elements, mention, message
from tests.test_slack_clicks import submission

LINK = re.compile(r"<([^<>|]+)\|([^<>]*)>")
NUMBERS = itertools.count(1)


@dataclass
class Slack:
    """Implements parity.Person."""

    bot: Bot
    watched: Watched
    way: str  # direct, channel or command
    root: str = ""
    can: frozenset[str] = frozenset({"choose", "change", "rows", "explain", "stop", "forget"})
    asked: int = 0
    shown: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A thread of its own."""
        self.root = f"17000{next(NUMBERS):05d}.000100"
        self.channel = DIRECT if self.way == "direct" else CHANNEL

    @property
    def name(self) -> str:
        """For the name of a test."""
        return f"slack-{self.way}"

    async def say(self, text: str) -> Seen:
        """Asks, or goes on."""
        before = len(self.watched.replies)
        await self._ask(text)
        return await self._seen(before)

    async def choose(self, number: int) -> Seen:
        """Picks one of the choices."""
        return await self._pressed(f"choose_{number}")

    async def filters(self) -> dict[str, str]:
        """What the fields hold, by label."""
        view = await self._form()
        return {one["label"]["text"]: _value(one) for one in view["blocks"]}

    async def change(self, label: str, value: str) -> Seen:
        """Edits one and runs it again."""
        view, before = await self._form(), len(self.watched.replies)
        edited = next(one["block_id"] for one in view["blocks"] if one["label"]["text"].startswith(label))
        sent = submission(view, {edited: value})
        sent["view"]["id"] = f"V{next(NUMBERS)}"
        assert await self.bot.payload(sent) == (200, "")
        return await self._seen(before)

    async def rows(self) -> str:
        """The file, as text."""
        before, known = len(self.watched.replies), set(self.bot.peer.files)
        await self._press("csv")
        await self.watched.finished(before)
        [content] = [content for name, content in self.bot.peer.files.items() if name not in known]
        return content.decode("utf-8-sig")

    async def explain(self) -> Seen:
        """Asks how it was made."""
        return await self._pressed("explain")

    async def stop(self, text: str) -> Seen:
        """Asks, and stops it."""
        before, begun = len(self.watched.replies), len(self.watched.begun)
        await self._ask(text)
        await self.watched.working(begun)
        if self.way == "command":
            assert await self.bot.command("stop", number=next(NUMBERS))
        else:
            await self._ask("stop")
        return await self._seen(before)

    async def forget(self) -> Seen:
        """Says so."""
        return await self.say("forget")

    async def _ask(self, text: str) -> None:
        self.asked += 1
        if self.way == "command":
            await self.bot.command(text, number=next(NUMBERS))
            return
        ts = self.root if self.asked == 1 else f"{self.root[:-6]}{self.asked:06d}"
        more = {} if self.asked == 1 else {"thread_ts": self.root}
        if self.way == "direct":
            event = message(text, ts=ts, **more)
        elif self.asked == 1:
            event = mention(text, ts=ts)
        else:
            event = message(text, ts=ts, channel=CHANNEL, channel_type="channel", **more)
        assert await self.bot.event(event) == 200

    async def _pressed(self, action: str) -> Seen:
        before = len(self.watched.replies)
        await self._press(action)
        return await self._seen(before)

    async def _press(self, action: str) -> None:
        hook = f"click{next(NUMBERS)}" if self.way == "command" else ""
        status, _ = await self.bot.press(self.shown, action, channel=self.channel, hook=hook)
        assert status == 200

    async def _form(self) -> dict[str, Any]:
        known = len(self.bot.peer.views)
        await self._press("filters")
        await until(lambda: len(self.bot.peer.views) > known)
        return self.bot.peer.views[-1]

    async def _seen(self, before: int) -> Seen:
        await self.watched.finished(before)
        self.shown = self.bot.peer.whispers[-1] if self.way == "command" else self._thread()[-1]
        return read(self.shown)

    def _thread(self) -> list[dict[str, Any]]:
        return [one for one in self.bot.peer.shown(self.channel) if one["thread_ts"] == self.root]


def _value(block: Mapping[str, Any]) -> str:
    element = block["element"]
    return str(element.get("initial_value") or element.get("initial_date") or "")


def read(shown: Mapping[str, Any]) -> Seen:
    """One message, in the order of its blocks."""
    blocks = list(shown["blocks"])
    lines = [line for block in blocks for line in _lines(block)]
    boxes = [child for block in blocks if block["type"] == "container" for child in block["child_blocks"]]
    sql = [node["text"] for box in boxes for node in _nodes(box) if node.get("type") == "text"]
    tables = [row for block in blocks if block["type"] == "table" for row in block["rows"]]
    pressed = elements(shown)
    choices = tuple(one["text"]["text"] for one in pressed if one["action_id"].startswith("choose"))
    urls = [node["url"] for block in blocks for node in _nodes(block) if node.get("type") == "link"]
    urls += [url for block in blocks for raw in _small(block) for url, _ in LINK.findall(raw)]
    return Seen(
        lines[0],
        noted(lines[1:], choices),
        clipped([tuple(cell["text"] for cell in row) for row in tables]),
        words(" ".join(sql)),
        frozenset(map(html.unescape, urls)),
        choices,
        tuple(one["text"]["text"] for one in pressed if one["action_id"].startswith("suggest"))[:MOST_SUGGESTIONS],
    )


def _lines(block: Mapping[str, Any]) -> Iterator[str]:
    if block["type"] == "rich_text":
        text = "".join(node["text"] for node in _nodes(block) if node.get("type") in ("text", "link"))
        yield from filter(None, map(words, text.split("\n")))
    for raw in _small(block):
        yield words(html.unescape(LINK.sub(r"\2", raw)))


def _small(block: Mapping[str, Any]) -> list[str]:
    return [one["text"] for one in block["elements"]] if block["type"] == "context" else []


def _nodes(made: Any) -> Iterator[dict[str, Any]]:
    if isinstance(made, list):
        for one in made:
            yield from _nodes(one)
    elif isinstance(made, dict):
        yield made
        for one in made.values():
            yield from _nodes(one)
