"""What a statement's syntax tree must look like.

Without it a table hidden in a sub-query or a DELETE in a WITH clause would pass as "a SELECT".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from sqlglot import exp

from agents.domain import TableRef
from agents.sql.functions import ALLOWED
from agents.sql.refusals import refusal
from agents.sql.vocabulary import FILLER, TABLE_FUNCTIONS

_DENIED: Final = (
    *(exp.Command, exp.DML, exp.DDL, exp.Lock, exp.Drop, exp.Alter, exp.Set, exp.Use, exp.Describe, exp.Pragma),
    *(exp.Copy, exp.Kill, exp.Grant, exp.TruncateTable, exp.Cache, exp.Uncache, exp.Refresh, exp.Analyze),
    *(exp.Transaction, exp.Commit, exp.Rollback, exp.Parameter, exp.SessionParameter, exp.Clone),
    *(exp.MatchRecognize, exp.Stream, exp.QueryTransform),
)


def check_root(trees: Sequence[exp.Expr]) -> exp.Expr:
    """The one query of the statement. Refuses none, several, and whatever is not a query."""
    if len(trees) != 1:
        raise refusal("NOT_ONE")
    root = trees[0]
    while isinstance(root, exp.Paren | exp.Subquery):
        root = root.this
    if not isinstance(root, exp.Select | exp.SetOperation):
        raise refusal("NOT_QUERY")
    return trees[0]


def check_nodes(tree: exp.Expr) -> None:
    """Refuses everything that writes, configures or reaches out, wherever it hides."""
    for node in tree.walk():
        code = _fault(node)
        if code:
            raise refusal(code, node.name if code == "FUNC" else node.key.upper())


def _fault(node: exp.Expr) -> str:
    if isinstance(node, exp.Version | exp.HistoricalData):
        return "TIME_TRAVEL"
    if isinstance(node, _DENIED):
        return "DENY_NODE"
    if isinstance(node, exp.Into) or node.args.get("into"):
        return "INTO"
    if isinstance(node, exp.Identifier) and node.name.lower() == "_metadata":
        return "METADATA_COL"
    foreign = isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) and node.name.lower() not in ALLOWED
    return "FUNC" if foreign else ""


def check_tables(
    tree: exp.Expr, allowed: Collection[TableRef], *, default: TableRef | None = None
) -> tuple[TableRef, ...]:
    """The tables read, once each, in the order of the text. Refuses any that is not allowed."""
    keys = {ref.key for ref in allowed}
    read = tables_of(tree, default=default)
    for ref in read:
        if ref.key not in keys:
            raise refusal("TABLE", str(ref).lstrip("."), tables=", ".join(map(str, sorted(allowed))))
    return read


def tables_of(tree: exp.Expr, *, default: TableRef | None = None) -> tuple[TableRef, ...]:
    """The tables read, whichever they are; without `default`, parts that the text leaves out are empty."""
    read: dict[tuple[str, str, str], TableRef] = {}
    for table in sorted(tree.find_all(exp.Table), key=_place):
        ref = _ref(table, default)
        if ref is not None:
            read.setdefault(ref.key, ref)
    return tuple(read.values())


def _place(table: exp.Table) -> int:
    return int(table.this.meta.get("start", 0)) if isinstance(table.this, exp.Expr) else 0


def _ref(table: exp.Table, default: TableRef | None) -> TableRef | None:
    """The table named; None for a CTE and for an allowed table function."""
    if isinstance(table.this, exp.Func):
        _check_table_function(table.this)
        return None
    parts = table.parts
    if not 1 <= len(parts) <= 3 or not all(type(part) is exp.Identifier for part in parts):
        raise refusal("TABLE_KIND", table.name)
    names = tuple(part.name for part in parts)
    if len(names) == 1 and cte_of(table, names[0]) is not None:
        return None
    return _padded(names, default)


def _check_table_function(function: exp.Func) -> None:
    name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
    if name.lower() not in TABLE_FUNCTIONS:
        raise refusal("TVF", name.lower())


def _padded(names: tuple[str, ...], default: TableRef | None) -> TableRef:
    before = (default.catalog, default.schema) if default else ("", "")
    catalog, schema, name = (*before[: 3 - len(names)], *names)
    return TableRef(catalog, schema, name)


def cte_of(node: exp.Expr, name: str) -> exp.CTE | None:
    """The CTE that `name` means where `node` stands: of a WITH on any ancestor, or an earlier one of the same WITH."""
    child, parent = node, node.parent
    while parent is not None:
        for cte in _offered(parent, child):
            if cte.alias.lower() == name.lower():
                return cte
        child, parent = parent, parent.parent
    return None


def _offered(parent: exp.Expr, child: exp.Expr) -> Iterator[exp.CTE]:
    clause = parent.args.get("with_")
    if isinstance(clause, exp.With) and clause is not child:
        yield from clause.expressions
    if isinstance(parent, exp.With):
        place = next(i for i, cte in enumerate(parent.expressions) if cte is child)
        yield from parent.expressions[: place + 1 if parent.recursive else place]


def check_nothing_dropped(tree: exp.Expr, names: frozenset[str], called: frozenset[str], lists: int) -> None:
    """Refuses text of which a name is missing in the tree: what the parser dropped was not checked either."""
    kept = called | FILLER
    for node in tree.walk():
        if isinstance(node, exp.Identifier | exp.Var | exp.Placeholder | exp.JSONPathKey):
            kept |= {node.name.lower()}
    for name in sorted(names - kept):
        raise refusal("DROPPED", name)
    if lists != sum(bool(cte.args["alias"].columns) for cte in tree.find_all(exp.CTE)):
        raise refusal("FUNC", "name(…) AS (…)")
