"""Types of a query's expressions as Databricks infers them. Without it the engine's own types would reach clients.

What cannot be told stays unknown, and keeps the engine's type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from sandbox.databricks import decimals
from sandbox.databricks.decimals import Digits, digits_of
from sandbox.databricks.metastore import Metastore, key

_Type = exp.DataType.Type
_UNKNOWN = exp.DataType(this=_Type.UNKNOWN)
_DECIMAL_FREE = (_Type.DOUBLE, _Type.FLOAT, *exp.DataType.TEXT_TYPES)
Outputs = list[tuple[str, exp.DataType]]
_Annotator = Callable[[Any, exp.Expr], exp.Expr]


def annotate(tree: exp.Expr, metastore: Metastore) -> tuple[str, ...]:
    """Writes types into the nodes of a query whose tables have full names; answers those of its columns.

    "" stands for one that is not known; nothing is answered when it is not known which columns there are.
    """
    found: dict[int, Outputs] = {}
    columns: Outputs = []
    for scope in traverse_scope(tree):
        sources = {name.lower(): _columns(source, metastore, found) for name, source in scope.sources.items()}
        for column in scope.columns:
            column.type = _column(column, sources)
        TypeAnnotator(_SCHEMA, _RULES, overwrite_types=False).annotate(scope.expression, annotate_scope=False)
        columns = found[id(scope.expression)] = _outputs(scope.expression, sources, found)
    return tuple("" if kind.this == _Type.UNKNOWN else kind.sql("databricks").lower() for _, kind in columns)


def _columns(source: exp.Expr | Scope, metastore: Metastore, found: Mapping[int, Outputs]) -> Outputs:
    if isinstance(source, Scope):
        outputs = found.get(id(source.expression), [])
    else:
        relation = metastore.tables.get(key(".".join(part.name for part in getattr(source, "parts", ()))))
        held = relation.table.columns if relation and not source.args.get("pivots") else ()
        outputs = [(column.name.lower(), _built(column.type)) for column in held]
    return _renamed(outputs, source.expression.parent if isinstance(source, Scope) else source)


def _renamed(outputs: Outputs, named: exp.Expr | None) -> Outputs:
    """The columns under the names of an alias such as t(a, b)."""
    names = getattr(named, "alias_column_names", None) or []
    return [(names[i].lower() if i < len(names) else name, kind) for i, (name, kind) in enumerate(outputs)]


@lru_cache(maxsize=1_000)  # the same few names, for every column of every statement
def _built(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="databricks")


def _column(column: exp.Column, sources: Mapping[str, Outputs]) -> exp.DataType:
    """The type of the one source's column that this name can mean."""
    held = [sources.get(column.table.lower(), [])] if column.table else list(sources.values())
    kinds = [kind for columns in held for name, kind in columns if name == column.name.lower()]
    return kinds[0].copy() if len(kinds) == 1 else _UNKNOWN.copy()


def _outputs(query: exp.Expr, sources: Mapping[str, Outputs], found: Mapping[int, Outputs]) -> Outputs:
    if isinstance(query, exp.SetOperation):
        return _both(found.get(id(query.left.unnest()), []), found.get(id(query.right.unnest()), []))
    if not isinstance(query, exp.Select) or query.args.get("laterals"):
        return []
    outputs: Outputs = []
    for node in query.selects:
        if not node.is_star:
            outputs.append((node.alias_or_name.lower(), node.type or _UNKNOWN))
        elif isinstance(node, exp.Star) and not any(node.args.values()) and all(sources.values()):
            outputs += [it for columns in sources.values() for it in columns]
        else:
            return []
    return outputs


def _both(left: Outputs, right: Outputs) -> Outputs:
    """The columns of a UNION and its kin: of those types that are the same on both sides."""
    if len(left) != len(right):
        return []
    pairs = zip(left, right, strict=True)
    return [(name, kind if kind == other else _UNKNOWN) for (name, kind), (_, other) in pairs]


# ── Rules where Databricks' digits matter ─────────────────────────────────────────────────────────────────────────────


def _set(annotator: Any, node: exp.Expr, kind: exp.DataType) -> exp.Expr:
    found: exp.Expr = annotator._set_type(node, kind)
    return found


def _literal(annotator: Any, node: exp.Expr) -> exp.Expr:
    before, point, after = node.name.partition(".")
    if node.is_string:
        kind = _built("string")
    elif point and (before + after).isdigit():
        whole = before.lstrip("0")
        kind = Digits(max(len(whole) + len(after), 1), len(after)).type()
    else:
        kind = _built("double" if point or "e" in before.lower() else "int" if int(before) < 2**31 else "bigint")
    return _set(annotator, node, kind)


