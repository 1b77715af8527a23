"""Text that goes into Teams. Without it a cell could call people, link anywhere, or forge formatting.

Messages and TextBlocks both read Markdown; both show a character after a backslash, and an entity, as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from adapters.teams.activity import clean
from adapters.teams.options import loopback
from adapters.wording import Line, Span, cut

BLANK = "\u200b"  # zero width: breaks what would be read as more than text, and is not seen
_OVERRIDES = dict.fromkeys([0x202A, 0x202B, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068])
_MARKS = re.compile(r"[\\*_\[\]()#~`|!]")
_STARTS = re.compile(r"^([^\S\n]*)([-+=]|\d{1,9}(?=[.)\\]))", re.MULTILINE)
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[\w.\-]{1,120}", re.ASCII)
LONGEST_URL = 2000


def literal(text: str) -> str:
    """For places that show text as it is (charts, code, titles): no control characters, no turned direction."""
    return clean(text).translate(_OVERRIDES)


def escaped(text: str) -> str:
    """For places that read Markdown: nothing in it is markup, a mention, a date function or a link any more."""
    safe = literal(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = _ADDRESS.sub(BLANK, safe.replace("{{", "{" + BLANK + "{"))
    return _STARTS.sub(_started, _MARKS.sub(r"\\\g<0>", safe))


def _started(found: re.Match[str]) -> str:
    mark = found.group(2)
    return found.group(1) + (mark + BLANK if mark.isdigit() else "\\" + mark)


def one_line(text: str) -> str:
    """Line breaks become spaces."""
    return " ".join(text.split())


def marked(line: Iterable[Span], most: int = 4000) -> str:
    """Spans as Markdown on one line; whole spans are dropped rather than a mark cut open."""
    made, left = "", most
    for span in line:
        text = _marked(span, left)
        if len(text) > left:
            break
        made, left = made + text, left - len(text)
    return made.strip()


def _marked(span: Span, left: int) -> str:
    words = cut(_spaced(span.text), max(1, left // 7)) if len(span.text) * 6 > left else _spaced(span.text)
    text, bare = escaped(words), words.strip()
    if not bare:
        return text
    url = safe_url(span.url)
    if url:
        return f"[{escaped(bare)}]({url})"
    if span.code and _IDENTIFIER.fullmatch(bare):
        return f"`{bare}`"
    if span.strong:
        return f"**{escaped(bare)}**"
    return text


def _spaced(text: str) -> str:
    return re.sub(r"[^\S\u00a0\u202f]+", " ", text)


def safe_url(url: str) -> str:
    """The address when it is one that a browser should open, else empty."""
    if len(url) > LONGEST_URL or re.search(r"[\s<>()\[\]\"'\\|`*{}]", url) or not url.isascii():
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return url if host and (parts.scheme == "https" or (parts.scheme == "http" and loopback(host))) else ""


def lines_of(*lines: Line) -> str:
    """Paragraphs of a message."""
    return "\n\n".join(filter(None, (marked(line) for line in lines)))
