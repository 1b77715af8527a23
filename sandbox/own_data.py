"""Turns a folder of someone's own files into data products, so that a first question can be about their own tables.

Without it the sandbox would only ever answer about made-up data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from sandbox import mesh_files
from sandbox.mesh import Mesh
from sandbox.own_data_columns import describe
from sandbox.own_data_contracts import (
    DraftProduct,
    DraftTable,
    add_words,
    contract_document,
    product_document,
    spaced,
)
from sandbox.own_data_files import READABLE, Staged, identifier, quoted, scalar, stage, unused
from sandbox.own_data_keys import Keys

SIDECAR = "findata.yaml"
_STORE = "own_data.duckdb"


class NoData(Exception):
    """There is nothing to ask about: one sentence that says why."""


@dataclass(frozen=True, slots=True)
class OwnData:
    """What became of a folder. `complaints`: a sentence for each file left out and each word not placed."""

    mesh: Mesh
    complaints: tuple[str, ...]
    store: Path

    def fill(self, connection: duckdb.DuckDBPyConnection, _mesh: Mesh) -> None:
        """Creates the tables with their rows; the catalog must be attached, and the engine not locked down yet."""
        where = str(self.store).replace("'", "''")
        connection.execute(f"ATTACH '{where}' AS own_files (READ_ONLY)")
        for table in self.mesh.tables:
            target = quoted(table.catalog, table.schema, table.name)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.catalog, table.schema)}")
            connection.execute(f"CREATE TABLE {target} AS FROM {quoted('own_files', table.schema, table.name)}")
        connection.execute("DETACH own_files")


def draft(folder: Path, out: Path) -> OwnData:
    """Reads the folder's files and writes `*.odps.yaml` and `*.odcs.yaml` for them into `out`.

    What the owner changed in an earlier draft there is kept, and `findata.yaml` in the folder adds words to it. One
    product for each database; flat files whose columns refer to each other become one product together.

    Raises:
        NoData: the folder is missing, or nothing in it can be read.
    """
    if not folder.is_dir():
        raise NoData(f"There is no folder {folder}.")
    out.mkdir(parents=True, exist_ok=True)
    store = out / _STORE
    store.unlink(missing_ok=True)
    with duckdb.connect(str(store)) as connection:
        staged, complaints = stage(connection, folder)
        if not staged:
            raise NoData(_nothing(folder, complaints))
        products = list(_products(connection, staged))
    complaints += _written(products, out, _sidecar(folder, complaints))
    ours = {product.id for product in products}
    mesh = Mesh(tuple(product for product in mesh_files.load(out).products if product.id in ours))
    return OwnData(mesh, tuple(complaints), store)


def _nothing(folder: Path, complaints: list[str]) -> str:
    if complaints:
        return f"Nothing in {folder} could be read: {' '.join(complaints)}"
    kinds = ", ".join(sorted(suffix.lstrip(".") for suffix in READABLE))
    return f"The folder {folder} holds no data files ({kinds})."


def _sidecar(folder: Path, complaints: list[str]) -> Mapping[str, Any]:
    path = folder / SIDECAR
    if not path.exists():
        return {}
    try:
        return mesh_files.read(path)
    except (ValueError, OSError) as error:
        complaints.append(f"{SIDECAR} was not used: {str(error).splitlines()[0]}.")
        return {}


# ── Products out of tables ────────────────────────────────────────────────────────────────────────────────────────────


def _products(connection: duckdb.DuckDBPyConnection, staged: list[Staged]) -> Iterator[DraftProduct]:
    taken: set[str] = set()
    for schema in dict.fromkeys(one.schema for one in staged):
        files = [one for one in staged if one.schema == schema]
        keys = Keys(connection, files)
        tables = {table: _table(connection, one, table, keys) for one in files for table in one.tables}
        for group in [list(tables)] if files[0].database else _linked(tables):
            members = [tables[name] for name in group]
            main = max(members, key=lambda table: (len(table.foreign), table.rows))
            name = schema if files[0].database else main.name
            identity = unused(name.replace("_", "-"), taken)
            taken.add(identity)
            origins = tuple(one.file for one in files if set(one.tables) & set(group))
            yield DraftProduct(identity, spaced(name).capitalize(), schema, origins, tuple(members))


def _linked(tables: Mapping[str, DraftTable]) -> list[list[str]]:
    """Groups of tables that refer to each other, in order."""
    home = {name: name for name in tables}
    for table in tables.values():
        for key in table.foreign:
            old, new = home[key.parent], home[table.name]
            home = {name: new if group == old else group for name, group in home.items()}
    return [[name for name in tables if home[name] == group] for group in dict.fromkeys(home.values())]


def _table(connection: duckdb.DuckDBPyConnection, staged: Staged, name: str, keys: Keys) -> DraftTable:
    return DraftTable(
        name=name,
        label=staged.labels[name, ""],
        columns=describe(connection, staged.schema, name, lambda column: staged.labels[name, column]),
        primary=keys.primary.get(name, ()),
        foreign=tuple(key for key in keys.foreign if key.table == name and key.parent_columns),
        rows=scalar(connection, f"SELECT count(*) FROM {quoted(staged.schema, name)}"),
    )


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _written(products: list[DraftProduct], out: Path, sidecar: Mapping[str, Any]) -> list[str]:
    """Writes both files of every product; answers what is to be complained about."""
    complaints: list[str] = []
    for product in products:
        odps, odcs = out / f"{product.id}.odps.yaml", out / f"{product.id}.odcs.yaml"
        contract = contract_document(product, _before(odcs, complaints))
        complaints += add_words(contract, sidecar)
        _write(odps, product_document(product, _before(odps, complaints)))
        _write(odcs, contract)
    known = {table.name for product in products for table in product.tables}
    named = sidecar.get("tables")
    missing = [name for name in named if identifier(str(name), "table") not in known] if isinstance(named, dict) else []
    return [*complaints, *(f"{SIDECAR} names table {name}, which does not exist." for name in missing)]


def _before(path: Path, complaints: list[str]) -> dict[str, Any] | None:
    """The earlier draft; one that was edited into something unreadable is set aside, not lost."""
    if not path.exists():
        return None
    try:
        return mesh_files.read(path)
    except ValueError:
        aside = path.with_name(path.name + ".broken")
        path.replace(aside)
        complaints.append(f"{path.name} is not valid YAML: it was set aside as {aside.name} and drafted anew.")
        return None


def _write(path: Path, document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    path.write_text(text, encoding="utf-8")
