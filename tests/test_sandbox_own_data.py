"""A folder of someone's own files becomes data products with rows."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import fastjsonschema
import openpyxl
import pytest
import yaml

from sandbox import mesh_files
from sandbox.databricks.workspace import Workspace
from sandbox.mesh import Column, Mesh, Product, Table
from sandbox.own_data import NoData, OwnData, draft
from sandbox.own_data_columns import unit_of
from sandbox.own_data_files import identifier
from sandbox.own_data_keys import names_key

STANDARDS = Path(__file__).parents[2] / "shared" / "data" / "standards"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two linked CSV files, a lone Parquet file, a SQLite and a DuckDB database, an Excel sheet."""
    place = tmp_path / "My Data"
    place.mkdir()
    orders = [f"{n},{1 + n % 3},2025-0{1 + n % 9}-10,{n * 1.5:.2f},{('web', 'shop')[n % 2]}" for n in range(1, 41)]
    header = "Order ID,Customer ID,Order Date,Net Amount EUR,Channel"
    (place / "orders.csv").write_text("\n".join([header, *orders]), encoding="utf-8")
    (place / "customers.csv").write_text("customer_id,name,country\n1,Ada,France\n2,Bo,Italy\n3,Cy,France\n")
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT DATE '2024-01-01' + n::INT AS day, n * 2.5 AS output_mwh, 'P' || n % 4 AS plant
                FROM range(60) r(n)) TO '{place / "production.parquet"}' (FORMAT parquet)"""
        )
    _sqlite(place / "library.sqlite")
    with duckdb.connect(str(place / "trips.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE trips AS SELECT n::UINTEGER AS id, n * 3 AS km, TIMESTAMP '2025-01-01' t FROM range(5) r(n)"
        )
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Région", "Budget (€)"], ["Nord", 10], ["Sud", 20.5]):
        book.active.append(row)
    book.save(place / "budget.xlsx")
    return place


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as source:
        source.executescript(
            """CREATE TABLE author (code TEXT PRIMARY KEY, born TEXT);
               CREATE TABLE book (isbn INTEGER PRIMARY KEY, writer TEXT REFERENCES author, pages, "Prix (%)" REAL);
               INSERT INTO author VALUES ('A', '1900-01-02'), ('B', '1950-12-31');
               INSERT INTO book VALUES (1, 'A', 100, 1.5), (2, 'A', 'many', 2.5), (3, 'B', NULL, 0);"""
        )
    source.close()


def product(mesh: Mesh, identifier: str) -> Product:
    return next(one for one in mesh.products if one.id == identifier)


def table(mesh: Mesh, name: str) -> Table:
    return next(one for one in mesh.tables if one.name == name)


def column(mesh: Mesh, where: str, name: str) -> Column:
    return next(one for one in table(mesh, where).columns if one.name == name)


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> OwnData:
    return draft(folder, tmp_path / "out")


def test_one_product_for_what_belongs_together(own: OwnData) -> None:
    """Linked CSV files are one product, every other file is its own."""
    assert own.complaints == ()
    tables = {one.id: sorted(t.name for t in one.tables) for one in own.mesh.products}
    assert tables == {
        "orders": ["customers", "orders"],
        "production": ["production"],
        "budget": ["budget"],
        "library": ["author", "book"],
        "trips": ["trips"],
    }
    assert all(one.space for one in own.mesh.products)


def test_columns_are_typed_and_told_apart(own: OwnData) -> None:
    """Types, units, measures, labels and short lists of values come from names and values."""
    amount = column(own.mesh, "orders", "net_amount_eur")
    assert (amount.type, amount.role, amount.unit, amount.label) == ("double", "measure", "EUR", "Net Amount EUR")
    assert column(own.mesh, "orders", "order_date").type == "date"
    assert column(own.mesh, "orders", "order_id").role == "dimension"
    assert [value for value, _ in column(own.mesh, "orders", "channel").values] == ["shop", "web"]
    assert column(own.mesh, "production", "output_mwh").unit == "MWh"
    assert column(own.mesh, "budget", "budget_eur").unit == "EUR"
    assert column(own.mesh, "book", "prix_pct").unit == "%"
    assert column(own.mesh, "author", "born").type == "date"
    assert column(own.mesh, "book", "pages").type == "string"
    assert [column(own.mesh, "trips", name).type for name in ("id", "km", "t")] == ["bigint", "bigint", "timestamp"]


def test_keys_are_declared_or_guessed(own: OwnData) -> None:
    """SQLite's own keys are taken over; the CSV files' key is found by name and values."""
    assert table(own.mesh, "customers").primary_key == ("customer_id",)
    (guessed,) = table(own.mesh, "orders").foreign_keys
    assert (guessed.columns, guessed.parent_columns) == (("customer_id",), ("customer_id",))
    assert guessed.parent == table(own.mesh, "customers").full_name
    (declared,) = table(own.mesh, "book").foreign_keys
    assert (declared.columns, declared.parent_columns) == (("writer",), ("code",))


def test_values_must_agree_for_a_guess(tmp_path: Path) -> None:
    """A column named like a key whose values are not found over there is no foreign key."""
    (tmp_path / "shops.csv").write_text("shop_id,town\n1,Lyon\n2,Metz\n")
    (tmp_path / "sales.csv").write_text("sale_id,shop_id,total\n1,1,5\n2,9,6\n")
    own = draft(tmp_path, tmp_path / "out")
    assert table(own.mesh, "sales").foreign_keys == ()
    assert len(own.mesh.products) == 2


def test_the_rows_can_be_asked_for(own: OwnData) -> None:
    """A workspace filled with own data answers SQL over it, joins included."""
    workspace = Workspace(own.mesh, fill=own.fill)
    try:
        orders, customers = table(own.mesh, "orders").full_name, table(own.mesh, "customers").full_name
        joined = f"{orders} o JOIN {customers} c USING (customer_id)"
        sql = f"SELECT c.country, SUM(o.net_amount_eur) s FROM {joined} GROUP BY 1 ORDER BY 1"
        asker = workspace.people.named("analyst@example.org")
        assert asker is not None
        rows = workspace.run_sql(asker, sql).to_pylist()
        expected = {
            c: sum(n * 1.5 for n in range(1, 41) if (1 + n % 3 == 2) == (c == "Italy")) for c in ("France", "Italy")
        }
        assert {row["country"]: row["s"] for row in rows} == pytest.approx(expected)
        for one in own.mesh.tables:
            assert workspace.run_sql(asker, f"SELECT * FROM {one.full_name}").num_rows > 0
    finally:
        workspace.close()


def test_the_files_are_valid(own: OwnData) -> None:
    """Every drafted file validates against the published schemas."""
    if not STANDARDS.is_dir():
        pytest.skip("the schemas are not here")
    for pattern, schema in (
        ("*.odps.yaml", "odps-json-schema-v1.1.0.json"),
        ("*.odcs.yaml", "odcs-json-schema-v3.2.0.json"),
    ):
        check = fastjsonschema.compile(json.loads((STANDARDS / schema).read_text()), use_default=False)
        files = sorted(own.store.parent.glob(pattern))
        assert len(files) == 5
        for file in files:
            check(mesh_files.read(file))


def test_broken_files_cost_only_themselves(folder: Path, tmp_path: Path) -> None:
    """What cannot be read is left out with one sentence that names it."""
    (folder / "empty.csv").write_bytes(b"")
    (folder / "only_header.csv").write_text("a,b\n")
    (folder / "bad.parquet").write_bytes(b"PAR1 but not really")
    (folder / "bad.sqlite").write_bytes(b"SQLite format 3\x00 and then nothing")
    (folder / "bad.duckdb").write_bytes(b"nonsense")
    (folder / "bad.xlsx").write_bytes(b"PK nonsense")
    (folder / "notes.txt").write_text("not data")
    own = draft(folder, tmp_path / "out")
    named = sorted(complaint.split()[0] for complaint in own.complaints)
    assert named == ["bad.duckdb", "bad.parquet", "bad.sqlite", "bad.xlsx", "empty.csv", "only_header.csv"]
    assert all("\n" not in complaint and complaint.endswith(".") for complaint in own.complaints)
    assert len(own.mesh.products) == 5


def test_french_csv(tmp_path: Path) -> None:
    """Semicolons, decimal commas, day before month and Latin-1 are read as a French spreadsheet writes them."""
    text = "Date;Région;Énergie MWh\n03/04/2025;Bretagne;1 234,5\n12/05/2025;Rhône-Alpes;99,25\n"
    (tmp_path / "relevés.csv").write_bytes(text.encode("latin-1"))
    own = draft(tmp_path, tmp_path / "out")
    (only,) = own.mesh.tables
    assert [(one.name, one.type) for one in only.columns] == [
        ("date", "date"),
        ("region", "string"),
        ("energie_mwh", "double"),
    ]
    with duckdb.connect(str(own.store), read_only=True) as connection:
        rows = connection.execute(f'SELECT "date"::VARCHAR, energie_mwh FROM {only.schema}.{only.name}').fetchall()
    assert rows == [("2025-04-03", 1234.5), ("2025-05-12", 99.25)]


def test_the_sidecar_adds_words(folder: Path, tmp_path: Path) -> None:
    """findata.yaml gives columns other names; names that do not exist are told."""
    words: dict[str, Any] = {
        "orders": {
            "synonyms": [{"fr": "commandes"}],
            "columns": {
                "Net Amount EUR": {"synonyms": ["CA", {"en": "turnover"}], "unit": "k€"},
                "nope": {"unit": "x"},
            },
        },
        "ghosts": {},
    }
    (folder / "findata.yaml").write_text(yaml.safe_dump({"tables": words}, allow_unicode=True))
    own = draft(folder, tmp_path / "out")
    amount = column(own.mesh, "orders", "net_amount_eur")
    assert [(word.text, word.language) for word in amount.words] == [("CA", ""), ("turnover", "en")]
    assert amount.unit == "k€"
    assert [word.text for word in table(own.mesh, "orders").words] == ["commandes"]
    assert len(own.complaints) == 2
    assert any("nope" in one for one in own.complaints)
    assert any("ghosts" in one for one in own.complaints)
    again = draft(folder, tmp_path / "out")
    assert column(again.mesh, "orders", "net_amount_eur").words == amount.words


def test_edits_of_a_draft_are_kept(own: OwnData, folder: Path) -> None:
    """Words that the owner wrote into a contract survive the next draft; facts follow the files."""
    path = own.store.parent / "orders.odcs.yaml"
    contract = mesh_files.read(path)
    orders = next(one for one in contract["schema"] if one["name"] == "orders")
    amount = next(one for one in orders["properties"] if one["name"] == "net_amount_eur")
    amount |= {"description": "Without VAT.", "synonyms": [{"synonym": "chiffre d'affaires", "locale": "fr"}]}
    amount["physicalType"] = "STRING"
    path.write_text(yaml.safe_dump(contract, allow_unicode=True), encoding="utf-8")
    with (folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write("\n41,1,2025-01-10,3.0,phone")
    again = draft(folder, own.store.parent)
    kept = column(again.mesh, "orders", "net_amount_eur")
    assert (kept.comment, kept.type, kept.words[0].text) == ("Without VAT.", "double", "chiffre d'affaires")
    assert [value for value, _ in column(again.mesh, "orders", "channel").values] == ["phone", "shop", "web"]


def test_an_edit_that_is_no_yaml_is_set_aside(own: OwnData, folder: Path) -> None:
    """A broken edit is not lost and does not stop the rest."""
    path = own.store.parent / "orders.odcs.yaml"
    path.write_text("schema: [", encoding="utf-8")
    again = draft(folder, own.store.parent)
    assert path.with_name(path.name + ".broken").read_text() == "schema: ["
    assert "set aside" in again.complaints[0]
    assert product(again.mesh, "orders").tables


def test_a_file_that_left_takes_its_product_along(own: OwnData, folder: Path) -> None:
    """Products and relationships of files that are gone are not offered any more."""
    (folder / "customers.csv").unlink()
    again = draft(folder, own.store.parent)
    assert sorted(t.name for t in product(again.mesh, "orders").tables) == ["orders"]
    assert table(again.mesh, "orders").foreign_keys == ()


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_nothing_to_read(tmp_path: Path, make: Any) -> None:
    """A missing, empty or misnamed folder is one clear sentence."""
    make(tmp_path / "nowhere")
    with pytest.raises(NoData, match="nowhere") as caught:
        draft(tmp_path / "nowhere", tmp_path / "out")
    assert "\n" not in str(caught.value)


def test_only_broken_files(tmp_path: Path) -> None:
    """When nothing could be read, the reasons are in the sentence."""
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(NoData, match=r"a\.csv was left out: the file is empty"):
        draft(tmp_path, tmp_path / "out")


def test_same_names_do_not_collide(tmp_path: Path) -> None:
    """Two files of one name and two columns that become one are told apart by numbers."""
    (tmp_path / "Sales.csv").write_text("a,A b,A-b\n1,2,3\n")
    (tmp_path / "sales.tsv").write_text("x\ty\n1\t2\n")
    own = draft(tmp_path, tmp_path / "out")
    assert sorted(one.name for one in own.mesh.tables) == ["sales", "sales_2"]
    assert [one.name for one in table(own.mesh, "sales").columns] == ["a", "a_b", "a_b_2"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Prix (%)", "prix_pct"), ("2024", "d_2024"), ("---", "data"), ("Énergie  verte", "energie_verte")],
)
def test_identifiers(name: str, plain: str) -> None:
    """Names become ones that need no quoting."""
    assert identifier(name, "data") == plain


def test_units_are_whole_words() -> None:
    """A unit is a part of the name, not some letters in it."""
    assert (unit_of("output_mwh"), unit_of("neuron"), unit_of("price_eur_mwh"), unit_of("km")) == ("MWh", "", "MWh", "")


def test_key_names() -> None:
    """A column points to a table by its name in singular or plural."""
    assert names_key("customer_id", "customers", "id")
    assert names_key("country", "countries", "code")
    assert not names_key("id", "customers", "id")
    assert not names_key("owner_id", "customers", "id")
