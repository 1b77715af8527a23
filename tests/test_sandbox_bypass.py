"""Attempts to read or change what is not the asker's, in SQL as a model or a person might write it. All are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.databricks.failures import SqlFailure
from sandbox.databricks.workspace import Workspace
from tests import sandbox_mesh


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    """A workspace in which the analyst may browse people.hr.salaries and not read it."""
    found = sandbox_mesh.workspace()
    admin = found.people.named("admin@example.org")
    assert admin
    for sql in (
        "CREATE SCHEMA energy.tools",
        "CREATE FUNCTION energy.tools.pay() RETURNS TABLE (salary BIGINT) RETURN SELECT salary FROM people.hr.salaries",
        "CREATE FUNCTION energy.tools.top() RETURNS BIGINT RETURN (SELECT max(salary) FROM people.hr.salaries)",
        "GRANT USE SCHEMA ON SCHEMA energy.tools TO `account users`",
    ):
        found.run_sql(admin, sql)
    yield found
    found.close()


READS = [
    "SELECT * FROM people.hr.salaries",
    "SELECT * FROM PEOPLE.HR.SALARIES",
    "SELECT * FROM `people`.`hr`.`salaries`",
    "SELECT * FROM (SELECT * FROM people.hr.salaries)",
    "WITH s AS (SELECT * FROM people.hr.salaries) SELECT * FROM s",
    "WITH sales AS (SELECT * FROM people.hr.salaries) SELECT * FROM sales",
    "WITH salaries AS (SELECT * FROM people.hr.salaries) SELECT * FROM energy.usage.sales, salaries",
    "SELECT country FROM energy.usage.sales UNION ALL SELECT name FROM people.hr.salaries",
    "SELECT country FROM energy.usage.sales EXCEPT SELECT name FROM people.hr.salaries",
    "SELECT (SELECT max(salary) FROM people.hr.salaries) AS s",
    "SELECT * FROM energy.usage.sales WHERE EXISTS (SELECT 1 FROM people.hr.salaries WHERE salary > 1)",
    "SELECT * FROM energy.usage.sales WHERE customer_id IN (SELECT salary FROM people.hr.salaries)",
    "SELECT * FROM energy.usage.sales s JOIN people.hr.salaries p ON true",
    "SELECT * FROM energy.usage.sales s, LATERAL (SELECT * FROM people.hr.salaries) p",
    "SELECT * FROM energy.usage.sales ORDER BY (SELECT max(salary) FROM people.hr.salaries)",
    "SELECT sum(amount) FROM energy.usage.sales HAVING sum(amount) > (SELECT max(salary) FROM people.hr.salaries)",
    "SELECT * FROM energy.usage.sales LIMIT (SELECT max(salary) FROM people.hr.salaries)",
    "SELECT * FROM VALUES ((SELECT max(salary) FROM people.hr.salaries)) AS t(a)",
    "SELECT CASE WHEN (SELECT count(*) FROM people.hr.salaries) > 0 THEN 1 END",
    "SELECT transform(array(1), x -> (SELECT max(salary) FROM people.hr.salaries))",
    "SELECT * FROM energy.tools.pay()",
    "SELECT energy.tools.top()",
    "SELECT * FROM TABLE(energy.tools.pay())",
    "SELECT * FROM IDENTIFIER('people.hr.salaries')",
    "SELECT * FROM IDENTIFIER('people.' || 'hr.salaries')",
    "SELECT * FROM query('SELECT * FROM people.hr.salaries')",
    "SELECT * FROM query_table('people.hr.salaries')",
    "SELECT * FROM query_table(['people.hr.salaries'])",
    "SELECT query('SELECT 1')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM people.hr.salaries'))",
    "SELECT json_serialize_sql('SELECT 1')",
    "SELECT * FROM memory.main.x",
    "SELECT * FROM main.pragma_version",
    "FROM people.hr.salaries",
    "FROM people.hr.salaries SELECT name",
    "TABLE people.hr.salaries",
    "PIVOT people.hr.salaries ON name USING sum(salary)",
    "SELECT * FROM people.hr.salaries PIVOT (sum(salary) FOR name IN ('Ana'))",
    "SELECT * FROM (people.hr.salaries)",
    "SELECT * FROM people.hr.salaries TABLESAMPLE (100 PERCENT)",
    "SELECT * FROM people.hr.salaries VERSION AS OF 1",
    "SELECT * FROM people.hr.salaries@v1",
    "WITH RECURSIVE r AS (SELECT name FROM people.hr.salaries UNION ALL SELECT name FROM r) SELECT * FROM r",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM duckdb_tables",
    "WITH duckdb_tables AS (SELECT * FROM duckdb_tables) SELECT * FROM duckdb_tables",
    "SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) a, sqlite_master",
    "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, pg_class",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM system.main.duckdb_settings()",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM information_schema.duckdb_tables",
    "SELECT * FROM `x' OR '1'='1`.information_schema.tables",
    "SELECT current_setting('memory_limit')",
    "SELECT getvariable('x')",
    "SELECT getenv('HOME')",
    "SELECT main.current_setting('memory_limit')",
    "SELECT system.main.current_setting('memory_limit')",
    "SELECT ('memory_limit').current_setting()",
    "SELECT pg_get_viewdef(1)",
    "SELECT error('x')",
    "SELECT write_log('x')",
    "SELECT sleep_ms(1000)",
    "SELECT nextval('s')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_files('/etc/passwd')",
    "SELECT * FROM parquet_scan('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM csv.`/etc/passwd`",
    "SELECT * FROM `/etc/passwd`",
    "SELECT * FROM text.`/etc/hosts`",
    "SELECT * FROM `https://127.0.0.1/x.csv`",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM python_map_function()",
    "SELECT * FROM sandbox_rows",
    "SELECT 1; SELECT * FROM people.hr.salaries",
    "SELECT 1; DROP TABLE energy.usage.sales",
    "SELECT 1 /* ; */; ATTACH '/tmp/x.db' AS x",
]

CHANGES = [
    "INSERT INTO energy.usage.sales VALUES ('X', DATE '2025-01-01', 1, 1)",
    "INSERT INTO energy.usage.sales SELECT name, DATE '2025-01-01', 1, 1 FROM people.hr.salaries",
    "UPDATE energy.usage.sales SET amount = 0",
    "DELETE FROM energy.usage.sales",
    "TRUNCATE TABLE energy.usage.sales",
    "MERGE INTO energy.usage.sales s USING energy.usage.sales t ON false WHEN NOT MATCHED THEN INSERT *",
    "DROP TABLE energy.usage.sales",
    "DROP SCHEMA energy.usage CASCADE",
    "DROP TABLE IF EXISTS people.hr.salaries",
    "CREATE TABLE energy.usage.mine AS SELECT * FROM people.hr.salaries",
    "CREATE TABLE energy.usage.mine (a INT)",
    "CREATE OR REPLACE TABLE energy.usage.sales (a INT)",
    "CREATE SCHEMA energy.mine",
    "CREATE VIEW energy.usage.v AS SELECT * FROM people.hr.salaries",
    "CREATE FUNCTION energy.usage.f() RETURNS INT RETURN 1",
    "CREATE MACRO f() AS 1",
    "ALTER TABLE energy.usage.sales RENAME TO x",
    "GRANT SELECT ON TABLE people.hr.salaries TO `analyst@example.org`",
    "GRANT ALL PRIVILEGES ON CATALOG people TO `account users`",
    "REVOKE SELECT ON TABLE energy.usage.sales FROM `account users`",
    "COMMENT ON TABLE energy.usage.sales IS 'x'",
    "ATTACH ':memory:' AS x",
    "DETACH energy",
    "COPY energy.usage.sales TO '/tmp/x.csv'",
    "COPY INTO energy.usage.sales FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/x'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA database_list",
    "CALL duckdb_tables()",
    "EXECUTE IMMEDIATE 'SELECT * FROM people.hr.salaries'",
    "PREPARE p AS SELECT 1",
    "CHECKPOINT",
    "USE people.hr",
    "SET VARIABLE x = 1",
    "VACUUM",
    "DESCRIBE QUERY SELECT * FROM people.hr.salaries",
    "EXPLAIN SELECT * FROM people.hr.salaries",
    "SHOW TABLES IN nowhere.at_all",
    "SHOW GRANTS ON TABLE no.such.thing",
    "",
    ";",
    "-- nothing",
]


@pytest.mark.parametrize("sql", READS + CHANGES)
def test_an_attempt_is_refused(workspace: Workspace, sql: str) -> None:
    """Each fails as a statement, in Databricks' words, before or in the engine."""
    analyst = workspace.people.named("analyst@example.org")
    assert analyst
    with pytest.raises(SqlFailure) as failure:
        workspace.run_sql(analyst, sql, catalog="energy", schema="usage")
    assert failure.value.kind != "INTERNAL_ERROR"
    assert "Ana" not in str(failure.value)


