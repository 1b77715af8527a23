"""A query written as Databricks SQL: plain, laid out one clause a line, with every value an escaped literal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.brain.joins import Joins, Path
from sandbox.brain.naming import column_stem
from sandbox.brain.numbers import literal
from sandbox.brain.query import Condition, Existence, Group, Having, Measure, Order, Query
from sandbox.brain.schema import Link, Ref, Schema
from sandbox.brain.sql_times import bucket, within
from sandbox.brain.stems import name_words

_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_RESERVED = frozenset(
    "order group select from where table by date join on in is not and or as limit year month day".split()
)
_FUNCTIONS = {"sum": "SUM", "avg": "AVG", "min": "MIN", "max": "MAX", "median": "MEDIAN"}
_ALIASES = {"sum": "total", "avg": "average", "min": "minimum", "max": "maximum", "median": "median"}


class Unjoinable(Exception):
    """The tables of a query cannot be joined without counting rows twice."""


def quoted(name: str) -> str:
    """An identifier, in backticks where it must be."""
    return name if _PLAIN.match(name) and name.lower() not in _RESERVED else "`" + name.replace("`", "``") + "`"


def text_literal(value: str) -> str:
    """A string literal of Databricks SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class SqlWriter:
    """Writes one query."""

    def __init__(self, schema: Schema, joins: Joins, query: Query) -> None:
        self._schema = schema
        self._joins = joins
        self._query = query
        self._paths = self._needed_paths()

    def sql(self) -> str:
        """The whole statement."""
        query = self._query
        lines = ["SELECT" + (" DISTINCT" if query.distinct else "") + " " + ",\n  ".join(self._outputs())]
        lines.append("FROM " + self._named(query.base))
        lines.extend(self._joined())
        if where := self._where():
            lines.append("WHERE " + "\n  AND ".join(where))
        if query.groups:
            lines.append("GROUP BY " + ", ".join(dict.fromkeys(self._group_keys())))
        if query.having:
            lines.append("HAVING " + " AND ".join(self._having(one) for one in query.having))
        if order := self._order():
            lines.append("ORDER BY " + ", ".join(order))
        if query.limit is not None:
            lines.append(f"LIMIT {query.limit}")
        return "\n".join(lines)

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that the statement reads."""
        found = [self._query.base, *(link.parent for link in self._links())]
        for existence in self._query.existence:
            path = self._path_to(existence)
            found.extend(table for link in (*path.down, *path.up) for table in (link.child, link.parent))
        return tuple(dict.fromkeys(found))

    # ── tables ──

    def _needed_paths(self) -> tuple[Path, ...]:
        refs = [*self._query.columns, *(group.ref for group in self._query.groups)]
        refs += [condition.ref for condition in self._query.conditions]
        refs += [measure.ref for measure in self._query.measures if measure.ref]
        refs += [having.measure.ref for having in self._query.having if having.measure.ref]
        refs += [order.by for order in self._query.order if isinstance(order.by, Ref)]
        refs += [self._query.change.ref] if self._query.change else []
        refs += [condition.ref for condition in self._query.share.part] if self._query.share else []
        tables = dict.fromkeys(ref.table for ref in refs)
        return tuple(self._path(table) for table in tables)

    def _path(self, table: str) -> Path:
        path = self._joins.up(self._query.base, table)
        if path is None:
            raise Unjoinable(table)
        return path

    def _links(self) -> tuple[Link, ...]:
        return tuple(dict.fromkeys(link for path in self._paths for link in path.up))

    def _joined(self) -> list[str]:
        parents = [link.parent for link in self._links()]
        if len(set(parents)) < len(parents) or self._query.base in parents:
            raise Unjoinable(self._query.base)
        return [f"JOIN {self._named(link.parent)} ON {self._on(link)}" for link in self._links()]

    def _on(self, link: Link) -> str:
        pairs = zip(link.columns, link.parent_columns, strict=True)
        return " AND ".join(
            f"{self._alias(link.child)}.{quoted(own)} = {self._alias(link.parent)}.{quoted(other)}"
            for own, other in pairs
        )

    def _alias(self, table: str) -> str:
        return quoted(self._schema.tables[table].name)

    def _full(self, table: str) -> str:
        found = self._schema.tables[table]
        return ".".join(quoted(part) for part in (found.catalog, found.schema, found.name) if part)

    def _named(self, table: str) -> str:
        full, alias = self._full(table), self._alias(table)
        return full if full == alias or not (self._links() or self._query.existence) else f"{full} AS {alias}"

    def _column(self, ref: Ref) -> str:
        if self._links() or self._query.existence:
            return f"{self._alias(ref.table)}.{quoted(ref.column)}"
        return quoted(ref.column)

    # ── what is returned ──

    def _outputs(self) -> list[str]:
        query = self._query
        parts = [self._column(ref) for ref in query.columns]
        parts += [self._as(self._group(group), self._group_alias(group)) for group in query.groups]
        for measure in query.measures:
            parts += self._figures(measure)
        return list(dict.fromkeys(parts))

    def _figures(self, measure: Measure) -> list[str]:
        figure, alias = self._measure(measure), self._measure_alias(measure)
        if self._query.change:
            return self._changes(measure, alias)
        if self._query.share is None:
            return [f"{figure} AS {alias}"]
        if not self._query.share.part:
            return [f"{figure} AS {alias}", f"100 * {figure} / SUM({figure}) OVER () AS share_pct"]
        part = self._measure(measure, " AND ".join(self._condition(one) for one in self._query.share.part))
        return [f"100 * {part} / {figure} AS share_pct"]

    def _changes(self, measure: Measure, alias: str) -> list[str]:
        change = self._query.change
        if change is None:
            return []
        if change.first is None or change.final is None:
            figure = self._measure(measure)
            before = f"LAG({figure}) OVER ({self._window()})"
            return [f"{figure} AS {alias}", f"{figure} - {before} AS change",
                    f"100 * ({figure} - {before}) / {before} AS change_pct"]  # fmt: skip
        first, final = (
            self._measure(measure, self._within(change.ref, period)) for period in (change.first, change.final)
        )
        return [f"{first} AS {alias}_before", f"{final} AS {alias}_after", f"{final} - {first} AS change",
                f"100 * ({final} - {first}) / {first} AS change_pct"]  # fmt: skip

    def _window(self) -> str:
        times = [self._group(group) for group in self._query.groups if group.grain]
        others = [self._group(group) for group in self._query.groups if not group.grain]
        partition = f"PARTITION BY {', '.join(others)} " if others else ""
        return f"{partition}ORDER BY {', '.join(times)}"

    def _measure(self, measure: Measure, when: str = "") -> str:
        if measure.function == "count":
            return f"COUNT(CASE WHEN {when} THEN 1 END)" if when else "COUNT(*)"
        column = self._column(measure.ref) if measure.ref else "*"
        column = f"CASE WHEN {when} THEN {column} END" if when else column
        if measure.function == "count distinct":
            return f"COUNT(DISTINCT {column})"
        return _scaled(f"{_FUNCTIONS[measure.function]}({column})", measure)

    def _measure_alias(self, measure: Measure) -> str:
        if measure.ref is None or measure.function == "count":
            return "number_of_" + "_".join(name_words(self._schema.tables[measure.table].name))
        if measure.function == "count distinct":
            named = self._schema.tables[measure.table].name if measure.table != self._query.base else measure.ref.column
            return "number_of_" + "_".join(name_words(named))
        stem = "_".join(column_stem(self._schema.column(measure.ref)))
        unit = "_".join(name_words(measure.unit)) if measure.factor != 1 else ""
        name = f"{stem}_{unit}" if unit else "_".join(name_words(measure.ref.column))
        return f"{_ALIASES[measure.function]}_{name}"

    def _as(self, expression: str, alias: str) -> str:
        return expression if expression.split(".")[-1] == alias else f"{expression} AS {alias}"

    # ── rows and groups ──

    def _group(self, group: Group) -> str:
        column = self._column(group.ref)
        return bucket(column, self._schema.kinds[group.ref], group.grain) if group.grain else column

    def _group_alias(self, group: Group) -> str:
        if group.grain and self._group(group) != self._column(group.ref):
            return quoted(group.grain) if group.grain not in _RESERVED else group.grain
        return quoted(group.ref.column)

    def _group_keys(self) -> list[str]:
        found = []
        for group in self._query.groups:
            if group.key is not None:
                found.append(self._column(group.key))
            found.append(self._group(group))
        return found

    def _having(self, having: Having) -> str:
        figure = self._measure(having.measure)
        if having.operator == "between":
            return f"{figure} BETWEEN {literal(having.values[0])} AND {literal(having.values[1])}"
        return f"{figure} {having.operator} {literal(having.values[0])}"

    def _order(self) -> list[str]:
        query = self._query
        if query.order:
            return [self._ordered(order) for order in query.order]
        times = [self._group(group) for group in query.groups if group.grain]
        if times:
            return times
        if query.groups and query.measures and not query.change:
            return [f"{self._measure_alias(query.measures[0])} DESC"]
        return []

    def _ordered(self, order: Order) -> str:
        by = order.by
        if isinstance(by, Measure):
            text = self._measure_alias(by) if by in self._query.measures else self._measure(by)
            if self._query.change:
                text = "change_pct" if self._query.change.relative else "change"
        else:
            text = self._group(by) if isinstance(by, Group) else self._column(by)
        return f"{text} DESC" if order.descending else f"{text} ASC NULLS LAST"

    # ── conditions ──

    def _where(self) -> list[str]:
        found = [self._condition(condition) for condition in self._query.conditions]
        change = self._query.change
        if change and change.first and change.final:
            found.append(f"({self._within(change.ref, change.first)} OR {self._within(change.ref, change.final)})")
        return found + [self._exists(existence) for existence in self._query.existence]

    def _condition(self, condition: Condition) -> str:
        column = self._column(condition.ref)
        if condition.operator in {"period", "not period"}:
            return self._periods(condition)
        if condition.average:
            return f"{column} {condition.operator} (SELECT AVG({quoted(condition.ref.column)}) FROM {self._full(condition.ref.table)})"
        values = [_value(value) for value in condition.values]
        match condition.operator:
            case "in" | "not in":
                return f"{column} {condition.operator.upper()} ({', '.join(values)})"
            case "between":
                return f"{column} BETWEEN {values[0]} AND {values[1]}"
            case "null" | "not null":
                return f"{column} IS {condition.operator.upper()}"
            case "true" | "false":
                return column if condition.operator == "true" else f"NOT {column}"
            case "contains" | "starts" | "ends":
                return self._like(condition)
            case _:
                return f"{column} {'<>' if condition.operator == '!=' else condition.operator} {values[0]}"

    def _like(self, condition: Condition) -> str:
        text = str(condition.values[0]).lower()
        pattern = {"contains": f"%{text}%", "starts": f"{text}%", "ends": f"%{text}"}[condition.operator]
        return f"LOWER({self._column(condition.ref)}) LIKE {text_literal(pattern)}"

    def _periods(self, condition: Condition) -> str:
        parts = [self._within(condition.ref, period) for period in condition.periods]
        text = parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"
        return f"NOT ({text})" if condition.operator == "not period" else text

    def _within(self, ref: Ref, period: object) -> str:
        whole = not self._schema.column(ref).type.lower().startswith(("string", "varchar", "char", "text"))
        return within(self._column(ref), self._schema.kinds[ref], whole, period)  # type: ignore[arg-type]

    # ── existence ──

    def _path_to(self, existence: Existence) -> Path:
        path = self._joins.any(self._query.base, existence.table)
        if path is None or not path.down:
            raise Unjoinable(existence.table)
        return path

    def _exists(self, existence: Existence) -> str:
        path = self._path_to(existence)
        child = path.down[-1].child
        links = [*_upward(path.down[1:]), *path.up]
        for condition in existence.conditions:
            more = self._joins.up(existence.table, condition.ref.table)
            if more is None:
                raise Unjoinable(condition.ref.table)
            links += more.up
        used = [child, *(link.parent for link in dict.fromkeys(links))]
        if (
            self._query.base in used
            or len(set(used)) < len(used)
            or set(used) & {link.parent for link in self._links()}
        ):
            raise Unjoinable(existence.table)
        joins = [f"JOIN {self._inner(link.parent)} ON {self._on(link)}" for link in dict.fromkeys(links)]
        where = [self._on(path.down[0]), *(self._condition(condition) for condition in existence.conditions)]
        head = "NOT EXISTS" if existence.negated else "EXISTS"
        source = " ".join([self._inner(child), *joins])
        return f"{head} (SELECT 1 FROM {source} WHERE {' AND '.join(where)})"

    def _inner(self, table: str) -> str:
        full, alias = self._full(table), self._alias(table)
        return full if full == alias else f"{full} AS {alias}"


def _upward(down: Sequence[Link]) -> list[Link]:
    return list(reversed(down))


def _value(value: str | float) -> str:
    return text_literal(value) if isinstance(value, str) else literal(value)


def _scaled(figure: str, measure: Measure) -> str:
    if measure.factor.numerator != 1:
        figure += f" * {measure.factor.numerator}"
    if measure.factor.denominator != 1:
        figure += f" / {measure.factor.denominator}"
    return figure
