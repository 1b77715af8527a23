"""The Catalog port, the shipped functions and the check, through the real clients against the local Databricks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import pytest
from databricks.sdk.service.catalog import TableInfo
from langchain_core.tools import BaseTool

from adapters.databricks.catalog import UnityCatalog
from adapters.databricks.catalog_tables import table_of
from adapters.databricks.check import Check, Finding, Wanted
from adapters.databricks.function_tools import FunctionTools
from adapters.databricks.identity import TokenPerUser
from adapters.databricks.installation import FUNCTIONS, Installation
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import Column, DataProduct, Family, Lifecycle, Sensitivity, Table, TableRef, User
from agents.errors import BadQuery, NotConnected, NotFound, Refused, Unavailable
from sandbox.databricks.grants import RowFilter
from sandbox.databricks.knobs import Fault
from tests.databricks_peer import ADMIN, ANALYST, GERMANY, STRANGER, Peer, databricks, ignore, script
from tests.redis_peer import until

# unitycatalog-langchain declares its models in pydantic's old way.
pytestmark = pytest.mark.filterwarnings("ignore:Support for class-based:DeprecationWarning")

SALES = TableRef("energy", "usage", "sales")
CUSTOMERS = TableRef("energy", "usage", "customers")
SALARIES = TableRef("people", "hr", "salaries")
NOWHERE = TableRef("energy", "usage", "nowhere")
SCHEMA = "energy.findata"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with databricks() as made:
        yield made


@pytest.fixture
async def warehouse(peer: Peer) -> AsyncIterator[SqlWarehouse]:
    made = SqlWarehouse(peer.workspace)
    yield made
    await made.close()


# ── tables as the asker may see them ──────────────────────────────────────────────────────────────────────────────────


async def test_tables_come_with_all_that_is_known(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Columns with types and comments, tags, and the keys that tables join by."""
    [sales] = await UnityCatalog(peer.workspace, warehouse=warehouse).tables(ANALYST, [SALES])
    assert sales.ref == SALES
    assert sales.description == "Sales by country and day"
    assert [(column.name, column.type) for column in sales.columns][0::3] == [
        ("country", "string"),
        ("amount", "decimal(10,2)"),
    ]
    assert sales.columns[0].description == "Where it was sold"
    assert sales.columns[0].tags == ("class.geo=true",)
    assert sales.joins == (("customer_id", CUSTOMERS, "id"),)
    assert sales.readable


async def test_tables_tell_what_is_hidden_row_by_row_and_column_by_column(peer: Peer) -> None:
    """A row filter and a mask are read off the table's document, whoever asks: both may hide things from anybody."""
    catalog = UnityCatalog(peer.workspace)
    for user in (ANALYST, GERMANY):
        sales, customers = await catalog.tables(user, [SALES, CUSTOMERS])
        assert (sales.filtered, customers.filtered) == (True, False)
        assert [column.name for table in (sales, customers) for column in table.columns if column.masked] == ["email"]


@pytest.mark.parametrize(
    ("definition", "filtered"),
    [
        ("SELECT * FROM t WHERE seller = CURRENT_USER()", True),
        ("SELECT * FROM t WHERE is_account_group_member('managers')", True),
        ("SELECT * FROM t WHERE session_user () = seller", True),
        ("SELECT current_user_name FROM t", False),
        ("SELECT * FROM t", False),
    ],
)
def test_a_view_that_looks_at_who_asks_is_filtered(definition: str, filtered: bool) -> None:
    """Before row filters existed, views did their work."""
    info = TableInfo(name="v", view_definition=definition)
    assert table_of(info, SALES).filtered is filtered


async def test_what_may_only_be_known_is_not_readable(peer: Peer) -> None:
    """A table that the asker may browse is shown as such, one that does not exist is left out, the order is kept."""
    tables = await UnityCatalog(peer.workspace).tables(ANALYST, [SALARIES, NOWHERE, SALES])
    assert [(table.ref, table.readable) for table in tables] == [(SALARIES, False), (SALES, True)]


async def test_what_may_not_be_known_is_left_out(peer: Peer) -> None:
    """For somebody without any right a table is as if it were not there."""
    assert await UnityCatalog(peer.workspace).tables(STRANGER, [SALES, SALARIES]) == ()


async def test_one_asker_never_sees_what_another_was_shown(peer: Peer) -> None:
    """What is remembered is remembered for one asker."""
    catalog = UnityCatalog(peer.workspace)
    assert len(await catalog.tables(ANALYST, [SALES])) == 1
    assert await catalog.tables(STRANGER, [SALES]) == ()
    with pytest.raises(NotConnected):
        await catalog.tables(User("slack", "t", "nobody"), [SALES])


