"""Unity Catalog, statements, warehouses and identity over REST, through the unmodified databricks-sdk."""

from __future__ import annotations

import io
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date

import pyarrow as pa
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InternalError, NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.service import sql as dbsql
from databricks.sdk.service.catalog import EntityTagAssignment, PermissionsChange, Privilege

from sandbox.databricks.knobs import Fault, Knobs
from sandbox.databricks.workspace import Workspace
from sandbox.launch import LaunchedSandbox, in_process
from tests import sandbox_mesh
from tests.sandbox_clients import sdk

LONG = "SELECT count(*) FROM range(3000000) a, range(3000000) b"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    """One workspace for the module."""
    return sandbox_mesh.workspace(Knobs())


@pytest.fixture(scope="module")
def place(workspace: Workspace) -> Iterator[LaunchedSandbox]:
    """Where it is served."""
    with in_process(workspace) as found:
        yield found


@pytest.fixture(scope="module")
def analyst(place: LaunchedSandbox) -> WorkspaceClient:
    """The SDK as an analyst."""
    return sdk(place)


@pytest.fixture(scope="module")
def admin(place: LaunchedSandbox) -> WorkspaceClient:
    """The SDK as an admin."""
    return sdk(place, "sandbox-admin")


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for a condition and fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def run(client: WorkspaceClient, place: LaunchedSandbox, sql: str, **options: object) -> dbsql.StatementResponse:
    """One statement on the sandbox's warehouse."""
    return client.statement_execution.execute_statement(sql, place.warehouse_id, **options)  # type: ignore[arg-type]


# ── Who am I ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_me_is_the_tokens_owner(analyst: WorkspaceClient) -> None:
    """SCIM Me names the user and the groups."""
    me = analyst.current_user.me()
    assert me.user_name == "analyst@example.org"
    assert "analysts" in {group.display for group in me.groups or ()}


def test_an_unknown_token_is_unauthenticated(place: LaunchedSandbox) -> None:
    """401 in the shape that the SDK understands."""
    with pytest.raises(Unauthenticated):
        sdk(place, "nobody").current_user.me()


def test_what_is_not_there_says_so(analyst: WorkspaceClient) -> None:
    """Gaps are visible: 404 ENDPOINT_NOT_FOUND."""
    with pytest.raises(NotFound, match="No API found"):
        analyst.api_client.do("GET", "/api/2.0/clusters/list")


# ── Unity Catalog ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_catalogs_and_schemas_are_listed(analyst: WorkspaceClient) -> None:
    """Generators follow their pages."""
    assert [it.name for it in analyst.catalogs.list()] == ["energy", "people"]
    assert [it.full_name for it in analyst.schemas.list("energy")] == ["energy.usage"]
    assert analyst.schemas.get("energy.usage").name == "usage"


def test_a_table_tells_columns_keys_and_comments(analyst: WorkspaceClient) -> None:
    """TableInfo as a product needs it."""
    table = analyst.tables.get("energy.usage.sales")
    columns = table.columns or []
    assert table.comment == "Sales by country and day"
    assert table.browse_only is False
    assert [it.name for it in columns] == ["country", "day", "customer_id", "amount"]
    assert (columns[3].type_text, columns[3].type_precision, columns[3].comment) == ("decimal(10,2)", 10, "Net amount")
    assert json.loads(columns[2].type_json or "")["type"] == "long"
    keys = table.table_constraints or []
    assert keys[0].primary_key_constraint
    assert keys[0].primary_key_constraint.child_columns == ["country", "day"]
    assert keys[1].foreign_key_constraint
    assert keys[1].foreign_key_constraint.parent_table == "energy.usage.customers"


