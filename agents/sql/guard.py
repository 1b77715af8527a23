"""Is it one read-only statement over these tables? Without this page whatever wrote the SQL would decide what runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlglot import Token, exp

from agents.domain import Reading, TableRef
from agents.errors import BadQuery
from agents.sql.cost import check_cost
from agents.sql.reading import reading_of
from agents.sql.refusals import refusal
from agents.sql.spark import ParserFailure, tokens_of, trees_of
from agents.sql.text import check_calls, check_characters, check_shape, names_written
from agents.sql.tree import check_nodes, check_nothing_dropped, check_root, check_tables


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement that may run: `text` exactly as it was checked, the tables it reads, and what it does."""

    text: str
    tables: tuple[TableRef, ...]
    reading: Reading


def check(sql: str, allowed: Collection[TableRef], *, default: TableRef | None = None) -> Checked:
    """Passes one read-only query over `allowed` tables; raises BadQuery (code, hint) for anything else.

    `default` gives the catalog and schema that one- and two-part names are completed with; the executor must pass the
    same ones. Run `Checked.text`, nothing else.
    """
    tree, tokens = _parsed(sql)
    try:
        tables = check_tables(tree, allowed, default=default)
        check_cost(tree)
        return Checked(sql, tables, reading_of(tree, tokens, sql, tables))
    except RecursionError as error:
        raise refusal("TOO_DEEP") from error
    except BadQuery:
        raise
    except ParserFailure as error:
        raise refusal("UNPARSED") from error


def _parsed(sql: str) -> tuple[exp.Expr, list[Token]]:
    """The tree of a text that is one query, before its tables are looked at. The order of the steps matters."""
    check_characters(sql)
    tokens = tokens_of(sql)
    check_shape(tokens)
    called, lists = check_calls(tokens)
    trees = trees_of(sql, tokens)
    try:
        tree = check_root(trees)
        check_nodes(tree)
        check_nothing_dropped(tree, names_written(tokens), called, lists)
    except RecursionError as error:
        raise refusal("TOO_DEEP") from error
    return tree, tokens
