"""What goes wrong with a statement, in Databricks' words. Without it clients would read DuckDB's messages."""

from __future__ import annotations

import re

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class SqlFailure(Exception):
    """A statement failed: '[CLASS] text SQLSTATE: 42P01', one line."""

    def __init__(self, kind: str, text: str, state: str) -> None:
        line = _ANSI.sub("", text).strip().split("\n")[0].strip()
        super().__init__(f"[{kind}] {line} SQLSTATE: {state}")
        self.kind, self.state = kind, state


_KINDS = {
    "CatalogException": ("TABLE_OR_VIEW_NOT_FOUND", "42P01"),
    "BinderException": ("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703"),
    "ParserException": ("PARSE_SYNTAX_ERROR", "42601"),
    "ParseError": ("PARSE_SYNTAX_ERROR", "42601"),
    "TokenError": ("PARSE_SYNTAX_ERROR", "42601"),
    "UnsupportedError": ("UNSUPPORTED_FEATURE", "0A000"),
    "ConversionException": ("CAST_INVALID_INPUT", "22018"),
    "OutOfRangeException": ("ARITHMETIC_OVERFLOW", "22003"),
    "ConstraintException": ("DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001"),
    "OutOfMemoryException": ("OUT_OF_MEMORY", "53200"),
    "PermissionException": ("INSUFFICIENT_PERMISSIONS", "42501"),
    "InterruptException": ("OPERATION_CANCELED", "HY008"),
    "NotImplementedException": ("UNSUPPORTED_FEATURE", "0A000"),
}


def as_failure(error: Exception) -> SqlFailure:
    """DuckDB's and sqlglot's errors as the platform would word their class; first line only, it may name secrets."""
    if isinstance(error, SqlFailure):
        return error
    text = str(error)
    if "[DIVIDE_BY_ZERO]" in text:
        return divided_by_zero()
    # Errors that come while rows are streamed arrive as Arrow's, under DuckDB's own heading.
    heading = re.match(r"(?:\w+: )?(\w[\w ]*) Error:", text)
    named = heading[1].title().replace(" ", "") + "Exception" if heading else ""
    name = type(error).__name__
    kind, state = _KINDS.get(name) or _KINDS.get(named) or ("INTERNAL_ERROR", "XX000")
    if kind == "UNRESOLVED_COLUMN.WITH_SUGGESTION" and "Referenced column" not in text:
        kind, state = _other_binding(text)
    return SqlFailure(kind, text, state)


def _other_binding(text: str) -> tuple[str, str]:
    if "GROUP BY" in text or "aggregate" in text:
        return "MISSING_AGGREGATION", "42803"
    if "does not have a column" in text or "not found in FROM clause" in text:
        return "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703"
    if "Ambiguous reference" in text:
        return "AMBIGUOUS_REFERENCE", "42704"
    return "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09"


def divided_by_zero() -> SqlFailure:
    """Integer or decimal division by zero (ANSI)."""
    return SqlFailure("DIVIDE_BY_ZERO", "Division by zero. Use `try_divide` to tolerate divisor being 0.", "22012")


def no_table(name: str) -> SqlFailure:
    """A table that is not there, or that the asker may not even know of."""
    text = f"The table or view `{name}` cannot be found. Verify the spelling and correctness of the schema and catalog."
    return SqlFailure("TABLE_OR_VIEW_NOT_FOUND", text, "42P01")


def no_routine(name: str) -> SqlFailure:
    """A function that is not there or not offered."""
    return SqlFailure("UNRESOLVED_ROUTINE", f"Cannot resolve routine `{name}` on search path.", "42883")


def not_granted(privilege: str, kind: str, name: str) -> SqlFailure:
    """The asker knows of it and lacks this privilege."""
    text = f"Insufficient privileges: User does not have {privilege} on {kind} '{name}'."
    return SqlFailure("INSUFFICIENT_PERMISSIONS", text, "42501")


def unsupported(what: str) -> SqlFailure:
    """The platform, or this one, does not do that."""
    return SqlFailure("UNSUPPORTED_FEATURE", what, "0A000")
