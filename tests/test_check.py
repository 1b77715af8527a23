"""`python -m bot check`: what works is said so, what is broken is named with its fix, and the exit code tells."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web

from adapters.databricks.check import Finding
from bot import check
from sandbox.launch import LaunchedSandbox, launched
from tests.findata_peer import KEY, configured
from tests.redis_peer import valkey

__all__ = ["valkey"]  # fixtures

pytestmark = pytest.mark.xdist_group("check")  # one local Databricks for all

ADMIN = {"identity": "token", "token": "sandbox-admin"}
PUBLIC = {"public_url": "http://127.0.0.1:8080"}


@pytest.fixture(scope="module")
def place() -> Iterator[LaunchedSandbox]:
    """A local Databricks of this module."""
    with launched() as started:
        yield started


@pytest.fixture
async def slack() -> AsyncIterator[str]:
    """As much of Slack as knows one token."""

    async def auth_test(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer xoxb-good":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        return web.json_response({"ok": True, "user": "findata", "team": "Acme", "team_id": "T1", "user_id": "U1"})

    app = web.Application()
    app.router.add_route("*", "/api/auth.test", auth_test)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    await runner.cleanup()


async def looked_at(place: LaunchedSandbox, valkey: str, **blocks: Any) -> dict[str, Finding]:
    """The findings by name."""
    found = configured(place, valkey, **blocks)
    return {finding.name: finding async for finding in check.findings(found)}


def bad(findings: dict[str, Finding]) -> set[str]:
    """The names of what must be mended."""
    return {name for name, finding in findings.items() if not finding.ok}


async def test_everything_that_works_is_said_to(place: LaunchedSandbox, valkey: str, slack: str) -> None:
    """Each part of a whole configuration is looked at and good."""
    block = {"signing_secret": "s", "bot_token": "xoxb-good", "api_url": slack}
    findings = await looked_at(place, valkey, databricks=ADMIN, slack=block)
    assert bad(findings) == set()
    assert {"Redis", "marketplace", "host", "identity", "warehouse", "grants", "secret keys", "Slack"} <= set(findings)
    assert sum(name.startswith("Genie space") for name in findings) > 10
    assert findings["Slack"].what == "findata in Acme, over HTTP"
    assert "admin@example.org" in findings["identity"].what
    tables = findings["marketplace"].what.split(" tables")[0].split()[-1]
    assert findings["grants"].what.startswith(f"{tables} of {tables} tables")  # one that two products share is one


@pytest.mark.parametrize(
    ("blocks", "broken", "fix"),
    [
        ({"databricks": ADMIN | {"token": "nonsense"}}, "identity", "DATABRICKS_IDENTITY"),
        ({"databricks": ADMIN | {"host": "http://127.0.0.1:1"}}, "host", "DATABRICKS_HOST"),
        ({"databricks": ADMIN | {"warehouse_id": "0000000000000000"}}, "warehouse", "warehouse"),
        ({"databricks": ADMIN, "model": {"endpoint": "no-such-endpoint"}}, "model", "MODEL_ENDPOINT"),
        ({"databricks": ADMIN, "model": {"endpoint": "no-such-endpoint"}}, "functions", "functions install"),
        ({"databricks": {"identity": "token", "token": "sandbox-contractor"}}, "grants", "GRANT"),
        ({"databricks": ADMIN, "redis": {"url": "redis://127.0.0.1:1/0"}}, "Redis", "REDIS_URL"),
        ({"databricks": ADMIN, "redis": {"url": "ftp://x"}}, "start", ".env.example"),
        ({"databricks": {"host": ""}}, "Databricks", "DATABRICKS_HOST"),
        (
            {"databricks": {"identity": "user"}, "server": PUBLIC | {"secret_keys": ""}},
            "sign-in",
            "FINDATA_SECRET_KEYS",
        ),
        (
            {"databricks": {"identity": "user"}, "server": PUBLIC | {"secret_keys": KEY}},
            "Databricks",
            "DATABRICKS_TOKEN",
        ),
        (
            {
                "databricks": {"identity": "user"},
                "server": {"public_url": "http://bot.example.org", "secret_keys": KEY},
            },
            "sign-in",
            "TLS",
        ),
        ({"databricks": ADMIN, "server": {"secret_keys": "no-key"}}, "secret keys", "python -m bot key"),
        ({"databricks": ADMIN, "slack": {"signing_secret": "s"}}, "Slack", "SLACK_BOT_TOKEN"),
        ({"databricks": ADMIN, "teams": {"app_id": "a"}}, "Teams", "TEAMS_TENANT_ID"),
        ({"databricks": ADMIN}, "platforms", "SLACK_SIGNING_SECRET"),
    ],
)
async def test_what_is_broken_is_named_with_its_fix(
    place: LaunchedSandbox, valkey: str, blocks: dict[str, Any], broken: str, fix: str
) -> None:
    """The part and the setting or grant that mends it."""
    found = await looked_at(place, valkey, **blocks)
    assert broken in bad(found), found
    assert fix in found[broken].fix + found[broken].what


async def test_a_refused_slack_token_is_found(place: LaunchedSandbox, valkey: str, slack: str) -> None:
    """Slack's own word is told."""
    block = {"signing_secret": "s", "bot_token": "xoxb-bad", "api_url": slack}
    found = (await looked_at(place, valkey, databricks=ADMIN, slack=block))["Slack"]
    assert (found.ok, "invalid_auth" in found.what) == (False, True)


async def test_nothing_found_shows_a_secret(place: LaunchedSandbox, valkey: str, slack: str) -> None:
    """A report can be pasted into a ticket."""
    block = {"signing_secret": "signing-secret", "bot_token": "xoxb-bad", "api_url": slack}
    teams = {"app_id": "a", "tenant_id": "t", "app_password": "teams-secret"}
    found = await looked_at(place, valkey, databricks=ADMIN | {"token": "dapi-wrong"}, slack=block, teams=teams)
    told = str(list(found.values()))
    assert [
        secret for secret in ("dapi-wrong", "xoxb-bad", "signing-secret", "teams-secret", KEY) if secret in told
    ] == []


def test_the_exit_code_and_the_last_line_tell(
    place: LaunchedSandbox, valkey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 and how many things must be mended; each with its fix under it."""
    assert check.run(configured(place, valkey, databricks=ADMIN)) == 1
    shown = capsys.readouterr().out
    assert "✗ platforms  none configured" in shown
    assert "→ set SLACK_SIGNING_SECRET" in shown
    assert shown.rstrip().endswith("one thing must be mended")
