"""A Spoken as Teams shows it: a text and a card under it, at five steps of plainness.

Without the steps a card that Teams refuses, or that is too large, would be no answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from adapters.replying.filters import Field
from adapters.teams import elements
from adapters.teams.chips import chips, chosen_from
from adapters.teams.elements import Element
from adapters.teams.entities import NO_SOURCES, Sources, marks, written_by_machine
from adapters.teams.markdown import escaped, lines_of, marked, one_line, safe_url
from adapters.teams.pictures import MOST_COLUMNS, MOST_ROWS, chart, table
from adapters.wording import Card, Grid, Line, Spoken, cut, figure, phrase, plain
from agents.domain import Language

LARGEST = 80_000
"""Bytes of a message in UTF-16, entities and all; Teams refuses 100 KB."""
MOST_NOTES, MOST_CARDS, MOST_SUGGESTIONS = 12, 10, 3
SQL = 6_000
"""Characters of SQL that are shown; the rest is in the warehouse's query history."""
TEXT = 12_000  # characters of a text message
CARDED = frozenset({"figures", "product_list", "product_description", "explanation"})
"""Kinds of replies whose text is the headline alone: the rest is on the card under it."""
RATED = {"feedbackLoop": {"type": "default"}}
SQLBOX, FILTERBOX = "sqlbox", "filterbox"


class Plainness(IntEnum):
    """How much of Teams we dare to use, tried one after the other until Teams takes the card."""

    NATIVE = 0
    NO_CHART = 1
    FEW_ROWS = 2
    NO_TABLE = 3
    TEXT = 4  # no card


@dataclass(frozen=True, slots=True)
class Controls:
    """What a reply's buttons need. `id`: what they stand for; empty shows none. `link`: a page to sign in at."""

    id: str = ""
    fields: tuple[Field, ...] = ()  # the filters, to be edited
    link: str = ""
    sources: Sources = NO_SOURCES
    machine: bool = False  # the words are an answer, not a fixed sentence
    sheet: bool = False  # all rows can be had as a file
    alone: bool = False  # the card stands without a text above it


# ── the text ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def text_message(spoken: Spoken, controls: Controls, plainness: Plainness = Plainness.NATIVE) -> dict[str, Any]:
    """The answer's sentence with its sources; at the last step everything else that can be said in words."""
    words = text_of(spoken, whole=plainness is Plainness.TEXT) + marks(controls.sources)
    activity = said(words)
    if controls.machine:
        activity["entities"] = [written_by_machine(controls.sources, spoken.language)]
    if spoken.rate and controls.id:
        activity["channelData"] = RATED
    return activity


def opening(language: Language) -> dict[str, Any]:
    """What the sentence stands in for; clients that look for thumbs at a message's first version alone find them."""
    return {**said(escaped(phrase(language, "teams.working"))), "channelData": RATED}


def said(markdown: str) -> dict[str, Any]:
    """A text message; never empty."""
    return {"type": "message", "textFormat": "markdown", "text": markdown.strip() or "…"}


def text_of(spoken: Spoken, *, whole: bool = True) -> str:
    """The headline, and with `whole` all that follows, as escaped Markdown."""
    if not whole and spoken.kind in CARDED:
        return marked(spoken.headline) or "…"
    lines = [spoken.headline, *spoken.notes[:MOST_NOTES], *(one.title for one in spoken.cards[:MOST_CARDS])]
    made = lines_of(*lines, spoken.context)
    return made if len(made) <= TEXT else marked(spoken.headline) or "…"


def carded(card: Element, controls: Controls, language: Language) -> dict[str, Any]:
    """A message that is nothing but a card."""
    activity: dict[str, Any] = {"type": "message", "attachments": [elements.attachment(card)]}
    if controls.machine:
        activity["entities"] = [written_by_machine(NO_SOURCES, language)]
    return activity


# ── the card ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def card_of(spoken: Spoken, controls: Controls, plainness: Plainness = Plainness.NATIVE) -> Element | None:
    """Chart, rows, how it came about, SQL, small print, buttons; None when there is nothing but the text."""
    if plainness is Plainness.TEXT:
        return None
    body, actions = list(_body(spoken, controls, plainness)), list(_actions(spoken, controls))
    return elements.card(body, actions) if body or actions else None


def fitting(spoken: Spoken, controls: Controls, plainness: Plainness) -> tuple[Element | None, Plainness]:
    """The richest card from this step on that is small enough to be sent."""
    for step in Plainness:
        if step >= plainness:
            card = card_of(spoken, controls, step)
            if card is None or size(carded(card, controls, spoken.language)) <= LARGEST:
                return card, step
    return None, Plainness.TEXT


def size(activity: dict[str, Any]) -> int:
    """Bytes as Teams counts them."""
    return len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "replace"))


