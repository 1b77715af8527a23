"""The sample mesh: it is described by valid contracts, its data keeps what they promise, and the questions are true."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fastjsonschema
import pytest
import yaml
from sqlglot import exp

from bot.evaluation import KINDS
from sandbox.data import fill
from sandbox.mesh import Mesh, Table
from sandbox.mesh_files import load, read

ROOT = Path(__file__).parent.parent
MARKETPLACE = ROOT / "sandbox" / "marketplace"
STANDARDS = ROOT.parent / "shared" / "data" / "standards"
QUESTIONS = ROOT / "tests" / "questions"

Entry = dict[str, Any]


def filled(mesh: Mesh) -> duckdb.DuckDBPyConnection:
    """A fresh engine that holds the sample data."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Etc/UTC'")
    for catalog in {table.catalog for table in mesh.tables}:
        connection.execute(f"ATTACH ':memory:' AS \"{catalog}\"")
    fill(connection, mesh)
    return connection


def quoted(full_name: str) -> str:
    return ".".join(f'"{part}"' for part in full_name.split("."))


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return load(MARKETPLACE)


@pytest.fixture(scope="module")
def data(mesh: Mesh) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = filled(mesh)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def run(data: duckdb.DuckDBPyConnection) -> Callable[[str], list[tuple[Any, ...]]]:
    return lambda sql: data.execute(sql).fetchall()


def test_the_mesh_is_a_group_and_not_a_toy(mesh: Mesh) -> None:
    """There are enough products, domains, families and tables for questions to be really different."""
    assert len(mesh.products) >= 34
    assert len({product.domain for product in mesh.products}) >= 8
    assert {product.family for product in mesh.products} == {"sourceAligned", "aggregate", "consumerAligned"}
    assert len(mesh.tables) >= 65
    assert {"active", "draft", "deprecated", "retired", "proposed"} == {product.status for product in mesh.products}


def test_it_is_documented_as_unevenly_as_a_real_one(mesh: Mesh) -> None:
    """Some products have no owner, no description or no column comments; most are described in two languages."""
    assert any(not product.owner for product in mesh.products)
    assert any(not any(column.comment for column in table.columns) for table in mesh.tables)
    assert {product.successor for product in mesh.products if product.status == "deprecated"} == {
        "energy-usage",
        "wind-production",
    }
    bilingual = [product for product in mesh.products if {"fr", "en"} <= {word.language for word in product.words}]
    assert len(bilingual) >= 25


def test_restricted_products_name_their_readers(mesh: Mesh) -> None:
    """Only what is restricted is shut, and it says who may read it."""
    readers = {product.id: product.readers for product in mesh.products if product.readers}
    assert readers == {"salaries": ("hr_readers",), "trading-positions": ("trading_readers",)}


def test_every_product_with_tables_can_be_asked(mesh: Mesh) -> None:
    """A Genie space of its own for each queryable product."""
    spaces = [product.space for product in mesh.products if product.tables]
    assert all(spaces)
    assert len(set(spaces)) == len(spaces)


def test_the_reader_keeps_words_units_values_and_keys(mesh: Mesh) -> None:
    """What the brain reads questions with arrives as the contract says it."""
    plants = next(table for table in mesh.tables if table.name == "plants")
    columns = {column.name: column for column in plants.columns}
    assert columns["capacity_mw"].unit == "MW"
    assert columns["capacity_mw"].role == "measure"
    assert ("puissance installée", "fr") in {(word.text, word.language) for word in columns["capacity_mw"].words}
    values = {value: {word.text for word in words} for value, words in columns["plant_type"].values}
    assert {"éolien", "Wind farm"} <= values["wind"]
    generation = next(table for table in mesh.tables if table.name == "plant_generation_monthly")
    assert [key.parent for key in generation.foreign_keys] == ["energy.generation.plants"]
    assert generation.primary_key == ("plant_id", "month")


@pytest.mark.parametrize("text", ["NO", "on", "12:30", "2025-09-01", "2025-01-15T09:00:00Z", "007", "1_000"])
def test_a_plain_word_stays_the_text_it_is(tmp_path: Path, text: str) -> None:
    """Norway is not false and 12:30 is not 750."""
    (tmp_path / "x.yaml").write_text(f"value: {text}\n", encoding="utf-8")
    assert read(tmp_path / "x.yaml") == {"value": text}


