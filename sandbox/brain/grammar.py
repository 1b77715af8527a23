"""The order in which the rules are applied: numbers and periods, values, figures, ranks, conditions, groups."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.brain.amounts import AVERAGES, NUMBERS, SPLIT
from sandbox.brain.asking import Asking
from sandbox.brain.comparisons import Comparisons
from sandbox.brain.extremes import ASKED
from sandbox.brain.filters import Filters
from sandbox.brain.grouping import GROUPS, PERIODS
from sandbox.brain.items import Item, Rule, apply
from sandbox.brain.language import Language
from sandbox.brain.measuring import Measuring
from sandbox.brain.ranking import Ranking
from sandbox.brain.schema import Schema

_TRANSPARENT = frozenset({"topic", "all", "past"})


class Grammar:
    """The rules for one schema, in both languages."""

    def __init__(self, schema: Schema) -> None:
        self._rules: dict[Language, tuple[Rule, ...]] = {
            language: _rules(schema, language) for language in ("fr", "en")
        }

    def read(self, items: Sequence[Item], language: Language) -> tuple[Item, ...]:
        """The items once every rule has been applied; words that rules need not see are put back at the end."""
        aside = tuple(item for item in items if item.kind in _TRANSPARENT)
        kept = [item for item in items if item.kind not in _TRANSPARENT]
        return apply(self._rules[language], kept) + aside


def _rules(schema: Schema, language: Language) -> tuple[Rule, ...]:
    filters, comparisons = Filters(schema), Comparisons(schema)
    asking, measuring, ranking = Asking(schema), Measuring(schema, language == "fr"), Ranking(schema)
    return (
        *ASKED,
        *NUMBERS,
        *PERIODS,
        *filters.values,
        *filters.flags,
        *measuring.qualifiers,
        *SPLIT,
        *AVERAGES,
        *asking.rules,
        *measuring.rules,
        *measuring.extremes,
        *measuring.groups,
        *measuring.rows,
        *asking.dates,
        *ranking.orders,
        *ranking.rules,
        *comparisons.comparisons,
        *measuring.counts,
        *comparisons.existence,
        *GROUPS,
    )