def test_nothing_changed(workspace: Workspace, tmp_path: Path) -> None:
    """After all attempts the rows are what they were."""
    admin = workspace.people.named("admin@example.org")
    assert admin
    rows = workspace.run_sql(admin, "SELECT count(*) AS n, sum(amount) AS s FROM energy.usage.sales").to_pylist()
    assert (rows[0]["n"], str(rows[0]["s"])) == (4, "35.75")


FILTERED = [
    "SELECT country FROM energy.usage.sales",
    "SELECT s.country FROM energy.usage.sales AS s",
    "SELECT energy.usage.sales.country FROM energy.usage.sales",
    "WITH a AS (SELECT * FROM energy.usage.sales) SELECT country FROM a",
    "SELECT country FROM (SELECT * FROM energy.usage.sales) x",
    "SELECT b.country FROM energy.usage.sales a JOIN energy.usage.sales b ON true",
    "SELECT country FROM energy.usage.sales UNION SELECT country FROM energy.usage.sales",
    "SELECT max(country) FROM energy.usage.sales",
    "SELECT country FROM sales WHERE 1 = 1 OR country = 'France'",
    "SELECT country FROM sales TABLESAMPLE (100 PERCENT)",
    "SELECT explode(collect_list(country)) FROM sales",
]


@pytest.mark.parametrize("sql", FILTERED)
def test_a_row_filter_cannot_be_walked_around(workspace: Workspace, sql: str) -> None:
    """Whoever may see Germany only sees Germany only, however the table is reached."""
    greta = workspace.people.named("germany@example.org")
    assert greta
    rows = workspace.run_sql(greta, sql, catalog="energy", schema="usage").to_pylist()
    assert {value for row in rows for value in row.values()} == {"Germany"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT email FROM energy.usage.customers",
        "SELECT c.email FROM energy.usage.customers c",
        "SELECT max(email) AS email FROM energy.usage.customers",
        "SELECT upper(email) AS email FROM energy.usage.customers WHERE email IS NOT NULL OR true",
    ],
)
def test_a_mask_hides_the_value_everywhere(workspace: Workspace, sql: str) -> None:
    """A masked column is masked in filters and functions too; those who need it read it."""
    analyst, hr = workspace.people.named("analyst@example.org"), workspace.people.named("hr-analyst@example.org")
    assert analyst
    assert hr
    assert {row["email"] for row in workspace.run_sql(analyst, sql).to_pylist()} == {None}
    assert None not in {row["email"] for row in workspace.run_sql(hr, sql).to_pylist()}
