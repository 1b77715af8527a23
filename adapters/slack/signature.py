"""Is this request from Slack? Without it anyone who finds the address could ask as anyone."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

WINDOW = 300
"""Seconds that a request may be old, or ahead of our clock."""


def signed(raw: bytes, headers: Mapping[str, str], secret: str, *, clock: Callable[[], float] = time.time) -> bool:
    """True when Slack has signed these very bytes within the last five minutes. Compares in constant time."""
    stamp, given = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not (secret and stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        return False
    if abs(clock() - int(stamp)) > WINDOW:
        return False
    want = sign(raw, stamp, secret)
    return hmac.compare_digest(want.encode(), given.encode("utf-8", "replace"))


def sign(raw: bytes, stamp: str, secret: str) -> str:
    """Slack's signature of a body sent at `stamp` (seconds since 1970)."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
