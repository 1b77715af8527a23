"""Values as people call them: what is stored as Germany is read as Allemagne, and what ran stays as it ran."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.marketplace.files import FilesBackend
from adapters.wording import plain, say
from adapters.wording.values import named_values
from agents.domain import (
    Answer,
    Calculation,
    Column,
    DataProduct,
    Explanation,
    Figures,
    Filter,
    Reading,
    SqlResult,
    Table,
    TableRef,
)

MARKETPLACE = Path(__file__).parent.parent / "sandbox" / "marketplace"
REF = TableRef("energy", "renewables", "mix")
COUNTRY = Column(
    "country",
    "string",
    label="Country",
    synonyms=(("fr", "pays"),),
    values=(
        ("Germany", (("fr", "Allemagne"), ("fr", "RFA"), ("en", "Germany"))),
        ("Spain", (("fr", "Espagne"),)),
        ("France", ()),
    ),
)
SOURCE = Column(
    "source",
    "string",
    label="Source",
    synonyms=(("fr", "filière"),),
    values=(("wind", (("fr", "éolien"), ("", "Wind"))), ("tidal", ())),
)
SCOPE = Column("scope", "int", label="Scope", values=(("1", (("", "Scope 1"),)),))
MWH = Column("generation_mwh", "decimal(18,3)", label="Generation", unit="MWh", synonyms=(("fr", "production"),))
TABLE = Table(REF, (COUNTRY, SOURCE, SCOPE, MWH), fresh_as_of=datetime(2025, 10, 5, tzinfo=UTC))
PRODUCT = DataProduct("mix", "Mix", tables=(TABLE,), documentation=90)
TOTAL = Calculation("sum", "generation_mwh", "total")


def figures(columns, rows, filters=(), calculations=(TOTAL,), **more) -> Figures:
    grouping = tuple(name for name in columns if name in ("country", "source", "scope"))
    result = SqlResult("SELECT 1", columns, ("string",) * len(columns), rows)
    return Figures(result, Reading((REF,), filters, calculations, grouping), (PRODUCT,), (TABLE,), **more)


@pytest.mark.parametrize(
    ("language", "noted", "headed"),
    [
        ("fr", "Filtres\u00a0: pays = Allemagne ou Espagne · filière = éolien", ", Allemagne, Espagne, éolien"),
        ("en", "Filters: country = Germany or Spain · source = Wind", ", Germany, Spain, Wind"),
    ],
)
def test_filters_are_told_by_their_values_names(language, noted, headed) -> None:
    """In the note and in the sentence, by the first name of the asker's language, else the label."""
    filters = (Filter("country", "in", ("Germany", "Spain")), Filter("source", "=", ("wind",)))
    spoken = say(Answer(language, figures(("total",), ((Decimal(5),),), filters)))
    assert noted in [plain(note) for note in spoken.notes]
    assert headed in plain(spoken.headline)
    assert spoken.filters == filters


def test_a_value_without_a_name_is_told_as_it_is_stored() -> None:
    """A proper noun, a value that the contract does not list, and a column that lists none."""
    filters = (
        Filter("country", "=", ("France",)),
        Filter("source", "=", ("geothermal",)),
        Filter("city", "=", ("Lyon",)),
    )
    spoken = say(Answer("fr", figures(("total",), ((Decimal(5),),), filters)))
    assert "Filtres\u00a0: pays = France · filière = geothermal · city = Lyon" in [plain(note) for note in spoken.notes]


def test_cells_bars_and_lines_carry_the_names() -> None:
    """Table and chart speak the asker's language alike; the rows that a download is made of stay as stored."""
    rows = (("Germany", "wind", Decimal(3)), ("Spain", "wind", Decimal(2)), ("Spain", "tidal", Decimal(1)))
    body = figures(("country", "source", "total"), rows)
    spoken = say(Answer("fr", body))
    assert spoken.grid
    assert spoken.chart
    assert [row[:2] for row in spoken.grid.rows] == [
        ("Allemagne", "éolien"),
        ("Espagne", "éolien"),
        ("Espagne", "tidal"),
    ]
    assert spoken.chart.labels == ("Allemagne", "Espagne")
    assert [series.name for series in spoken.chart.series] == ["éolien", "tidal"]
    assert body.result.rows == rows


