"""What a statement did, read off its syntax tree. Without it an answer's "filters" would be a model's say-so."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import Token, exp

from agents.domain import Reading, TableRef


def reading_of(tree: exp.Expr, tokens: Sequence[Token], sql: str, tables: tuple[TableRef, ...]) -> Reading:
    """The reading of a parsed statement."""
    return Reading(tables=tables, complete=False)


def read(sql: str) -> Reading:
    """What any one query does; tables as written, two- and one-part names with empty parts. Raises BadQuery."""
    return Reading(tables=(), complete=False)
