"""The conditions of a statement as filters, and where their values stand.

Without it "filters: country = France" could neither be told nor changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, TypeAlias

from sqlglot import exp

from agents.domain import Filter, Operator
from agents.sql.statement import Statement

_COMPARED: Final[dict[type[exp.Expr], Operator]] = {
    exp.EQ: "=", exp.NullSafeEQ: "=", exp.NEQ: "!=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.Like: "like", exp.ILike: "like",
}  # fmt: skip
_MIRRORED: Final[dict[Operator, Operator]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED: Final[dict[Operator, Operator]] = {
    "=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "in": "not in", "is null": "is not null",
}  # fmt: skip
_SEE_THROUGH: Final = (exp.Lower, exp.Upper, exp.Trim, exp.Cast, exp.TryCast, exp.TsOrDsToDate, exp.Date, exp.Paren)
"""Wrappers that do not change which thing a condition is about."""
_NO_VALUE: Final = (
    *(exp.Column, exp.Query, exp.AggFunc, exp.Star, exp.Null),
    *(exp.Any, exp.All, exp.Tuple, exp.Collate, exp.Window),
)
"""What makes the side of a comparison something else than one value known from the text."""
_DATE: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?")


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter and the literals its values were read from, in order.

    No `literals`: the values cannot be changed. `shifted`: the text says "before the day (month) after" the last value.
    """

    filter: Filter
    literals: tuple[exp.Expr, ...] = ()
    shifted: bool = False


Untold: TypeAlias = exp.Expr
"""A condition that no Filter can express."""


def conditions_of(statement: Statement, clause: exp.Expr) -> list[Condition | Untold]:
    """The conjuncts of one clause, ranges merged; joins between columns of two tables are left out."""
    found: list[Condition | Untold] = []
    for conjunct in _split(clause, exp.And):
        condition = _condition(statement, conjunct)
        if condition is None:
            if not _joins(conjunct):
                found.append(conjunct)
        elif not _merged(found, condition):
            found.append(condition)
    return found


def _split(node: exp.Expr, kind: type[exp.Connector]) -> Iterator[exp.Expr]:
    node = node.unnest()
    if isinstance(node, kind):
        yield from _split(node.left, kind)
        yield from _split(node.right, kind)
    else:
        yield node


def _joins(node: exp.Expr) -> bool:
    if not isinstance(node, exp.EQ | exp.NullSafeEQ):
        return False
    tables = [{column.table for column in side.find_all(exp.Column)} for side in (node.left, node.right)]
    return bool(tables[0] and tables[1]) and tables[0] != tables[1] and node.find(exp.Query) is None


def _condition(statement: Statement, node: exp.Expr) -> Condition | None:
    if isinstance(node, exp.Not):
        inner = _condition(statement, node.this.unnest())
        return _negate(inner) if inner else None
    if isinstance(node, exp.Or):
        return _alternatives(statement, node)
    if type(node) in _COMPARED:
        return _comparison(statement, node)
    if isinstance(node, exp.In):
        return _membership(statement, node)
    if isinstance(node, exp.Between):
        return _told(statement, node.this, "between", (node.args["low"], node.args["high"]))
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return _told(statement, node.this, "is null", ())
    if isinstance(node, exp.Column):
        return Condition(Filter(node.name, "=", ("true",)))
    return None


def _negate(condition: Condition) -> Condition | None:
    told = condition.filter
    if told.values == ("true",) and not condition.literals:
        return replace(condition, filter=replace(told, values=("false",)))
    operator = _NEGATED.get(told.operator)
    return replace(condition, filter=replace(told, operator=operator)) if operator else None


def _comparison(statement: Statement, node: exp.Expr) -> Condition | None:
    if node.args.get("negate"):
        return None
    operator = _COMPARED[type(node)]
    subject, value = node.this, node.expression
    if _is_value(subject) and not _is_value(value):
        subject, value, operator = value, subject, _MIRRORED.get(operator, operator)
    return _told(statement, subject, operator, (value,))


