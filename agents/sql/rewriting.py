"""The same statement with other values. Without it changing a filter by hand would need a model, or printed SQL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlglot import TokenType, exp

from agents.domain import Filter
from agents.sql.conditions import Condition, conditions_of, shift
from agents.sql.guard import parsed
from agents.sql.reading import clauses_of, selects_of
from agents.sql.refusals import refusal
from agents.sql.statement import Statement

_NUMBER: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_LISTED: Final = ("=", "in")


class _Splice(NamedTuple):
    start: int
    end: int
    text: str


def with_filters(sql: str, filters: Sequence[Filter]) -> str:
    """`sql` with the values of `filters` in the places of its own; everything else stays to the letter.

    `filters` are `read(sql).filters` with other values, in the same order; "=" may become "in" with several values and
    back. Raises BadQuery (code VALUE) when a value has no place, or is not of the kind that stood there.
    """
    statement = parsed(sql)
    places = _places(statement)
    if len(places) != len(filters):
        raise refusal("VALUE", "the number of conditions")
    splices = [
        splice
        for (old, conditions), new in zip(places.items(), filters, strict=True)
        if old != new
        for condition in conditions
        for splice in _splices(statement, condition, new)
    ]
    text = _spliced(sql, splices)
    if tuple(_places(parsed(text))) != tuple(filters):
        raise refusal("VALUE", "these values")
    return text


def _places(statement: Statement) -> dict[Filter, list[Condition]]:
    """Every filter that is told, with each place of the text that says so."""
    places: dict[Filter, list[Condition]] = {}
    clauses = (clause for select in selects_of(statement.tree) for clause in clauses_of(select))
    for condition in (one for clause in clauses for one in conditions_of(statement, clause)):
        if isinstance(condition, Condition):
            places.setdefault(condition.filter, []).append(condition)
    return places


def _splices(statement: Statement, condition: Condition, new: Filter) -> Iterator[_Splice]:
    old = condition.filter
    same = new.operator == old.operator or {new.operator, old.operator} <= set(_LISTED)
    if new.column != old.column or not same or not condition.literals or not new.values:
        raise refusal("VALUE", old.column)
    if len(new.values) == len(old.values) == len(condition.literals):
        last = len(new.values) - 1
        for i, (literal, value) in enumerate(zip(condition.literals, new.values, strict=True)):
            moved = shift(value, 1) if condition.shifted and i == last else value
            yield _Splice(*_span(statement, literal), _written(literal, moved, old.values[i]))
    else:
        yield _list(statement, condition, new)


def _list(statement: Statement, condition: Condition, new: Filter) -> _Splice:
    """Another number of values: inside the brackets of IN, or IN (…) in the place of "= value"."""
    first, last = condition.literals[0], condition.literals[-1]
    if new.operator not in _LISTED or first.parent is not last.parent:
        raise refusal("VALUE", new.column)
    start, end = _span(statement, first)[0], _span(statement, last)[1]
    values = ", ".join(_written(first, value, condition.filter.values[0]) for value in new.values)
    if isinstance(first.parent, exp.In):
        return _Splice(start, end, values)
    sign = max((token for token in statement.tokens if token.end < start), key=lambda token: token.end)
    if sign.token_type != TokenType.EQ or not isinstance(first.parent, exp.EQ):
        raise refusal("VALUE", new.column)
    return _Splice(sign.start, end, f"IN ({values})")


def _span(statement: Statement, literal: exp.Expr) -> tuple[int, int]:
    """Where a literal stands, its sign included; the end is past its last character."""
    if not isinstance(literal, exp.Neg):
        return int(literal.meta["start"]), int(literal.meta["end"]) + 1
    start = max(
        t.start for t in statement.tokens if t.token_type == TokenType.DASH and t.end < literal.this.meta["start"]
    )
    return start, int(literal.this.meta["end"]) + 1


def _written(literal: exp.Expr, value: str, old: str) -> str:
    """A value as a literal of the kind that stood there."""
    if not (isinstance(literal, exp.Literal) and literal.is_string):
        if not _NUMBER.fullmatch(value):
            raise refusal("VALUE", value)
        return value
    if shift(old, 0) and not (shift(value, 0) and len(value) == len(old)):
        raise refusal("VALUE", value)
    return "'" + "".join(map(_escaped, value)) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if " " <= character <= "~" or unicodedata.category(character)[0] not in "CZ":
        return character
    return f"\\u{ord(character):04X}" if ord(character) < 0x10000 else f"\\U{ord(character):08X}"


def _spliced(sql: str, splices: Sequence[_Splice]) -> str:
    for splice in sorted(splices, reverse=True):
        sql = sql[: splice.start] + splice.text + sql[splice.end :]
    return sql
