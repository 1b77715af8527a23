"""The product pages: a list to search and one page per data product. Without them the links in answers lead nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import yaml
from aiohttp import web
from unidecode import unidecode

from sandbox.mesh import Mesh, Product
from sandbox.pages import portrait
from sandbox.pages.templates import html

_FAMILIES = {
    "sourceAligned": "source-aligned",
    "aggregate": "aggregated",
    "consumerAligned": "use-case-aligned",
}


class Shows(Protocol):
    """What the pages need of the workspace."""

    @property
    def mesh(self) -> Mesh:
        """The products, as they are now."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of the products in a mesh. They show metadata only, and need no token: never a row."""

    shows: Shows

    async def listed(self, request: web.Request) -> web.Response:
        """GET /products?q=: every product in which all words are found."""
        words = request.query.get("q", "").strip()[:200]
        found = [_summary(product) for product in self.shows.mesh.products if _mentions(product, words)]
        return html(request, "products.html", products=found, words=words)

    async def shown(self, request: web.Request) -> web.Response:
        """GET /products/{id}."""
        product = self._named(request.match_info["id"])
        if product is None:
            return html(request, "missing.html", status=404)
        return html(request, "product.html", product=self._portrait(product))

    async def odps(self, request: web.Request) -> web.Response:
        """GET /products/{id}.odps.yaml."""
        product = self._named(request.match_info["id"])
        return html(request, "missing.html", status=404) if product is None else _yaml(product.odps)

    async def odcs(self, request: web.Request) -> web.Response:
        """GET /products/{id}/{contract}.odcs.yaml; a restricted product's examples are left out."""
        product = self._named(request.match_info["id"])
        for contract in product.odcs if product else ():
            if product and str(contract.get("id")) == request.match_info["contract"]:
                return _yaml(_without_values(contract) if product.sensitivity == "restricted" else contract)
        return html(request, "missing.html", status=404)

    def _named(self, identifier: str) -> Product | None:
        return next((product for product in self.shows.mesh.products if product.id == identifier), None)

    def _portrait(self, product: Product) -> dict[str, object]:
        facts = {
            "owner": product.owner,
            "status": product.status,
            "version": portrait.words(product.odps.get("version")),
            "sensitivity": product.sensitivity,
            "access": ", ".join(product.readers),
        }
        texts = {part: portrait.described(product.odps, part) for part in ("usage", "limitations")}
        tags = product.odps.get("tags")
        return _summary(product) | {
            "id": product.id,
            "purpose": portrait.described(product.odps, "purpose"),
            "facts": [(label, value) for label, value in facts.items() if value],
            "texts": [(label, text) for label, text in texts.items() if text],
            "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
            "deprecated": product.status == "deprecated",
            "successor": product.successor,
            "successor_path": portrait.path_of(product.successor),
            "words": portrait.spoken(product.words),
            "questions": product.questions,
            "contacts": portrait.contacts(product),
            "tables": portrait.table_cards(product),
            "quality": portrait.quality_rules(product),
            "sla": portrait.service_levels(product),
            "inputs": self._inputs(product),
            "feeds": self._feeds(product),
            "contracts": [(name, portrait.path_of(name)) for name in _contract_ids(product)],
        }

    def _inputs(self, product: Product) -> list[tuple[str, str]]:
        """(name, page path or empty) of what this product is made from."""
        found = []
        for port in portrait.entries(product.odps.get("inputPorts")):
            makers = [maker for maker in self.shows.mesh.products if port.get("contractId") in _contract_ids(maker)]
            found += [(maker.name, portrait.path_of(maker.id)) for maker in makers]
            found += [] if makers else [(portrait.words(port.get("name")), "")]
        return found

    def _feeds(self, product: Product) -> list[tuple[str, str]]:
        """(name, page path) of the products made from this one."""
        own = set(_contract_ids(product))
        return [
            (other.name, portrait.path_of(other.id))
            for other in self.shows.mesh.products
            if own & {str(port.get("contractId")) for port in portrait.entries(other.odps.get("inputPorts"))}
        ]


def _contract_ids(product: Product) -> list[str]:
    return [str(contract.get("id")) for contract in product.odcs]


def _summary(product: Product) -> dict[str, object]:
    return {
        "path": portrait.path_of(product.id),
        "name": product.name,
        "domain": product.domain,
        "family": _FAMILIES.get(product.family, product.family),
        "status": product.status,
        "owner": product.owner,
        "summary": portrait.described(product.odps, "purpose") or product.description,
        "sensitivity": product.sensitivity,
        "restricted": product.sensitivity == "restricted",
    }


def _mentions(product: Product, words: str) -> bool:
    texts = [product.id, product.name, product.domain, product.description, product.owner, _said(product)]
    for table in product.tables:
        texts += [table.name, table.label, table.comment, *(word.text for word in table.words)]
        for column in table.columns:
            texts += [column.name, column.label, column.comment, *(word.text for word in column.words)]
    known = _plain(" ".join(texts))
    return all(word in known for word in re.findall(r"\w+", _plain(words)))


def _said(product: Product) -> str:
    return " ".join(word.text for word in product.words)


def _plain(text: str) -> str:
    return unidecode(text).lower()


def _without_values(contract: dict[str, object]) -> dict[str, object]:
    """The contract without sample values."""

    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {key: bare(one) for key, one in value.items() if key not in ("examples", "enum")}
        return [bare(one) for one in value] if isinstance(value, list) else value

    return {key: bare(value) for key, value in contract.items()}


def _yaml(document: dict[str, object]) -> web.Response:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    return web.Response(text=text, content_type="text/yaml", headers={"X-Content-Type-Options": "nosniff"})


def routes(workspace: Shows) -> list[web.RouteDef]:
    """The product pages of this mesh; they are open to browsers without a token."""
    pages = Pages(workspace)
    return [
        web.get("/products", pages.listed),
        web.get("/products/{id}.odps.yaml", pages.odps),
        web.get("/products/{id}/{contract}.odcs.yaml", pages.odcs),
        web.get("/products/{id}", pages.shown),
    ]