def test_a_code_that_is_a_number_is_told_by_its_name_and_never_summed() -> None:
    """Scope 1 is a name; a sum of that column is a number."""
    grouped = say(Answer("en", figures(("scope", "total"), ((1, Decimal(3)), (2, Decimal(4))))))
    assert grouped.grid
    assert [row[0] for row in grouped.grid.rows] == ["Scope 1", "2"]
    counted = figures(("scope",), ((1,),), calculations=(Calculation("count", "scope", "scope"),))
    assert plain(say(Answer("en", counted)).headline).endswith(" 1.")


def test_the_first_and_last_value_are_told_by_name() -> None:
    """MIN and MAX give a value of the column itself."""
    body = figures(("last",), (("Spain",),), calculations=(Calculation("max", "country", "last"),))
    assert plain(say(Answer("fr", body)).headline).endswith("\u00a0: Espagne.")


def test_what_exists_nearby_and_how_it_was_made_are_told_by_name() -> None:
    """The two other places where a filter's value is said."""
    empty = figures(
        ("total",), ((None,),), (Filter("country", "=", ("Germani",)),), nearby=(("country", ("Germany",)),)
    )
    assert any("Allemagne" in plain(note) for note in say(Answer("fr", empty)).notes)
    told = Explanation("SELECT 1", Reading((REF,), (Filter("country", "=", ("Germany",)),)), (PRODUCT,))
    assert "Gardé\u00a0: pays = Allemagne" in [plain(note) for note in say(Answer("fr", told)).notes]


async def test_every_listed_value_of_the_sample_mesh_has_a_name_of_its_own_in_both_languages() -> None:
    """Only proper nouns go without a French name, and no two values of a column share one."""
    unnamed, shared = set(), []
    async for column in _listed():
        for language in ("fr", "en"):
            said = [name or stored for stored, name in named_values(column, language)]
            shared += [] if len(set(said)) == len(said) else [(column.name, language, said)]
        unnamed |= {stored for stored, name in named_values(column, "fr") if not name}
    assert shared == []
    assert unnamed == {"France", "Portugal", "TTF", "PEG", "THE", "PVB", "PSV"}


async def _listed() -> AsyncIterator[Column]:
    snapshot = await FilesBackend(MARKETPLACE).fetch("")
    assert snapshot is not None
    for listing in snapshot.listings:
        for table in listing.product.tables:
            for column in table.columns:
                if column.values:
                    yield column


def test_the_lowest_of_the_first_few_is_not_told() -> None:
    """Of a top 3 the third is not the lowest there is."""
    body = figures(("country", "total"), (("Germany", Decimal(3)), ("Spain", Decimal(2))))
    assert "lowest" in plain(say(Answer("en", body)).headline)
    top = replace(body, reading=replace(body.reading, limit=2))
    assert "lowest" not in plain(say(Answer("en", top)).headline)


def test_a_count_is_headed_in_the_askers_language_and_a_figure_by_period_keeps_its_unit() -> None:
    """number_of_customers is no French; total_generation_mwh_before is still in MWh."""
    counted = figures(
        ("source", "number_of_plants"),
        (("wind", 3), ("tidal", 4)),
        calculations=(Calculation("count", "*", "number_of_plants"),),
    )
    grid = say(Answer("fr", counted)).grid
    assert grid is not None
    assert grid.columns == ("filière", "nombre")
    apart = Calculation("SUM(CASE WHEN a THEN generation_mwh END)", "", "total_generation_mwh_before")
    body = figures(("total_generation_mwh_before",), ((Decimal(5),),), calculations=(apart,))
    body = replace(body, tables=(replace(TABLE, columns=(replace(MWH, role="measure"),)),))
    assert plain(say(Answer("fr", body)).headline).endswith("5\u00a0MWh.")
