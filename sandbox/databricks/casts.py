"""Where DuckDB means the same and gives another type or text. Without it quotients would be DOUBLEs, for one.

Decimals, intervals, moments as text, and the escapes of LIKE.
"""

from __future__ import annotations

from typing import ClassVar, Final

from sqlglot import exp
from sqlglot.dialects.databricks import Databricks

from sandbox.databricks.decimals import Digits, digits_of

_Type = exp.DataType.Type
_MOMENTS = (_Type.TIMESTAMPTZ, _Type.TIMESTAMPLTZ)
_AROUND = (exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls)
TYPE_CALLS: Final = ("tinyint", "smallint", "bigint", "decimal", "binary")
"""Calls such as bigint(x) that the parser does not know as casts."""
AS_TEXT = "as_text"
"""The macro that writes a moment without its time zone."""


class Spark4(Databricks):  # type: ignore[misc, unused-ignore]
    """Databricks SQL in which '' inside a literal is one quote."""

    class Tokenizer(Databricks.Tokenizer):  # type: ignore[misc, unused-ignore]
        """The tokens of Spark 4."""

        STRING_ESCAPES: ClassVar[list[str]] = ["\\", "'", '"']


def spelt_out(tree: exp.Expr) -> exp.Expr:
    """bigint(x) and its kin as CAST(x AS BIGINT), DECIMAL as DECIMAL(10, 0), in place."""
    for call in list(tree.find_all(exp.Anonymous)):
        if call.name.lower() in TYPE_CALLS and len(call.expressions) == 1 and not isinstance(call.parent, exp.Dot):
            kind = exp.DataType.build(call.name.lower(), dialect="databricks")
            call.replace(exp.Cast(this=call.expressions[0].copy(), to=kind))
    for cast in tree.find_all(exp.Cast):
        if cast.to.this == _Type.DECIMAL and not cast.to.expressions:
            cast.set("to", Digits(10, 0).type())
    return tree


def quotient(node: exp.Expr) -> exp.Expr:
    """A quotient of decimals is one; DuckDB's is a DOUBLE."""
    return _as_decimal(node) if not isinstance(node.parent, _AROUND) else node


def average(node: exp.Expr) -> exp.Expr:
    """As `quotient`, with FILTER and OVER inside the cast."""
    inner = node
    while isinstance(inner, _AROUND):
        inner = inner.this
    wrapped = isinstance(node.parent, _AROUND) and node.parent.this is node
    return _as_decimal(node) if isinstance(inner, exp.Avg) and not wrapped else node


def _as_decimal(node: exp.Expr) -> exp.Expr:
    kind = node.type
    if kind is None or kind.this != _Type.DECIMAL or digits_of(node) is None:
        return node
    shortest = exp.cast(node.copy(), _Type.TEXT)  # a DOUBLE's own digits, without the noise behind the sixteenth
    return exp.Cast(this=shortest, to=kind.copy())


def whole_quotient(node: exp.Expr) -> exp.Expr:
    """A DIV b is a BIGINT; of fractions DuckDB's // keeps them."""
    if any(side.type is None or side.type.this == _Type.DECIMAL for side in (node.this, node.expression)):
        parts = exp.Div(this=node.this.copy(), expression=node.expression.copy())
        node = exp.Anonymous(this="trunc", expressions=[parts])
    return exp.cast(node.copy(), _Type.BIGINT)


def days_between(node: exp.Expr) -> exp.Expr:
    """A DATE less a DATE is an interval of days, not a number."""
    if all(side.type is not None and side.type.this == _Type.DATE for side in (node.this, node.expression)):
        return exp.Anonymous(this="to_days", expressions=[exp.cast(node.copy(), _Type.INT)])
    return node


def span(node: exp.Expr) -> exp.Expr:
    """INTERVAL '1-2' YEAR TO MONTH and '3 04:05:06' DAY TO SECOND, which DuckDB does not read."""
    unit = node.args.get("unit")
    if not isinstance(unit, exp.IntervalSpan):
        return node
    sign = "-" if node.name.startswith("-") else ""
    first, _, rest = node.name.lstrip("+-").replace("-", " ").partition(" ")
    if unit.this.name.upper() == "YEAR":
        text = f"{sign}{first} years {sign}{rest or 0} months"
    elif unit.this.name.upper() == "DAY":
        text = f"{sign}{first} days {sign}{rest or 0}" + ("" if ":" in rest else " hours")
    else:
        text = sign + first
    return exp.cast(exp.Literal.string(text), _Type.INTERVAL)


def moment(node: exp.Expr) -> exp.Expr:
    """to_timestamp() gives a moment; DuckDB's reading of a format gives none of a time zone."""
    return exp.cast(node.copy(), _Type.TIMESTAMPTZ)


def text(node: exp.Expr) -> exp.Expr:
    """A moment's text ends with its seconds there, with its zone in DuckDB."""
    if node.args["to"].this in exp.DataType.TEXT_TYPES and _may_be_moment(node.this):
        return exp.Anonymous(this=AS_TEXT, expressions=[node.this.copy()])
    if node.args["to"].this == _Type.TIMESTAMP:  # to_timestamp(x): what is written TIMESTAMP_NTZ is of another type
        node.set("to", exp.DataType(this=_Type.TIMESTAMPTZ))
    return node


def _may_be_moment(node: exp.Expr) -> bool:
    return node.type is None or node.type.this in (*_MOMENTS, _Type.TIMESTAMP, _Type.UNKNOWN)


def joined(node: exp.Expr) -> exp.Expr:
    """Moments among the texts that are put together."""
    for part in list(node.iter_expressions()):
        if part.type is not None and part.type.this in _MOMENTS:
            part.replace(exp.Anonymous(this=AS_TEXT, expressions=[part.copy()]))
    return node


def escaped(node: exp.Expr) -> exp.Expr:
    r"""LIKE takes \ for its escape character unless it is told another; DuckDB none."""
    pattern = node.expression
    plain = isinstance(pattern, exp.Any | exp.All) or (isinstance(pattern, exp.Literal) and "\\" not in pattern.name)
    if plain or isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def median(node: exp.Expr) -> exp.Expr:
    """percentile() lies between two values where it must; DuckDB's quantile() is one of them."""
    share = node.args["quantile"].copy()
    return exp.Anonymous(this="quantile_cont", expressions=[exp.cast(node.this.copy(), _Type.DOUBLE), share])
