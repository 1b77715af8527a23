"""A query written as Databricks SQL: plain, laid out one clause a line, with every value an escaped literal."""

from __future__ import annotations

from sandbox.brain.joins import Joins
from sandbox.brain.naming import column_stem
from sandbox.brain.numbers import literal
from sandbox.brain.query import Group, Having, Measure, Order, Query
from sandbox.brain.schema import Schema
from sandbox.brain.sql_conditions import SqlConditions
from sandbox.brain.sql_names import Names, quoted
from sandbox.brain.sql_times import bucket
from sandbox.brain.stems import name_words

_FUNCTIONS = {"sum": "SUM", "avg": "AVG", "min": "MIN", "max": "MAX", "median": "MEDIAN"}
_ALIASES = {"sum": "total", "avg": "average", "min": "minimum", "max": "maximum", "median": "median"}
_RHYTHMS = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


class SqlWriter:
    """Writes one query."""

    def __init__(self, schema: Schema, joins: Joins, query: Query) -> None:
        self._schema = schema
        self._query = query
        self._names = Names(schema, joins, query)
        self._conditions = SqlConditions(schema, joins, self._names, query.base)

    def sql(self) -> str:
        """The whole statement."""
        query = self._query
        clauses = [
            ("SELECT DISTINCT " if query.distinct else "SELECT ") + ",\n  ".join(self._outputs()),
            "FROM " + self._names.source(query.base),
            *self._names.joined(),
            _clause("WHERE ", "\n  AND ", self._where()),
            _clause("GROUP BY ", ", ", list(dict.fromkeys(self._group_keys()))),
            _clause("HAVING ", " AND ", [self._having(one) for one in query.having]),
            _clause("ORDER BY ", ", ", self._order()),
            "" if query.limit is None else f"LIMIT {query.limit}",
        ]
        return "\n".join(clause for clause in clauses if clause)

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that the statement reads."""
        found = [self._query.base, *(link.parent for link in self._names.links)]
        for existence in self._query.existence:
            path = self._conditions.path(existence)
            found.extend(table for link in (*path.down, *path.up) for table in (link.child, link.parent))
        return tuple(dict.fromkeys(found))

    # ── what is returned ──

    def _outputs(self) -> list[str]:
        query = self._query
        parts = [self._names.column(ref) for ref in query.columns]
        parts += [_as(self._group(group), self._group_alias(group)) for group in query.groups]
        for measure in query.measures:
            parts += self._figures(measure)
        return list(dict.fromkeys(parts))

    def _figures(self, measure: Measure) -> list[str]:
        figure, alias, share = self._measure(measure), self._measure_alias(measure), self._query.share
        if self._query.change:
            return self._changes(measure, alias)
        if share is None:
            return [f"{figure} AS {alias}"]
        if not share.part:
            return [f"{figure} AS {alias}", f"100 * {figure} / SUM({figure}) OVER () AS share_pct"]
        part = self._measure(measure, " AND ".join(self._conditions.condition(one) for one in share.part))
        return [f"100 * {part} / {figure} AS share_pct"]

    def _changes(self, measure: Measure, alias: str) -> list[str]:
        """The figure of two periods side by side, or of each period beside the one before."""
        change = self._query.change
        if change is None or change.first is None or change.final is None:
            final = self._measure(measure)
            first, shown = f"LAG({final}) OVER ({self._window()})", [f"{final} AS {alias}"]
        else:
            periods = (change.first, change.final)
            first, final = (self._measure(measure, self._conditions.within(change.ref, one)) for one in periods)
            shown = [f"{first} AS {alias}_before", f"{final} AS {alias}_after"]
        return [*shown, f"{final} - {first} AS change", f"100 * ({final} - {first}) / {first} AS change_pct"]

    def _window(self) -> str:
        times = [self._group(group) for group in self._query.groups if group.grain]
        others = [self._group(group) for group in self._query.groups if not group.grain]
        partition = f"PARTITION BY {', '.join(others)} " if others else ""
        return f"{partition}ORDER BY {', '.join(times)}"

    def _measure(self, measure: Measure, when: str = "") -> str:
        """A figure; `when`: only over the rows that meet this condition."""
        if measure.function == "count":
            return f"COUNT(CASE WHEN {when} THEN 1 END)" if when else "COUNT(*)"
        column = "*"
        if measure.ref:
            counted = measure.function == "count distinct"
            column = self._names.column(measure.ref) if counted else self._names.number(measure.ref)
        column = _where(column, when)
        if measure.function == "count distinct":
            return f"COUNT(DISTINCT {column})"
        if measure.per and measure.time:
            period = bucket(self._names.column(measure.time), self._schema.kinds[measure.time], measure.per)
            return f"{_scaled(f'SUM({column})', measure)} / COUNT(DISTINCT {_where(period, when)})"
        return _scaled(f"{_FUNCTIONS[measure.function]}({column})", measure)

    def _measure_alias(self, measure: Measure) -> str:
        if self._query.share and self._query.share.part:
            return "share_pct"
        if measure.ref is None or measure.function == "count":
            return "number_of_" + "_".join(name_words(self._schema.tables[measure.table].name))
        if measure.function == "count distinct":
            other = measure.table != self._query.base
            named = self._schema.tables[measure.table].name if other else measure.ref.column
            return "number_of_" + "_".join(name_words(named))
        name = "_".join(name_words(measure.ref.column))
        if measure.factor != 1:
            stem = column_stem(self._schema.column(measure.ref))
            name = "_".join((*stem, "".join(filter(str.isalnum, measure.unit.lower()))))
        rhythm = f"{_RHYTHMS[measure.per]}_" if measure.per else ""
        return f"{_ALIASES[measure.function]}_{rhythm}{name}"

    # ── groups ──

    def _group(self, group: Group) -> str:
        column = self._names.column(group.ref)
        return bucket(column, self._schema.kinds[group.ref], group.grain) if group.grain else column

    def _group_alias(self, group: Group) -> str:
        cut = group.grain and self._group(group) != self._names.column(group.ref)
        return quoted(group.grain) if cut and group.grain else quoted(group.ref.column)

    def _group_keys(self) -> list[str]:
        found = []
        for group in self._query.groups:
            found += [self._names.column(group.key)] if group.key else []
            found.append(self._group(group))
        return found

    def _having(self, having: Having) -> str:
        figure = self._measure(having.measure)
        if having.operator == "between":
            return f"{figure} BETWEEN {literal(having.values[0])} AND {literal(having.values[1])}"
        return f"{figure} {having.operator} {literal(having.values[0])}"

    # ── rows ──

    def _where(self) -> list[str]:
        found = [self._conditions.condition(condition) for condition in self._query.conditions]
        change = self._query.change
        if change and change.first and change.final:
            ends = [self._conditions.within(change.ref, period) for period in (change.first, change.final)]
            found.append(f"({' OR '.join(ends)})")
        return found + [self._conditions.exists(existence) for existence in self._query.existence]

    def _order(self) -> list[str]:
        query = self._query
        if query.order:
            return [self._ordered(order) for order in query.order]
        times = [self._group(group) for group in query.groups if group.grain]
        if times or not query.groups or not query.measures or query.change:
            return times
        return [f"{self._measure_alias(query.measures[0])} DESC"]

    def _ordered(self, order: Order) -> str:
        if isinstance(order.by, Measure):
            text = self._ordered_figure(order.by)
        else:
            text = self._group(order.by) if isinstance(order.by, Group) else self._names.number(order.by)
        return f"{text} DESC" if order.descending else f"{text} ASC NULLS LAST"

    def _ordered_figure(self, measure: Measure) -> str:
        if self._query.change:
            return "change_pct" if self._query.change.relative else "change"
        return self._measure_alias(measure) if measure in self._query.measures else self._measure(measure)


def _clause(head: str, joint: str, parts: list[str]) -> str:
    return head + joint.join(parts) if parts else ""


def _where(expression: str, when: str) -> str:
    return f"CASE WHEN {when} THEN {expression} END" if when else expression


def _as(expression: str, alias: str) -> str:
    return expression if expression.split(".")[-1] == alias else f"{expression} AS {alias}"


def _scaled(figure: str, measure: Measure) -> str:
    if measure.factor.numerator != 1:
        figure += f" * {measure.factor.numerator}"
    if measure.factor.denominator != 1:
        figure += f" / {measure.factor.denominator}"
    return figure
