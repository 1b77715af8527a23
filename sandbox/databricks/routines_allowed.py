"""Which functions SQL may call. DuckDB has some that run hidden SQL; one that was forgotten here is refused."""

from __future__ import annotations

# Functions that sqlglot knows by class are translated and harmless, except for these.
DENIED = frozenset({"READ_CSV", "READ_PARQUET", "READ_JSON", "READ_TEXT", "CURRENT_SETTING", "CURRENT_SCHEMAS"})

# Generators that may stand where a table stands.
TABLE_FUNCTIONS = frozenset({"range", "explode", "explode_outer", "posexplode", "posexplode_outer", "unnest"})

# Databricks functions that sqlglot passes on by name and DuckDB has under that name with the same meaning.
_SAME = [
    "array_cosine_similarity",
    "bin",
    "century",
    "date_part",
    "decade",
    "element_at",
    "even",
    "gcd",
    "hamming",
    "hash",
    "isfinite",
    "lcm",
    "lgamma",
    "make_date",
    "make_timestamp",
    "map_concat",
    "map_entries",
    "map_values",
    "mod",
    "octet_length",
    "printf",
    "quantile_cont",
    "quantile_disc",
    "strip_accents",
    "timezone",
    "url_decode",
    "url_encode",
    "row",
    "struct_pack",
    "list_value",
    "list_contains",
    "jaccard",
    "jaro_winkler_similarity",
    "product",
    "kurtosis_pop",
    "geomean",
    "entropy",
    "mad",
    "json_array_length",
    "json_valid",
    "sem",
    "nextafter",
    "histogram",
    "array_has_any",
    "array_reverse_sort",
]

# Databricks functions that DuckDB lacks, each as one SQL expression over its parameters.
MACROS = {
    "isnull": ("a", "a IS NULL"),
    "isnotnull": ("a", "a IS NOT NULL"),
    "pmod": ("a, b", "((a % b) + b) % b"),
    "bround": ("a, n", "round_even(a, n)"),
    "zeroifnull": ("a", "coalesce(a, 0)"),
    "nullifzero": ("a", "nullif(a, 0)"),
    "format_number": ("a, n", "format('{:,.' || CAST(n AS VARCHAR) || 'f}', CAST(a AS DOUBLE))"),
    "safe_add": ("a, b", "TRY(a + b)"),
    "safe_subtract": ("a, b", "TRY(a - b)"),
    "safe_multiply": ("a, b", "TRY(a * b)"),
    "raise_error": ("a", "error('[USER_RAISED_EXCEPTION] ' || CAST(a AS VARCHAR))"),
    "cardinality": ("a", "len(a)"),
    "array_size": ("a", "len(a)"),
    "unix_date": ("d", "date_diff('day', DATE '1970-01-01', CAST(d AS DATE))"),
    "unix_seconds": ("t", "CAST(epoch(t) AS BIGINT)"),
    "unix_millis": ("t", "epoch_ms(t)"),
    "weekday": ("d", "isodow(CAST(d AS DATE)) - 1"),
    "yearofweek": ("d", "isoyear(CAST(d AS DATE))"),
    "try_to_date": ("s", "TRY_CAST(s AS DATE)"),
    "try_to_number": ("s, f := ''", "TRY_CAST(s AS DOUBLE)"),
    "try_to_timestamp": ("s", "TRY_CAST(s AS TIMESTAMPTZ)"),
    "nanvl": ("a, b", "CASE WHEN isnan(a) THEN b ELSE a END"),
    "array_compact": ("a", "list_filter(a, lambda x: x IS NOT NULL)"),
    "array_max": ("a", "list_max(a)"),
    "array_min": ("a", "list_min(a)"),
    "array_union": ("a, b", "list_distinct(list_concat(a, b))"),
    "arrays_overlap": ("a, b", "list_has_any(a, b)"),
    "sort_array": ("a", "list_sort(a)"),
    "std": ("a", "stddev_samp(a)"),
    "some": ("a", "bool_or(a)"),
    "every": ("a", "bool_and(a)"),
}

# Written into a plan by us; nobody else may call them.
_HIDDEN = {
    "as_text": (
        "a",
        "CASE WHEN typeof(a) = 'TIMESTAMP WITH TIME ZONE' THEN replace(CAST(a AS VARCHAR), '+00', '') "
        "ELSE CAST(a AS VARCHAR) END",
    ),
}

_OWN = frozenset({"user", "is_account_group_member", "is_member", "table"})  # rewritten before DuckDB sees them

SCALAR_FUNCTIONS = frozenset(_SAME) | frozenset(MACROS) | _OWN


def macros() -> list[str]:
    """The statements that teach DuckDB what it lacks."""
    names = [(name, *rest) for name, rest in (MACROS | _HIDDEN).items()]
    return [f"CREATE MACRO memory.main.{name}({parameters}) AS ({body})" for name, parameters, body in names]