async def test_what_was_shown_is_remembered_until_told_otherwise(peer: Peer) -> None:
    """A second look asks nobody; after `invalidate` a change is seen."""
    catalog = UnityCatalog(peer.workspace)
    await catalog.tables(ANALYST, [SALARIES])
    peer.platform.knobs.faults.append(Fault("/api/2.1/", 500, times=-1))
    assert len(await catalog.tables(ANALYST, [SALARIES])) == 1
    peer.platform.knobs.faults.clear()
    peer.platform.grants.let_read("analyst@example.org", str(SALARIES))
    catalog.invalidate(ANALYST)
    [salaries] = await catalog.tables(ANALYST, [SALARIES])
    assert salaries.readable


@pytest.mark.parametrize("revoked", [True, False])
async def test_a_refused_statement_ends_what_was_remembered(peer: Peer, warehouse: SqlWarehouse, revoked: bool) -> None:
    """Who loses a right, or a table, in the middle of a conversation is shown what is true at their next question."""
    catalog = UnityCatalog(peer.workspace, warehouse=warehouse)
    [sales] = await catalog.tables(ANALYST, [SALES])
    admin = peer.platform.people.named("admin@example.org")
    assert sales.readable
    assert admin
    if revoked:
        for group in ("analysts", "sales", "finance", "account users"):
            peer.platform.grants.take("TABLE", str(SALES), group, ["SELECT"])
    else:
        peer.platform.run_sql(admin, f"DROP TABLE {SALES}")
    assert await catalog.tables(ANALYST, [SALES]) == (sales,)
    with pytest.raises(Refused if revoked else BadQuery):
        await warehouse.run(ANALYST, f"SELECT * FROM {SALES}", turn_id="t", row_limit=1, report=ignore, conversation="")
    assert [table.readable for table in await catalog.tables(ANALYST, [SALES])] == [False] * revoked


async def test_who_links_another_account_is_not_shown_what_the_first_one_saw(peer: Peer) -> None:
    """What is remembered belongs to the rights it was read with, not to the chat user alone."""
    held = {ANALYST.key: "sandbox-analyst"}
    workspace = peer.as_others(TokenPerUser(held))
    catalog = UnityCatalog(workspace)
    assert len(await catalog.tables(ANALYST, [SALES])) == 1
    held[ANALYST.key] = "sandbox-contractor"
    assert await catalog.tables(ANALYST, [SALES]) == ()
    workspace.close()


async def test_a_catalogue_that_is_down_is_unavailable(peer: Peer) -> None:
    """Down is not the same as "there is no such table"."""
    peer.platform.knobs.faults.append(Fault("/api/2.1/", 503, times=-1, seconds=30))
    begun = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await UnityCatalog(peer.workspace).tables(ANALYST, [SALES])
    assert caught.value.retry_after == 30
    assert time.monotonic() - begun < 20


async def test_many_tables_are_read_at_once(peer: Peer) -> None:
    """Ten tables that take 0.7 s each take less than the seven seconds they would one after the other."""
    peer.platform.knobs.faults.append(Fault("/api/2.1/unity-catalog/tables", "slow", times=-1, seconds=0.7))
    refs = [TableRef("energy", "usage", f"t{n}") for n in range(10)]
    begun = time.monotonic()
    assert await UnityCatalog(peer.workspace).tables(ANALYST, refs) == ()
    assert time.monotonic() - begun < 6.0


# ── functions that models may call ────────────────────────────────────────────────────────────────────────────────────

PRODUCTS = (
    DataProduct(
        "sales",
        "Sales",
        "commerce",
        Family.AGGREGATED,
        Lifecycle.ACTIVE,
        "What was sold, it's all here",
        owner="Sales team",
        tables=(
            Table(SALES, (Column("country", "string", label="Pays"), Column("amount", "decimal(10,2)"))),
            Table(CUSTOMERS, (Column("email", "string"),)),
        ),
        synonyms=(("fr", "ventes"),),
    ),
    DataProduct(
        "pay",
        "Pay",
        "people",
        lifecycle=Lifecycle.ACTIVE,
        description="Salaries and sales bonuses",
        tables=(Table(SALARIES, (Column("name", "string"),)),),
        sensitivity=Sensitivity.RESTRICTED,
    ),
)


async def installed(peer: Peer, warehouse: SqlWarehouse) -> FunctionTools:
    """Tables and functions in place, granted to everybody."""
    told: list[str] = []
    names = await Installation(peer.workspace, warehouse, ADMIN, SCHEMA).install(PRODUCTS, told.append)
    assert names == tuple(f"{SCHEMA}.{name}" for name in FUNCTIONS)
    for grant in ("USE SCHEMA", "EXECUTE"):
        await warehouse.query(ADMIN, f"GRANT {grant} ON SCHEMA {SCHEMA} TO `account users`")
    return FunctionTools(peer.workspace, warehouse, UnityCatalog(peer.workspace), SCHEMA)


