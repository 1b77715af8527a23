"""What Databricks calls a column that nobody named: without it clients would read DuckDB's names, such as count_star().

Calls and calculations are named as there; of other expressions DuckDB's own spelling is left.
"""

from __future__ import annotations

from sqlglot import exp

_OTHERWISE = (exp.Cast, exp.Connector, exp.UDTF, exp.Explode)
_SIGNS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


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
    if not isinstance(node, (exp.Func, exp.Window, *_SIGNS)) or isinstance(node, _OTHERWISE) or _is_deep(node):
        return node
    return exp.alias_(node, _name(node), quoted=True)


def _is_deep(node: exp.Expr) -> bool:
    others = (it for it in node.find_all(exp.Binary) if not isinstance(it, (exp.Predicate, exp.Dot, *_SIGNS)))
    return any(node.find(kind) for kind in (exp.Query, exp.Placeholder, exp.Lambda)) or any(others)


def _name(node: exp.Expr) -> str:
    """As Databricks writes it: small letters, no quotes, every calculation in brackets."""
    holder = exp.Tuple(expressions=[node.copy()])  # so that the node itself may be replaced
    for star in list(holder.find_all(exp.Star)):
        star.replace(exp.Literal.number(1))
    for identifier in holder.find_all(exp.Identifier):
        identifier.set("quoted", False)
    for sign in reversed(list(holder.find_all(*_SIGNS))):
        if not isinstance(sign.parent, exp.Paren):
            sign.replace(exp.paren(sign))
    return str(holder.expressions[0].sql("databricks", normalize_functions="lower", copy=False))
