"""A Spoken as one Slack message, at four steps of plainness. Without it a refused block would be no answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from adapters.slack import elements
from adapters.slack.elements import Block, button
from adapters.slack.pictures import picture, shown_rows, table, text_table
from adapters.wording import Card, Grid, Line, Span, Spoken, cut, figure, phrase, plain
from agents.domain import Language, Option

MOST_NOTES, MOST_CARDS, MOST_BUTTONS, MOST_SUGGESTIONS = 12, 10, 5, 3
SQL = 9_000
"""Characters of SQL that are shown; the rest is in the catalogue's query history."""


class Plainness(IntEnum):
    """How much of Slack we dare to use, tried one after the other until Slack takes the message."""

    NATIVE = 0
    USUAL = 1  # no native chart, nothing folded
    SIMPLE = 2  # rich text and buttons alone
    TEXT = 3  # no blocks


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `text` is never empty; without `blocks` it is all there is."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Controls:
    """What a reply's buttons need. `id`: what they stand for; empty shows none. `link`: a page to sign in at."""

    id: str = ""
    share: bool = False
    link: str = ""


def draw(spoken: Spoken, controls: Controls, plainness: Plainness = Plainness.NATIVE) -> Message:
    """Answer, chart, rows, SQL, small print, buttons, thumbs: in the order they are read."""
    text = elements.spoken_text(spoken) or "…"
    if plainness is Plainness.TEXT:
        return Message(text)
    blocks = [*_body(spoken, plainness), *_buttons(spoken, controls), *_thumbs(spoken, controls, plainness)]
    return Message(text, tuple(blocks[: elements.MOST_BLOCKS]))


# ── what is read ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _body(spoken: Spoken, plainness: Plainness) -> Iterator[Block]:
    yield elements.rich(spoken.headline, strong=spoken.kind == "figures" and len(spoken.headline) == 1)
    if spoken.chart:
        yield picture(spoken.chart, spoken.language, native=plainness is Plainness.NATIVE)
    if spoken.grid and spoken.grid.columns:
        yield table(spoken.grid) if plainness < Plainness.SIMPLE else text_table(spoken.grid)
        yield from _left_out(spoken.grid, spoken.language)
    if spoken.notes:
        yield elements.rich(*spoken.notes[:MOST_NOTES])
    for card in spoken.cards[:MOST_CARDS]:
        yield from _card(card)
    if spoken.sql:
        yield from _sql(spoken, plainness)
    if plain(spoken.context).strip():
        yield elements.context(spoken.context)


def _left_out(grid: Grid, language: Language) -> Iterator[Block]:
    shown = shown_rows(grid)
    if grid.of == shown:
        return
    key = "note.more_rows_unknown" if grid.of < 0 else "note.more_rows"
    yield elements.context((Span(phrase(language, key, shown=str(shown), of=figure(grid.of, language))),))


def _card(card: Card) -> Iterator[Block]:
    yield elements.rich(card.title, (Span(card.body),)) if card.body else elements.rich(card.title)
    if card.facts:
        yield elements.context((Span(" · ".join(card.facts)),))


def _sql(spoken: Spoken, plainness: Plainness) -> Iterator[Block]:
    title = phrase(spoken.language, "note.sql")
    whole = len(spoken.sql) <= SQL
    code = elements.preformatted(cut(spoken.sql, SQL))
    left = str(len(spoken.sql) - SQL)
    note = () if whole else (elements.context((Span(phrase(spoken.language, "slack.sql_cut", count=left)),)),)
    if plainness is Plainness.NATIVE:
        yield elements.container(title, [code, *note])
        return
    yield elements.context((Span(title),))
    yield code
    yield from note


# ── what is pressed ───────────────────────────────────────────────────────────────────────────────────────────────────


def _buttons(spoken: Spoken, controls: Controls) -> Iterator[Block]:
    language = spoken.language
    if controls.link:
        url = elements.safe_url(controls.link)
        yield from elements.actions([button("link", phrase(language, "slack.link"), url=url, style="primary")])
    if not controls.id:
        return
    yield from _options(spoken, controls)
    yield from elements.actions(list(_offers(spoken, controls)))
    yield from _suggestions(spoken)


def _offers(spoken: Spoken, controls: Controls) -> Iterator[Block]:
    language = spoken.language
    if spoken.retry:
        yield button("retry", phrase(language, "slack.retry"), controls.id, style="primary")
    if spoken.kind != "figures":
        return
    yield button("csv", phrase(language, "slack.csv"), controls.id)
    yield button("xlsx", phrase(language, "slack.xlsx"), controls.id)
    if any(one.values for one in spoken.filters):
        yield button("filters", phrase(language, "slack.filters"), controls.id)
    yield button("explain", phrase(language, "slack.explain"), controls.id)
    if controls.share:
        yield button("share", phrase(language, "slack.share"), controls.id)


def _options(spoken: Spoken, controls: Controls) -> Iterator[Block]:
    options = spoken.options
    if not options:
        return
    hints = [_hinted(option) for option in options[:MOST_BUTTONS] if option.hint]
    if len(options) <= MOST_BUTTONS:
        if hints:
            yield elements.rich(*hints)
        made = [button(f"choose_{at}", o.label, f"{controls.id} {o.key}") for at, o in enumerate(options)]
        yield from elements.actions(made)
        return
    title = phrase(spoken.language, "slack.choose")
    listed = [(f"{controls.id} {option.key}", option.label, option.hint) for option in options]
    yield from elements.actions([elements.select("choose_one", title, listed)])


def _hinted(option: Option) -> Line:
    return (Span(option.label, strong=True), Span(" — " + option.hint))


def _suggestions(spoken: Spoken) -> Iterator[Block]:
    shown = spoken.suggestions[:MOST_SUGGESTIONS]
    yield from elements.actions([button(f"suggest_{at}", text, text) for at, text in enumerate(shown)])


def _thumbs(spoken: Spoken, controls: Controls, plainness: Plainness) -> Iterator[Block]:
    if not (spoken.rate and controls.id):
        return
    good, bad = phrase(spoken.language, "slack.good"), phrase(spoken.language, "slack.bad")
    if plainness < Plainness.SIMPLE:
        yield elements.feedback("rate", controls.id, good, bad)
        return
    made = [
        button("rate_good", f"👍 {good}", f"good {controls.id}"),
        button("rate_bad", f"👎 {bad}", f"bad {controls.id}"),
    ]
    yield from elements.actions(made)
