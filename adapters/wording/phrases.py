"""Every fixed sentence of findata, by key and language, from the two TOML files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from adapters.wording.typography import typeset
from agents.domain import Language


@cache
def phrases(language: Language) -> Mapping[str, str]:
    """All phrases of a language, typeset as it wants; keys are `section.name`."""
    with Path(__file__).with_name(f"phrases.{language}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return {
        f"{section}.{name}": typeset(text, language)
        for section, entries in sections.items()
        for name, text in entries.items()
    }


def phrase(language: Language, key: str, /, **names: str) -> str:
    """One phrase with its gaps filled. An unknown key gives its section's `other`; a gap without a name is empty."""
    known = phrases(language)
    text = known.get(key) or known[f"{key.split('.', 1)[0]}.other"]
    return text.format_map(_Gaps(names))


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
