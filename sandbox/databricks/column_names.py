"""What Databricks calls a column that nobody named: without it clients would read DuckDB's names, such as count_star().

Plain calls are named as there; of other expressions DuckDB's own spelling is left.
"""

from __future__ import annotations

from sqlglot import exp

_OTHERWISE = (exp.Cast, exp.Case, exp.Connector, exp.UDTF, exp.Explode)


def named(tree: exp.Expr) -> exp.Expr:
    """The tree, changed in place: calls of its select lists have aliases, and the column of range() is id."""
    for select in tree.find_all(exp.Select):
        select.set("expressions", [_aliased(node) for node in select.expressions])
    for table in tree.find_all(exp.Table):
        if (
            isinstance(table.this, exp.Anonymous)
            and table.this.name.lower() == "range"
            and not table.alias_column_names
        ):
            name = exp.to_identifier(table.alias or "range", quoted=True)
            table.set("alias", exp.TableAlias(this=name, columns=[exp.to_identifier("id")]))
    return tree


def _aliased(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Func) or isinstance(node, _OTHERWISE) or _is_deep(node):
        return node
    return exp.alias_(node, _name(node), quoted=True)


def _is_deep(node: exp.Expr) -> bool:
    return any(node.find(kind) for kind in (exp.Query, exp.Window, exp.Binary, exp.Placeholder, exp.Lambda))


def _name(node: exp.Expr) -> str:
    plain = node.copy()
    for star in list(plain.find_all(exp.Star)):
        star.replace(exp.Literal.number(1))
    for identifier in plain.find_all(exp.Identifier):
        identifier.set("quoted", False)
    return plain.sql("databricks", normalize_functions="lower")
