"""Reads CREATE FUNCTION: without it `bot functions install` would have nothing to install into."""

from __future__ import annotations

from sqlglot import exp

from sandbox.databricks.failures import SqlFailure, unsupported
from sandbox.databricks.metastore import Parameter, Routine


def routine(tree: exp.Expr, names: list[str], owner: str) -> Routine:
    """The function that a CREATE FUNCTION … RETURNS … RETURN … defines. Raises SqlFailure when it cannot be one."""
    body = tree.expression
    if isinstance(body, exp.Return):
        body = body.this if isinstance(body.this, exp.Expr) else body
    if body is None or isinstance(body, (exp.Heredoc, exp.RawString)):
        raise unsupported("Only SQL functions with a RETURN clause are offered here.")
    returns = _property(tree, exp.ReturnsProperty)
    columns = _columns(returns)
    note = _property(tree, exp.SchemaCommentProperty)
    if columns and not isinstance(body.unnest(), exp.Query):
        raise SqlFailure("INVALID_SQL_FUNCTION", "A table function must return a query.", "42P13")
    if returns is None:
        raise SqlFailure("INVALID_SQL_FUNCTION", "The function needs a RETURNS clause.", "42P13")
    return Routine(
        catalog=names[0],
        schema=names[1],
        name=names[2],
        parameters=tuple(_parameter(node) for node in tree.this.expressions),
        definition=body.unnest().sql("databricks") if isinstance(body, exp.Paren) else body.sql("databricks"),
        type="" if columns else returns.this.sql("databricks").lower(),
        columns=columns,
        comment=note.this.name if note else "",
        owner=owner,
    )


def _property(tree: exp.Expr, kind: type) -> exp.Expr | None:
    properties = tree.args.get("properties")
    return properties.find(kind) if properties else None


def _columns(returns: exp.Expr | None) -> tuple[Parameter, ...]:
    """The output columns of RETURNS TABLE (…); empty for a scalar function."""
    if returns is None or not returns.args.get("is_table"):
        return ()
    return tuple(_parameter(node) for node in returns.this.expressions)


def _parameter(node: exp.Expr) -> Parameter:
    if not isinstance(node, exp.ColumnDef) or node.args.get("kind") is None:
        raise SqlFailure("PARSE_SYNTAX_ERROR", f"Syntax error at or near '{node.name}': a type is missing.", "42601")
    kinds = {type(constraint.kind): constraint.kind for constraint in node.args.get("constraints") or ()}
    note, default = kinds.get(exp.CommentColumnConstraint), kinds.get(exp.DefaultColumnConstraint)
    return Parameter(
        name=node.name,
        type=node.args["kind"].sql("databricks").lower(),
        comment=note.this.name if note else "",
        default=default.this.sql("databricks") if default else None,
    )
