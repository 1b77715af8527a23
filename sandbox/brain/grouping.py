"""Rules for one row per something: "par pays et par mois", "each plant", "monthly"; and for several periods at once."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from sandbox.brain.drafts import GroupDraft
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.moments import Grain, Period


def _list(found: Found) -> Reading:
    """Several periods together; a year said once serves the months before it."""
    parts = [item for item in found.items if item.kind in {"period", "year"}]
    periods: list[Period] = []
    for item in parts:
        periods.extend(item.data if isinstance(item.data, tuple) else (cast(Period, item.data),))
    said = next((period for period in reversed(periods) if not period.part and period.start), None)
    if said and said.start:
        year = said.start.year
        periods = [period.in_year(year) for period in periods]
    compared = any(item.kind == "versus" for item in found.items)
    merged = found.merged("period", tuple(periods))
    return replace(merged, text=merged.text, kind="period_pair" if compared else "period")


def _groups(found: Found) -> Reading:
    """One row for each, but for who did it: "by the youngest singer", "parcourue par les véhicules électriques"."""
    first, *rest = found.items
    if first.text.lower() in {"by", "par"} and rest[0].article:
        return (first.become("of", None), *rest) if first.text.lower() == "par" else None
    return tuple(_group(item) for item in found.items if item.kind not in {"per", "sep", "and", "all", "distinct"})


def _group(item: Item) -> Item:
    grain = cast(Grain, item.data) if item.kind in {"grain", "grain_column"} else None
    return item.become("group", GroupDraft(grain), item.meanings)


def _each(found: Found) -> Reading:
    item = found.items[0]
    return item.become("group", GroupDraft(cast(Grain, item.data)))


PERIODS = (Rule("period ((sep|and|or|versus)+ (in|of|compare)* period)+", _list),)
GROUPS = (
    Rule("per (all|distinct)* grain|column|table ((sep|and)+ per? grain|column|table)*", _groups),
    Rule("each:each", _each),
)
