"""Why a statement is refused and how its author repairs it. Without it a rejected model would only be told "no"."""

from __future__ import annotations

from typing import Final

from agents.errors import BadQuery

_ONE_SELECT = "Write one plain SELECT statement"

HINTS: Final[dict[str, str]] = {
    "TOO_LONG": "Write a shorter statement: at most 20 000 bytes.",
    "BAD_CHAR": "Use plain printable characters and ordinary spaces only; write others in literals as \\uXXXX.",
    "VARIABLE": "Write values out; ${{…}} is not allowed anywhere.",
    "COMMENT": "Leave comments out, or write plain ones: not nested, no /*+ in them, no backslash at a line's end.",
    "UNPARSED": "The statement cannot be parsed as Databricks SQL: simplify it{near}.",
    "TOO_DEEP": "Simplify: too many nested parentheses or CASE expressions; use WITH clauses instead.",
    "TYPE_NEST": "Simplify: do not nest type conversions more than three deep.",
    "PIPE": f"{_ONE_SELECT}; the pipe syntax |> is not allowed.",
    "HINT": f"{_ONE_SELECT}, without /*+ hints */.",
    "NOT_ONE": f"{_ONE_SELECT}: exactly one, with nothing after it.",
    "NOT_QUERY": f"{_ONE_SELECT}: only reading is allowed.",
    "DENY_NODE": f"{_ONE_SELECT}: no {{name}} clause is allowed.",
    "INTO": f"{_ONE_SELECT} without INTO.",
    "METADATA_COL": "Do not read the hidden _metadata column.",
    "FUNC": "Use only built-in Spark SQL functions; {name} is not allowed.",
    "UDF": "Do not qualify functions and call no user-defined function: {name} is not allowed.",
    "TABLE": "Use only these tables, written catalog.schema.table: {tables}. {name} is not one of them.",
    "TABLE_KIND": "Name tables plainly as catalog.schema.table; {name} is not such a name.",
    "TVF": "The table function {name} is not allowed: read from the given tables.",
    "TIME_TRAVEL": f"{_ONE_SELECT} over the tables as they are now, without VERSION or TIMESTAMP AS OF.",
    "DROPPED": "Simplify: {name} cannot be checked; leave it out or quote it with back-ticks.",
    "COST": "The statement could produce too much: {name}.",
    "VALUE": "Only values may change, for values of the same kind; {name} cannot be placed.",
    "TIMEOUT": "Checking the statement took too long: simplify it.",
}


def refusal(code: str, name: str = "", *, tables: str = "") -> BadQuery:
    """The error to raise. `name` is the offending word of the statement, cut and quoted for the author."""
    shown = f"`{name[:60]}`" if name and code != "COST" else name or "this"
    hint = HINTS[code].format(name=shown, near=f" near {shown}" if name else "", tables=tables or "none")
    return BadQuery(f"{code}: {hint}", hint=hint, code=code)
