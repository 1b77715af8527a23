"""Slack's building blocks, each cut to its limits. Without it one long cell would cost the whole answer.

Text from outside goes into rich text and cells, which show it as it is; what has to be mrkdwn is escaped there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from adapters.slack.text import literal, mrkdwn
from adapters.wording import Line, Span, Spoken, cut, plain

Block: TypeAlias = dict[str, Any]

MOST_BLOCKS = 50
TEXT, BUTTON, HEADER, VALUE = 3000, 75, 150, 2000
OPTION, MOST_OPTIONS = 75, 100
RICH = 3000  # our own limit for one paragraph
NOTIFIED = 3500  # characters of the notification's text


def safe_url(url: str) -> str:
    """The address when it is one that a browser should open, else empty."""
    fine = urlsplit(url).scheme in ("https", "http") and len(url) <= TEXT and url == _whole(url)
    return url if fine and not any(char in url for char in "|<> \n\t\"'") else ""


def _whole(text: str) -> str:
    """Without halves of characters, which no request can carry."""
    return text.encode("utf-8", "replace").decode()


def rich(*lines: Line, strong: bool = False) -> Block:
    """Spans, a line each; nothing in them is read as markup."""
    left, made = RICH, list[Block]()
    for number, line in enumerate(lines):
        for span in (Span("\n"), *line) if number else line:
            text = cut(literal(span.text), left)
            left -= len(text)
            if text:
                made.append(_element(span, text, strong=strong))
    section = {"type": "rich_text_section", "elements": made or [{"type": "text", "text": " "}]}
    return {"type": "rich_text", "elements": [section]}


def _element(span: Span, text: str, *, strong: bool) -> Block:
    style = {name: True for name, on in (("bold", span.strong or strong), ("code", span.code)) if on}
    url = safe_url(span.url)
    element: Block = {"type": "link", "url": url, "text": text} if url else {"type": "text", "text": text}
    return element | ({"style": style} if style else {})


def preformatted(text: str) -> Block:
    """Text in a fixed width, in a rich text block."""
    shown = literal(text) or " "
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": shown}]}],
    }


def context(line: Line) -> Block:
    """The small print under an answer."""
    return {"type": "context", "elements": [_mrkdwn(line)]}


def _mrkdwn(line: Line) -> Block:
    """Verbatim: addresses and names in the data do not become links by themselves."""
    return {"type": "mrkdwn", "text": marked(line, TEXT) or " ", "verbatim": True}


def header(text: str) -> Block:
    """A title."""
    return {"type": "header", "text": plain_text(text, HEADER)}


def plain_text(text: str, most: int) -> Block:
    """A text object without markup; never empty."""
    return {"type": "plain_text", "text": cut(literal(text).strip(), most) or "–", "emoji": False}


def marked(line: Line, most: int) -> str:
    """Spans as mrkdwn, escaped, in so many characters; no mark and no link is cut open."""
    made = ""
    for span in line:
        text = _marked(span, most - len(made))
        if len(made) + len(text) > most:
            break
        made += text
    return made


def _marked(span: Span, left: int) -> str:
    url = safe_url(span.url).replace("&", "&amp;")
    text = _fitting(span.text, left - len(url) - 3)
    if url and text.strip():
        label = text.replace("|", "¦")  # a bar has a meaning inside a link
        return f"<{url}|{label}>"
    return f"*{text.strip()}*" if span.strong and text.strip() else text


def _fitting(text: str, left: int) -> str:
    """Escaped and cut: escaping makes it longer."""
    said = mrkdwn(text)
    while len(said) > left:
        if left < 2 or len(text) < 2:
            return ""
        text = cut(text, max(1, len(text) * left // len(said) - 1))
        said = mrkdwn(text)
    return said


def spoken_text(spoken: Spoken) -> str:
    """The whole reply as escaped text: the notification, the screen reader's version, and the last step down."""
    lines = [spoken.headline, *spoken.notes, *(card.title for card in spoken.cards), spoken.context]
    text = "\n".join(filter(None, (marked(line, 1200) for line in lines if plain(line).strip())))
    return cut(text, NOTIFIED) if len(text) <= NOTIFIED else _whole_lines(text)


def _whole_lines(text: str) -> str:
    """Cut between lines, so that no link or mark is cut open."""
    kept, left = list[str](), NOTIFIED - 2
    for one in text.split("\n"):
        if len(one) + 1 > left:
            break
        kept.append(one)
        left -= len(one) + 1
    return "\n".join([*kept, "…"])


def button(action: str, text: str, value: str = "", *, url: str = "", style: str = "") -> Block:
    """One button; with a `url` it opens that page as well."""
    made: Block = {"type": "button", "action_id": action, "text": plain_text(text, BUTTON)}
    made |= {"value": _whole(value)[:VALUE]} if value else {}
    made |= {"url": url} if url else {}
    return made | ({"style": style} if style else {})


def actions(elements: Sequence[Block]) -> list[Block]:
    """Buttons in rows of at most five, so that a phone shows them too."""
    return [{"type": "actions", "elements": list(elements[at : at + 5])} for at in range(0, len(elements), 5)]


def select(action: str, placeholder: str, options: Iterable[tuple[str, str, str]]) -> Block:
    """A menu of (value, label, hint)."""
    made = [_option(value, label, hint) for value, label, hint in options]
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain_text(placeholder, 150),
        "options": made[:MOST_OPTIONS],
    }


def _option(value: str, label: str, hint: str) -> Block:
    made: Block = {"text": plain_text(label, OPTION), "value": _whole(value)[:150]}
    return made | ({"description": plain_text(hint, OPTION)} if hint.strip() else {})


def feedback(action: str, value: str, good: str, bad: str) -> Block:
    """Slack's own thumbs."""

    def thumb(text: str, mark: str) -> Block:
        shown = plain_text(text, BUTTON)
        return {"text": shown, "accessibility_label": shown["text"], "value": f"{mark} {value}"}

    element = {
        "type": "feedback_buttons",
        "action_id": action,
        "positive_button": thumb(good, "good"),
        "negative_button": thumb(bad, "bad"),
    }
    return {"type": "context_actions", "elements": [element]}


def container(title: str, children: Sequence[Block]) -> Block:
    """Folded away until somebody wants to see it."""
    return {
        "type": "container",
        "title": plain_text(title, 150),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": list(children[:10]),
    }
