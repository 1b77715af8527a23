"""Is it one read-only statement over these tables? Without this page whatever wrote the SQL would decide what runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agents.domain import Reading, TableRef
from agents.sql.cost import check_cost
from agents.sql.reading import reading_of
from agents.sql.refusals import refusal
from agents.sql.spark import ParserFailure, tokens_of, trees_of
from agents.sql.statement import Statement
from agents.sql.text import check_calls, check_characters, check_comments, check_shape, names_written
from agents.sql.tree import check_nodes, check_nothing_dropped, check_root, check_tables, tables_of


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
    statement = parsed(sql)
    with _refusing():
        tables = check_tables(statement.tree, allowed, default=default)
        check_cost(statement.tree)
        return Checked(sql, tables, reading_of(statement, tables))


def read(sql: str) -> Reading:
    """What one query does, whatever tables it reads; parts of their names that the text leaves out are empty.

    Raises BadQuery where the text is no such query.
    """
    statement = parsed(sql)
    with _refusing():
        return reading_of(statement, tables_of(statement.tree))


def parsed(sql: str) -> Statement:
    """A text that is one query calling allowed functions only; its tables are not looked at yet. Raises BadQuery.

    The order matters: characters before tokens, tokens before the parser that they could stall.
    """
    check_characters(sql)
    tokens = tokens_of(sql)
    check_shape(tokens)
    check_comments(sql, tokens)
    called, lists = check_calls(tokens)
    trees = trees_of(sql, tokens)
    with _refusing():
        tree = check_root(trees)
        check_nodes(tree)
        check_nothing_dropped(tree, names_written(tokens), called, lists)
    return Statement(sql, tuple(tokens), tree)


@contextmanager
def _refusing() -> Iterator[None]:
    """What cannot be understood is refused, however the tree makes us fail."""
    try:
        yield
    except RecursionError as error:
        raise refusal("TOO_DEEP") from error
    except ParserFailure as error:
        raise refusal("UNPARSED") from error
