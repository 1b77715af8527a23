"""The items of a question, sorted by the part they play, once the grammar's rules have done their work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sandbox.brain.choosing import Unread
from sandbox.brain.drafts import ConditionDraft, GroupDraft, HavingDraft, RankDraft, SortDraft
from sandbox.brain.items import Item
from sandbox.brain.moments import Period

# Grammar words that add nothing once the rules have run.
_SILENT = frozenset(
    {"ask", "of", "in", "with", "be", "and", "sep", "end", "that", "all", "past", "only", "instead", "compare"}
)
_PARTS = frozenset({"measure", "rank", "sort", "group", "condition", "having", "existence", "period",
"period_pair", "year",
                    "unit", "share", "change", "column", "noun", "table", "topic", "distinct", "number", "versus",
                    "each",
                    "grain_column", "row_grain", "source", "when", "place", "whose"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gathered:
    """Items by part, in the order of the question."""

    items: tuple[Item, ...]
    all: tuple[Item, ...] = ()  # the silent words too

    def of(self, *kinds: str) -> tuple[Item, ...]:
        """The items of these kinds."""
        return tuple(item for item in self.items if item.kind in kinds)

    def without(self, kind: str) -> Gathered:
        """The same without the items of a kind."""
        return Gathered(tuple(item for item in self.items if item.kind != kind), self.all)

    def compares(self) -> bool:
        """As in "compare …": what is named twice is told side by side."""
        return any(item.kind == "compare" for item in self.all)

    def adds(self) -> bool:
        """As in "et par technologie", "also by month": besides what there is."""
        return any(item.kind == "and" for item in self.all[:1])

    def has(self, kind: str) -> bool:
        """Is there such an item?"""
        return any(item.kind == kind for item in self.items)

    @property
    def conditions(self) -> tuple[tuple[Item, ConditionDraft], ...]:
        """Conditions with their drafts."""
        return tuple((item, cast(ConditionDraft, item.data)) for item in self.of("condition"))

    @property
    def rank(self) -> RankDraft | None:
        """The one rank; Unread when there are two."""
        ranks = self.of("rank")
        if len(ranks) > 1:
            return self._joined(ranks)
        return cast(RankDraft, ranks[0].data) if ranks else None

    def _joined(self, ranks: tuple[Item, ...]) -> RankDraft:
        """Top 3 … with the highest rating: the number of one, the measure of the other."""
        drafts = [cast(RankDraft, item.data) for item in ranks]
        full = [draft for draft in drafts if draft.by is not None or draft.concept not in {"", "size", "unsaid"}]
        bare = [draft for draft in drafts if draft not in full]
        if len(full) != 1 or len(bare) != 1 or (full[0].limit and bare[0].limit):
            raise Unread(ranks[1].text)
        limit = full[0].limit or bare[0].limit
        return RankDraft(full[0].descending, full[0].by, full[0].concept, limit)

    @property
    def sorts(self) -> tuple[SortDraft, ...]:
        """The orders asked for."""
        return tuple(cast(SortDraft, item.data) for item in self.of("sort"))

    @property
    def groups(self) -> tuple[tuple[Item, GroupDraft], ...]:
        """Groups with their drafts."""
        return tuple((item, cast(GroupDraft, item.data)) for item in self.of("group"))

    @property
    def havings(self) -> tuple[HavingDraft, ...]:
        """Conditions on groups."""
        return tuple(cast(HavingDraft, item.data) for item in self.of("having"))

    @property
    def periods(self) -> tuple[Period, ...]:
        """Every period that stands alone."""
        found: list[Period] = []
        for item in self.of("period", "period_pair", "year"):
            found.extend(item.data if isinstance(item.data, tuple) else (cast(Period, item.data),))
        return tuple(found)

    @property
    def heads(self) -> tuple[Item, ...]:
        """What is asked for besides figures: columns and things."""
        return self.of("column", "noun", "table", "grain_column")

    def check_stray(self) -> None:
        """Beside figures or conditions a column is listed with others or before them; else its part is not clear."""
        first = next(iter(self.of("measure", "condition", "having", "existence")), None)
        computed = self.of("measure", "having")
        for place, item in enumerate(self.of("column", "grain_column")):
            late = first is not None and item.start > first.start and bool(place or computed)
            if (late or self._follows_column(item)) and not self._is_listed(item) and not self._is_grouped(item):
                raise Unread(item.text)

    def _is_grouped(self, item: Item) -> bool:
        """It is only said again what the figures are told by."""
        own = {meaning.ref for meaning in item.meanings}
        return any(own & {meaning.ref for meaning in group.meanings} for group, _ in self.groups)

    def _is_listed(self, item: Item) -> bool:
        """A comma or "and" stands before it."""
        before = [other.kind for other in self.all if other.end <= item.start]
        return (
            before[-1:] == ["ask"]
            or before[-2:] == ["ask", "be"]
            or before[-1:] in (["sep"], ["and"], ["end"], ["whose"])
        )

    def _follows_column(self, item: Item) -> bool:
        """Another column stands right before it: together they may be a name that nobody knows."""
        return any(other.end == item.start and other.kind in {"column", "grain_column"} for other in self.all)

    def number(self) -> Item | None:
        """A number that no rule took: "les 5 pays qui …"; anything else is unread."""
        numbers = self.of("number")
        if len(numbers) > 1:
            raise Unread(*(item.text for item in numbers))
        return numbers[0] if numbers else None


def gather(items: Sequence[Item], also: frozenset[str] = frozenset()) -> Gathered:
    """The items that matter (those of kinds `also` too); Unread when one could not be given a part."""
    lost = [item for item in items if item.kind not in _SILENT | _PARTS | also]
    if lost:
        raise Unread(*(item.text for item in lost))
    return Gathered(
        tuple(item for item in items if item.kind in _PARTS | also), tuple(sorted(items, key=lambda item: item.start))
    )
