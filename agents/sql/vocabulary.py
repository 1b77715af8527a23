"""Words of Databricks SQL that the guard knows. Without them every keyword before "(" would look like a call."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TYPE_CALLS: Final = _words("""
    array map struct bigint binary bit boolean byte char character date datetime dec decimal double float int integer
    int64 interval json long nchar numeric nvarchar object real short smallint string text time timestamp timestamp_ltz
    timestamp_ntz timestamptz tinyint uuid varchar variant vector
""")
"""Type names that the parser tries as a type first: nested calls of them double its work per level."""

GRAMMAR: Final = _words("""
    select distinct all from where having qualify on using join lateral as in any some exists not and or between like
    ilike rlike regexp when then else case by over group sets cube rollup values union except minus intersect filter
    pivot unpivot nulls for limit offset tablesample repeatable interval div outer escape cast try_cast extract decimal
    dec numeric char varchar
""")
"""Words of the grammar that an opening parenthesis may follow without making a call of them."""

IDENTITY: Final = _words("user current_user session_user current_catalog current_schema current_database current_path")
"""Functions that Spark calls without any parentheses."""

TABLE_FUNCTIONS: Final = _words("explode explode_outer posexplode posexplode_outer inline inline_outer stack")
"""Functions that may stand where a table does."""

FILLER: Final = _words("""
    recursive year quarter month week day hour minute second timestamp date both leading trailing nulls first last n x r
    within group ignore respect preceding following unbounded include exclude repeatable placing rows percent current
    row range zone at ties local years quarters months weeks days hours minutes seconds
    try_cast
""")
"""Words of the grammar that the tokenizer takes for names and the tree does not keep."""
