"""Random SQL around allowed and forbidden names, for fuzzing the guard. Without it only known attacks are tried."""

from __future__ import annotations

import random

ALLOWED = "grid.sales.orders"
FORBIDDEN = "grid.hr.payroll"

_BLANKS = (" ", " ", "\n", "\t", " /* c */ ", " -- c\n", "  ")
_ODD_BLANKS = ("\u00a0", "\u3000", "\u200b", "\x0b")
_LITERALS = ("1", "2.5", "'x'", "'it''s'", "'a\\'b'", '"q"', "r'\\x'", "'\\u0027'", "DATE'2025-01-01'", "NULL", "10L")
_COLUMNS = ("a", "b", "amount", "t.a", "`c d`", "t.user", "raw:x.y", "m['k']", "b", "a", "amount", "a", "t.b")
_ODD_COLUMNS = ("user", "current_user", "_metadata", "@x", ":p", "?", "*", "$$x$$", "{x}")
_CALLS = ("sum", "count", "max", "upper", "date_trunc", "transform", "coalesce", "explode", "percentile_cont")
_HOSTILE = (
    "secret",
    "java_method",
    "reflect",
    "ai_query",
    "grid.ops.leak",
    "`secret`",
    "identifier",
    "range",
    "sequence",
)


_EDGES = (
    *("'", "'", "'", '"', '"', "\\", "\\", "`", "r'", 'r"', "R'", "''", '""', "``", "x'", "b'", "\\'", '\\"', "$$"),
    *("--", "/*", "*/", "/*+", "/*/", "\n", "\r", "\\\n", "#", "//", "{", "}", "-", "*", "/", "+"),
    *(" ", " ", ",", "||", "(", ")", "a", "1", "@", "$"),
)
"""What literals and comments begin and end with: two readers that part here see different statements."""


class Generator:
    """Statements of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def statement(self) -> str:
        """One statement; some are broken on purpose, some try to hide what they read in a literal or comment."""
        if self._rarely(0.3):
            return self._hiding()
        text = self._query(3)
        if self._rarely(0.08):
            text += self.random.choice(("; DROP TABLE x", ";", " |> SELECT a", " INTO x", " FOR UPDATE", "; SELECT 1"))
        words = text.split(" ")
        blanks = (*_BLANKS, *_ODD_BLANKS) if self._rarely(0.03) else _BLANKS
        text = "".join(word + (self.random.choice(blanks) if self._rarely(0.1) else " ") for word in words).strip()
        return self._mutated(text) if self._rarely(0.1) else text

    def _hiding(self) -> str:
        hidden = self._one(f"(SELECT max(a) FROM {FORBIDDEN})", "secret('a', 'b')")
        before, after = self._edges(), self._edges()
        return f"SELECT 1{self._one(' ', ', ')}{before}{self._one(' ', ', ', ' || ')}{hidden} {after} FROM {ALLOWED}"

    def _edges(self) -> str:
        parts = self.random.choices(_EDGES, k=self.random.randint(1, 4))
        return "".join(self._one(part, part, f" -- {part}\n", f"/* {part} */", f"'{part}'") for part in parts)

    def _rarely(self, share: float) -> bool:
        return self.random.random() < share

    def _mutated(self, text: str) -> str:
        place = self.random.randrange(len(text))
        return text[:place] + self.random.choice("'`\"();|*/-\\ .,@{}[]:ax") + text[place + self.random.randrange(2) :]

    def _query(self, depth: int) -> str:
        kind = self.random.random()
        if kind < 0.15 and depth:
            return f"{self._query(depth - 1)} {self._one('UNION ALL', 'EXCEPT', 'INTERSECT')} {self._query(depth - 1)}"
        if kind < 0.3 and depth:
            name = self._one("x", "orders", "payroll", "y")
            return f"WITH {name} AS ( {self._query(depth - 1)} ) SELECT * FROM {self._one(name, name, self._table())}"
        if kind < 0.36:
            return f"FROM {self._source(depth)} SELECT {self._expression(depth)}"
        return self._select(depth)

    def _select(self, depth: int) -> str:
        parts = [f"SELECT {self._expression(depth)} AS n , {self._expression(depth)} FROM {self._source(depth)}"]
        if self._rarely(0.3):
            parts.append(
                f"{self._one('JOIN', 'LEFT JOIN', 'CROSS JOIN')} {self._source(depth)} ON {self._condition(depth)}"
            )
        if self._rarely(0.15):
            parts.append(f"LATERAL VIEW {self._one(*_CALLS, *_HOSTILE)} ( a ) v AS w")
        if self._rarely(0.1):
            parts.append(f"PIVOT ( {self._call(depth)} FOR b IN ( 1 , 2 ) )")
        if self._rarely(0.5):
            parts.append(f"WHERE {self._condition(depth)}")
        if self._rarely(0.3):
            parts.append(f"GROUP BY {self._expression(depth)} HAVING {self._condition(depth)}")
        if self._rarely(0.3):
            parts.append(f"ORDER BY {self._expression(depth)} LIMIT {self._one('10', 'ALL', self._expression(0))}")
        return " ".join(parts)

    def _one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def _table(self) -> str:
        name = FORBIDDEN if self._rarely(0.06) else self._one(*[ALLOWED] * 12, "orders", "x", "payroll")
        if self._rarely(0.15):
            name = self._one(f"`{name}`", ".".join(f"`{part}`" for part in name.split(".")), name.upper())
        if self._rarely(0.05):
            name += self._one("@v1", " VERSION AS OF 1", ".files", " TABLESAMPLE ( 1 ROWS )", " AS t ( a , b )")
        return name

    def _source(self, depth: int) -> str:
        if depth and self._rarely(0.25):
            return f"( {self._query(depth - 1)} ) t"
        if self._rarely(0.05):
            return self._one(
                "range(9)", f"table_changes('{FORBIDDEN}', 1)", f"f(TABLE({FORBIDDEN}))", "VALUES (1) t(a)"
            )
        return self._table() + self._one("", " t", " AS t")

    def _condition(self, depth: int) -> str:
        if depth and self._rarely(0.2):
            return f"a {self._one('IN', 'NOT IN')} ( {self._query(depth - 1)} )"
        if depth and self._rarely(0.1):
            return f"EXISTS ( {self._query(depth - 1)} )"
        sign = self._one("=", "<", "LIKE", "<=>", "BETWEEN 1 AND", "IS DISTINCT FROM")
        return f"{self._expression(depth)} {sign} {self._expression(depth)}"

    def _expression(self, depth: int) -> str:
        kind = self.random.random()
        if depth and kind < 0.08:
            return f"( {self._query(depth - 1)} )"
        if depth and kind < 0.3:
            return self._call(depth - 1)
        if depth and kind < 0.4:
            return f"CASE WHEN {self._condition(depth - 1)} THEN {self._expression(depth - 1)} END"
        if depth and kind < 0.45:
            return f"{self._call(depth - 1)} OVER ( PARTITION BY {self._expression(depth - 1)} )"
        if self._rarely(0.02):
            return self._one(*_ODD_COLUMNS)
        return self._one(*_COLUMNS) if kind < 0.75 else self._one(*_LITERALS)

    def _call(self, depth: int) -> str:
        name = self._one(*_HOSTILE) if self._rarely(0.03) else self._one(*_CALLS)
        body = self._one("x -> x", "*", "DISTINCT a") if self._rarely(0.1) else self._expression(depth)
        return f"{name}{self._one('', '', ' ')}({body})"
