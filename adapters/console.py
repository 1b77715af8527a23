"""The terminal as a chat platform like the others: what Slack shows in a thread, shown to one person."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.status import Status
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from adapters.wording import Card, Chart, Grid, Line, Spoken, doing, figure, phrase, say
from agents.domain import Language, Progress, Reply, ReplyTo, Turn

NAME = "console"
MOST_SHOWN = 200  # characters of a question that is echoed
BAR = 40  # characters of the longest bar
CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])
"""Dropped from whatever is printed: a cell with an escape sequence must not drive the terminal."""


@dataclass(slots=True)
class Terminal:
    """Implements ports.Platform."""

    screen: Console
    name: str = NAME
    _status: Status | None = None
    _told: set[tuple[str, str]] = field(default_factory=set)
    _shown: set[str] = field(default_factory=set)

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """Starts the spinner; a terminal has no message to replace."""
        self._told.clear()
        if self.screen.is_terminal:
            self._status = self.screen.status("…")
            self._status.start()
        return turn.id

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """A terminal that is gone shows nothing any more: there is never an earlier placeholder."""
        return ""

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """One line for each thing an agent does, so that the way to the answer stays readable above it."""
        title, text = doing(progress, language)
        if (title, text) in self._told:
            return
        self._told.add((title, text))
        if self._status:
            self._status.update(f"[bold]{escape(title)}[/] {escape(_safe(text))}")
        self.screen.print(
            Text.assemble(("  · ", "dim"), (f"{title} ", "bold dim"), (_safe(text), "dim")), soft_wrap=True
        )

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """Prints the reply, once."""
        if self._status:
            self._status.stop()
            self._status = None
        if turn.id not in self._shown:
            self._shown.add(turn.id)
            self.screen.print(draw(say(reply)))


def draw(spoken: Spoken) -> RenderableType:
    """The whole reply, top to bottom in the order it is read."""
    language = spoken.language
    parts: list[RenderableType] = [Text(""), _line(spoken.headline, strong="bold green" if spoken.sql else "bold")]
    parts += [_line(note, strong="bold") for note in spoken.notes]
    parts += [Padding(_card(card), (0, 0, 0, 2)) for card in spoken.cards]
    parts += [Padding(_bars(spoken.chart, language), (1, 2))] if spoken.chart else []
    parts += [_grid(spoken.grid, language)] if spoken.grid else []
    if spoken.sql:
        parts += [
            Rule(phrase(language, "note.sql"), align="left", style="dim"),
            Syntax(_safe(spoken.sql), "sql", word_wrap=True),
        ]
    parts += [_line(spoken.context, dim=True)] if spoken.context else []
    parts += [_link(spoken)] if _links(spoken) else []
    parts += [
        Text(_safe(f"  {number}. {option.label}  {option.hint}")) for number, option in enumerate(spoken.options, 1)
    ]
    if spoken.suggestions:
        title = phrase(language, "note.suggestions") + phrase(language, "answer.colon")
        parts.append(Text(_safe(title + " · ".join(spoken.suggestions)), style="dim"))
    return Group(*parts)


@dataclass(frozen=True, slots=True)
class Prose:
    """Text that is broken at ordinary spaces only: Rich would break 12 480 000 MWh at its no-break spaces as well."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Line by line; a word longer than a line is folded by Rich."""
        for part in self.text.split("\n", allow_blank=True):
            for line in part.divide(_breaks(part.plain, options.max_width)):
                line.rstrip()
                line.no_wrap = line.cell_len <= options.max_width
                yield line


def _breaks(text: str, width: int) -> list[int]:
    """Where lines begin but the first, so that each fits if its words do."""
    found: list[int] = []
    begin = place = 0
    for word in text.split(" "):
        if place > begin and cell_len(text[begin : place + len(word)]) > width:
            found.append(place)
            begin = place
        place += len(word) + 1
    return found


def _line(line: Line, *, strong: str = "bold", dim: bool = False) -> Prose:
    text = Text(style="dim" if dim else "")
    for span in line:
        style = f"{strong} link {span.url}" if span.url else strong if span.strong else "cyan" if span.code else ""
        text.append(_safe(span.text), style=style)
    return Prose(text)


def shown(question: str) -> str:
    """What was asked, on a line or two: a pasted file must not fill the screen."""
    words = " ".join(_safe(question[: 2 * MOST_SHOWN]).split())
    return words if len(words) <= MOST_SHOWN else words[: MOST_SHOWN - 1] + "…"


def _safe(text: str) -> str:
    return text.translate(CONTROLS)


def _links(spoken: Spoken) -> list[str]:
    lines = [*spoken.notes, spoken.context, spoken.headline]
    return list(dict.fromkeys(span.url for line in lines for span in line if span.url))


def _link(spoken: Spoken) -> Text:
    """Links in full as well: not every terminal can click."""
    title = phrase(spoken.language, "note.link") + phrase(spoken.language, "answer.colon")
    return Text(title + "  ".join(_links(spoken)), style="dim")


def _card(card: Card) -> RenderableType:
    facts = Text(_safe(" · ".join(card.facts)), style="dim")
    links = [Text(span.url, style="dim") for span in card.title if span.url]
    title = Text.assemble("• ", _line(card.title, strong="bold").text)
    return Group(Prose(title), Text(_safe(card.body)), Prose(facts), *links)


def _grid(grid: Grid, language: Language) -> RenderableType:
    table = Table(show_edge=False, header_style="bold")
    for name, numeric in zip(grid.columns, grid.numeric, strict=True):
        table.add_column(escape(_safe(name)), justify="right" if numeric else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(escape(_safe(value)) for value in row))
    return Group(table, *_cut(grid, language))


def _cut(grid: Grid, language: Language) -> list[Text]:
    if grid.of == len(grid.rows):
        return []
    key = "note.more_rows_unknown" if grid.of < 0 else "note.more_rows"
    return [Text(phrase(language, key, shown=str(len(grid.rows)), of=figure(grid.of, language)), style="dim")]


def _bars(chart: Chart, language: Language) -> RenderableType:
    """The first series as bars: a picture that every terminal can show."""
    values = [value if value is None or math.isfinite(value) else None for value in chart.series[0].values]
    longest = max((abs(value) for value in values if value is not None), default=0) or 1
    title = escape(_safe(chart.series[0].name)) if len(chart.series) > 1 else None  # the others are in the table
    table = Table(box=None, show_header=False, padding=(0, 1), title=title, title_justify="left", title_style="bold")
    for name, value in zip(chart.labels, values, strict=True):
        bar = "" if value is None else "█" * max(1, round(BAR * (abs(value) / longest)))
        shown = "–" if value is None else figure(value, language, chart.unit)
        table.add_row(escape(_safe(name)), Text(bar, style="green"), shown)
    return table
