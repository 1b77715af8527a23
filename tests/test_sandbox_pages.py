"""The product pages: readable, in two languages, escaped, and never showing values of restricted products."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import aiohttp
import pytest
import yaml

from sandbox import mesh_files, pages
from sandbox.mesh import Column, Mesh, Product, Table, Word
from sandbox.pages.language import phrases, preferred
from tests.sandbox_peer import Village, serving

MARKETPLACE = Path(__file__).parents[1] / "sandbox" / "marketplace"
EVIL = '<script>alert("x")</script>'


class Outline(HTMLParser):
    """Notes tags that are opened but not closed, and every link."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps the tag until it is closed."""
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The last opened tag must be the one that closes."""
        assert self.open.pop() == tag


def product(identifier: str = "evil/one", **changes: object) -> Product:
    columns = (
        Column("name", "string", EVIL, words=(Word(EVIL),), values=((EVIL, ()), ("secret-value", ()))),
        Column("mail", "string", tags=(("class.pii", "true"),), values=(("personal-value", ()),)),
    )
    odps = {
        "id": identifier,
        "description": {"purpose": EVIL, "limitations": 5},
        "support": [
            {"channel": EVIL, "url": "javascript:alert(1)"},
            {"channel": "#ok", "url": "https://example.org/ok"},
        ],
        "tags": "no list",
        "inputPorts": "no list",
    }
    odcs = {
        "id": "c 1",
        "slaProperties": [{"property": "latency", "value": 5, "unit": "d"}],
        "schema": [
            {
                "name": "t",
                "quality": [{"metric": "rowCount", "mustBeBetween": [1, 2], "dimension": "coverage"}],
                "properties": [{"name": "name", "examples": ["secret-value"], "enum": [{"value": "secret-value"}]}],
            }
        ],
    }
    table = Table("c", "s", "t", columns)
    made = Product(identifier, EVIL, "domain", (table,), owner="team", odps=odps, odcs=(odcs,))
    return replace(made, **changes)  # type: ignore[arg-type]


async def read(mesh: Mesh, path: str, **headers: str) -> tuple[int, str]:
    village = Village(mesh)
    async with (
        serving(village.tokens, pages.routes(village)) as url,
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{url}{path}") as answer,
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return answer.status, await answer.text()


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return mesh_files.load(MARKETPLACE)


@pytest.fixture
async def site(mesh: Mesh) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    village = Village(mesh)
    async with serving(village.tokens, pages.routes(village)) as url, aiohttp.ClientSession(url) as session:
        yield url, session


async def test_every_product_has_a_page_and_its_links_open(mesh: Mesh, site: tuple[str, aiohttp.ClientSession]) -> None:
    """Each page of the sample mesh is well-formed HTML without scripts, and each of its own links answers."""
    _, session = site
    seen: set[str] = set()
    for one in mesh.products:
        async with session.get(f"/products/{one.id}") as answer:
            text = await answer.text()
            assert answer.status == 200
            assert "<script" not in text
            assert "script-src" not in answer.headers["Content-Security-Policy"]
        outline = Outline()
        outline.feed(text)
        assert outline.open == []
        for table in one.tables:
            assert table.full_name in text
        seen |= {link for link in outline.links if link.startswith("/")}
    assert len(seen) > 2 * len(mesh.products)
    for link in seen:
        async with session.get(link) as answer:
            assert answer.status == 200, link


async def test_the_page_tells_what_the_files_say(mesh: Mesh) -> None:
    """Owner, unit, synonyms, questions, lineage and values of the worked example's product."""
    _, text = await read(mesh, "/products/energy-usage")
    assert "built-in" not in text
    for words in (
        "Values: France, Germany",
        "aggregated",
        "energy-data-team",
        "MWh",
        "consumption_mwh",
        "énergie verte",
        "September 2025?",
        "Germany",
    ):
        assert words in text
    assert re.search(r"Derived from.*/products/", text, re.DOTALL)


async def test_the_language_follows_the_browser(mesh: Mesh) -> None:
    """French where French is asked for, English else."""
    assert "Rechercher" in (await read(mesh, "/products", **{"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"}))[1]
    assert "Search" in (await read(mesh, "/products", **{"Accept-Language": "de"}))[1]


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("fr", "fr"), ("en;q=0.3, fr;q=0.8", "fr"), ("fr;q=0", "en"), ("fr;q=x", "en"), ("de,fr;q=0.1", "fr")],
)
def test_preferred_language(header: str, language: str) -> None:
    """The header's weights decide."""
    assert preferred(header) == language


def test_both_languages_say_everything() -> None:
    """No phrase is missing or empty in one language."""
    french, english = phrases("fr"), phrases("en")
    assert french.keys() == english.keys()
    assert all(french.values())
    assert all(english.values())


async def test_search_finds_words_and_synonyms_without_accents(mesh: Mesh) -> None:
    """All words must be found somewhere in the product's metadata."""
    _, found = await read(mesh, "/products?q=consommation+ENERGIE+verte")
    assert "/products/energy-usage" in found
    _, nothing = await read(mesh, "/products?q=unicorn")
    assert "No data product matches." in nothing


async def test_everything_is_escaped() -> None:
    """Whatever the files or the address bring is text, and only web addresses become links."""
    for path in ("/products/evil%2Fone", f"/products?q={EVIL}"):
        status, text = await read(Mesh((product(),)), path)
        assert status == 200
        assert "<script" not in text
        assert "javascript:" not in text
    _, text = await read(Mesh((product(),)), "/products/evil%2Fone")
    assert "https://example.org/ok" in text
    assert "rowCount · mustBeBetween 1 … 2 (coverage)" in text


async def test_values_are_not_shown_where_they_should_not() -> None:
    """An open product shows its list values but never personal ones; a restricted product shows none, nor its YAML."""
    _, open_ = await read(Mesh((product(),)), "/products/evil%2Fone")
    assert "secret-value" in open_
    assert "personal-value" not in open_
    closed = Mesh((product(sensitivity="restricted", readers=("hr",)),))
    for path in ("/products/evil%2Fone", "/products/evil%2Fone/c%201.odcs.yaml"):
        status, text = await read(closed, path)
        assert status == 200
        assert "secret-value" not in text


async def test_raw_files(mesh: Mesh) -> None:
    """The YAML that is served is the document that was read."""
    one = next(one for one in mesh.products if one.id == "energy-usage")
    _, text = await read(mesh, "/products/energy-usage.odps.yaml")
    assert yaml.safe_load(text) == one.odps
    _, text = await read(mesh, f"/products/energy-usage/{one.odcs[0]['id']}.odcs.yaml")
    assert yaml.safe_load(text)["schema"][0]["name"] == "green_energy_consumption"


@pytest.mark.parametrize("path", ["/products/nope", "/products/nope.odps.yaml", "/products/evil%2Fone/nope.odcs.yaml"])
async def test_unknown_products(path: str) -> None:
    """What does not exist is a readable 404."""
    status, text = await read(Mesh((product(),)), path)
    assert status == 404
    assert "There is no such data product." in text
