"""Figures that are asked for by a verb: how much coal was delivered, combien avons-nous investi.

Without it such a question would count deliveries, or not be read at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sandbox.brain.drafts import ConditionDraft, MeasureDraft
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.lexicon import Lexicon
from sandbox.brain.meanings import Meaning
from sandbox.brain.schema import Schema
from sandbox.brain.stems import plain

_HOW_MUCH = frozenset(
    {"how much", "how much of", "combien", "combien de", "combien d", "quelle quantite de", "quelle quantite d"}
)
_NAMING = frozenset({"column", "noun", "table", "grain_column"})
_VERB = "verb"
_TIMES = frozenset({"date", "timestamp"})


def asked_by_verb(items: Sequence[Item], lexicon: Lexicon) -> Sequence[Item]:
    """How much was …, where nothing is named that could be asked for but the verb, as one figure is called by it."""
    verbs = [item for item in items if item.kind == "topic"]
    if len(verbs) != 1 or not items or not is_how_much(items[0]) or any(item.kind in _NAMING for item in items):
        return items
    figure = lexicon.figure([verbs[0].meanings])
    if figure is None or any(item.kind == "with" for item in items[: items.index(verbs[0])]):
        return items
    return [
        replace(item, kind="column", data=_VERB, meanings=(figure,)) if item is verbs[0] else item for item in items
    ]


def is_how_much(item: Item) -> bool:
    """It asks for an amount, or for a number of things that may turn out to be one."""
    return item.kind in {"agg", "count"} and plain(item.text).replace("'", " ") in _HOW_MUCH


class Asking:
    """The rules for the columns of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.rules = (
            Rule("asked:agg|count of? told:condition* (in|be)* verb:column", self._told_by_verb),
            Rule("asked:agg|count of? told:condition+ be+ verb:column in* when:period|year", self._dated),
        )

        self.dates = (Rule("be* verb:column in* told:condition+ in* when:period", self._at_once),)

    def _at_once(self, found: Found) -> Reading:
        """Stations opened in Germany since 2023: the period is the opening's, as if it stood right behind it."""
        verb = found.one("verb")
        counted = found.before is not None and found.before.kind == "measure"
        dates = verb.kind == "column" and all(self._schema.kinds[m.ref] in _TIMES for m in verb.meanings)
        return (verb, found.one("when"), *found.all("told")) if counted and dates else None

    def _told_by_verb(self, found: Found) -> Reading:
        """How much coal was delivered, where the verb names the amount itself."""
        figures = [m for m in found.one("verb").meanings if self._is_amount(m)]
        verb = found.one("verb")
        if not is_how_much(found.one("asked")) or len(figures) != 1 or not (verb.data == _VERB or found.all("told")):
            return None
        return self._summed(verb, figures[0], found)

    def _dated(self, found: Found) -> Reading:
        """The same where it names the date of a log: how much is the one amount that the log keeps."""
        asked, verb = found.one("asked"), found.one("verb")
        dates = [m for m in verb.meanings if m.kind == "column" and self._schema.kinds[m.ref] in _TIMES]
        tables = {m.table for m in dates} & self._tables(found.all("told"))
        if not is_how_much(asked) or len(dates) != len(verb.meanings) or len(tables) != 1:
            return None
        own = (Meaning("column", ref.table, ref.column) for ref in self._schema.of(next(iter(tables))))
        amounts = [meaning for meaning in own if self._is_amount(meaning)]
        summed = self._summed(asked, amounts[0], found) if len(amounts) == 1 else None
        rest = found.items[found.items.index(verb) :]
        return (*summed, *rest) if summed else None

    def _summed(self, item: Item, figure: Meaning, found: Found) -> tuple[Item, ...]:
        return item.become("measure", MeasureDraft("sum"), (figure,)), *found.all("told")

    def _is_amount(self, meaning: Meaning) -> bool:
        """A figure that is added up: no price, no stock."""
        if meaning.kind != "column" or not self._schema.is_measure(meaning.ref):
            return False
        return self._schema.habit(meaning.ref) == "sum"

    def _tables(self, told: Sequence[Item]) -> set[str]:
        options = (cast(ConditionDraft, item.data).options for item in told)
        return set.intersection(*({option.ref.table for option in several} for several in options))
