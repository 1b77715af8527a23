"""Finding data products: over the sample mesh's files and over products made up here."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.marketplace.files import FilesBackend
from adapters.marketplace.index import SearchedMarketplace
from adapters.marketplace.listing import Listing, Snapshot
from adapters.wording.phrases import phrase
from agents.domain import Column, DataProduct, Family, Lifecycle, Table, TableRef, User
from agents.errors import NotFound, Unavailable
from agents.ports import Marketplace, Narrowing

MESH = Path(__file__).parents[1] / "sandbox" / "marketplace"
ASKER = User("console", "local", "u1")


@dataclass
class ScriptedBackend:
    """A backend that has what it is told to have, or is down."""

    products: Sequence[DataProduct] = ()
    down: bool = False
    fetched: int = 0
    requested: list[str] = field(default_factory=list)
    name: str = "scripted"

    async def fetch(self, cursor: str) -> Snapshot | None:
        """Counts, and fails while down."""
        self.fetched += 1
        if self.down:
            raise Unavailable("down")
        now = repr(self.products)
        return None if now == cursor else Snapshot(tuple(map(Listing, self.products)), (), now, datetime.now(UTC))


def product(name: str, description: str = "", *columns: str, **more: object) -> DataProduct:
    """A product with one table of text columns."""
    key = name.lower().replace(" ", "-")
    table = Table(TableRef("main", "shop", key.replace("-", "_")), tuple(Column(c, "string") for c in columns))
    made = DataProduct(
        key, name, description=description, tables=(table,) if columns else (), lifecycle=Lifecycle.ACTIVE
    )
    return replace(made, **more)  # type: ignore[arg-type]


def over(*products: DataProduct, **settings: float) -> SearchedMarketplace:
    """A marketplace of these products."""
    return SearchedMarketplace(ScriptedBackend(products), "http://127.0.0.1:1/products/{id}", **settings)


async def ids(marketplace: Marketplace, words: str, **more: object) -> list[str]:
    """What a search finds."""
    return [hit.product.id for hit in await marketplace.search(ASKER, words, **more)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def mesh() -> SearchedMarketplace:
    """The sample mesh, read from its files."""
    return SearchedMarketplace(FilesBackend(MESH), "http://127.0.0.1:8765/products/{id}")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?", "energy-usage"),
        ("total green energy consumption in France in September 2025", "energy-usage"),
        ("consomation d'energie verte", "energy-usage"),
        ("CONSOMMATION ÉNERGIE VERTE", "energy-usage"),
        ("quels data products parlent d'éolien ?", "wind-production"),
        ("which products are about wind?", "wind-production"),
        ("chiffre d'affaires par région en 2024", "revenue"),
        ("average spot price by hour last week", "spot-prices"),
        ("émissions de CO2 par usine", "carbon-footprint"),
        ("factures impayées", "billing"),
    ],
)
async def test_the_right_product_comes_first(mesh: SearchedMarketplace, words: str, wanted: str) -> None:
    """In French and English, with accents or without, with a typing error."""
    assert (await ids(mesh, words))[0] == wanted


@pytest.mark.parametrize(
    "words",
    ["bonjour", "qui gagne la coupe du monde de football ?", "asdf qwerty zxcv", "???", "2025", "le la les"],
)
async def test_nothing_fits_means_nothing(mesh: SearchedMarketplace, words: str) -> None:
    """Words that no product knows bring no product, rather than the nearest one."""
    assert await ids(mesh, words) == []


async def test_a_predecessor_stands_under_its_successor(mesh: SearchedMarketplace) -> None:
    """A deprecated product is never hidden and never first when what replaces it matches too."""
    hit = (await mesh.search(ASKER, "green energy consumption"))[0]
    assert hit.product.id == "energy-usage"
    assert "energy-usage-v1" in hit.near_duplicates


async def test_why_names_the_words_asked_and_the_fields(mesh: SearchedMarketplace) -> None:
    """A person can see what was matched."""
    hit = (await mesh.search(ASKER, "wind production"))[0]
    assert {word for word, _ in hit.why} >= {"wind", "production"}
    assert {where for _, where in hit.why} <= {
        *("name", "synonyms", "examples", "description", "domain", "tags", "tables", "columns", "values")
    }


async def test_links_are_built_on_the_configured_host(mesh: SearchedMarketplace) -> None:
    """A product's URL comes from the template alone."""
    assert (await mesh.get(ASKER, "energy-usage")).url == "http://127.0.0.1:8765/products/energy-usage"
    strange = over(product("Sales/b c?d"))
    assert (await strange.named_in(ASKER, "sales/b c?d"))[0].url == "http://127.0.0.1:1/products/sales%2Fb-c%3Fd"


