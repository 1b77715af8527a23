"""What people type, made fit to be read: without it control characters and pasted files would reach the rules."""

from __future__ import annotations

import unicodedata

LIMIT = 4_000  # characters of one question
_LONGEST_WORD = 200
_ODD_SHARE = 0.1


def clean(text: str) -> str:
    """The text on one line, without control, invisible or bidirectional characters. At most `LIMIT` characters."""
    plain = "".join(" " if c.isspace() else "" if _is_odd(c) else c for c in unicodedata.normalize("NFC", text[:LIMIT]))
    return " ".join(plain.split())


def is_text(text: str) -> bool:
    """False for what looks like a binary or encoded file rather than words."""
    seen = text[:LIMIT]
    odd = sum(_is_odd(c) and not c.isspace() for c in seen)
    return odd <= max(2, len(seen) * _ODD_SHARE) and all(len(word) <= _LONGEST_WORD for word in seen.split())


def _is_odd(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs")