async def called(tools: Sequence[BaseTool], name: str, **arguments: object) -> str:
    """What a model reads when it calls this tool."""
    [tool] = [tool for tool in tools if tool.name == name]
    return str(await tool.ainvoke(arguments))


async def test_functions_are_tools(peer: Peer, warehouse: SqlWarehouse) -> None:
    """The five functions, installed by one, are found, described and run by another as LangChain tools."""
    tools = await (await installed(peer, warehouse)).tools(ANALYST)
    assert [tool.name for tool in tools] == list(FUNCTIONS)
    assert all(tool.description for tool in tools)
    assert "Sales team" in await called(tools, "find_products", search="the ventes of somebody")
    assert "it's all here" in await called(tools, "product_details", product="SALES")
    assert "customers" in await called(tools, "product_tables", product="sales")
    assert "decimal(10,2)" in (await called(tools, "table_columns", full_name="energy.usage.sales")).lower()


async def test_the_best_product_comes_first_and_the_rest_is_cut(peer: Peer, warehouse: SqlWarehouse) -> None:
    """More words found go before fewer, and `most` is kept."""
    tools = await (await installed(peer, warehouse)).tools(ANALYST)
    found = await called(tools, "find_products", search="salaries and sales bonuses")
    assert found.index("Pay") < found.index("Sales team")
    assert "Sales team" not in await called(tools, "find_products", search="salaries and sales bonuses", most=1)


