"""A person in Teams, in a chat of their own, a group or a channel; and what their client shows, read back."""

from __future__ import annotations

import html
import itertools
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.teams.consent import QUESTION
from tests.parity import MOST_SUGGESTIONS, Seen, Watched, clipped, noted, words
from tests.teams_peer import Person, button, buttons, fields

LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(([^)]*)\)")
PLACES = {"personal": "a:{}", "group": "19:{}@thread.v2", "channel": "19:{}@thread.tacv2;messageid=1700000000000"}


@dataclass
class Teams:
    """Implements parity.Person."""

    person: Person
    watched: Watched
    scope: str
    where: str = ""
    can: frozenset[str] = frozenset({"choose", "change", "rows", "explain", "stop", "forget"})
    shown: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A conversation of its own."""
        self.where = PLACES[self.scope].format(secrets.token_hex(6))

    @property
    def name(self) -> str:
        """For the name of a test."""
        return f"teams-{self.scope}"

    async def say(self, text: str) -> Seen:
        """Asks, or goes on."""
        before = await self._before()
        status, _ = await self.person.say(text, self.where)
        assert status == 202
        return await self._seen(before)

    async def choose(self, number: int) -> Seen:
        """Picks one of the choices."""
        before = await self._before()
        await self._press("choose", number)
        return await self._seen(before)

    async def filters(self) -> dict[str, str]:
        """What the fields hold, by label."""
        return {one["label"]: one["value"] for one in self._fields()}

    async def change(self, label: str, value: str) -> Seen:
        """Edits one and runs it again."""
        before = await self._before()
        changed = {one["id"]: value if one["label"].startswith(label) else one["value"] for one in self._fields()}
        await self._press("refine", **changed)
        return await self._seen(before)

    async def rows(self) -> str:
        """The file, as text."""
        shown, before = self.person.peer.shown, len(self.watched.replies)
        known = set(shown)
        await self._press("csv")
        await self.watched.finished(before)
        [(message, asked)] = [(id_, one) for id_, body in shown.items() if id_ not in known for one in _questions(body)]
        kept = f"{self.person.peer.url}/personal/{secrets.token_hex(4)}"
        chosen = {"type": "fileUpload", "action": "accept", "context": asked["content"]["acceptContext"]}
        where = {"uploadInfo": {"uploadUrl": kept, "contentUrl": kept, "name": asked["name"]}}
        own = self.person.peer.where[message]
        assert await self.person.invoke("fileConsent/invoke", chosen | where, own, replyToId=message) == (200, {})
        content = await self.person.peer.until(lambda: self.person.peer.saved.get(kept.rsplit("/", 1)[1]))
        return str(content.decode("utf-8-sig"))

    async def explain(self) -> Seen:
        """Asks how it was made."""
        before = await self._before()
        await self._press("explain")
        return await self._seen(before)

    async def stop(self, text: str) -> Seen:
        """Asks, and stops it."""
        before, begun = await self._before(), len(self.watched.begun)
        await self.person.say(text, self.where)
        await self.watched.working(begun)
        shown = {id_ for id_, _ in self._standing()}
        await self.person.say("stop", self.where)
        heard = {id_ for id_, body in self._standing() if id_ not in shown and body.get("text")}
        return await self._seen((before[0], before[1] | heard))

    async def forget(self) -> Seen:
        """Says so."""
        return await self.say("forget")

    async def _press(self, verb: str, at: int = 0, **inputs: str) -> None:
        cards = [one["content"] for body in self.shown for one in body.get("attachments") or ()]
        pressed = await self.person.press(button(cards, verb, at), self.where, **inputs)
        assert pressed["statusCode"] == 200, pressed

    def _fields(self) -> list[dict[str, Any]]:
        cards = [one["content"] for body in self.shown for one in body.get("attachments") or ()]
        return fields(cards)

    async def _before(self) -> tuple[int, set[str]]:
        return len(self.watched.replies), {id_ for id_, _ in self._standing()}

    async def _seen(self, before: tuple[int, set[str]]) -> Seen:
        await self.watched.finished(before[0])
        self.shown = [body for id_, body in self._standing() if id_ not in before[1]]
        return read(self.shown)

    def _standing(self) -> list[tuple[str, dict[str, Any]]]:
        peer = self.person.peer
        return [(id_, body) for id_, body in peer.shown.items() if peer.where[id_] == self.where]


def _questions(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in body.get("attachments") or () if one["contentType"] == QUESTION]


def read(bodies: list[dict[str, Any]]) -> Seen:
    """The sentence and the card under it."""
    text = "\n".join(body.get("text") or "" for body in bodies)
    cards = [one["content"] for body in bodies for one in body.get("attachments") or ()]
    visible = [node for card in cards for node in _visible(card["body"])]
    lines = [words(spoken(line)) for line in re.split(r"\n+", text) if line.strip()]
    notes = [
        words(spoken(one["text"])) for one in visible if one["type"] == "TextBlock" and one not in _titles(visible)
    ]
    sql = [node["codeSnippet"] for node in _nodes(cards) if node["type"] == "CodeBlock"]
    pressed = buttons(cards)
    choices = tuple(_title(one) for one in pressed if one.get("verb") == "choose")
    claimed = [one for body in bodies for entity in body.get("entities", ()) for one in entity.get("citation", ())]
    urls = [one["appearance"]["url"] for one in claimed] + [one["url"] for one in pressed if "url" in one]
    urls += [url for raw in (text, *(node.get("text", "") for node in visible)) for _, url in LINK.findall(raw)]
    return Seen(
        re.sub(r"(?: \[\d+\])+$", "", lines[0]),
        noted((*lines[1:], *notes), choices),
        clipped([row for node in visible if node["type"] == "Table" for row in _table(node)]),
        words(" ".join(sql)),
        frozenset(urls),
        choices,
        tuple(_title(one) for one in pressed if one.get("verb") == "suggest")[:MOST_SUGGESTIONS],
    )


def _titles(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stands over a chart: others draw it within."""
    return [one for one, below in itertools.pairwise(nodes) if below["type"].startswith("Chart.")]


def _title(action: dict[str, Any]) -> str:
    return str(action.get("tooltip") or action["title"])


def _table(node: dict[str, Any]) -> list[tuple[str, ...]]:
    return [tuple(spoken(cell["items"][0]["text"]) for cell in row["cells"]) for row in node["rows"]]


def spoken(markdown: str) -> str:
    """As a client shows it."""
    bare = re.sub(r"(?<!\\)(?:\*\*|`)", "", LINK.sub(r"\1", markdown))
    return html.unescape(re.sub(r"\\(.)", r"\1", bare))


def _visible(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What is there before anything is unfolded, tables whole."""
    for node in nodes:
        if node.get("isVisible", True):
            yield node
            yield from _visible(node.get("items", []))


def _nodes(made: Any) -> Iterator[dict[str, Any]]:
    if isinstance(made, list):
        for one in made:
            yield from _nodes(one)
    elif isinstance(made, dict):
        if "type" in made:
            yield made
        for name, one in made.items():
            if name not in ("data", "fallback"):
                yield from _nodes(one)