def _body(spoken: Spoken, controls: Controls, plainness: Plainness) -> Iterator[Element]:
    if controls.alone:
        yield elements.text(marked(spoken.headline), weight="Bolder")
    yield from _picture(spoken, plainness)
    if spoken.kind in CARDED:
        yield from (elements.text(marked(note), spacing="Small") for note in _filled(spoken.notes[:MOST_NOTES]))
    for card in spoken.cards[:MOST_CARDS]:
        yield _product(card)
    yield from chosen_from(spoken, controls.id)
    if spoken.sql:
        yield elements.hidden(SQLBOX, list(_sql(spoken.sql, spoken.language)))
    yield from chips(controls.fields, controls.id, FILTERBOX, spoken.language)
    if spoken.kind in CARDED and plain(spoken.context).strip():
        yield elements.small(marked(spoken.context))
    if controls.id:
        yield from elements.buttons(_suggestions(spoken, controls.id))


def _picture(spoken: Spoken, plainness: Plainness) -> Iterator[Element]:
    if spoken.chart and plainness is Plainness.NATIVE:
        drawn = chart(spoken.chart, phrase(spoken.language, "teams.no_chart"))
        if drawn:
            yield elements.text(escaped(one_line(spoken.chart.title)), weight="Bolder")
            yield drawn
    if spoken.grid and spoken.grid.columns and plainness < Plainness.NO_TABLE:
        yield from _rows(spoken.grid, spoken.language, 5 if plainness is Plainness.FEW_ROWS else MOST_ROWS)


def _filled(lines: tuple[Line, ...]) -> Iterator[Line]:
    return (line for line in lines if plain(line).strip())


def _rows(grid: Grid, language: Language, most: int) -> Iterator[Element]:
    yield table(grid, most)
    shown = min(most, len(grid.rows))
    if grid.of != shown:
        key = "note.more_rows_unknown" if grid.of < 0 else "note.more_rows"
        yield elements.small(escaped(phrase(language, key, shown=str(shown), of=figure(grid.of, language))))
    if len(grid.columns) > MOST_COLUMNS:
        names = ", ".join(cut(one_line(name), 40) for name in grid.columns[MOST_COLUMNS : MOST_COLUMNS + 10])
        yield elements.small(escaped(phrase(language, "teams.more_columns", names=names)))


def _product(card: Card) -> Element:
    items = [elements.text(marked(card.title), weight="Bolder")]
    items += [elements.text(escaped(one_line(card.body)), spacing="Small")] if card.body.strip() else []
    items += [elements.small(escaped(one_line(" · ".join(card.facts))))] if card.facts else []
    return {"type": "Container", "separator": True, "items": items}


def _sql(sql: str, language: Language) -> Iterator[Element]:
    yield elements.code(cut(sql, SQL))
    if len(sql) > SQL:
        yield elements.small(escaped(phrase(language, "teams.sql_cut", count=figure(len(sql) - SQL, language))))


# ── what is pressed ───────────────────────────────────────────────────────────────────────────────────────────────────


def _actions(spoken: Spoken, controls: Controls) -> Iterator[Element]:
    language = spoken.language
    if safe_url(controls.link):
        yield elements.link(phrase(language, "teams.link"), controls.link)
    if spoken.sql:
        yield elements.toggle(phrase(language, "teams.show_sql"), SQLBOX)
    for product in controls.sources.cited[:1]:
        yield elements.link(phrase(language, "teams.open_product"), product.url)
    if not controls.id:
        return
    if spoken.retry:
        yield elements.press(phrase(language, "teams.retry"), "retry", q=controls.id)
    yield from _offers(spoken, controls)


def _offers(spoken: Spoken, controls: Controls) -> Iterator[Element]:
    language = spoken.language
    if spoken.kind == "figures":
        if controls.fields:
            yield elements.toggle(phrase(language, "teams.filters"), FILTERBOX)
        yield elements.press(phrase(language, "teams.explain"), "explain", q=controls.id)
    if controls.sheet and spoken.kind == "figures" and spoken.grid:
        yield elements.press(phrase(language, "teams.csv"), "csv", q=controls.id)


def _suggestions(spoken: Spoken, id_: str) -> list[Element]:
    shown = spoken.suggestions[:MOST_SUGGESTIONS]
    return [elements.press(words, "suggest", q=id_, n=at) for at, words in enumerate(shown)]


def working(language: Language, id_: str, doing: str = "") -> Element:
    """The card that stands under the placeholder, with a way to stop."""
    body = [elements.text("⏳ " + escaped(one_line(doing or phrase(language, "teams.working"))), isSubtle=True)]
    return elements.card(body, [elements.press(phrase(language, "teams.stop"), "stop", q=id_)])