async def test_synonyms_are_found_in_the_other_language() -> None:
    """French words find what is described in English only."""
    shop = over(product("Invoices", "Bills sent to customers"), product("Staff", "People who work here"))
    assert await ids(shop, "les factures des clients") == ["invoices"]
    assert await ids(shop, "combien de salariés") == ["staff"]


async def test_a_products_own_synonyms_count() -> None:
    """Words that only the product's file knows."""
    shop = over(product("Revenue", synonyms=(("fr", "CA net"),)), product("Costs"))
    assert await ids(shop, "CA net par mois") == ["revenue"]
    assert await ids(shop, "ça net") == ["revenue"]


async def test_words_of_one_table_beat_words_scattered_over_many() -> None:
    """Two hundred tables that each know one word are not about the question."""
    scattered = replace(product("Everything"), tables=tuple(
        Table(TableRef("main", "all", f"t{i}"), (Column(word, "string"),))
        for i, word in enumerate(["turbine", "height", "hub", "other", "more"] * 20)
    ))  # fmt: skip
    focused = product("Windmills", "", "turbine", "hub", "height")
    assert (await ids(over(scattered, focused), "hub height of each turbine"))[0] == "windmills"


async def test_priors_break_ties_and_never_beat_relevance() -> None:
    """Of two alike the documented one comes first; a perfect product about something else does not."""
    poor, good = product("Sales north", "Sales"), product("Sales south", "Sales", documentation=90, owner="team")
    assert await ids(over(poor, good), "sales") == ["sales-south", "sales-north"]
    other = product("Weather", "Rain", documentation=100, owner="team", space="s")
    assert await ids(over(other, poor), "sales") == ["sales-north"]


async def test_retired_products_come_last() -> None:
    """They are still found."""
    old = product("Sales ledger", "Sales sales sales", lifecycle=Lifecycle.RETIRED)
    assert await ids(over(old, product("Sales", "Sales")), "sales") == ["sales", "sales-ledger"]


async def test_near_duplicates_are_collapsed() -> None:
    """Same name except for its version, same columns: one hit that names the other."""
    shop = over(
        product("Orders", "", "id", "amount"), product("Orders v2", "", "id", "amount"), product("Orders old", "", "x")
    )
    hits = await shop.search(ASKER, "orders")
    assert sorted(len(hit.near_duplicates) for hit in hits) == [0, 1]


async def test_narrowing() -> None:
    """Domain, family, lifecycle and owner narrow what is returned."""
    shop = over(
        product("Sales a", domain="Ventes & Énergie", family=Family.AGGREGATED, owner="north team"),
        product("Sales b", domain="other", lifecycle=Lifecycle.DRAFT),
    )
    assert await ids(shop, "sales", narrowing=Narrowing(domain="energie")) == ["sales-a"]
    assert await ids(shop, "sales", narrowing=Narrowing(family=Family.AGGREGATED)) == ["sales-a"]
    assert await ids(shop, "sales", narrowing=Narrowing(lifecycle=Lifecycle.DRAFT)) == ["sales-b"]
    assert await ids(shop, "sales", narrowing=Narrowing(owner="North")) == ["sales-a"]


async def test_the_limit_counts_products() -> None:
    """As many hits as asked for, at most."""
    assert len(await ids(over(*(product(f"Sales {name}") for name in "abcdefgh")), "sales", limit=3)) == 3


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("who owns energy-usage?", ["energy-usage"]),
        ("who owns Energy Usage v1?", ["energy-usage-v1"]),
        ("qui est responsable de wind-production et de energy-usage ?", ["energy-usage", "wind-production"]),
        ("what is our energy usage?", ["energy-usage"]),
        ("combien d'énergie ?", []),
    ],
)
async def test_products_named_as_such(mesh: SearchedMarketplace, words: str, wanted: list[str]) -> None:
    """By id or name, as whole words; the longer name wins its words."""
    assert sorted(p.id for p in await mesh.named_in(ASKER, words)) == wanted


async def test_a_name_of_one_common_word_must_be_written_as_one() -> None:
    """A product may be called Sales while sales stay a word."""
    shop = over(replace(product("Sales"), id="p1"))
    assert [p.id for p in await shop.named_in(ASKER, "what is in Sales?")] == ["p1"]
    assert await shop.named_in(ASKER, "how were sales last year?") == ()


