"""Entropy Data (Data Mesh Manager) over its REST API. Without it a company on that marketplace would export files.

The list of products may hold top-level fields only, so every product is read by itself, a few at a time; after that the
event feed says which ones changed. Products are ODPS or the older DPS 0.0.1, contracts are ODCS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from adapters.marketplace.entropy_api import MAX_PAGES, EntropyApi
from adapters.marketplace.listing import Listing, Problem, Snapshot
from adapters.marketplace.products import listing_of
from adapters.marketplace.standards import Contract, Product
from agents.errors import NotFound

_Document = TypeVar("_Document", bound=BaseModel)

TOGETHER: Final = 8
"""How many products are read at the same time."""
_FULL: Final = 24 * 3600.0
"""Seconds after which everything is read again, whatever the events said."""


@dataclass(slots=True)
class EntropyBackend:
    """Implements listing.Backend. `environment` chooses among a contract's servers."""

    api: EntropyApi
    environment: str = ""
    name: str = "entropy"
    _products: dict[str, Product] = field(default_factory=dict)
    _contracts: dict[str, Contract] = field(default_factory=dict)
    _problems: dict[str, str] = field(default_factory=dict)
    _event: str = ""
    _full_at: datetime | None = None

    async def fetch(self, cursor: str) -> Snapshot | None:
        """All products now; None when no event since `cursor` is about one.

        Raises Unavailable, NotConnected, Refused.
        """
        incremental = cursor == self._cursor() and not self._is_old()
        changed = await self._read_events()
        if incremental and not changed:
            return None
        await (self._read_some(changed) if incremental and "" not in changed else self._read_all())
        return self._snapshot()

    def _cursor(self) -> str:
        return f"after {self._event}"

    def _is_old(self) -> bool:
        return self._full_at is None or (datetime.now(UTC) - self._full_at).total_seconds() > _FULL

    async def _read_events(self) -> set[str]:
        """What changed since the last event seen: ids, and "" where only a full reading will tell."""
        changed: set[str] = set()
        for _ in range(MAX_PAGES):
            query = {"lastEventId": self._event} if self._event else {}
            events = await self.api.get("/api/events", query)
            if not isinstance(events, list) or not events:
                break
            last = str(events[-1].get("id") or "") if isinstance(events[-1], dict) else ""
            if not last or last == self._event:
                break
            self._event = last
            changed |= _subjects(events)
        return changed

    async def _read_all(self) -> None:
        """Everything. Products that are gone are dropped here and only here."""
        ids = [str(item.get("id")) async for item in self.api.pages("/api/dataproducts") if item.get("id")]
        self._problems = {}
        self._contracts = {}
        kept = await self._read_products(ids)
        self._products = {product.id: product for product in kept}
        self._full_at = datetime.now(UTC)

    async def _read_some(self, ids: set[str]) -> None:
        """Products that changed, and those whose contract did."""
        by_contract = {
            product.id for product in self._products.values() if ids & {port.contract for port in product.ports}
        }
        for gone in ids:
            self._contracts.pop(gone, None)
            self._products.pop(gone, None)
            self._problems.pop(gone, None)
        for product in await self._read_products(sorted(ids | by_contract)):
            self._products[product.id] = product

    async def _read_products(self, ids: Iterable[str]) -> list[Product]:
        gate = asyncio.Semaphore(TOGETHER)

        async def one(product_id: str) -> Product | None:
            async with gate:
                return await self._read_product(product_id)

        found = await asyncio.gather(*map(one, ids))
        return [product for product in found if product is not None]

    async def _read_product(self, product_id: str) -> Product | None:
        product = await self._read(Product, "/api/dataproducts", product_id)
        for port in product.ports if product is not None else ():
            if port.contract and port.contract not in self._contracts:
                contract = await self._read(Contract, "/api/datacontracts", port.contract)
                if contract is not None:
                    self._contracts[port.contract] = contract
        return product

    async def _read(self, kind: type[_Document], path: str, key: str) -> _Document | None:
        """One document; None when it is gone, or broken, which is told."""
        try:
            return kind.model_validate(as_odps(await self.api.get(f"{path}/{quote(key, safe='')}")))
        except NotFound:
            return None
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            self._problems[key] = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            return None

    def _snapshot(self) -> Snapshot:
        listings = tuple(self._listing(product) for product in self._products.values())
        problems = tuple(Problem(where, what) for where, what in self._problems.items())
        return Snapshot(listings, problems, self._cursor(), datetime.now(UTC))

    def _listing(self, product: Product) -> Listing:
        ids = dict.fromkeys(port.contract for port in product.ports)
        contracts = [self._contracts[key] for key in ids if key in self._contracts]
        return listing_of(product, contracts, environment=self.environment)


def as_odps(found: Any) -> Any:
    """A DPS 0.0.1 product in the words of ODPS; anything else as it is."""
    if not isinstance(found, dict) or "info" not in found or "kind" in found or "dataContractSpecification" in found:
        return found
    info = found["info"] if isinstance(found["info"], dict) else {}
    ports = [port for port in found.get("outputPorts") or [] if isinstance(port, dict)]
    return {
        "id": found.get("id"),
        "name": info.get("title"),
        "type": info.get("archetype"),
        "status": {"in development": "draft"}.get(str(info.get("status")), info.get("status")),
        "description": info.get("description"),
        "team": {"name": info.get("owner")},
        "tags": found.get("tags"),
        "outputPorts": [_port_as_odps(port) for port in ports],
        "customProperties": [{"property": k, "value": v} for k, v in (found.get("custom") or {}).items()],
    }


def _port_as_odps(port: dict[str, Any]) -> dict[str, Any]:
    return {
        **{key: port.get(key) for key in ("id", "name", "description", "tags")},
        "contractId": port.get("dataContractId"),
        "customProperties": [{"property": "server", "value": port.get("server")}],
    }


def _subjects(events: Iterable[Any]) -> set[str]:
    """Ids of the products and contracts that these events are about; "" for a port, whose product is not told."""
    found: set[str] = set()
    for event in events:
        kind = str(event.get("type")).rsplit(".", 1)[-1] if isinstance(event, dict) else ""
        if kind.startswith(("DataProduct", "DataContract")):
            found.add(str(event.get("subject") or ""))
        elif kind.startswith("OutputPort"):
            found.add("")
    return found