def _membership(statement: Statement, node: exp.In) -> Condition | None:
    values = node.expressions
    if not values or node.args.get("query"):
        return None
    return _told(statement, node.this, "in" if len(values) > 1 else "=", values)


def _alternatives(statement: Statement, node: exp.Or) -> Condition | None:
    """The same column equal to this or that value."""
    branches = [_condition(statement, branch) for branch in _split(node, exp.Or)]
    told = [branch for branch in branches if branch is not None and branch.filter.operator in ("=", "in")]
    if len(told) != len(branches) or len({branch.filter.column for branch in told}) != 1:
        return None
    values = tuple(value for branch in told for value in branch.filter.values)
    literals = tuple(literal for branch in told for literal in branch.literals)
    return Condition(Filter(told[0].filter.column, "in", values), literals if len(literals) == len(values) else ())


def _told(statement: Statement, subject: exp.Expr, operator: Operator, values: Sequence[exp.Expr]) -> Condition | None:
    if not subject.find(exp.Column, exp.AggFunc) or subject.find(exp.Query, exp.Window):
        return None
    if not all(map(_is_value, values)):
        return None
    literals = tuple(literal for literal in map(_literal, values) if literal is not None)
    told = Filter(subject_of(statement, subject), operator, tuple(_text(statement, value) for value in values))
    return Condition(told, literals if len(literals) == len(values) else ())


def subject_of(statement: Statement, node: exp.Expr) -> str:
    """What is compared or counted: a column's name, else the expression as written."""
    while isinstance(node, _SEE_THROUGH):
        node = node.this
    return node.name if isinstance(node, exp.Column) else statement.quote(node)


def _is_value(node: exp.Expr) -> bool:
    return node.find(*_NO_VALUE) is None


def _literal(node: exp.Expr) -> exp.Expr | None:
    """The literal a value is, signed or cast; None for anything computed."""
    while isinstance(node, exp.Cast | exp.TsOrDsToDate | exp.Date | exp.Paren):
        node = node.this
    number = node.this if isinstance(node, exp.Neg) else node
    return node if isinstance(number, exp.Literal) and "end" in number.meta else None


def _text(statement: Statement, node: exp.Expr) -> str:
    literal = _literal(node)
    if literal is None:
        return node.name if isinstance(node, exp.RawString) else str(node.sql(dialect="databricks")).lower()
    return f"-{literal.this.name}" if isinstance(literal, exp.Neg) else literal.name


def _merged(found: list[Condition | Untold], upper: Condition) -> bool:
    """Joins "from" and "up to" on one column into one range, in place."""
    if upper.filter.operator not in ("<", "<=") or not upper.literals:
        return False
    for i, lower in enumerate(found):
        if isinstance(lower, Condition) and (lower.filter.column, lower.filter.operator) == (upper.filter.column, ">="):
            joined = _range(lower, upper)
            if joined:
                found[i] = joined
                return True
    return False


def _range(lower: Condition, upper: Condition) -> Condition | None:
    shifted = upper.filter.operator == "<"
    last = shift(upper.filter.values[0], -1) if shifted else upper.filter.values[0]
    if not lower.literals or not last:
        return None
    values = (lower.filter.values[0], last)
    return Condition(Filter(lower.filter.column, "between", values), lower.literals + upper.literals, shifted)


def shift(text: str, by: int) -> str:
    """A day "2025-09-01" moved by days, a month "2025-09" moved by months; empty when it is neither."""
    if not _DATE.fullmatch(text):
        return ""
    try:
        if len(text) == 10:
            return (date.fromisoformat(text) + timedelta(days=by)).isoformat()
        months = int(text[:4]) * 12 + int(text[5:]) - 1 + by
        return f"{months // 12:04d}-{months % 12 + 1:02d}" if 1 <= int(text[5:]) <= 12 else ""
    except (ValueError, OverflowError):
        return ""
