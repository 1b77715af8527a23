"""A parsed statement that can quote itself as it was written. Without it readers would be shown a parser's rewording.

The parser prints PERCENTILE_CONT as PERCENTILE_APPROX; what is said about a statement must use the statement's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlglot import Token, TokenType, exp

from agents.sql.spark import word

_OPEN: Final = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE)
_CLOSE: Final = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END)
_NO_PLACE: Final = (exp.Interval, exp.JSONExtract, exp.Case)
"""Nodes whose ends leave no trace in the text: these are printed, not quoted."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The text, its tokens and its tree."""

    text: str
    tokens: tuple[Token, ...]
    tree: exp.Expr

    def quote(self, node: exp.Expr) -> str:
        """The part of the text that `node` was read from, on one line."""
        places = [(n.meta["start"], n.meta["end"]) for n in node.walk() if "end" in n.meta]
        if not places or isinstance(node, _NO_PLACE) or node.find(*_NO_PLACE[:2]):
            return str(node.sql(dialect="databricks"))
        first, last = self._at(min(places)[0]), self._at(max(end for _, end in places), end=True)
        first, last = self._balanced(first, last)
        if isinstance(node, exp.Func) and "start" not in node.meta:
            first, last = self._enclosing(first, last)
        return " ".join(self.text[self.tokens[first].start : self.tokens[last].end + 1].split())

    def _at(self, place: int, *, end: bool = False) -> int:
        """The index of the token that starts (or ends) at a place of the text."""
        return next(i for i, token in enumerate(self.tokens) if (token.end if end else token.start) >= place)

    def _balanced(self, first: int, last: int) -> tuple[int, int]:
        if last + 1 < len(self.tokens) and word(self.tokens[last]) and self.tokens[last + 1].token_type in _OPEN[:1]:
            last += 1
        missing, depth = 0, 0
        for token in self.tokens[first : last + 1]:
            depth += (token.token_type in _OPEN) - (token.token_type in _CLOSE)
            missing = min(missing, depth)
        return self._opened(first, -missing), self._closed(last, depth - missing)

    def _closed(self, last: int, opened: int) -> int:
        while opened and last + 1 < len(self.tokens):
            last += 1
            opened += (self.tokens[last].token_type in _OPEN) - (self.tokens[last].token_type in _CLOSE)
        return last

    def _opened(self, first: int, closed: int) -> int:
        if not closed:
            return first
        while closed and first:
            first -= 1
            closed += (self.tokens[first].token_type in _CLOSE) - (self.tokens[first].token_type in _OPEN)
        return first - 1 if first and self._called(first) else first

    def _called(self, i: int) -> bool:
        return self.tokens[i].token_type == TokenType.L_PAREN and bool(word(self.tokens[i - 1]))

    def _enclosing(self, first: int, last: int) -> tuple[int, int]:
        return self._opened(first, 1), self._closed(last, 1)
