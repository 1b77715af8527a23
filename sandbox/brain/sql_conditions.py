"""Conditions as SQL: values as escaped literals, periods, averages, and EXISTS for what refers to a thing."""

from __future__ import annotations

from sandbox.brain.joins import Joins, Path
from sandbox.brain.moments import Period
from sandbox.brain.numbers import literal
from sandbox.brain.query import Condition, Existence
from sandbox.brain.schema import Link, Ref, Schema
from sandbox.brain.sql_names import Names, Unjoinable, quoted, text_literal
from sandbox.brain.sql_times import within

_TEXTS = ("string", "varchar", "char", "text")


class SqlConditions:
    """The conditions of one query over `base`."""

    def __init__(self, schema: Schema, joins: Joins, names: Names, base: str) -> None:
        self._schema = schema
        self._joins = joins
        self._names = names
        self._base = base

    def condition(self, condition: Condition) -> str:
        """One condition."""
        numeric = condition.average or any(not isinstance(value, str) for value in condition.values)
        column = self._names.number(condition.ref) if numeric else self._names.column(condition.ref)
        if condition.operator in {"period", "not period"}:
            return self._periods(condition)
        if condition.average:
            return f"{column} {condition.operator} {self._average(condition.ref)}"
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

    def within(self, ref: Ref, period: Period) -> str:
        """A row's time lies in the period."""
        whole = not self._schema.column(ref).type.lower().startswith(_TEXTS)
        return within(self._names.column(ref), self._schema.kinds[ref], whole, period)

    def exists(self, existence: Existence) -> str:
        """There are (or are no) rows that refer to this one and meet the conditions."""
        path = self.path(existence)
        child, links = path.down[-1].child, self._inner_links(existence, path)
        used = [child, *(link.parent for link in links)]
        outside = {self._base, *(link.parent for link in self._names.links)}
        if outside & set(used) or len(set(used)) < len(used):
            raise Unjoinable(existence.table)
        joins = [f"JOIN {self._names.source(link.parent)} ON {self._names.on(link)}" for link in links]
        where = [self._names.on(path.down[0]), *(self.condition(condition) for condition in existence.conditions)]
        head = "NOT EXISTS" if existence.negated else "EXISTS"
        return f"{head} (SELECT 1 FROM {' '.join([self._names.source(child), *joins])} WHERE {' AND '.join(where)})"

    def path(self, existence: Existence) -> Path:
        """The way down to the rows that refer to the base."""
        path = self._joins.any(self._base, existence.table)
        if path is None or not path.down:
            raise Unjoinable(existence.table)
        return path

    def _inner_links(self, existence: Existence, path: Path) -> tuple[Link, ...]:
        links = [*reversed(path.down[1:]), *path.up]
        for condition in existence.conditions:
            more = self._joins.up(existence.table, condition.ref.table)
            if more is None:
                raise Unjoinable(condition.ref.table)
            links += more.up
        return tuple(dict.fromkeys(links))

    def _average(self, ref: Ref) -> str:
        column = quoted(ref.column)
        column = f"TRY_CAST({column} AS DOUBLE)" if self._schema.is_number_text(ref) else column
        return f"(SELECT AVG({column}) FROM {self._names.full(ref.table)})"

    def _like(self, condition: Condition) -> str:
        text = str(condition.values[0]).lower()
        pattern = {"contains": f"%{text}%", "starts": f"{text}%", "ends": f"%{text}"}[condition.operator]
        return f"LOWER({self._names.column(condition.ref)}) LIKE {text_literal(pattern)}"

    def _periods(self, condition: Condition) -> str:
        parts = [self.within(condition.ref, period) for period in condition.periods]
        text = parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"
        return f"NOT ({text})" if condition.operator == "not period" else text


def _value(value: str | float) -> str:
    return text_literal(value) if isinstance(value, str) else literal(value)
