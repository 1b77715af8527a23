"""Databricks SQL as Spark 4 reads it: its tokens and its syntax tree.

Without it literals would end elsewhere than on the engine, and the parser's own exceptions would reach the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import SqlglotError

from agents.sql.refusals import refusal

ParserFailure: Final = (SqlglotError, AttributeError, ValueError, IndexError, KeyError, TypeError, AssertionError)
"""What sqlglot has been seen to raise, or may raise, on hostile text; RecursionError is told apart."""


class Spark4(Databricks):  # type: ignore[misc, unused-ignore]
    """Databricks SQL in which '' inside a literal is an escaped quote, as Spark 4 has it."""

    class Tokenizer(Databricks.Tokenizer):  # type: ignore[misc, unused-ignore]
        """The tokens of Spark 4."""

        STRING_ESCAPES: ClassVar[list[str]] = ["\\", "'", '"']


def tokens_of(sql: str) -> list[Token]:
    """The tokens with their positions in `sql`. Raises BadQuery."""
    try:
        return list(Spark4().tokenize(sql))
    except ParserFailure as error:
        raise refusal("UNPARSED") from error


NAMES: Final = (TokenType.VAR, TokenType.IDENTIFIER)


def word(token: Token) -> str:
    """A name, or the last word of a keyword ("GROUP BY" is "by"), lower case; empty for literals and marks."""
    if token.token_type in NAMES:
        return token.text.lower()
    if token.token_type in (TokenType.STRING, TokenType.NUMBER) or not token.text[:1].isalpha():
        return ""
    return token.text.lower().split()[-1]


def trees_of(sql: str, tokens: Sequence[Token]) -> list[exp.Expr]:
    """One syntax tree a statement. Raises BadQuery."""
    dialect = Spark4()
    try:
        trees = dialect.parser().parse(list(tokens), sql)
    except RecursionError as error:
        raise refusal("TOO_DEEP") from error
    except ParserFailure as error:
        raise refusal("UNPARSED") from error
    return [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
