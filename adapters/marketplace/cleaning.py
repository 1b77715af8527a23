"""Makes a marketplace's texts plain: without it a description could carry markup, links or hidden characters into chat.

What is left may still say anything, so it stays data wherever it goes.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

MAX_TEXT: Final = 2000
MAX_NAME: Final = 200

_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_MARKDOWN_LINK: Final = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}\)")
_SCHEME: Final = re.compile(r"\b([a-z][a-z0-9+.-]{1,20}):(?=//|\S*@\S)|\b(javascript|data|mailto|tel):", re.IGNORECASE)


def cleaned(text: object, limit: int = MAX_TEXT) -> str:
    """One line of plain text of at most `limit` characters; a URL loses its scheme's colon, so nothing links it."""
    if not isinstance(text, str) or not text:
        return ""
    plain = text[: limit * 8]
    if "<" in plain or "&" in plain:
        plain = _TAG.sub(" ", html.unescape(_TAG.sub(" ", plain)))
    if "](" in plain:
        plain = _MARKDOWN_LINK.sub(r"\1", plain)
    if not (plain.isascii() and plain.isprintable()):
        plain = "".join(filter(_shown, plain))
    if ":" in plain:
        plain = _SCHEME.sub(lambda found: f"{found[1] or found[2]} ", plain)
    plain = " ".join(plain.split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def _shown(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] != "C"


def name(text: object) -> str:
    """A name: cleaned and short."""
    return cleaned(text, MAX_NAME)


def is_placeholder(text: str, title: str = "") -> bool:
    """Whether a description says nothing: empty, a template's leftover, or the name again."""
    plain = re.sub(r"[\W_]+", " ", text).strip().lower()
    if not plain or plain == re.sub(r"[\W_]+", " ", title).strip().lower():
        return True
    return plain in _PLACEHOLDERS or "description missing" in plain or plain.startswith("please provide a description")


_PLACEHOLDERS: Final = frozenset(("tbd", "todo", "n a", "na", "none", "description", "no description", "null", "test"))