def _binary(rule: Callable[[Digits, Digits], Digits], *, fraction: bool = False) -> _Annotator:
    """`fraction`: of whole numbers it makes a DOUBLE."""

    def annotated(annotator: Any, node: exp.Expr) -> exp.Expr:
        sides = (node.this, node.expression)
        kinds = [side.type.this if side.type else _Type.UNKNOWN for side in sides]
        digits = [digits_of(side) for side in sides]
        if _Type.DECIMAL in kinds and digits[0] and digits[1]:
            return _set(annotator, node, rule(digits[0], digits[1]).type())
        if any(kind in _DECIMAL_FREE for kind in kinds) or (fraction and all(digits)):
            return _set(annotator, node, _built("double"))
        return _set(annotator, node, _whole(sides) if all(digits) else _UNKNOWN.copy())

    return annotated


def _whole(sides: Iterable[exp.Expr]) -> exp.DataType:
    order = (_Type.TINYINT, _Type.SMALLINT, _Type.INT, _Type.BIGINT)
    return exp.DataType(this=max((side.type.this for side in sides if side.type), key=order.index))


def _unary(rule: Callable[[exp.Expr, Digits], Digits], whole: str = "", other: str = "double") -> _Annotator:
    """`whole`: what it makes of whole numbers, "" leaves their type; `other`: what it makes of DOUBLEs and text."""

    def annotated(annotator: Any, node: exp.Expr) -> exp.Expr:
        digits, kind = digits_of(node.this, exact_literals=False), node.this.type or _UNKNOWN
        if kind.this == _Type.DECIMAL and digits:
            return _set(annotator, node, rule(node, digits).type())
        if digits:
            return _set(annotator, node, _built(whole) if whole else kind.copy())
        return _set(annotator, node, _built(other) if kind.this in _DECIMAL_FREE else _UNKNOWN.copy())

    return annotated


def _rounded(node: exp.Expr, digits: Digits) -> Digits:
    places = node.args.get("decimals")
    return decimals.rounded(digits, int(places.to_py()) if places is not None and places.is_int else 0)


def _one_of(*places: str) -> _Annotator:
    """What takes one of its arguments: the widest of them."""

    def annotated(annotator: Any, node: exp.Expr) -> exp.Expr:
        given = [it for place in places for it in _listed(node.args.get(place))]
        given = [it for it in given if not isinstance(it, exp.Null)]
        kinds = {it.type.this if it.type else _Type.UNKNOWN for it in given}
        digits = [digits for it in given if (digits := digits_of(it, exact_literals=False))]
        if _Type.DECIMAL in kinds and len(digits) == len(given):
            return _set(annotator, node, decimals.widest(digits).type())
        if digits and len(digits) == len(given):
            return _set(annotator, node, _whole(given))
        return _set(annotator, node, given[0].type.copy() if len(kinds) == 1 and given[0].type else _UNKNOWN.copy())

    return annotated


def _listed(value: object) -> list[exp.Expr]:
    found = value if isinstance(value, list) else [value]
    return [it.args["true"] if isinstance(it, exp.If) else it for it in found if isinstance(it, exp.Expr)]


_INTS = (
    *(exp.Year, exp.Month, exp.Day, exp.Week, exp.WeekOfYear, exp.YearOfWeek, exp.YearOfWeekIso, exp.DayOfWeekIso),
    *(exp.DateDiff, exp.ArraySize),
)
_ANNOTATORS: dict[type[exp.Expr], _Annotator] = {
    exp.Literal: _literal,
    exp.Add: _binary(decimals.added),
    exp.Sub: _binary(decimals.added),
    exp.Mul: _binary(decimals.multiplied),
    exp.Div: _binary(decimals.divided, fraction=True),
    exp.SafeDivide: _binary(decimals.divided, fraction=True),
    exp.Mod: _binary(decimals.remaining),
    exp.Sum: _unary(lambda _node, digits: decimals.summed(digits), "bigint"),
    exp.Avg: _unary(lambda _node, digits: decimals.averaged(digits), "double"),
    exp.Round: _unary(_rounded),
    exp.Ceil: _unary(lambda _node, digits: Digits(digits.whole + 1, 0), "bigint", "bigint"),
    exp.Floor: _unary(lambda _node, digits: Digits(digits.whole + 1, 0), "bigint", "bigint"),
    exp.Abs: _unary(lambda _node, digits: digits),
    exp.ApproxQuantile: _unary(lambda _node, digits: digits),
    exp.Coalesce: _one_of("this", "expressions"),
    exp.Case: _one_of("ifs", "default"),
    exp.If: _one_of("true", "false"),
    exp.Greatest: _one_of("this", "expressions"),
    exp.Least: _one_of("this", "expressions"),
    exp.Nullif: _one_of("this"),
}
_RULES: Any = {
    **Databricks.EXPRESSION_METADATA,
    **{kind: {"returns": _Type.INT} for kind in _INTS},
    **{kind: {"returns": _Type.DOUBLE} for kind in (exp.Median, exp.PercentileCont)},
    **{kind: {"annotator": annotator} for kind, annotator in _ANNOTATORS.items()},
}
_SCHEMA = MappingSchema(dialect="databricks")
