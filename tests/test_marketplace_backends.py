"""Entropy Data over HTTP, Unity Catalog over SQL, and files: the same product whichever way it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from entropy_peer import EntropyPeer

from adapters.marketplace.databricks import COLUMNS, SCHEMA_TAGS, TABLE_TAGS, TABLES, UnityCatalogBackend
from adapters.marketplace.entropy import EntropyBackend
from adapters.marketplace.entropy_api import EntropyApi
from adapters.marketplace.files import FilesBackend
from adapters.marketplace.index import SearchedMarketplace
from adapters.marketplace.listing import Snapshot
from agents.domain import Family, Lifecycle, Sensitivity, TableRef, User
from agents.errors import NotConnected, Refused, Unavailable

ASKER = User("slack", "t1", "u1")
PRODUCT: dict[str, Any] = {
    "apiVersion": "v1.1.0", "kind": "DataProduct", "id": "parcels", "name": "Parcels", "status": "active",
    "type": "aggregate", "domain": "logistics", "description": {"purpose": "Parcels sent."},
    "outputPorts": [{"id": "op", "name": "parcels", "version": "1.0.0", "contractId": "parcels-contract"}],
    "team": {"name": "depot", "members": [{"username": "a@example.org", "role": "owner"}]},
}  # fmt: skip
CONTRACT: dict[str, Any] = {
    "apiVersion": "v3.1.0", "kind": "DataContract", "id": "parcels-contract", "version": "1.0.0", "status": "active",
    "servers": [{"server": "p", "type": "databricks", "catalog": "main", "schema": "post"}],
    "schema": [{"name": "parcels", "description": "All.", "properties": [
        {"name": "weight", "physicalType": "DOUBLE", "description": "How heavy."}]}],
}  # fmt: skip


@pytest.fixture
async def peer() -> AsyncIterator[EntropyPeer]:
    """A marketplace with one product."""
    found = EntropyPeer()
    await found.start()
    found.put(PRODUCT, CONTRACT)
    yield found
    await found.stop()


@pytest.fixture
async def backend(peer: EntropyPeer) -> AsyncIterator[EntropyBackend]:
    """Our side of it."""
    api = EntropyApi(peer.url, "secret-key")
    yield EntropyBackend(api)
    await api.close()


async def snapshot_of(backend: EntropyBackend | FilesBackend | UnityCatalogBackend, cursor: str = "") -> Snapshot:
    """What the backend has; it must have changed since the cursor."""
    snapshot = await backend.fetch(cursor)
    assert snapshot is not None
    return snapshot


def ids(snapshot: Snapshot) -> list[str]:
    """Ids of all products, in order."""
    return sorted(listing.product.id for listing in snapshot.listings)


async def test_one_product_is_the_same_from_files_and_over_http(backend: EntropyBackend, tmp_path: Path) -> None:
    """Field by field."""
    (tmp_path / "p.odps.yaml").write_text(yaml.safe_dump(PRODUCT), encoding="utf-8")
    (tmp_path / "c.odcs.yaml").write_text(yaml.safe_dump(CONTRACT), encoding="utf-8")
    assert (await snapshot_of(backend)).listings == (await snapshot_of(FilesBackend(tmp_path))).listings


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
async def test_every_page_is_read(peer: EntropyPeer, backend: EntropyBackend, count: int) -> None:
    """As long as the server names a next page, none, one and several."""
    peer.page = 3
    peer.products.clear()
    for i in range(count):
        peer.put({**PRODUCT, "id": f"p{i}"})
    assert ids(await snapshot_of(backend)) == [f"p{i}" for i in range(count)]


async def test_events_say_what_changed(peer: EntropyPeer, backend: EntropyBackend) -> None:
    """Without an event nothing is read; with one, only what it is about."""
    first = await snapshot_of(backend)
    assert await backend.fetch(first.cursor) is None
    peer.put({**PRODUCT, "id": "letters", "outputPorts": []})
    peer.event("AccessApprovedEvent", "access-1")
    peer.calls.clear()
    second = await snapshot_of(backend, first.cursor)
    assert ids(second) == ["letters", "parcels"]
    assert [call for call in peer.calls if "dataproducts" in call] == ["GET /api/dataproducts/letters"]


async def test_a_changed_contract_changes_its_products(peer: EntropyPeer, backend: EntropyBackend) -> None:
    """The event names the contract only."""
    first = await snapshot_of(backend)
    peer.contracts["parcels-contract"] = {**CONTRACT, "schema": []}
    peer.event("DataContractUpdatedEvent", "parcels-contract")
    second = await snapshot_of(backend, first.cursor)
    assert second.listings[0].product.tables == ()


async def test_a_deleted_product_is_gone(peer: EntropyPeer, backend: EntropyBackend) -> None:
    """By event."""
    first = await snapshot_of(backend)
    del peer.products["parcels"]
    peer.event("DataProductDeletedEvent", "parcels")
    assert ids(await snapshot_of(backend, first.cursor)) == []


async def test_a_changed_port_means_reading_everything(peer: EntropyPeer, backend: EntropyBackend) -> None:
    """Its event does not tell the product."""
    first = await snapshot_of(backend)
    peer.event("OutputPortUpdatedEvent", "op")
    peer.calls.clear()
    await snapshot_of(backend, first.cursor)
    assert "GET /api/dataproducts" in peer.calls


async def test_the_older_specification_is_read(peer: EntropyPeer, backend: EntropyBackend) -> None:
    """DPS 0.0.1: other names for the same things."""
    peer.put({
        "dataProductSpecification": "0.0.1", "id": "old", "tags": ["x"],
        "info": {"title": "Old", "owner": "team-o", "description": "Words.", "status": "in development",
                 "archetype": "consumer-aligned"},
        "outputPorts": [{"id": "o", "name": "o", "server": {"catalog": "c", "schema": "s", "table": "t"}}],
        "custom": {"sensitivity": "public"},
    })  # fmt: skip
    found = next(x.product for x in (await snapshot_of(backend)).listings if x.product.id == "old")
    assert (found.name, found.owner, found.description) == ("Old", "team-o", "Words.")
    assert (found.family, found.lifecycle) == (Family.USE_CASE_ALIGNED, Lifecycle.DRAFT)
    assert (found.sensitivity, found.tables[0].ref) == (Sensitivity.PUBLIC, TableRef("c", "s", "t"))


async def test_a_broken_product_costs_only_itself(peer: EntropyPeer, backend: EntropyBackend) -> None:
    """And is told."""
    peer.put({"id": "broken", "kind": "DataProduct", "outputPorts": [{"tags": 3, "name": {"a": 1}}]})
    peer.products["broken"].pop("id")
    snapshot = await snapshot_of(backend)
    assert ids(snapshot) == ["parcels"]
    assert [problem.where for problem in snapshot.problems] == ["broken"]


async def test_a_busy_marketplace_is_waited_for(peer: EntropyPeer, backend: EntropyBackend) -> None:
    """429 with Retry-After, a few times."""
    peer.busy = 3
    assert ids(await snapshot_of(backend)) == ["parcels"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"busy": 99}, Unavailable),
        ({"status": 500}, Unavailable),
        ({"status": 403}, Refused),
        ({"broken": b'[{"id": "a"'}, Unavailable),
        ({"broken": b"<html>"}, Unavailable),
    ],
)
async def test_an_outage_is_never_an_empty_marketplace(
    peer: EntropyPeer, backend: EntropyBackend, fault: dict[str, Any], error: type[Exception]
) -> None:
    """Too busy, broken, forbidden or cut: each is an error, and the index keeps what it had."""
    shop = SearchedMarketplace(backend)
    await shop.sync()
    for key, value in fault.items():
        setattr(peer, key, value)
    with pytest.raises(error):
        await shop.sync()
    assert (await shop.get(ASKER, "parcels")).name == "Parcels"
    assert shop.health().failure


async def test_a_refused_key_and_a_server_that_is_gone(peer: EntropyPeer) -> None:
    """Told apart: one is for the operator to fix, the other passes."""
    wrong = EntropyApi(peer.url, "wrong")
    with pytest.raises(NotConnected):
        await EntropyBackend(wrong).fetch("")
    await wrong.close()
    await peer.stop()
    gone = EntropyApi(peer.url, "secret-key")
    with pytest.raises(Unavailable):
        await EntropyBackend(gone).fetch("")
    await gone.close()


async def test_the_key_is_not_shown() -> None:
    """Not by repr, which logs and tracebacks use."""
    assert "secret-key" not in repr(EntropyBackend(EntropyApi("http://127.0.0.1:1", "secret-key")))


@dataclass
class Metastore:
    """Answers the four statements with rows."""

    answers: dict[str, Sequence[Sequence[Any]]] = field(default_factory=dict)

    async def run(self, sql: str) -> Sequence[Sequence[Any]]:
        """The rows kept for a statement."""
        return self.answers.get(sql, ())


def metastore() -> Metastore:
    """Two tables of a tagged product, one table in a schema without tags."""
    return Metastore({
        SCHEMA_TAGS: [("main", "post", "data_product", "parcels"), ("main", "post", "domain", "logistics")],
        TABLE_TAGS: [("MAIN", "post", "sent", "family", "aggregate"), ("main", "post", "sent", "system.Certified", "")],
        TABLES: [("main", "post", "sent", "depot", "Sent <b>parcels</b>"), ("main", "post", "lost", "depot", None),
                 ("main", "hr", "people", "hr-team", "Who works here")],
        COLUMNS: [("main", "post", "sent", "weight", "DECIMAL(9,2)", "kg"),
                  ("main", "hr", "people", "name", "STRING", None)],
    })  # fmt: skip


async def test_products_are_built_from_tags() -> None:
    """A table's tags go before its schema's; what has no tags is one product a schema, marked as derived."""
    snapshot = await snapshot_of(UnityCatalogBackend(metastore().run))
    derived, parcels = snapshot.listings
    found = parcels.product
    assert (found.id, found.domain, found.family, found.owner) == ("parcels", "logistics", Family.AGGREGATED, "depot")
    assert [table.ref.name for table in found.tables] == ["lost", "sent"]
    assert found.tables[1].description == "Sent parcels"
    assert found.tables[1].columns[0].type == "decimal(9,2)"
    assert parcels.certified
    assert (derived.product.id, derived.product.description) == ("main.hr", "Derived from its schema.")


async def test_only_tagged_products_where_that_is_wanted() -> None:
    """Schemas without tags are left out."""
    assert ids(await snapshot_of(UnityCatalogBackend(metastore().run, derive=False))) == ["parcels"]


async def test_the_metastores_changes_are_seen() -> None:
    """The same rows are the same state, whatever their order; a new comment is a change."""
    store = metastore()
    backend = UnityCatalogBackend(store.run)
    first = await snapshot_of(backend)
    store.answers[TABLES] = list(reversed(store.answers[TABLES]))
    assert await backend.fetch(first.cursor) is None
    store.answers[TABLE_TAGS] = [("main", "post", "sent", "system.certification_status", "deprecated")]
    second = await snapshot_of(backend, first.cursor)
    assert second.listings[1].product.lifecycle is Lifecycle.DEPRECATED


async def test_a_workspace_without_tables_has_no_products() -> None:
    """Nothing is made up."""
    assert (await snapshot_of(UnityCatalogBackend(Metastore().run))).listings == ()
