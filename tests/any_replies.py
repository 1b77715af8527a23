"""Any reply that there can be, with the nastiest texts in it: what every platform must be able to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from adapters.wording.phrases import phrases
from agents.domain import (
    FACETS,
    TOPICS,
    Answer,
    Apology,
    Calculation,
    Clarification,
    Column,
    DataProduct,
    Explanation,
    Figures,
    Filter,
    Hit,
    Language,
    Option,
    ProductDescription,
    ProductList,
    Reading,
    Sensitivity,
    SmallTalk,
    SqlResult,
    Table,
    TableRef,
)

SLACK_MARKS = (
    "<!channel> look", "<!here|x>", "<@U01ASK>", "<#C01GEN|general>", "<https://evil.example.org|click>",
    "*bold* _it_ ~no~ `code`", "|pipe|", ":tada:", "@channel", "&lt;!channel&gt;", "<<!channel>", "<\u200b!channel>",
)  # fmt: skip
NASTY = (
    *SLACK_MARKS,
    "<at>Everybody</at> look", "<at id=\"0\">findata</at>", "[click](https://evil.example.org)", "![x](https://e.org/i)",
    "https://evil.example.org", "www.evil.example.org", "**bold** _it_ ~~no~~ `code`", "# title", "- item", "1. item",
    "> quoted", "| a | b |\n|---|---|", "```\nblock\n```", "line\nbreak", "a < b & c > d", "&lt;at&gt;", "\\[x\\](y)",
    "{{DATE(2024-01-01T00:00:00Z,SHORT)}}", "\u202eright to left\u202c", "مرحبا بالعالم", "👩\u200d👩\u200d👧" * 3,
    "=cmd|' /C calc'!A0", "", " ", "\x00\x07", "\ud800", "x" * 5000, "[1]", "[ref]: https://evil.example.org",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
CELLS = st.one_of(
    TEXTS, st.none(), st.integers(-(10**20), 10**20), st.floats(), st.decimals(allow_nan=True), st.booleans(),
    st.lists(TEXTS, max_size=2), st.binary(max_size=5), st.dates(),
)  # fmt: skip
URLS = (
    "",
    "https://mesh.example.org/p/1",
    "javascript:alert(1)",
    "https://x.org/a)b",
    "https://x.org/ y",
    "//x.org",
    "https://x.org/a|b>c",
    "https://x.org/\ud800",
)

STATEMENTS = (
    "SELECT 1", "SELECT '<at>x</at>'", "SELECT '<!channel>'", "SELECT 'é_*' -- " + "x" * 40_000, "_*\n" * 13_000,
)  # fmt: skip


@st.composite
def products(draw: Any) -> DataProduct:
    """A product with texts and pages of any kind."""
    texts = [draw(TEXTS) for _ in range(5)]
    url, sensitivity = draw(st.sampled_from(URLS)), draw(st.sampled_from(list(Sensitivity)))
    return DataProduct(
        *texts[:2], domain=texts[2], description=texts[3], owner=texts[4], url=url, sensitivity=sensitivity
    )


@st.composite
def tables(draw: Any) -> Table:
    """Up to 26 columns of any name."""
    names = draw(st.lists(TEXTS, min_size=1, max_size=26, unique=True))
    columns = tuple(
        Column(
            name, "string", draw(TEXTS), label=name, unit=draw(st.sampled_from(["", "MWh"])), masked=draw(st.booleans())
        )
        for name in names
    )
    return Table(TableRef("main", draw(TEXTS), draw(TEXTS)), columns, filtered=draw(st.booleans()))


@st.composite
def any_figures(draw: Any) -> Figures:
    """Any rows, up to 10,000; SQL of up to 40,000 characters."""
    table = draw(tables())
    names = tuple(column.name for column in table.columns)
    rows = tuple(draw(st.lists(st.tuples(*(CELLS for _ in names)), max_size=4))) * draw(
        st.sampled_from([1, 1, 7, 2500])
    )
    sql = draw(
        st.sampled_from(
            [
                "SELECT 1",
                "SELECT '<at>x</at>'",
                "SELECT '<!channel>'",
                "SELECT 'é_*' -- " + "x" * 40_000,
                "_*\n" * 13_000,
            ]
        )
    )
    operators = st.sampled_from(["in", "=", "between", "like", "<="])
    values = st.one_of(TEXTS, st.sampled_from(["2025-01-31", "2025-02-29"]))
    filters = tuple(Filter(name, draw(operators), (draw(values), draw(values))) for name in names[:25])
    reading = Reading((table.ref,) * 3, filters, (Calculation("sum", names[0], "total"),), names[:3])
    result = SqlResult(sql, names, ("string",) * len(names), rows, draw(st.booleans()), as_whom=draw(TEXTS))
    return Figures(result, reading, (draw(products()),), (table,), draw(TEXTS), draw(TEXTS))


@st.composite
def series(draw: Any) -> Figures:
    """Rows that make a chart: periods or names along the axis, numbers up it."""
    labels = draw(st.one_of(
        st.just([f"2025-{month:02d}" for month in range(1, 13)]), st.lists(TEXTS, min_size=2, max_size=20, unique=True)
    ))  # fmt: skip
    numbers = st.one_of(st.none(), st.integers(-(10**12), 10**12), st.floats())
    rows = tuple((label, draw(numbers), draw(numbers)) for label in labels)
    one, other = draw(st.sampled_from([("MWh", ""), ("MWh", "MWh"), ("", "")]))
    columns = (Column("label", "string"), Column("a", "double", unit=one), Column("b", "double", unit=other))
    table = Table(TableRef("main", "energy", "green_energy"), columns)
    result = SqlResult("SELECT 1", ("label", "a", "b"), ("string", "double", "double"), rows)
    return Figures(result, Reading((table.ref,), (), (), ("label",)), (draw(products()),), (table,))


KINDS = ("figures", "series", "product_list", "product_description", "explanation", "small_talk", "ask back", "sorry")
SORRY = tuple(key.partition(".")[2] for key in phrases("en") if key.startswith("sorry."))
"""Every reason to apologise, the agents' own and those of errors."""


