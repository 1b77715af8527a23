"""What findata says, in French and in English: one typed reply in, the words of it out, alike on every platform."""

from adapters.wording.numbers import cell, figure
from adapters.wording.phrases import phrase
from adapters.wording.progress import doing, still
from adapters.wording.speech import say
from adapters.wording.spoken import Card, Chart, Grid, Line, Series, Span, Spoken, cut, plain
from adapters.wording.typography import typeset

__all__ = [
    "Card",
    "Chart",
    "Grid",
    "Line",
    "Series",
    "Span",
    "Spoken",
    "cell",
    "cut",
    "doing",
    "figure",
    "phrase",
    "plain",
    "say",
    "still",
    "typeset",
]