@pytest.mark.parametrize(("text", "value"), [("true", True), ("~", None), ("-12", -12), ("1.5e3", 1500.0), ("0", 0)])
def test_numbers_and_booleans_are_read(tmp_path: Path, text: str, value: object) -> None:
    """The four types that a contract needs."""
    (tmp_path / "x.yaml").write_text(f"value: {text}\n", encoding="utf-8")
    assert read(tmp_path / "x.yaml") == {"value": value}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """Whoever edits the folder learns which file to look at."""
    (tmp_path / "bad.odps.yaml").write_text("id: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.odps\.yaml"):
        load(tmp_path)


def test_a_port_without_contract_is_a_product_without_tables(tmp_path: Path) -> None:
    """The standard allows it, so the reader does."""
    (tmp_path / "p.odps.yaml").write_text("id: p\noutputPorts: [{name: out}]\n", encoding="utf-8")
    assert load(tmp_path).products[0].tables == ()


@pytest.mark.skipif(not STANDARDS.exists(), reason="the standards' schemas are not beside the repository")
@pytest.mark.parametrize(("kind", "schema"), [("odps", "odps-json-schema-v1.1.0"), ("odcs", "odcs-json-schema-v3.2.0")])
def test_every_file_is_valid_by_its_standard(kind: str, schema: str) -> None:
    """ODPS 1.1.0 and ODCS 3.2.0, without the schema's defaults being written into the documents."""
    check = fastjsonschema.compile(json.loads((STANDARDS / f"{schema}.json").read_text()), use_default=False)
    for path in sorted(MARKETPLACE.rglob(f"*.{kind}.yaml")):
        check(read(path))


