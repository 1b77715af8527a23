"""Rules for what is computed: counts, sums, averages, extremes, shares, and what is listed together with them."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from sandbox.brain.drafts import Amount, ConditionDraft, HavingDraft, MeasureDraft, RankDraft, options
from sandbox.brain.items import Found, Item, Reading, Rule
from sandbox.brain.meanings import Meaning
from sandbox.brain.query import Function
from sandbox.brain.schema import Schema
from sandbox.brain.stems import plain

_DISTINCT = frozenset({"distinct", "different", "unique", "differents", "differentes", "différents", "différentes"})
_IDS = frozenset({"id", "ids", "identifiant", "identifiants", "identifier", "identifiers"})
_FIGURES = frozenset({"column", "noun", "table", "measure", "agg", "count", "grain_column"})
_NAMED = 0.85  # a thing is called so, if not by its full name
_HOW_MUCH = frozenset({"how much"})
_GENERIC = _IDS | frozenset({"name", "names", "nom", "noms"})


class Measuring:
    """The rules for the columns of one schema."""

    def __init__(self, schema: Schema, french: bool) -> None:
        self._schema = schema
        after = Rule("column:column be? agg ((sep|and)+ agg)*", self._aggregate_after)
        before = Rule("agg ((sep|and)+ agg)* (of|distinct)* column ((sep|and)+ of? column)*", self._aggregate)
        self.qualifiers = (
            Rule("column ((sep|and)+ column)* (of|in)+ all? table:table", self._restrict_before),
            Rule("table:table column", self._restrict_after),
            Rule("column table:table", self._restrict_adjective),
            Rule("column column", self._same),
            Rule("column ((sep|and)+ column)+", self._harmonized),
            Rule("column:column agg:agg number:number", lambda _: None),
        )
        self.rules = (
            Rule("count unit:unit of?", lambda found: found.one("unit")),
            Rule("agg:agg ((sep|and)+ agg)* count:count column:column", self._number_of_figure),
            Rule("count:count agg:agg of? column:column", self._number_of_figure),
            Rule("asked:agg|count of? condition* thing:table (be|with|condition)* column:column", self._how_much),
            Rule("share:share (all|of)* by:condition* thing:table by_:condition*", self._share_of_things),
            Rule("count distinct? of? all? distinct? condition* noun:column|table", self._count),
            Rule("count (with|be)+ noun:column", self._count_verb),
            Rule("agg:agg each:each of? column|table", self._row_grain),
            Rule("column each:each be? agg:agg", self._row_grain),
            Rule("column be? agg:agg each:each", self._row_grain),
            *((after, before) if french else (before, after)),
            Rule("agg:agg condition+ column:column", self._aggregate_condition),
            Rule("agg:agg of? table:table column:column", self._aggregate_of),
            Rule("agg:agg table:table", self._aggregate_log),
        )
        self.extremes = (
            Rule("head:column of by:measure", self._extreme_of),
            Rule("head:column|table that? with by:measure", self._extreme_with),
        )
        self.groups = (Rule("column ((sep|and|of)+ column|measure)* per table:table", self._restrict_before),)
        self.rows = (
            Rule("count of? condition:condition", self._count_condition),
            Rule("(sep|and)+ count:count end:end", self._count_rows),
            Rule("(sep|and)+ count:count $", self._count_rows),
        )
        self.counts = (Rule("amount:amount of? condition* noun:table|column", self._having_count),)

    # ── which table a column belongs to ──

    def _restrict_before(self, found: Found) -> Reading:
        """Names and ages of singers."""
        return tuple(self._of_table(item, found.one("table")) for item in found.items)

    def _restrict_adjective(self, found: Found) -> Reading:
        """Populated countries."""
        column, table = found.items
        if column.kind != "column":
            return None
        kinds = {self._schema.kinds[m.ref] for m in column.meanings}
        if kinds <= {"date", "timestamp"}:
            return replace(column, kind="unsaid"), table  # "closed plants": since when, or until when?
        return self._of_table(column, table), table

    def _same(self, found: Found) -> Reading:
        """Two words for one column: "expected life expectancy", "government form name"."""
        first, second = found.items
        common = tuple(m for m in first.meanings if any(m.ref == o.ref and o.kind == "column" for o in second.meanings))
        if common:
            return found.merged("column", None, common)
        if second.text.lower() in {"name", "names", "nom", "noms"} and not self._figures(first):
            return found.merged(first.kind, first.data, first.meanings)
        return None

    def _harmonized(self, found: Found) -> Reading:
        """As in "name and capacity": where only one table has a capacity, the name is that table's too."""
        columns = [item for item in found.items if item.kind == "column"]
        sure = {item.meanings[0].table for item in columns if len({meaning.table for meaning in item.meanings}) == 1}
        if len(sure) != 1:
            return None
        read = tuple(self._restricted(item, sure) if item.kind == "column" else item for item in found.items)
        return None if read == found.items else read

    def _of_table(self, item: Item, table: Item) -> Item:
        if item.kind != "column":
            return item
        whole = {meaning.table for meaning in table.meanings if meaning.kind == "table"}
        restricted = self._restricted(item, whole or {meaning.table for meaning in table.meanings})
        return replace(restricted, owner=frozenset(whole & {meaning.table for meaning in restricted.meanings}))

    def _restrict_after(self, found: Found) -> Reading:
        """Stadium name."""
        table, column = found.items
        if column.kind != "column":
            return None
        if table.kind == "noun" and self._figures(table):
            table = self._log_of(table, column)
        return table, self._of_table(column, table)

    def _log_of(self, noun: Item, column: Item) -> Item:
        """As in "gas storage filling rate": a figure of the log that is named, not that log's figure of this name."""
        own = {meaning.table for meaning in self._figures(column)}
        logs = tuple(meaning for meaning in noun.meanings if meaning.kind == "table" and meaning.table in own)
        return replace(noun, kind="table", meanings=logs) if logs else noun

    def _restricted(self, item: Item, tables: set[str]) -> Item:
        kept = tuple(meaning for meaning in item.meanings if meaning.table in tables)
        return replace(item, meanings=kept) if kept else self._told_by(item, tables)

    def _told_by(self, item: Item, tables: set[str]) -> Item:
        """The name of something that has no column of that name: what it is called by, never another thing's name."""
        words = set(plain(item.text).split())
        if not words <= _GENERIC:
            return item
        told = [self._schema.key(table) if words & _IDS else self._schema.name(table) for table in sorted(tables)]
        meanings = tuple(Meaning("column", ref.table, ref.column) for ref in told if ref)
        return replace(item, meanings=meanings) if meanings else replace(item, kind="unsaid")

    # ── figures ──

    def _count(self, found: Found) -> Reading:
        noun = found.items[-1]
        kinds = [item.kind for item in found.items]
        distinct = "distinct" in kinds or bool(_DISTINCT & set(found.items[0].text.lower().split()))
        conditions = [item for item in found.items if item.kind == "condition"]
        if special := self._of_rows(noun):
            return (special[0], *conditions, *special[1:])
        measure = replace(found.items[0], kind="measure", data=MeasureDraft("count", distinct), meanings=noun.meanings,
                          end=noun.end, text=noun.text)  # fmt: skip
        return (measure, *conditions)

    def _share_of_things(self, found: Found) -> Reading:
        """Share of electric vehicles: how many of all there are, unless a figure of theirs follows."""
        share, thing, told = found.one("share"), found.one("thing"), found.all("by")
        named = (m for m in thing.meanings if m.kind == "table" and m.weight >= _NAMED)
        things = tuple(m for m in named if self._schema.key(m.table))
        if not things or not told or (found.after is not None and found.after.kind in _FIGURES):
            return None
        return share.become("share", told), *told, thing.become("measure", MeasureDraft("count"), things)

    def _count_rows(self, found: Found) -> Reading:
        """… and their counts: of whatever the rest of the question is about."""
        count = found.one("count")
        tables = tuple(Meaning("table", table, weight=0.9) for table in self._schema.tables)
        kept = [item for item in found.items if item is not count]
        measure = count.become("measure", MeasureDraft("count"), tables)
        return (*(item for item in kept if item.kind != "end"), measure, *(item for item in kept if item.kind == "end"))

    def _count_condition(self, found: Found) -> Reading:
        """Number of complaints: the rows that have this value."""
        condition = found.one("condition")
        refs = [option.ref for option in cast(ConditionDraft, condition.data).options]
        tables = tuple(Meaning("table", table) for table in dict.fromkeys(ref.table for ref in refs))
        return condition.become("measure", MeasureDraft("count"), tables), condition

    def _count_verb(self, found: Found) -> Reading:
        """Combien ont produit …: how much of a figure."""
        noun = found.one("noun")
        return noun.become("measure", MeasureDraft("count"), self._figures(noun)) if self._figures(noun) else None

    def _of_rows(self, noun: Item) -> tuple[Item, ...]:
        """As in "active customers" and "customers joined" name a flag or a date of the rows that are counted."""
        kinds = {self._schema.kinds[m.ref] for m in noun.meanings if m.kind == "column"}
        if "boolean" in kinds and len(kinds) > 1:  # a flag is never counted by its values
            flags = (m for m in noun.meanings if m.kind == "column" and self._schema.kinds[m.ref] == "boolean")
            return self._of_rows(replace(noun, kind="column", meanings=tuple(flags)))
        if noun.kind == "noun" or not kinds or not kinds <= {"boolean", "date", "timestamp"} or self._is_entry(noun):
            return ()
        tables = tuple(Meaning("table", table) for table in dict.fromkeys(m.table for m in noun.meanings))
        counted = replace(noun, kind="measure", data=MeasureDraft("count"), meanings=tables)
        if kinds == {"boolean"}:
            return counted, noun.become("condition", ConditionDraft("true", options(noun)))
        return counted, noun

    def _is_entry(self, noun: Item) -> bool:
        """Hours of a log that has an entry for each: they are counted themselves."""
        return all(m.column in self._schema.tables[m.table].primary_key for m in noun.meanings)

    def _aggregate(self, found: Found) -> Reading:
        functions = [cast(Function, item.data) for item in found.items if item.kind == "agg"]
        columns = [item for item in found.items if item.kind not in {"agg", "sep", "and", "of", "distinct"}]
        figures = [item for item in columns if self._figures(item)]
        if not figures or columns[0] not in figures:
            return None
        rest = [item for item in columns if item not in figures]
        measures = [self._measure(item, function) for item in figures for function in functions]
        return (*measures, *rest)

    def _number_of_figure(self, found: Found) -> Reading:
        """Average number of passengers, where that is a figure: it is averaged, not counted."""
        column = found.one("column")
        if column.kind != "column" or not self._figures(column) or not column.plural:
            return None
        return tuple(item for item in found.items if item.kind != "count")

    def _aggregate_of(self, found: Found) -> Reading:
        """Average transaction price: the price of transactions."""
        table, column = found.one("table"), found.one("column")
        things = tuple(meaning for meaning in table.meanings if meaning.kind == "table")
        if not things or column.kind != "column" or not self._figures(column):
            return None
        named = replace(table, kind="table", meanings=things)
        return self._measure(self._of_table(column, named), cast(Function, found.one("agg").data)), named

    def _row_grain(self, found: Found) -> Reading:
        """Average monthly consumption: an average of months, if there is a row a month."""
        agg, each = found.one("agg"), found.one("each")
        named = next(item for item in found.items if item.kind not in {"agg", "each", "be", "of"})
        column = named if self._figures(named) else self._only_figure_of(named)
        if column is None or agg.data == "sum":
            return None
        return self._measure(column, cast(Function, agg.data)), each.become("row_grain", each.data)

    def _aggregate_after(self, found: Found) -> Reading:
        column = found.items[0]
        if not self._figures(column):
            return None
        functions = [cast(Function, item.data) for item in found.items if item.kind == "agg"]
        return tuple(self._measure(column, function) for function in functions)

    def _aggregate_condition(self, found: Found) -> Reading:
        """Average European population."""
        column = found.one("column")
        if not self._figures(column):
            return None
        conditions = [item for item in found.items if item.kind == "condition"]
        return (self._measure(column, cast(Function, found.one("agg").data)), *conditions)

    def _how_much(self, found: Found) -> Reading:
        """How much did our wind farms produce, how many certificates were issued: the figure that the verb says."""
        asked, column = found.one("asked"), found.one("column")
        logs = {m.table for m in found.one("thing").meanings if m.kind == "table" and not self._schema.key(m.table)}
        counted = asked.kind == "count" and logs & {m.table for m in self._figures(column)}
        if not self._figures(column) or not (counted or asked.text.lower() in _HOW_MUCH):
            return None
        told = (item for item in found.items if item.kind == "condition")
        return self._measure(column, "sum"), *told, found.one("thing")

    def _figures(self, item: Item) -> tuple[Meaning, ...]:
        """The columns that can be computed with: figures, and dates for the earliest and latest."""
        return tuple(m for m in item.meanings if m.kind == "column" and self._schema.is_figure(m.ref))

    def _measure(self, item: Item, function: Function) -> Item:
        return item.become("measure", MeasureDraft(function), self._figures(item))

    def _aggregate_log(self, found: Found) -> Reading:
        """Average monthly consumption, where that names a log: the figure of it with the same name."""
        column = self._only_figure_of(found.one("table"))
        return self._measure(column, cast(Function, found.one("agg").data)) if column else None

    def _only_figure_of(self, table: Item) -> Item | None:
        """The figure that a log is named after, or its only one."""
        refs = [ref for m in table.meanings if m.kind == "table" for ref in self._schema.namesakes(m.table, table.text)]
        found = [table.become("column", None, (Meaning("column", ref.table, ref.column),)) for ref in refs]
        return found[0] if len(found) == 1 else None

    def _extreme_with(self, found: Found) -> Reading:
        """Which model has the minimum weight: the model with it, not a minimum of each model."""
        head, by = found.one("head"), found.one("by")
        function = cast(MeasureDraft, by.data).function
        listed = found.after is not None and found.after.kind in {"sep", "and", "each", "per"}
        if listed or function not in {"max", "min"} or (head.kind == "column" and self._figures(head)):
            return None
        return head, by.become("rank", RankDraft(function == "max", by.become("column", None, by.meanings)))

    def _extreme_of(self, found: Found) -> Reading:
        """The hour of the maximum load: the hour when it was, not a maximum of each hour."""
        head, by = found.one("head"), found.one("by")
        function = cast(MeasureDraft, by.data).function
        if head.kind == "noun" or self._figures(head) or function not in {"max", "min"}:
            return None
        return head, by.become("rank", RankDraft(function == "max", by))

    def _having_count(self, found: Found) -> Reading:
        """Countries with more than 5 plants."""
        amount, noun = cast(Amount, found.one("amount").data), found.items[-1]
        if amount.average or amount.concept or any(value.unit for value in amount.values):
            return None
        if noun.kind == "column" and (self._figures(noun) or not noun.plural):
            return None
        conditions = [item for item in found.items if item.kind == "condition"]
        measure = noun.become("measure", MeasureDraft("count"), noun.meanings)
        return (found.merged("having", HavingDraft(measure, amount)), *conditions)
