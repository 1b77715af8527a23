"""What a statement may cost. Without it one line could make a row of every pair, or a text of two gigabytes."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from agents.sql.refusals import refusal
from agents.sql.tree import cte_of

MAX_JOINS: Final = 8
MAX_UNCONDITIONED: Final = 1
MAX_LENGTH: Final = 1000

_SIZED: Final[tuple[tuple[type[exp.Expr], str], ...]] = (
    (exp.Pad, "expression"),
    (exp.ArrayInsert, "position"),
    (exp.Stack, "this"),
)
"""Functions whose result grows with a number in their arguments, and that argument."""
_SIZED_BY_NAME: Final = {"format_number": 1}
_GENERATORS: Final = (exp.Explode, exp.Posexplode, exp.Inline, exp.Stack, exp.Unnest)


def check_cost(tree: exp.Expr) -> None:
    """Refuses recursion, too many joins, joins without condition and texts or arrays of unbounded size."""
    if any(clause.recursive for clause in tree.find_all(exp.With)):
        raise refusal("COST", "recursive WITH is not allowed")
    joins = [join for join in tree.find_all(exp.Join) if not _expands(join)]
    if len(joins) > MAX_JOINS:
        raise refusal("COST", f"at most {MAX_JOINS} joins")
    if sum(map(_multiplies, joins)) > MAX_UNCONDITIONED:
        raise refusal("COST", f"at most {MAX_UNCONDITIONED} join without a condition")
    for node in tree.find_all(exp.Func):
        _check_size(node)


def _expands(join: exp.Join) -> bool:
    return isinstance(join.this, exp.Lateral | exp.Unnest)


def _multiplies(join: exp.Join) -> bool:
    """Whether every row meets every row: no condition here, and the other side is more than one row."""
    if join.args.get("on") or join.args.get("using") or join.method.upper() == "NATURAL":
        return isinstance(join.args.get("on"), exp.Boolean | exp.Literal)
    return not (_one_row(join.this) or _linked_by_where(join))


def _one_row(source: exp.Expr) -> bool:
    if isinstance(source, exp.Table):
        cte = cte_of(source, source.name) if len(source.parts) == 1 else None
        return cte is not None and _one_row(cte)
    query = source.this if isinstance(source, exp.Subquery | exp.CTE) else source
    if not isinstance(query, exp.Select) or query.args.get("group"):
        return False
    if query.args.get("from_") is None:
        return not any(query.args.get(key) for key in ("laterals", "joins")) and not query.find(*_GENERATORS)
    return all(_aggregates(projection) for projection in query.selects) and bool(query.selects)


def _aggregates(projection: exp.Expr) -> bool:
    return any(node.find_ancestor(exp.Window) is None for node in projection.find_all(exp.AggFunc))


def _linked_by_where(join: exp.Join) -> bool:
    """Whether FROM a, b is joined the old way, by an equality of two columns in WHERE."""
    where = join.parent.args.get("where") if join.parent else None
    names = {join.this.alias_or_name.lower()}
    return where is not None and any(_links(equality, names) for equality in where.find_all(exp.EQ))


def _links(equality: exp.EQ, names: set[str]) -> bool:
    left, right = equality.left, equality.right
    if not (isinstance(left, exp.Column) and isinstance(right, exp.Column)):
        return False
    return left.table.lower() != right.table.lower() and bool({left.table.lower(), right.table.lower()} & names)


def _check_size(node: exp.Func) -> None:
    size = _size(node)
    size = size.this if isinstance(size, exp.Neg) else size
    if size is not None and not (isinstance(size, exp.Literal) and (size.is_string or _small(size.name))):
        raise refusal("COST", f"lengths and counts must be plain numbers up to {MAX_LENGTH}")


def _small(number: str) -> bool:
    return number.isdigit() and len(number) < 6 and int(number) <= MAX_LENGTH


def _size(node: exp.Func) -> exp.Expr | None:
    for kind, argument in _SIZED:
        if isinstance(node, kind):
            return node.args.get(argument)
    place = _SIZED_BY_NAME.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
    return node.expressions[place] if place is not None and place < len(node.expressions) else None