async def test_tables_and_values_that_are_not_the_askers_stay_hidden(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Functions read as their owner; what they say about tables still ends where the asker's rights end."""
    made = await installed(peer, warehouse)
    await warehouse.query(
        ADMIN,
        f"INSERT INTO {SCHEMA}.published_values VALUES ('people', 'hr', 'salaries', 'name', 'Ana', 1)",
    )
    analyst, admin = await made.tools(ANALYST), await made.tools(ADMIN)
    for tools, seen in ((admin, True), (analyst, False)):
        values = await called(tools, "column_values", full_name="people.hr.salaries", of_column="name")
        assert ("Ana" in values) is seen
    assert "salaries" in await called(analyst, "product_tables", product="pay")  # its name may be known


async def test_values_of_filtered_tables_and_masked_columns_are_not_stored(peer: Peer, warehouse: SqlWarehouse) -> None:
    """What not every reader sees is not kept in a table that every reader's function reads."""
    await installed(peer, warehouse)
    _, rows = await warehouse.query(ADMIN, f"SELECT DISTINCT table_name FROM {SCHEMA}.published_values")
    assert rows == ()  # sales is filtered by country, customers' addresses are masked, pay is restricted


async def test_values_of_filtered_tables_are_looked_up_as_the_asker(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Each asker is told the countries that they see; what is masked, personal, closed or made up stays untold."""
    made = await installed(peer, warehouse)
    for user, seen in ((ANALYST, {"France", "Germany", "Italy"}), (GERMANY, {"Germany"})):
        tools = await made.tools(user)
        values = await called(tools, "column_values", full_name="Energy.usage.SALES", of_column="Country")
        assert {name for name in ("France", "Germany", "Italy") if name in values} == seen
    tools = await made.tools(ANALYST)
    nothing = await called(tools, "column_values", full_name="energy.usage.sales", of_column="nothing")
    for table, column in (
        ("people.hr.salaries", "name"),
        ("energy.usage.customers", "email"),
        ("energy.usage.sales", "country` FROM people.hr.salaries --"),
        ("energy.usage", "sales"),
    ):
        assert await called(tools, "column_values", full_name=table, of_column=column) == nothing


async def test_values_of_open_columns_are_stored(peer: Peer, warehouse: SqlWarehouse) -> None:
    """A text column with few values that everybody sees is there, with how often each occurs."""
    await warehouse.query(ADMIN, "CREATE TABLE energy.usage.plants AS SELECT 'wind' AS kind UNION ALL SELECT 'wind'")
    plants = Table(TableRef("energy", "usage", "plants"), (Column("kind", "string"),))
    install = Installation(peer.workspace, warehouse, ADMIN, SCHEMA)
    await install.install((DataProduct("plants", "Plants", tables=(plants,)),), lambda _: None)
    _, rows = await warehouse.query(ADMIN, f"SELECT table_name, value, occurrences FROM {SCHEMA}.published_values")
    assert rows == (("plants", "wind", 2),)


@pytest.mark.parametrize("may_know", [True, False])
async def test_values_of_tables_under_a_policy_are_not_stored(
    peer: Peer, warehouse: SqlWarehouse, may_know: bool
) -> None:
    """A policy by tag is in no table's document: it is asked for, and supposed where it may not be known."""
    await warehouse.query(ADMIN, "CREATE TABLE energy.usage.plants AS SELECT 'wind' AS kind UNION ALL SELECT 'gas'")
    await warehouse.query(ADMIN, "GRANT SELECT ON TABLE energy.usage.plants TO `account users`")
    plants = Table(TableRef("energy", "usage", "plants"), (Column("kind", "string"),))
    if may_know:
        rule = RowFilter("energy.usage.plants", "kind", {"nobody": ()}, "energy.usage.own", policy="own_kinds")
        peer.platform.grants.filter_rows(rule)
    else:
        peer.platform.grants.give("CATALOG", "energy", "analysts", ["CREATE_SCHEMA", "USE_CATALOG"])
    user = ADMIN if may_know else ANALYST
    await Installation(peer.workspace, warehouse, user, SCHEMA).install(
        (DataProduct("plants", "Plants", tables=(plants,)),), lambda _: None
    )
    _, rows = await warehouse.query(user, f"SELECT value FROM {SCHEMA}.published_values")
    assert rows == ()


async def test_a_wrong_call_is_told_to_the_model(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Missing, extra and mistyped arguments are words for the model to read, not exceptions."""
    tools = await (await installed(peer, warehouse)).tools(ANALYST)
    assert "search" in await called(tools, "find_products")
    assert "rror" in await called(tools, "find_products", search="x", most="many")
    assert await called(tools, "product_details", product="x' OR '1'='1") == await called(
        tools, "product_details", product="nothing"
    )


async def test_calls_run_side_by_side(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Four calls of a second each: several statements run at the same time."""
    tools = await (await installed(peer, warehouse)).tools(ANALYST)
    await called(tools, "find_products", search="sales")
    peer.platform.knobs.statement_delay = 1.0
    calls = [asyncio.create_task(called(tools, "find_products", search=f"sales {n}")) for n in range(4)]
    await until(lambda: sum(one.state == "RUNNING" for one in peer.platform.statements.history()) > 1)
    await asyncio.gather(*calls)


async def test_functions_that_are_not_there_are_not_found(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Without installation there are no tools, and the caller hears why."""
    tools = FunctionTools(peer.workspace, warehouse, UnityCatalog(peer.workspace), SCHEMA)
    with pytest.raises(NotFound):
        await tools.tools(ANALYST)


# ── check ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def looked(peer: Peer, warehouse: SqlWarehouse, user: User, wanted: Wanted) -> dict[str, Finding]:
    return {finding.name: finding async for finding in Check(peer.workspace, warehouse, user).findings(wanted)}


async def test_check_tells_installed_functions_that_may_not_be_called(peer: Peer, warehouse: SqlWarehouse) -> None:
    """To see a function's signature BROWSE is enough; to call it is another right."""
    await installed(peer, warehouse)
    peer.platform.grants.take("SCHEMA", SCHEMA, "account users", ["EXECUTE"])
    found = (await looked(peer, warehouse, ANALYST, Wanted(schema=SCHEMA)))["functions"]
    assert (found.ok, "EXECUTE" in found.fix) == (False, True)


async def test_check_finds_everything_well(peer: Peer, warehouse: SqlWarehouse) -> None:
    """With all in place each thing is looked at and found good."""
    await installed(peer, warehouse)
    await script(peer, otherwise={"content": "yes"})
    wanted = Wanted(("space-sales",), "databricks-claude-3-7-sonnet", SCHEMA, (SALES, SALARIES))
    found = await looked(peer, warehouse, ANALYST, wanted)
    assert {name: finding.ok for name, finding in found.items()} == dict.fromkeys(
        ("host", "identity", "warehouse", "SQL", "Genie space space-sales", "model", "functions", "grants"), True
    )
    assert "analyst@example.org" in found["identity"].what
    assert "1 of 2 tables" in found["grants"].what


async def test_check_says_what_is_wrong_and_the_fix(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Each thing that is missing is named with the way to mend it, and looking goes on."""
    found = await looked(peer, warehouse, STRANGER, Wanted(("nowhere",), "no-such-model", SCHEMA, (SALES,)))
    bad = {name for name, finding in found.items() if not finding.ok}
    assert {"Genie space nowhere", "model", "functions", "grants"} <= bad
    assert all(finding.fix for finding in found.values() if not finding.ok)


async def test_check_stops_where_nothing_else_can_work(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Without an identity there is no use in looking further."""
    found = await looked(peer, warehouse, User("slack", "t", "nobody"), Wanted(("space-sales",)))
    assert list(found) == ["host", "identity"]
    assert not found["identity"].ok
