"""What a statement did, read off its syntax tree. Without it an answer's "filters" would be a model's say-so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from sqlglot import exp

from agents.domain import Calculation, Filter, Reading, TableRef
from agents.sql.conditions import Condition, conditions_of, subject_of
from agents.sql.statement import Statement
from agents.sql.tree import cte_of

Direction = Literal["asc", "desc"]

_NAMED: Final[dict[type[exp.Expr], str]] = {
    exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max", exp.Count: "count",
}  # fmt: skip
_PRESENTATION: Final = (exp.Round, exp.Cast, exp.TryCast, exp.Coalesce, exp.Paren)
"""Wrappers of a calculation that do not change what is calculated."""
_UNTOLD: Final = (
    *(exp.SetOperation, exp.Qualify, exp.TableSample, exp.Pivot, exp.Lateral, exp.Offset, exp.Exists),
    *(exp.Rollup, exp.Cube, exp.GroupingSets, exp.Unnest),
)
"""Parts of a statement that change its result and that a Reading has no words for."""


def reading_of(statement: Statement, tables: tuple[TableRef, ...]) -> Reading:
    """The reading of a parsed query that reads `tables`."""
    root = _root(statement.tree)
    selects = selects_of(statement.tree)
    filters, all_told = _filters(statement, selects)
    groupings = [grouping for grouping in (_grouping(statement, select) for select in selects) if grouping]
    order, order_told = _order(statement, root)
    aliases = _aliases(statement, selects)
    complete = all_told and order_told and len(set(groupings)) < 2 and not _has_more(statement.tree, selects)
    return Reading(
        tables=tables,
        filters=filters,
        calculations=tuple(dict.fromkeys(c for select in selects for c in _calculations(statement, select))),
        grouping=tuple(aliases.get(name, name) for name in groupings[-1]) if groupings else (),
        order=tuple((aliases.get(name, name), way) for name, way in order),
        limit=_limit(root),
        complete=complete,
    )


def selects_of(tree: exp.Expr) -> list[exp.Select]:
    """Every SELECT of the tree, those of WITH clauses and sub-queries before the one that uses them."""
    found: list[exp.Select] = []
    for node in tree.dfs():
        if isinstance(node, exp.Select):
            found.append(node)
    return sorted(found, key=_rank)


def _rank(select: exp.Select) -> tuple[int, int]:
    depth, node = 0, select.parent
    while node is not None:
        depth, node = depth + 1, node.parent
    places = [node.meta["start"] for node in select.walk() if "start" in node.meta]
    return -depth, min(places, default=0)


def _root(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, exp.Paren | exp.Subquery):
        tree = tree.this
    return tree


def clauses_of(select: exp.Select) -> Iterator[exp.Expr]:
    """The conditions a SELECT puts on its rows or groups, those of its joins included."""
    for join in select.args.get("joins") or ():
        if join.args.get("on"):
            yield join.args["on"]
    for key in ("where", "having"):
        if select.args.get(key):
            yield select.args[key].this


def _filters(statement: Statement, selects: list[exp.Select]) -> tuple[tuple[Filter, ...], bool]:
    """Each filter once, and whether that is all: no other condition, and the same filters on every table read."""
    told: dict[Filter, None] = {}
    complete = True
    over_tables: list[frozenset[Filter]] = []
    for select in selects:
        found = [condition for clause in clauses_of(select) for condition in conditions_of(statement, clause)]
        own = [condition.filter for condition in found if isinstance(condition, Condition)]
        complete = complete and len(own) == len(found) and not _on_windows(own, selects)
        told |= dict.fromkeys(own)
        if _reads_tables(select):
            over_tables.append(frozenset(own))
    return tuple(told), complete and len(set(over_tables)) < 2


def _reads_tables(select: exp.Select) -> bool:
    sources = [join.this for join in select.args.get("joins") or ()]
    source = select.args.get("from_")
    named = [node for node in [*sources, *([source.this] if source else [])] if isinstance(node, exp.Table)]
    return any(len(table.parts) > 1 or cte_of(table, table.name) is None for table in named)


def _on_windows(filters: list[Filter], selects: list[exp.Select]) -> bool:
    """Whether a filter is on a column computed over a window, as in "the first of each"."""
    windows = {p.alias_or_name.lower() for select in selects for p in select.selects if p.find(exp.Window)}
    return any(told.column.lower() in windows for told in filters)


def _has_more(tree: exp.Expr, selects: list[exp.Select]) -> bool:
    if tree.find(*_UNTOLD) is not None:
        return True
    if any(join.kind.upper() in ("SEMI", "ANTI") or join.side.upper() == "FULL" for join in tree.find_all(exp.Join)):
        return True
    return any(select is not _root(tree) and select.args.get("limit") for select in selects)


def _calculations(statement: Statement, select: exp.Select) -> Iterator[Calculation]:
    grouped = set(_grouping(statement, select))
    for projection in select.selects:
        inner = projection.unalias()
        calculated = inner.find(exp.AggFunc, exp.Binary, exp.Case, exp.Window)
        if calculated is None or isinstance(inner, exp.Dot | exp.JSONExtract):
            continue
        calculation = _calculation(statement, inner, projection.alias)
        if calculation.function not in grouped:
            yield calculation


def _calculation(statement: Statement, node: exp.Expr, alias: str) -> Calculation:
    core = node
    while isinstance(core, _PRESENTATION):
        core = core.this
    function, argument = _NAMED.get(type(core), ""), core.this
    if function == "count" and isinstance(argument, exp.Distinct) and len(argument.expressions) == 1:
        function, argument = "count distinct", argument.expressions[0]
    if function and isinstance(argument, exp.Star | exp.Literal):
        return Calculation(function, "*", alias)
    if function and isinstance(argument, exp.Column) and not core.expressions:
        return Calculation(function, argument.name, alias)
    columns = {column.name for column in node.find_all(exp.Column)}
    return Calculation(statement.quote(node), columns.pop() if len(columns) == 1 else "", alias)


def _grouping(statement: Statement, select: exp.Select) -> tuple[str, ...]:
    group = select.args.get("group")
    if group is None:
        return _distinct(statement, select)
    if group.args.get("all"):
        kept = [p for p in select.selects if p.find(exp.AggFunc) is None]
        return tuple(subject_of(statement, p.unalias()) for p in kept)
    parts = [part for node in group.expressions for part in _columns_of(node)]
    return tuple(dict.fromkeys(subject_of(statement, _resolved(part, select)) for part in parts))


def _aliases(statement: Statement, selects: list[exp.Select]) -> dict[str, str]:
    """Expressions of the select list that have a name of their own are told by it: month, not DATE_FORMAT(…)."""
    return {
        statement.quote(projection.this): projection.alias
        for select in selects
        for projection in select.selects
        if isinstance(projection, exp.Alias) and not isinstance(projection.this, exp.Column)
    }


def _columns_of(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Rollup | exp.Cube | exp.GroupingSets | exp.Tuple):
        return [part for inner in node.expressions for part in _columns_of(inner)]
    return [node]


def _distinct(statement: Statement, select: exp.Select) -> tuple[str, ...]:
    if not select.args.get("distinct"):
        return ()
    return tuple(subject_of(statement, p.unalias()) for p in select.selects)


def _resolved(node: exp.Expr, select: exp.Select) -> exp.Expr:
    """What an ordinal or an alias of the select list stands for."""
    if isinstance(node, exp.Literal) and node.name.isdigit() and 0 < int(node.name) <= len(select.selects):
        return select.selects[int(node.name) - 1].unalias()
    if isinstance(node, exp.Column) and not node.table:
        for projection in select.selects:
            if projection.alias.lower() == node.name.lower():
                return projection.unalias()
    return node


def _order(statement: Statement, root: exp.Expr) -> tuple[tuple[tuple[str, Direction], ...], bool]:
    clause = root.args.get("order")
    if clause is None:
        return (), True
    told: list[tuple[str, Direction]] = []
    for item in clause.expressions:
        ordered = item.this if isinstance(item, exp.Ordered) else item
        if isinstance(ordered, exp.Literal) and ordered.name.isdigit() and isinstance(root, exp.Select):
            place = int(ordered.name) - 1
            ordered = root.selects[place] if 0 <= place < len(root.selects) else ordered
        name = ordered.alias_or_name if isinstance(ordered, exp.Alias) else subject_of(statement, ordered)
        told.append((name, "desc" if item.args.get("desc") else "asc"))
    return tuple(told), not any(name.lower() == "all" for name, _ in told)


def _limit(root: exp.Expr) -> int | None:
    clause = root.args.get("limit")
    value = clause.expression or clause.args.get("count") if clause is not None else None
    return int(value.name) if isinstance(value, exp.Literal) and value.name.isdigit() else None
