"""Rules for the first and the last: "top 5", "les 3 plus grands", "which … the most", and the order of rows."""

from __future__ import annotations

from typing import cast

from sandbox.brain.amounts import quantity
from sandbox.brain.drafts import MeasureDraft, RankDraft, SortDraft
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.meanings import Meaning
from sandbox.brain.schema import Schema


class Ranking:
    """The rules for the columns of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        noun = "column|table|measure"
        self.rules = (
            Rule("top:top number:number? super:super", self._top_super),
            Rule("per:per super:super", self._agent),
            Rule("number:number? super:super number_:number? middle:condition+ by:column|measure|table", self._inside),
            Rule("number:number? super:super number_:number? (of|in)? by:measure", self._by_measure),
            Rule("number:number? super:super number_:number? of? by:column", self._by_column),
            Rule("number:number? super:super number_:number? of? distinct? by:table", self._by_table),
            Rule("by:column|measure be? super:super", self._by_before),
            Rule("top:top number:number", self._top),
            Rule("number:number top:top", self._top),
            Rule("number:number super:super", self._alone),
            Rule("super:super number:number?", self._alone),
            Rule("rank:rank named:noun|table|column|condition|of|in+ per by:measure|column|table", self._top_by),
            Rule("ranking of? named:noun|table|column|condition|of+ per by:measure|column|table", self._ranking),
        )  # fmt: skip
        self.orders = (
            Rule(f"order dir:dir of? by:{noun} ((sep|and)+ more:{noun})*", self._sort),
            Rule(f"order (per|in|of)* by:{noun} ((sep|and)+ more:{noun})* (in|order)* dir:dir?", self._sort),
            Rule(f"(in)* dir:dir of? (order of)? by:{noun}", self._sort),
            Rule("order? dir:dir", self._direction),
        )

    def _agent(self, found: Found) -> Reading:
        """Songs by the youngest singer: "by" tells who, not how to group."""
        return found.one("super") if found.one("super").article else None

    def _inside(self, found: Found) -> Reading:
        """The most active contracts: what stands inside goes before."""
        first = (*found.all("number"), found.one("super"))
        return (*found.all("middle"), *first, found.one("by"))

    def _limit(self, found: Found) -> int | None:
        number = found.get("number")
        return int(quantity(number).value) if number else None

    def _direction_of(self, found: Found) -> tuple[bool, str]:
        order, _, concept = str(found.one("super").data).partition(" ")
        return order == "desc", concept

    def _by_measure(self, found: Found) -> Reading:
        descending, _ = self._direction_of(found)
        return found.merged("rank", RankDraft(descending, found.one("by"), limit=self._limit(found)))

    def _by_column(self, found: Found) -> Reading:
        """Highest price; but "5 largest countries" only names what is ranked."""
        descending, concept = self._direction_of(found)
        column = found.one("by")
        if column.kind == "noun" and (concept == "many" or not self._is_figure(column)):
            return self._by_table(found)
        if self._is_figure(column) and concept not in {"frequency", "date"}:
            return found.merged("rank", RankDraft(descending, column, limit=self._limit(found)))
        return self._by_table(found)

    def _is_figure(self, item: Item) -> bool:
        return any(m.kind == "column" and self._schema.is_figure(m.ref) for m in item.meanings)

    def _by_table(self, found: Found) -> Reading:
        """The most concerts: by how many; the largest countries: by their size."""
        descending, concept = self._direction_of(found)
        noun = found.one("by")
        if concept == "many" and noun.kind == "column" and not noun.plural:
            return None  # "the most horsepower" of a text column is not how many there are
        if concept in {"", "many"} and (log := self._log(noun)):
            return found.merged("rank", RankDraft(descending, log, limit=self._limit(found)))
        if concept == "many":
            counted = noun.become("measure", MeasureDraft("count"), noun.meanings)
            return found.merged("rank", RankDraft(descending, counted, limit=self._limit(found)))
        rank = found.merged("rank", RankDraft(descending, None, concept or "size", self._limit(found)))
        return rank, noun

    def _log(self, noun: Item) -> Item | None:
        """The most green energy, where that names a log: its figure of this name, never how many entries it has."""
        tables = [m.table for m in noun.meanings if m.kind == "table"]
        logs = [table for table in tables if not self._schema.is_thing(table) and not self._schema.key(table)]
        refs = [ref for table in logs for ref in self._schema.namesakes(table, noun.text)]
        if len(tables) != 1 or len(refs) != 1:
            return None
        return noun.become("column", None, (Meaning("column", refs[0].table, refs[0].column),))

    def _by_before(self, found: Found) -> Reading:
        """Consommation la plus élevée."""
        descending, concept = self._direction_of(found)
        by = found.one("by")
        if concept not in {"", "many"} or (by.kind != "measure" and not self._is_figure(by)):
            return None
        return found.merged("rank", RankDraft(descending, by))

    def _top(self, found: Found) -> Reading:
        return found.merged("rank", RankDraft(found.one("top").data != "asc", None, "", self._limit(found)))

    def _top_super(self, found: Found) -> Reading:
        number, last = found.get("number"), found.one("super")
        return (number, last) if number else last

    def _alone(self, found: Found) -> Reading:
        descending, concept = self._direction_of(found)
        return found.merged("rank", RankDraft(descending, None, concept or "unsaid", self._limit(found)))

    def _top_by(self, found: Found) -> Reading:
        """Top 5 countries by production."""
        rank = cast(RankDraft, found.one("rank").data)
        if rank.by is not None or rank.concept not in {"", "size"}:
            return None
        by = self._ranked_by(found.one("by"))
        if by is None:
            return None
        first = found.one("rank").become("rank", RankDraft(rank.descending, by, "", rank.limit))
        return (first, *found.all("named"))

    def _ranking(self, found: Found) -> Reading:
        """Ranking of countries by production: the figure of every country, the greatest first."""
        by, per = self._ranked_by(found.one("by")), next(item for item in found.items if item.kind == "per")
        return None if by is None else (by, per, *found.all("named"))

    def _ranked_by(self, item: Item) -> Item | None:
        """The figure that an item names; of a log that is named, its own."""
        if item.kind == "measure" or self._is_figure(item):
            return item
        return self._log(item)

    def _sort(self, found: Found) -> Reading:
        skipped = {"order", "dir", "of", "sep", "and", "in", "per"}
        by = tuple(item for item in found.items if item.kind not in skipped)
        direction = found.get("dir")
        return found.merged("sort", SortDraft(by, direction is not None and direction.data == "desc"))

    def _direction(self, found: Found) -> Reading:
        """Sorted in descending order: by what is understood; "sorted by …" must say by what."""
        if found.items[0].kind == "order" and found.items[0].text.lower().endswith((" by", " par", " of", " de")):
            return None
        return found.merged("sort", SortDraft((), found.one("dir").data == "desc"))