def test_every_table_has_rows_of_the_promised_types(mesh: Mesh, run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """What the contract says is what the engine holds."""
    for table in mesh.tables:
        assert run(f"SELECT count(*) FROM {quoted(table.full_name)}")[0][0] >= 1, table.full_name
        promised = [(column.name, _kind(column.type)) for column in table.columns]
        held = run(f"DESCRIBE {quoted(table.full_name)}")
        assert [(name, _kind(kind, "duckdb")) for name, kind, *_ in held] == promised


def _kind(text: str, dialect: str = "databricks") -> str:
    return exp.DataType.build(text, dialect=dialect).sql("duckdb")


def test_keys_hold(mesh: Mesh, run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """Primary keys are unique, and every foreign key finds its parent."""
    for table in mesh.tables:
        if table.primary_key:
            key = ", ".join(table.primary_key)
            twice = f"SELECT {key} FROM {quoted(table.full_name)} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
            assert run(twice) == [], table.full_name
        for orphans in _orphan_queries(table):
            assert run(orphans) == [(0,)], orphans


def _orphan_queries(table: Table) -> Iterator[str]:
    for key in table.foreign_keys:
        match = " AND ".join(f"p.{b} = c.{a}" for a, b in zip(key.columns, key.parent_columns, strict=True))
        yield (
            f"SELECT count(*) FROM {quoted(table.full_name)} AS c WHERE c.{key.columns[0]} IS NOT NULL "
            f"AND NOT EXISTS (SELECT 1 FROM {quoted(key.parent)} AS p WHERE {match})"
        )


def test_listed_values_are_the_values_there_are(mesh: Mesh, run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """No row holds a value that its contract's enumeration does not know."""
    for table in mesh.tables:
        for column in table.columns:
            if column.values:
                held = run(
                    f"SELECT DISTINCT {column.name} FROM {quoted(table.full_name)} WHERE {column.name} IS NOT NULL"
                )
                assert {str(value) for (value,) in held} <= {value for value, _ in column.values}, column.name


def test_the_audited_month_is_what_the_contract_says(run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """France in September 2025 is the reference point of the whole series."""
    total = run(
        "SELECT SUM(consumption_mwh) FROM energy.renewables.green_energy_consumption "
        "WHERE country = 'France' AND month = '2025-09'"
    )
    assert total == [(Decimal("12480000.000"),)]


def test_the_series_have_seasons_and_reach_to_today(run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """Nearly eight years, more green energy used in winter, more sun in summer."""
    months = run("SELECT min(month), max(month), count(DISTINCT month) FROM energy.renewables.green_energy_consumption")
    assert months == [("2019-01", "2026-10", 94)]
    winter, summer = run(
        "SELECT month(observation_date) IN (12, 1, 2) AS w, avg(sunshine_h) FROM energy.weather.observations_daily "
        "WHERE month(observation_date) IN (12, 1, 2, 6, 7, 8) GROUP BY 1 ORDER BY 1 DESC"
    )
    assert summer[1] > 2 * winter[1]


def test_products_that_tell_the_same_fact_agree(run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """A wind farm's year is the same number by day in one product and by month in another."""
    by_day = run(
        "SELECT f.farm_name, sum(p.produced_mwh) FROM energy.renewables.wind_production_daily AS p "
        "JOIN energy.renewables.wind_farms AS f USING (farm_id) "
        "WHERE year(p.production_date) = 2025 AND f.farm_name IN (SELECT plant_name FROM energy.generation.plants) "
        "GROUP BY 1 ORDER BY 1"
    )
    by_month = run(
        "SELECT p.plant_name, sum(g.generated_mwh) FROM energy.generation.plant_generation_monthly AS g "
        "JOIN energy.generation.plants AS p USING (plant_id) "
        "WHERE year(g.month) = 2025 AND p.plant_type = 'wind' GROUP BY 1 ORDER BY 1"
    )
    assert len(by_day) == 8
    assert by_day == by_month


def test_two_fills_are_equal(mesh: Mesh, run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """The same rows at every start, whatever the threads did."""
    again = filled(mesh)
    for table in mesh.tables:
        fingerprint = f"SELECT count(*), bit_xor(hash(t)) FROM {quoted(table.full_name)} AS t"
        assert again.execute(fingerprint).fetchall() == run(fingerprint), table.full_name
    again.close()


def test_nothing_but_the_contracts_tables_is_left(mesh: Mesh, data: duckdb.DuckDBPyConnection) -> None:
    """The scaffolding of the generation is gone: no temporary tables, no macros."""
    assert data.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(len(mesh.tables),)]
    assert data.execute("SELECT count(*) FROM duckdb_functions() WHERE NOT internal").fetchall() == [(0,)]


# ── The questions ─────────────────────────────────────────────────────────────────────────────────────────────────────


def questions(language: str) -> list[Entry]:
    text = (QUESTIONS / f"{language}.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text)["questions"])


def plain(value: object) -> object:
    """Numbers as floats and dates as text, so that what is written in a file can be compared."""
    match value:
        case bool() | None:
            return value
        case Decimal() | int() | float():
            return pytest.approx(float(value), rel=1e-6, abs=1e-9)
        case datetime.date():
            return value.isoformat()[:10]
        case _:
            return value


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_questions_truth_is_what_their_sql_says(language: str, run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """Every hand-written SQL runs on the sample data, and gives the value or the rows that are stated."""
    for entry in questions(language):
        expect = entry["expect"]
        for reading in [] if expect.get("refusal") else [expect, *expect.get("or", [])]:
            told = {"sql": reading} if isinstance(reading, str) else reading
            found = [[plain(cell) for cell in row] for row in run(told["sql"])]
            assert found == ([[told["value"]]] if "value" in told else told.get("rows", found)), entry["question"]
            assert found, entry["question"]


def test_the_questions_cover_the_mesh(mesh: Mesh) -> None:
    """At least fifty in each language, over at least thirty products, some of which must be refused."""
    asked = {language: questions(language) for language in ("fr", "en")}
    assert min(len(entries) for entries in asked.values()) >= 50
    entries = asked["fr"] + asked["en"]
    named = {entry["product"] for entry in entries if entry.get("product")}
    assert len(named) >= 30
    assert named <= {product.id for product in mesh.products}
    assert 8 <= sum(bool(entry["expect"].get("refusal")) for entry in entries) <= 20


def test_the_conversations_name_products_that_exist(mesh: Mesh, run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """Each turn says what it expects, and its SQL runs."""
    text = (QUESTIONS / "conversations.yaml").read_text(encoding="utf-8")
    conversations = yaml.safe_load(text)["conversations"]
    assert len(conversations) >= 8
    ids = {product.id for product in mesh.products}
    for turn in (turn for conversation in conversations for turn in conversation["turns"]):
        assert turn["kind"] in {"figures", "no-rows", *KINDS.values(), "clarification", "refusal"}
        assert turn.get("product", "energy-usage") in ids
        if "sql" in turn:
            rows = run(turn["sql"])
            assert bool(rows) == (turn["kind"] == "figures"), turn["ask"]
