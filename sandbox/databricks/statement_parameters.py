"""A statement's parameters, by name or by position. Without it `?` could not stand in an inlined function."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from sqlglot.dialects.databricks import Databricks
from sqlglot.tokenizer_core import TokenType

from sandbox.databricks.failures import SqlFailure

Parameters: TypeAlias = Mapping[str, object] | Sequence[object]


def by_name(sql: str, parameters: Parameters) -> tuple[str, dict[str, object]]:
    """The statement with `?` numbered as `:p1`, `:p2`, and the values under those names."""
    if isinstance(parameters, Mapping):
        return sql, dict(parameters)
    if not parameters:
        return sql, {}
    marks = [token.start for token in Databricks().tokenize(sql) if token.token_type == TokenType.PLACEHOLDER]
    if len(marks) > len(parameters):
        raise SqlFailure("UNBOUND_SQL_PARAMETER", f"Found {len(marks)} markers for {len(parameters)} values.", "42P02")
    for number, start in reversed(list(enumerate(marks, start=1))):
        sql = f"{sql[:start]}:p{number}{sql[start + 1 :]}"
    return sql, {f"p{number}": value for number, value in enumerate(parameters, start=1)}


def bound(names: Collection[str], values: Mapping[str, object]) -> dict[str, object]:
    """The values that the statement uses; a marker without a value is an error, a value without a marker is not."""
    unbound = sorted(set(names) - values.keys())
    if unbound:
        raise SqlFailure("UNBOUND_SQL_PARAMETER", f"Found the unbound parameter: {unbound[0]}.", "42P02")
    return {name: values[name] for name in names}
