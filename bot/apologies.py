"""An error in the asker's words. Without it a failure would be told as a failure, and not what to do about it."""

from __future__ import annotations

from agents.domain import Apology, Language
from agents.errors import BotError, NotConnected, Unavailable


def apology(error: BotError, language: Language, reference: str, url: str = "") -> Apology:
    """What is said of this error; `url`: where an identity is linked, if that is what it takes."""
    names = dict(error.names)
    if isinstance(error, NotConnected) and url:
        names["url"] = url
    if isinstance(error, Unavailable) and error.retry_after:
        names.setdefault("wait", f"{error.retry_after:.0f}")
    return Apology(language, error.reason, names, reference, retry=isinstance(error, Unavailable))
