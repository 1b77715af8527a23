"""Text that goes into Slack and comes out of it. Without it a cell could ping a channel or forge formatting."""

from __future__ import annotations

import re

BLANK = "\u200b"  # zero width: breaks what Slack would read as markup, and is not seen
_CALLS = re.compile(r"<(?=[!@#])")
_MARKS = re.compile(r"[*_~`]")
_QUOTES = re.compile(r"^(\s*)(>|&gt;)", re.MULTILINE)
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160), 0x2028, 0x2029])
_OVERRIDES = dict.fromkeys([0x202A, 0x202B, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068])
_ENTITY = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def literal(text: str) -> str:
    """For places that show text as it is (rich text, cells, plain text): no control characters, nobody is called.

    Marks that turn the direction of text are dropped, because they would reach beyond their own cell.
    """
    clean = text.encode("utf-8", "replace").decode().translate(_CONTROLS).translate(_OVERRIDES)
    return _CALLS.sub("<" + BLANK, clean)


def mrkdwn(text: str) -> str:
    """For places that read mrkdwn (context, the notification's text): nothing in it is markup any more."""
    clean = literal(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _QUOTES.sub(rf"\1{BLANK}\2", _MARKS.sub(lambda mark: BLANK + mark.group(), clean))


def heard(text: str, bot: str) -> str:
    """What a person wrote, without the mention of us and with Slack's escapes undone."""
    mine = re.compile(rf"<@{re.escape(bot)}(\|[^<>]*)?>") if bot else None
    said = mine.sub(" ", text) if mine else text
    plain = _ENTITY.sub(_named, said)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"[ \t]+", " ", plain).strip()


def _named(entity: re.Match[str]) -> str:
    kind, target, label = entity.groups()
    if kind in ("@", "#"):
        return kind + (label or target)
    return label or target


def mentions(text: str, user: str) -> bool:
    """Is this user called in the text?"""
    return bool(user) and re.search(rf"<@{re.escape(user)}(\|[^<>]*)?>", text) is not None


def speaks_to_another(text: str, bot: str) -> bool:
    """Does it begin by calling somebody who is not us? People talk to each other in our threads too."""
    first = re.match(r"\s*<@([A-Z0-9]+)(\|[^<>]*)?>", text)
    return first is not None and first.group(1) != bot
