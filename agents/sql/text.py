"""What a statement's text and tokens must look like before anything parses it.

Without it sixty characters could stall the parser for minutes, and a function that the parser renames would slip by.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from sqlglot import Token, TokenType
from sqlglot.parser import Parser

from agents.sql.functions import ALLOWED
from agents.sql.refusals import refusal
from agents.sql.spark import NAMES, word
from agents.sql.vocabulary import GRAMMAR, IDENTITY, TYPE_CALLS

MAX_BYTES: Final = 20_000
MAX_DEPTH: Final = 32
MAX_TYPE_NESTING: Final = 3
MAX_CASES: Final = 100

_NAME: Final = re.compile(r"[\w$]+")
"""What a name may be made of without back-ticks; quotation marks of a word processor are not among it."""
_BLANK: Final = re.compile(
    r"\s+|--(?:[^\n\r\\]|\\(?![\n\r]))*(?=[\n\r]|\Z)|/\*(?!\+)(?:[^/*]|/(?!\*)|\*(?!/))*\*/", re.DOTALL
)
"""One of what may stand between two tokens: blanks, or a comment that every reader ends at the same place."""
_OPEN: Final = (TokenType.L_PAREN, TokenType.L_BRACKET)
_CLOSE: Final = (TokenType.R_PAREN, TokenType.R_BRACKET)
_NOT_CALLABLE: Final = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.STRING)
_LISTS: Final = (TokenType.COMMA, TokenType.FROM, TokenType.JOIN)
"""What a source must follow."""
_CLAUSES: Final = frozenset(
    (
        *(TokenType.SELECT, TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.QUALIFY),
        *(TokenType.ORDER_BY, TokenType.SORT_BY, TokenType.CLUSTER_BY, TokenType.DISTRIBUTE_BY),
        *(TokenType.JOIN, TokenType.USING, *Parser.SET_OPERATIONS),
    )
)
_NO_SOURCES: Final = frozenset(
    (*Parser.QUERY_MODIFIER_PARSERS, *Parser.JOIN_METHODS, *Parser.JOIN_SIDES, *Parser.JOIN_KINDS)
)
_ENDS: Final = (_CLAUSES | {TokenType.LIMIT, TokenType.OFFSET, TokenType.WINDOW}) - {TokenType.JOIN, TokenType.USING}
_MARKS: Final = {TokenType.PIPE_GT: "PIPE", TokenType.HINT: "HINT"}


def check_characters(sql: str) -> None:
    """Refuses text that is too long or holds control, invisible, bidirectional or look-alike blank characters.

    ${…} is refused in literals too: Spark writes settings and environment variables in its place before it parses.
    """
    if len(sql.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise refusal("TOO_LONG")
    if not all(map(_is_plain, sql)):
        raise refusal("BAD_CHAR")
    if "${" in sql:
        raise refusal("VARIABLE")


def _is_plain(character: str) -> bool:
    if " " <= character <= "~" or character in "\t\n\r":
        return True
    return unicodedata.category(character)[0] not in "CZ"


def check_comments(sql: str, tokens: Sequence[Token]) -> None:
    r"""Refuses comments that Spark may end elsewhere than the tokenizer does: nested ones, hints, lines ending in \."""
    place = 0
    for token in tokens:
        if token.start >= place:  # 10L is three tokens in one place
            _check_blank(sql, place, token.start)
        place = max(place, token.end + 1)
    _check_blank(sql, place, len(sql))


def _check_blank(sql: str, place: int, end: int) -> None:
    # One at a time: early releases of Python 3.11 misread possessive quantifiers around a group.
    while place < end:
        found = _BLANK.match(sql, place, end)
        if not found:
            raise refusal("COMMENT")
        place = found.end()


def check_shape(tokens: Sequence[Token]) -> None:
    """Refuses pipes, hints, a second statement, other statements and nesting that could stall the parser."""
    ended = False
    cases = 0
    for token in tokens:
        if token.token_type in _MARKS:
            raise refusal(_MARKS[token.token_type])
        if token.token_type == TokenType.VAR and not _NAME.fullmatch(token.text):
            raise refusal("BAD_CHAR")
        if ended and token.token_type != TokenType.SEMICOLON:
            raise refusal("NOT_ONE")
        ended = ended or token.token_type == TokenType.SEMICOLON
        cases += token.token_type == TokenType.CASE
    if cases > MAX_CASES:
        raise refusal("TOO_DEEP")
    _check_start(tokens)
    _check_sources(tokens)
    _check_nesting(tokens)


def _check_start(tokens: Sequence[Token]) -> None:
    first = next((token for token in tokens if token.token_type not in _OPEN), None)
    if first is None or first.token_type == TokenType.SEMICOLON:
        raise refusal("NOT_ONE")
    if word(first) not in ("select", "with", "from"):
        raise refusal("NOT_QUERY")


def _check_sources(tokens: Sequence[Token]) -> None:
    """Refuses FROM a, SELECT b and the like: the parser forgives the comma, and Spark reads a table called select."""
    listing = [False]  # by depth: whether sources are being listed
    for i, token in enumerate(tokens):
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            listing.append(False)
        elif kind == TokenType.R_PAREN and len(listing) > 1:
            listing.pop()
        if i and tokens[i - 1].token_type in _LISTS and _is_no_source(tokens, i, listing=listing[-1]):
            raise refusal("UNPARSED", token.text)
        listing[-1] = kind in _LISTS[1:] or (listing[-1] and kind not in _ENDS)


def _is_no_source(tokens: Sequence[Token], i: int, *, listing: bool) -> bool:
    """Columns may be called limit or left, and left(…) is a function; nothing sensible is called select."""
    kind = tokens[i].token_type
    return kind in _CLAUSES or (listing and kind in _NO_SOURCES and not _follows(tokens, i, TokenType.L_PAREN))


def _check_nesting(tokens: Sequence[Token]) -> None:
    nest: list[bool] = []
    for i, token in enumerate(tokens):
        if token.token_type in _OPEN:
            nest.append(i > 0 and word(tokens[i - 1]) in TYPE_CALLS)
            if len(nest) > MAX_DEPTH:
                raise refusal("TOO_DEEP")
            if sum(nest) > MAX_TYPE_NESTING:
                raise refusal("TYPE_NEST")
        elif token.token_type in _CLOSE and nest:
            nest.pop()


def check_calls(tokens: Sequence[Token]) -> tuple[frozenset[str], int]:
    """The allowed functions called, as written, and the number of CTEs with a column list. Refuses any other call."""
    called: set[str] = set()
    lists = 0
    for i, token in enumerate(tokens):
        if token.token_type == TokenType.L_PAREN and i and tokens[i - 1].token_type in _NOT_CALLABLE:
            raise refusal("FUNC", tokens[i - 1].text)
        name = word(token)
        if not name:
            continue
        if not _follows(tokens, i, TokenType.L_PAREN):
            _check_bare(tokens, i, name)
        elif _check_call(tokens, i, name):
            called.add(name)
        else:
            lists += _opens_cte_columns(tokens, i)
    return frozenset(called), lists


def _check_bare(tokens: Sequence[Token], i: int, name: str) -> None:
    if name not in IDENTITY or tokens[i].token_type == TokenType.IDENTIFIER:
        return
    if not (_preceded(tokens, i, TokenType.DOT) or _preceded(tokens, i, TokenType.ALIAS)):
        raise refusal("FUNC", name)


def _check_call(tokens: Sequence[Token], i: int, name: str) -> bool:
    """Whether `name (` calls an allowed function; False when the parenthesis belongs to the grammar."""
    if _preceded(tokens, i, TokenType.DOT):
        raise refusal("UDF", name)
    if name in ALLOWED:
        return True
    grammar = name in GRAMMAR and tokens[i].token_type != TokenType.IDENTIFIER
    if grammar or _preceded(tokens, i, TokenType.ALIAS) or _opens_cte_columns(tokens, i):
        return False
    raise refusal("FUNC", name)


def _follows(tokens: Sequence[Token], i: int, kind: TokenType) -> bool:
    return i + 1 < len(tokens) and tokens[i + 1].token_type == kind


def _preceded(tokens: Sequence[Token], i: int, kind: TokenType) -> bool:
    return i > 0 and tokens[i - 1].token_type == kind


def _opens_cte_columns(tokens: Sequence[Token], i: int) -> bool:
    """Whether token i is x in WITH x (a, b) AS (SELECT …; the tree confirms it later."""
    if not i or not (tokens[i - 1].token_type == TokenType.COMMA or word(tokens[i - 1]) in ("with", "recursive")):
        return False
    j = i + 2
    while j < len(tokens) and (tokens[j].token_type == TokenType.COMMA or word(tokens[j])):
        j += 1
    return (
        j + 2 < len(tokens)
        and tokens[j].token_type == TokenType.R_PAREN
        and tokens[j + 1].token_type == TokenType.ALIAS
        and tokens[j + 2].token_type == TokenType.L_PAREN
    )


def names_written(tokens: Sequence[Token]) -> frozenset[str]:
    """Every plain or back-quoted name of the text, lower case."""
    return frozenset(token.text.lower() for token in tokens if token.token_type in NAMES)
