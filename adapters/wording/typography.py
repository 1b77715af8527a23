"""French spacing. Without it a lone ":" or "MWh" would begin a line, and a guillemet stand apart from its word."""

from __future__ import annotations

import re

from agents.domain import Language

NO_BREAK = "\u00a0"  # beside guillemets, before : and % and units
NARROW = "\u202f"  # before ; ? !

_WIDE_GAP = re.compile(r"(?<=«) +| +(?=[:»%](?!\w))|(?<=[\d}]) (?=(?:s|min|h|k?W|[kMGT]Wh?|€)(?!\w))")
_NARROW_GAP = re.compile(r" +(?=[;?!](?!\w))")


def typeset(text: str, language: Language) -> str:
    """The text with spaces that never break where French wants them; English stays as it is.

    For findata's own sentences only: never for SQL, names of columns or what people wrote.
    """
    if language != "fr":
        return text
    return _NARROW_GAP.sub(NARROW, _WIDE_GAP.sub(NO_BREAK, text))