@st.composite
def clarifications(draw: Any, language: Language) -> Clarification:
    """Up to 120 options, about anything that is asked back."""
    hints = draw(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=120))
    options = tuple(Option(f"k{at}", label, hint) for at, (label, hint) in enumerate(hints))
    product = draw(st.one_of(st.none(), products()))
    about = draw(st.sampled_from(["product", "genie", "words"]))
    return Clarification(language, about, options, draw(TEXTS), product, draw(st.booleans()))


@st.composite
def apologies(draw: Any, language: Language) -> Apology:
    """For any reason, with any names in it."""
    names = {name: draw(TEXTS) for name in ("product", "owner", "contact", "words", "length", "limit")}
    names["url"] = draw(st.one_of(TEXTS, st.sampled_from(URLS)))
    instead = draw(tables()).columns[:3] if draw(st.booleans()) else ()
    kept = draw(TEXTS), draw(st.booleans()), draw(st.booleans())
    return Apology(language, draw(st.sampled_from(SORRY)), names, *kept, instead)


@st.composite
def replies(draw: Any, kinds: Sequence[str] = KINDS) -> Any:
    """Any reply there is, or one of these kinds."""
    language = draw(st.sampled_from(["fr", "en"]))
    kind = draw(st.sampled_from(kinds))
    if kind == "ask back":
        return draw(clarifications(language))
    if kind == "sorry":
        return draw(apologies(language))
    found = draw(series() if kind == "series" else any_figures())
    product, instead = found.products[0], found.tables[0].columns[:3] if draw(st.booleans()) else ()
    body = {
        "figures": found,
        "series": found,
        "product_list": ProductList(
            tuple(Hit(product, 1.0, (("a", "b"),)) for _ in range(draw(st.integers(0, 30)))), draw(TEXTS)
        ),
        "product_description": ProductDescription(product, found.tables, draw(st.sampled_from(FACETS))),
        "explanation": Explanation(found.result.sql, found.reading, found.products),
        "small_talk": SmallTalk(draw(st.sampled_from(TOPICS)), draw(TEXTS), product, instead),
    }[kind]
    return Answer(language, body, tuple(draw(st.lists(TEXTS, max_size=5))))