async def test_the_products_of_a_table() -> None:
    """Names are compared as tuples without regard to case; active products come first, then the furthest downstream."""
    source = product("Source", "", "x", family=Family.SOURCE_ALIGNED)
    again = replace(source, id="mart", family=Family.USE_CASE_ALIGNED)
    gone = replace(source, id="gone", family=Family.USE_CASE_ALIGNED, lifecycle=Lifecycle.DEPRECATED)
    shop = over(gone, source, again)
    assert [p.id for p in await shop.publishing(ASKER, TableRef("MAIN", "Shop", "SOURCE"))] == [
        "mart",
        "source",
        "gone",
    ]
    assert await shop.publishing(ASKER, TableRef("main", "shop.source", "")) == ()


async def test_unknown_products_are_not_found() -> None:
    """Nothing is guessed."""
    with pytest.raises(NotFound):
        await over(product("A")).get(ASKER, "b")


async def test_a_backend_that_goes_down_costs_freshness_only() -> None:
    """The last state answers on, and health says since when and why."""
    backend = ScriptedBackend([product("Sales")])
    shop = SearchedMarketplace(backend, refresh=0.0)
    assert await ids(shop, "sales") == ["sales"]
    backend.down = True
    assert await ids(shop, "sales") == ["sales"]
    await eventually(lambda: shop.health().failure == "down")
    assert shop.health().up
    assert shop.health().as_of is not None
    backend.down, backend.products = False, [product("Sales"), product("Sales new")]
    await shop.search(ASKER, "sales")
    await eventually(lambda: shop.health().products == 2)
    assert shop.health().failure == ""
    await shop.close()


async def test_a_backend_that_is_down_from_the_start_is_unavailable() -> None:
    """Never "no product found"; and it is not asked again for every question."""
    backend = ScriptedBackend(down=True)
    shop = SearchedMarketplace(backend)
    for _ in range(3):
        with pytest.raises(Unavailable) as down:
            await shop.search(ASKER, "sales")
        assert phrase("en", f"sorry.{down.value.reason}").startswith("The catalogue of data products")
    assert backend.fetched == 1
    assert not shop.health().up


async def test_a_first_rush_reads_the_marketplace_once() -> None:
    """Twenty questions at start wait for one reading, and nothing is indexed twice."""
    backend = ScriptedBackend([product("Sales")])
    shop = SearchedMarketplace(backend)
    found = await asyncio.gather(*(ids(shop, "sales") for _ in range(20)))
    assert found == [["sales"]] * 20
    assert backend.fetched == 1


async def test_a_very_long_question_is_searched_quickly(mesh: SearchedMarketplace) -> None:
    """Twenty thousand characters are cut, not chewed."""
    assert (await ids(mesh, "wind production " * 1500))[0] == "wind-production"


async def test_files_added_and_removed_are_seen(tmp_path: Path) -> None:
    """A product comes and goes with its file after one reading."""
    shutil.copytree(MESH, tmp_path / "mesh")
    shop = SearchedMarketplace(FilesBackend(tmp_path / "mesh"))
    await shop.sync()
    for path in (tmp_path / "mesh").rglob("wind-production.od*"):
        path.unlink()
    await shop.sync()
    with pytest.raises(NotFound):
        await shop.get(ASKER, "wind-production")
    assert (await shop.get(ASKER, "energy-usage")).name


async def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


async def test_without_words_the_best_documented_products_come_first(mesh: SearchedMarketplace) -> None:
    """Who asks which products there are has no words to search with, and still deserves products."""
    hits = await mesh.search(ASKER, "", limit=5)
    assert len(hits) == 5
    assert all(hit.product.lifecycle is Lifecycle.ACTIVE for hit in hits)
    assert hits[0].product.documentation >= hits[-1].product.documentation


async def test_why_keeps_the_accents_of_the_question(mesh: SearchedMarketplace) -> None:
    """What was found is told in the asker's own spelling."""
    hits = await mesh.search(ASKER, "quelles données sur l'éolien ?")
    assert {word for hit in hits for word, _ in hit.why} == {"éolien"}


async def test_where_nothing_fits_the_nearest_two_can_be_asked_for(mesh: SearchedMarketplace) -> None:
    """A discovery hears of what comes nearest; anything else hears that nothing fits."""
    words = "wind unicorns rainbows glitter ponies sparkles"
    assert await mesh.search(ASKER, words) == ()
    assert 0 < len(await mesh.search(ASKER, words, narrowing=Narrowing(nearest=True))) <= 2
