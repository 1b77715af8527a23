"""What findata says in French: no space that could break where French wants none, and English left alone."""

from __future__ import annotations

import re

import pytest

from adapters.wording import typeset
from adapters.wording.phrases import phrases
from bot.pages import TEXTS
from sandbox.brain.echo import _WORDS
from sandbox.brain.wording import _TEXTS

BREAKABLE = re.compile(r" (?=[:;?!»%](?!\w))|(?<=«) |(?<=[\d}]) (?=(?:s|h|min|MWh|%)(?!\w))")
FRENCH = {
    **phrases("fr"),
    **{
        f"page {key} {place}": typeset(text, "fr")
        for key, both in TEXTS["fr"].items()
        for place, text in enumerate(both)
    },
    **{f"genie {key}": text for key, text in _TEXTS["fr"].items()},
    **{f"echo {key}": text for key, text in _WORDS["fr"].items()},
}


@pytest.mark.parametrize("key", sorted(FRENCH))
def test_no_french_phrase_has_a_space_that_breaks_before_its_sign(key: str) -> None:
    """Every phrase, page and word of the sandbox's Genie: the sign never begins a line."""
    assert not BREAKABLE.search(FRENCH[key]), FRENCH[key]


@pytest.mark.parametrize(
    ("written", "typeset_"),
    [
        ("Vouliez-vous dire « pays » ?", "Vouliez-vous dire «\u00a0pays\u00a0»\u202f?"),
        ("Données : {names} ; à 95 %.", "Données\u00a0: {names}\u202f; à 95\u00a0%."),
        ("{wait} s, 12 MWh !", "{wait}\u00a0s, 12\u00a0MWh\u202f!"),
        ("à 12:30, :wave: et a:b", "à 12:30, :wave: et a:b"),
    ],
)
def test_typesetting_puts_the_spaces_that_french_wants(written: str, typeset_: str) -> None:
    """No-break before : % » and units, narrow before ; ? !; a sign that begins a word is not one of punctuation."""
    assert typeset(written, "fr") == typeset_


def test_english_is_left_as_it_is() -> None:
    """Not a single space of it is touched, whatever stands behind."""
    assert typeset("Did you mean « this » : 95 % ?", "en") == "Did you mean « this » : 95 % ?"
    assert not [text for text in phrases("en").values() if "\u202f" in text or "\u00a0" in text]