def test_a_table_that_may_only_be_browsed_says_so(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """BROWSE shows the metadata; somebody without it sees nothing."""
    assert analyst.tables.get("people.hr.salaries").browse_only is True
    stranger = sdk(place, "sandbox-contractor")
    with pytest.raises(NotFound):
        stranger.tables.get("people.hr.salaries")
    assert list(stranger.catalogs.list()) == []


def test_tables_are_paged_and_summarised(analyst: WorkspaceClient) -> None:
    """One a page, all in the end; LIKE patterns select."""
    first = analyst.api_client.do(
        "GET",
        "/api/2.1/unity-catalog/tables",
        query={"catalog_name": "energy", "schema_name": "usage", "max_results": 1},
    )
    assert len(first["tables"]) == 1
    assert first["next_page_token"]  # type: ignore[call-overload,index]
    assert [it.name for it in analyst.tables.list("energy", "usage")] == ["sales", "customers"]
    found = analyst.tables.list_summaries("energy", table_name_pattern="s%")
    assert [it.full_name for it in found] == ["energy.usage.sales"]
    assert analyst.tables.exists("energy.usage.nope").table_exists is False


def test_tags_are_listed(analyst: WorkspaceClient) -> None:
    """Tags of tables and of columns."""
    table: list[EntityTagAssignment] = list(analyst.entity_tag_assignments.list("tables", "energy.usage.sales"))
    column = list(analyst.entity_tag_assignments.list("columns", "energy.usage.customers.email"))
    assert [(it.tag_key, it.tag_value) for it in table] == [("certified", "gold")]
    assert [it.tag_key for it in column] == ["class.pii"]


def test_grants_are_shown_and_changed_by_owners_only(admin: WorkspaceClient, analyst: WorkspaceClient) -> None:
    """PATCH permissions takes effect at once; who does not manage it is refused."""
    change = [PermissionsChange(principal="analysts", add=[Privilege.SELECT, Privilege.MODIFY])]
    with pytest.raises(PermissionDenied):
        analyst.grants.update("TABLE", "energy.usage.customers", changes=change)
    admin.grants.update("TABLE", "energy.usage.customers", changes=change)
    held = admin.grants.get("TABLE", "energy.usage.customers").privilege_assignments or []
    assert {it.principal for it in held} >= {"analysts"}
    mine = analyst.grants.get_effective("TABLE", "energy.usage.customers", principal="analyst@example.org")
    names = {it.privilege for row in mine.privilege_assignments or [] for it in row.privileges or []}
    assert {Privilege.SELECT, Privilege.USE_CATALOG, Privilege.MODIFY} <= names
    take = [PermissionsChange(principal="analysts", remove=[Privilege.SELECT, Privilege.MODIFY])]
    admin.grants.update("TABLE", "energy.usage.customers", changes=take)


def test_functions_made_in_sql_are_described_for_toolkits(admin: WorkspaceClient, place: LaunchedSandbox) -> None:
    """CREATE FUNCTION gives a FunctionInfo with types, comments and defaults."""
    run(admin, place, "CREATE SCHEMA IF NOT EXISTS energy.tools")
    made = run(
        admin,
        place,
        "CREATE OR REPLACE FUNCTION energy.tools.sold(where_ STRING COMMENT 'Country', n INT DEFAULT 5 COMMENT 'Rows') "
        "RETURNS TABLE (country STRING COMMENT 'Country', amount DECIMAL(10,2)) COMMENT 'Sales of one country' "
        "RETURN SELECT country, amount FROM energy.usage.sales WHERE country = where_ ORDER BY amount LIMIT sold.n",
    )
    assert made.status
    assert made.status.state == dbsql.StatementState.SUCCEEDED, made.status
    info = admin.functions.get("energy.tools.sold")
    parameters = info.input_params.parameters if info.input_params else []
    assert info.comment == "Sales of one country"
    assert info.data_type
    assert info.data_type.value == "TABLE_TYPE"
    shown = [(it.name, it.parameter_default, json.loads(it.type_json or "")["type"]) for it in parameters or []]
    assert shown == [("where_", None, "string"), ("n", "5", "integer")]
    assert [it.name for it in admin.functions.list("energy", "tools")] == ["sold"]


# ── Statements ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_come_inline_as_text(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """JSON_ARRAY: every value is text or null."""
    answer = run(
        analyst,
        place,
        "SELECT :n AS n, true AS b, NULL AS x, TIMESTAMP '2025-01-01 00:00:00' AS t, array(1,2) AS l, 1.50 AS d",
        parameters=[dbsql.StatementParameterListItem("n", type="INT", value="7")],
    )
    assert answer.result
    assert answer.result.data_array == [["7", "true", None, "2025-01-01T00:00:00.000Z", "[1, 2]", "1.50"]]
    assert answer.manifest
    assert answer.manifest.total_row_count == 1


def test_a_failure_is_an_answer(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """HTTP 200 and FAILED with Databricks' error class."""
    answer = run(analyst, place, "SELECT * FROM people.hr.salaries")
    assert answer.status
    assert answer.status.state == dbsql.StatementState.FAILED
    assert answer.status.error
    assert (answer.status.error.message or "").startswith("[INSUFFICIENT_PERMISSIONS]")


def test_a_statement_can_be_polled_and_cancelled(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """wait_timeout 0s answers at once; a cancel is soon final."""
    api = analyst.statement_execution
    started = run(analyst, place, LONG, wait_timeout="0s")
    identifier = started.statement_id or ""
    api.cancel_execution(identifier)

    def state() -> object:
        status = api.get_statement(identifier).status
        return status.state if status else None

    until(lambda: state() == dbsql.StatementState.CANCELED)


def test_a_statement_that_is_too_slow_is_cancelled_when_asked(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """on_wait_timeout=CANCEL after the shortest wait."""
    answer = run(
        analyst, place, LONG, wait_timeout="5s", on_wait_timeout=dbsql.ExecuteStatementRequestOnWaitTimeout.CANCEL
    )
    assert answer.status
    assert answer.status.state == dbsql.StatementState.CANCELED


def test_an_invalid_wait_is_refused(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """Between 5 and 50 seconds, or none."""
    with pytest.raises(BadRequest, match="wait_timeout"):
        run(analyst, place, "SELECT 1", wait_timeout="3s")


def test_a_statement_belongs_to_its_asker(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """Somebody else's statement does not exist."""
    mine = run(analyst, place, "SELECT 1").statement_id or ""
    with pytest.raises(NotFound):
        sdk(place, "sandbox-trader").statement_execution.get_statement(mine)


def test_large_results_come_as_arrow_links(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """Chunks are linked one after the other and fetched without a token."""
    answer = run(
        analyst,
        place,
        "SELECT id FROM range(120000) AS t(id)",
        disposition=dbsql.Disposition.EXTERNAL_LINKS,
        format=dbsql.Format.ARROW_STREAM,
    )
    ids: list[int] = []
    chunk = answer.result
    while chunk and chunk.external_links:
        link = chunk.external_links[0]
        with urllib.request.urlopen(link.external_link or "") as page:  # noqa: S310 - the sandbox's own link
            ids += pa.ipc.open_stream(io.BytesIO(page.read())).read_all().column("id").to_pylist()
        more = link.next_chunk_index
        api = analyst.statement_execution
        chunk = api.get_statement_result_chunk_n(answer.statement_id or "", more) if more else None
    assert ids == list(range(120_000))


def test_row_and_byte_limits_cut_and_say_so(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """`truncated` is what "first N of M" is said from."""
    by_rows = run(analyst, place, "SELECT * FROM range(100)", row_limit=10)
    by_bytes = run(analyst, place, "SELECT * FROM range(1000)", byte_limit=800)
    assert by_rows.manifest
    assert (by_rows.manifest.total_row_count, by_rows.manifest.truncated) == (10, True)
    assert by_bytes.manifest
    assert by_bytes.manifest.truncated
    assert 90 <= (by_bytes.manifest.total_row_count or 0) <= 100


def test_the_history_shows_ones_own_queries(analyst: WorkspaceClient, place: LaunchedSandbox) -> None:
    """Latest first, with state and user; others' queries are the admin's to see."""
    run(analyst, place, "SELECT 'in my history' AS a")
    mine = analyst.query_history.list().res or []
    assert "in my history" in (mine[0].query_text or "")
    assert {it.user_name for it in mine} == {"analyst@example.org"}


# ── Warehouses and faults ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_warehouse_stops_and_starts(analyst: WorkspaceClient, place: LaunchedSandbox, workspace: Workspace) -> None:
    """A cold start takes its time and is told on the way."""
    workspace.knobs.cold_start = 0.3
    try:
        analyst.warehouses.stop(place.warehouse_id)
        assert analyst.warehouses.get(place.warehouse_id).state == dbsql.State.STOPPED
        analyst.warehouses.start(place.warehouse_id)
        assert analyst.warehouses.get(place.warehouse_id).state == dbsql.State.STARTING
        until(lambda: analyst.warehouses.get(place.warehouse_id).state == dbsql.State.RUNNING)
    finally:
        workspace.knobs.cold_start = 0.0
    assert [it.id for it in analyst.warehouses.list()] == [place.warehouse_id]


def test_planned_faults_meet_the_client(analyst: WorkspaceClient, workspace: Workspace) -> None:
    """A fault hits as often as it was planned, then the API works again."""
    workspace.knobs.faults.append(Fault("/api/2.0/preview/scim", 500))
    with pytest.raises(InternalError):
        analyst.current_user.me()
    assert analyst.current_user.me().user_name


def test_only_admins_turn_knobs(
    analyst: WorkspaceClient, admin: WorkspaceClient, place: LaunchedSandbox, workspace: Workspace
) -> None:
    """Another process turns knobs and makes users over the control pages."""
    with pytest.raises(PermissionDenied):
        analyst.api_client.do("PATCH", "/sandbox/knobs", body={"statement_delay": 1})
    admin.api_client.do("PATCH", "/sandbox/knobs", body={"statement_delay": 0.01})
    admin.api_client.do("PATCH", "/sandbox/knobs", body={"statement_delay": 0})
    workspace.knobs.today = date(2026, 11, 16)
    shown = admin.api_client.do("PATCH", "/sandbox/knobs", body={})
    workspace.knobs.today = None
    assert isinstance(shown, dict)
    assert shown["today"] == "2026-11-16"
    rows = {"energy.usage.sales": ["country", ["Italy"]]}
    user = {"name": "ugo", "groups": [], "reads": ["energy.usage.sales"], "rows": rows}
    token = admin.api_client.do("POST", "/sandbox/users", body=user)["token"]  # type: ignore[call-overload,index]
    answer = run(sdk(place, str(token)), place, "SELECT country FROM energy.usage.sales")
    assert answer.result
    assert answer.result.data_array == [["Italy"]]
