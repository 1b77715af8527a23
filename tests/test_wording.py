"""What findata says: complete in both languages, true to the facts, and never formatted by the data."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.wording import cell, doing, figure, phrase, plain, say
from adapters.wording.phrases import phrases
from agents.domain import (
    FACETS,
    REASONS,
    STEPS,
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
    Lifecycle,
    Option,
    ProductDescription,
    ProductList,
    Progress,
    Reading,
    SmallTalk,
    SqlResult,
    Table,
    TableRef,
)
from agents.errors import BotError

REF = TableRef("main", "energy", "green_energy_consumption")
COUNTRY = Column("country", "string", label="Country", synonyms=(("fr", "pays"),), role="dimension")
MONTH = Column("month", "string", label="Month", synonyms=(("fr", "mois"),), role="dimension")
MWH = Column("consumption_mwh", "decimal(18,3)", label="Consumption", unit="MWh", role="measure")
TABLE = Table(REF, (COUNTRY, MONTH, MWH), fresh_as_of=datetime(2025, 10, 5, tzinfo=UTC))
PRODUCT = DataProduct(
    "energy-usage", "Energy usage", domain="renewable-energy", owner="energy-data-team", documentation=95,
    url="https://mesh.example.org/products/energy-usage", tables=(TABLE,), lifecycle=Lifecycle.ACTIVE,
)  # fmt: skip
FILTERS = (Filter("country", "=", ("France",)), Filter("month", "=", ("2025-09",)))
TOTAL = Calculation("sum", "consumption_mwh", "total")
SQL = (
    "SELECT SUM(consumption_mwh) AS total FROM green_energy_consumption WHERE country = 'France' AND month = '2025-09'"
)


def figures(columns=("total",), rows=((Decimal("12480000.000"),),), *, grouping=(), truncated=False, **more):
    result = SqlResult(SQL, columns, ("decimal(28,3)",) * len(columns), rows, truncated=truncated)
    reading = Reading((REF,), FILTERS, (TOTAL,), grouping)
    return Figures(result, reading, (PRODUCT,), (TABLE,), **more)


def words(reply) -> str:
    spoken = say(reply)
    return "\n".join([plain(spoken.headline), *(plain(note) for note in spoken.notes), plain(spoken.context)])


def plain_spaces(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_phrases_with_the_same_gaps() -> None:
    """A phrase that exists in one language only, or lost a gap in translation, would reach an asker broken."""
    french, english = phrases("fr"), phrases("en")
    assert french.keys() == english.keys()
    assert {key: gaps(text) for key, text in french.items()} == {key: gaps(text) for key, text in english.items()}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_step_topic_reason_and_error_has_its_own_phrase(language) -> None:
    """What agents and adapters can report is phrased, not covered by the fallback."""
    known = phrases(language)
    errors = [kind.reason for kind in (BotError, *_kinds(BotError))]
    wanted = [f"step.{step}" for step in STEPS] + [f"sorry.{reason}" for reason in (*REASONS, *errors)]
    wanted += [f"small_talk.{topic}" for topic in TOPICS if topic != "said"]
    assert [key for key in wanted if not known.get(key)] == []


def test_every_reason_that_an_adapter_gives_is_phrased() -> None:
    """Reasons are found in the source, so that a new one without a sentence fails here."""
    root = Path(__file__).parent.parent
    files = [path for package in ("agents", "adapters", "bot") for path in (root / package).rglob("*.py")]
    given = {reason for path in files for reason in re.findall(r'reason="([a-z_]+)"', path.read_text())}
    assert {reason for reason in given if f"sorry.{reason}" not in phrases("en")} == set()


def _kinds(kind: type[BotError]) -> list[type[BotError]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *_kinds(sub))]


def test_the_example_is_said_in_french() -> None:
    """The worked example reads as a French colleague would write it."""
    subject = "la consommation totale en énergie verte en France pendant septembre 2025"
    said = words(Answer("fr", figures(subject=subject)))
    assert plain_spaces(said).splitlines()[:4] == [
        "La consommation totale en énergie verte en France pendant septembre 2025 est de 12 480 000 MWh.",
        "Données : green_energy_consumption, du data product Energy usage (domaine renewable-energy, "
        "à jour au 5 octobre 2025).",
        "Filtres : pays = France · mois = 2025-09",
        "Calcul : somme de consumption_mwh.",
    ]
    assert "à jour au 5 octobre 2025 · 1 ligne" in plain_spaces(said.splitlines()[-1])


@pytest.mark.parametrize(
    ("language", "calc", "said"),
    [
        ("fr", TOTAL, "Consommation d'énergie verte, France, septembre 2025 : 12 480 000 MWh."),
        ("en", TOTAL, "Green energy consumption, France, September 2025: 12,480,000 MWh."),
        ("fr", replace(TOTAL, function="avg"),
         "Consommation d'énergie verte en moyenne, France, septembre 2025 : 12 480 000 MWh."),
        ("en", replace(TOTAL, function="avg"),
         "Average green energy consumption, France, September 2025: 12,480,000 MWh."),
        ("fr", Calculation("count", "*", "total"), "Nombre d'achats, France, septembre 2025 : 12 480 000."),
        ("en", Calculation("count", "*", "total"),
         "Number of green energy consumption, France, September 2025: 12,480,000."),
        ("fr", Calculation("SUM(a) / SUM(b) * 100", "", "total"), "Total, France, septembre 2025 : 12 480 000."),
    ],
)  # fmt: skip
def test_a_follow_up_without_a_subject_is_called_what_people_call_it(
    language: Language, calc: Calculation, said: str
) -> None:
    """The measure's name, its table's where that says more, and the values: nothing of how it was computed."""
    column = replace(MWH, synonyms=(("fr", "consommation"),))
    known = (("fr", "achats"), ("fr", "consommation d'énergie verte"), ("en", "monthly consumption"))
    table = replace(TABLE, columns=(COUNTRY, MONTH, column), label="Green energy consumption", synonyms=known)
    found = replace(figures(), tables=(table,), reading=Reading((REF,), FILTERS, (calc,)))
    first = words(Answer(language, found)).splitlines()[0]
    assert first.replace("\u202f", " ").replace("\xa0", " ") == said


def test_a_name_that_says_how_it_was_computed_is_not_told_twice() -> None:
    """An average of "average temperature" stays an average temperature."""
    column = replace(MWH, label="Average temperature", unit="°C")
    table = replace(TABLE, columns=(COUNTRY, MONTH, column))
    reading = Reading((REF,), FILTERS, (replace(TOTAL, function="avg"),))
    said = words(Answer("en", replace(figures(), tables=(table,), reading=reading)))
    assert said.startswith("Average temperature, France, September 2025:")


def test_rows_over_time_become_a_line_and_the_extremes_are_named() -> None:
    """A series is drawn in order of time whatever order the rows came in, and its extremes are read off the rows."""
    rows = (("2025-02", Decimal(30)), ("2025-01", Decimal(10)), ("2025-03", Decimal(20)))
    spoken = say(Answer("en", figures(("month", "total"), rows, grouping=("month",))))
    assert spoken.chart
    assert spoken.chart.kind == "line"
    assert spoken.chart.labels == ("2025-01", "2025-02", "2025-03")
    assert spoken.chart.series[0].values == (10.0, 30.0, 20.0)
    assert (spoken.chart.title, spoken.chart.series[0].name) == ("consumption", "consumption")
    assert "Highest: 30\xa0MWh (2025-02), lowest: 10\xa0MWh (2025-01)." in plain(spoken.headline)
    assert spoken.grid
    assert spoken.grid.columns == ("month", "consumption (MWh)")


def test_two_groupings_make_one_series_each() -> None:
    """Period along the axis, the other column as the series."""
    rows = tuple(
        (c, m, Decimal(n)) for n, (c, m) in enumerate((c, m) for c in ("FR", "DE") for m in ("2025-01", "2025-02"))
    )
    spoken = say(Answer("fr", figures(("country", "month", "total"), rows, grouping=("country", "month"))))
    assert spoken.chart
    assert [one.name for one in spoken.chart.series] == ["FR", "DE"]
    assert spoken.chart.labels == ("2025-01", "2025-02")


def test_no_rows_says_what_there_is_instead() -> None:
    """An empty result names what was looked for and what exists nearby."""
    empty = figures(rows=((None,),), coverage=(("month", "2019-01", "2025-10"),), nearby=(("country", ("Francia",)),))
    said = words(Answer("en", empty))
    assert said.splitlines()[0] == "No data for France, September 2025."
    assert "from January 2019 to October 2025" in said
    assert "Francia" in said


LIMITED = Table(REF, TABLE.columns, filtered=True)


@pytest.mark.parametrize(
    ("language", "limited"),
    [
        ("fr", "lignes limitées selon les droits d'accès"),
        ("en", "access rights may limit the rows"),
    ],
)
def test_rows_that_a_filter_may_hide_are_not_called_all_there_is(language, limited) -> None:
    """Every answer from a table whose rows depend on who asks says so, and no other does."""
    assert words(Answer(language, replace(figures(), tables=(LIMITED,)))).count(limited) == 1
    assert limited not in words(Answer(language, figures()))


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        (
            "fr",
            (
                "Aucune donnée visible pour France",
                "sans que vous ayez le droit de les voir",
                "demandez à energy-data-team.",
                "Les lignes visibles couvrent",
            ),
        ),
        (
            "en",
            (
                "No visible data for France",
                "without you being allowed to see them",
                "ask energy-data-team.",
                "The visible rows cover",
            ),
        ),
    ],
)
@pytest.mark.parametrize("rows", [(), ((None,),)])
def test_no_rows_of_a_filtered_table_may_be_rows_not_to_be_seen(language, parts, rows) -> None:
    """That there is none would be untrue where somebody else may see them; the owner can tell."""
    found = figures(rows=rows, coverage=(("month", "2025-10", "2025-12"),))
    said = words(Answer(language, replace(found, tables=(LIMITED,))))
    assert [part for part in parts if part not in said] == []
    assert "limit" not in said, "once is enough"
    assert [part for part in parts if part in words(Answer(language, found))] == []


def test_a_count_of_nothing_is_no_rows_either() -> None:
    """Zero rows counted may be rows that were not shown."""
    said = words(Answer("en", replace(figures(rows=((0,),)), tables=(LIMITED,))))
    assert "without you being allowed to see them" in said


def test_rows_that_a_filter_hides_are_asked_for_at_an_owner_without_a_name() -> None:
    """No declared owner leaves no gap in the sentence."""
    found = replace(figures(rows=()), tables=(LIMITED,), products=(DataProduct("p", "P"),))
    assert "ask its owner." in words(Answer("en", found))
    assert "demandez à son responsable." in words(Answer("fr", found))


@pytest.mark.parametrize(("sql", "told"), [(SQL, True), (SQL.replace("country", "region"), False), ("", False)])
def test_masked_values_are_pointed_out_where_they_are_used(sql, told) -> None:
    """A mask changes what filters find and what cells show, so a statement that names the column says so."""
    hidden = Table(REF, (replace(COUNTRY, masked=True), MONTH, MWH))
    found = figures()
    said = replace(found, tables=(hidden,), result=replace(found.result, sql=sql))
    assert ("Access rights may mask the values of: country." in words(Answer("en", said))) is told
    assert ("Les droits d'accès peuvent masquer les valeurs de\u00a0: pays." in words(Answer("fr", said))) is told


def test_a_described_table_says_that_its_rows_are_limited() -> None:
    """Who asks what they have access to hears that it may not be all of it."""
    portrait = ProductDescription(PRODUCT, (LIMITED,), "access")
    assert "green_energy_consumption (rows limited by access rights)" in words(Answer("en", portrait))
    assert "limited" not in words(Answer("en", replace(portrait, tables=(TABLE,))))


def test_cut_rows_are_never_called_all() -> None:
    """A truncated result says that there is more."""
    rows = tuple((f"c{n}", Decimal(n)) for n in range(50))
    spoken = say(Answer("fr", figures(("country", "total"), rows, grouping=("country",), truncated=True)))
    assert "davantage" in plain(spoken.headline)
    assert spoken.grid
    assert (len(spoken.grid.rows), spoken.grid.of) == (20, -1)


def test_text_from_the_data_stays_text() -> None:
    """Marks of any platform inside a cell or a name come out as they went in, in spans without style."""
    evil = "<!channel> *x* [a](http://evil.example) `y`"
    spoken = say(Answer("en", figures(("country",), ((evil,), (evil,)), grouping=("country",))))
    assert spoken.grid
    assert spoken.grid.rows[0] == (evil,)
    shelf = say(Answer("en", ProductList((Hit(DataProduct("x", evil), 1.0),))))
    assert shelf.cards[0].title[0].text == evil
    assert shelf.cards[0].title[0].url == ""


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_of_reply_is_said(language) -> None:
    """No kind of reply is silent in either language."""
    reading = Reading((REF,), FILTERS, (TOTAL,), ("month",), (("month", "asc"),), 5)
    replies = [
        Answer(language, figures()),
        Answer(language, ProductList((Hit(PRODUCT, 2.0, (("vent", "name"),), ("energy-usage-v1",)),), "vent")),
        Answer(language, ProductList((), "vent")),
        *(Answer(language, ProductDescription(PRODUCT, (TABLE,), facet)) for facet in FACETS),
        Answer(language, Explanation(SQL, reading, (PRODUCT,))),
        *(Answer(language, SmallTalk(topic, "words of Genie", PRODUCT)) for topic in TOPICS),
        Clarification(language, "product", (Option("a", "Energy usage"),)),
        Clarification(language, "genie", (), "Which year?"),
        Clarification(language, "words", (), "vert"),
        *(Apology(language, reason, {"product": "x"}, "r-1") for reason in REASONS),
    ]
    assert all(words(reply).strip() for reply in replies)
    assert not [reply for reply in replies if "{" in words(reply)]


def test_a_deprecated_product_is_pointed_out() -> None:
    """Figures from a deprecated product come with its successor."""
    old = DataProduct("old", "Old", lifecycle=Lifecycle.DEPRECATED, successor="energy-usage", documentation=90)
    found = figures()
    said = words(Answer("en", Figures(found.result, found.reading, (old,), (TABLE,))))
    assert "Old is deprecated; successor: energy-usage" in said


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        (12480000, "fr", "12 480 000"),
        (1234.5, "en", "1,234.5"),
        (Decimal("0.1234"), "fr", "0,1234"),
        (float("nan"), "en", "–"),
        (1e-9, "en", "1E-9"),
        (-3.14159, "fr", "-3,14"),
    ],
)
def test_numbers_follow_the_language(value, language, text) -> None:
    """Grouping and decimal marks are the asker's; digits worth reading are kept."""
    assert figure(value, language).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (True, "oui"), (date(2025, 3, 12), "12/03/2025"), ([1, "é"], '[1, "é"]'), (b"\x01\xff", "01ff")],
)
def test_cells_of_every_type_are_readable(value, text) -> None:
    """Every type a warehouse gives has a readable form in French."""
    assert cell(value, "fr") == text


def test_a_long_cell_is_cut() -> None:
    """One huge cell cannot fill the screen."""
    assert len(cell("x" * 10_000, "en")) == 200


def test_progress_names_the_agent_and_translates_genies_status() -> None:
    """What the asker reads while waiting is in their language."""
    assert doing(Progress("genie", "genie_status", "ASKING_AI"), "fr") == ("Genie", "réfléchit à la requête")
    assert doing(Progress("genie", "genie_status", "SOMETHING_NEW"), "en") == ("Genie", "is at work")


def test_braces_in_data_do_not_break_a_phrase() -> None:
    """Names are filled in as they are."""
    assert phrase("en", "sorry.no_space", product="{x}", url="{0}").endswith("{0}")
