"""A small Entropy Data marketplace that keeps state: products, contracts, events, pages and limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class EntropyPeer:
    """What the server has and what was asked of it. `busy` answers 429 that many times; `broken` replaces the body."""

    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    contracts: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    page: int = 1000
    busy: int = 0
    status: int = 200
    broken: bytes = b""
    calls: list[str] = field(default_factory=list)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listens on a free port of 127.0.0.1."""
        app = web.Application(middlewares=[self._gate])
        app.router.add_get("/api/dataproducts", self._list)
        app.router.add_get("/api/dataproducts/{id}", self._one(self.products))
        app.router.add_get("/api/datacontracts/{id}", self._one(self.contracts))
        app.router.add_get("/api/events", self._events)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stops listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    def put(self, product: dict[str, Any], contract: dict[str, Any] | None = None) -> None:
        """Stores a product and its contract, as their owner would."""
        kind = "Updated" if product["id"] in self.products else "Created"
        self.products[product["id"]] = product
        self.event(f"DataProduct{kind}Event", product["id"])
        if contract is not None:
            self.contracts[contract["id"]] = contract
            self.event("DataContractUpdatedEvent", contract["id"])

    def event(self, kind: str, subject: str) -> None:
        """Adds an event."""
        found = {"id": f"e{len(self.events)}", "type": f"com.datamesh-manager.events.{kind}", "subject": subject}
        self.events.append(found)

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.calls.append(f"{request.method} {request.path}")
        if request.headers.get("x-api-key") != "secret-key":
            return web.json_response({"title": "Unauthorized"}, status=401)
        if self.busy:
            self.busy -= 1
            return web.Response(status=429, headers={"Retry-After": "0"})
        if self.status != 200:
            return web.Response(status=self.status)
        if self.broken:
            return web.Response(body=self.broken, content_type="application/json")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _list(self, request: web.Request) -> web.Response:
        start = int(request.query.get("p", "0")) * self.page
        ids = list(self.products)
        top = [{"id": i, "name": self.products[i].get("name")} for i in ids[start : start + self.page]]
        more = start + self.page < len(ids)
        return web.json_response(
            top, headers={"Link": f'<{self.url}/api/dataproducts?p=9>; rel="next"'} if more else {}
        )

    def _one(self, found: dict[str, dict[str, Any]]) -> Any:
        async def one(request: web.Request) -> web.Response:
            document = found.get(request.match_info["id"])
            return web.json_response(document) if document is not None else web.Response(status=404)

        return one

    async def _events(self, request: web.Request) -> web.Response:
        last = request.query.get("lastEventId")
        start = next((i + 1 for i, event in enumerate(self.events) if event["id"] == last), 0)
        return web.json_response(self.events[start : start + 2])
