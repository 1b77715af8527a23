"""The commands: each does what its help teaches, says what went wrong in a line, and ends with the right code."""

from __future__ import annotations

import asyncio
import gc
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from adapters.redis.client import Clients, connect
from agents.domain import User
from bot import audit, settings
from bot.__main__ import main, parser
from sandbox.launch import LaunchedSandbox, launched
from tests.findata_peer import ENERGY, ROOT, findata
from tests.redis_peer import turn, until, valkey
from tests.test_wiring import ENDPOINT, sandbox

__all__ = ["valkey"]  # fixtures

pytestmark = pytest.mark.xdist_group("commands")  # one local Databricks for all

ANA = User("fake", "acme", "analyst", "Ana", "fr-FR")
SCHEMA = "energy.findata"
COMMANDS = ("ask", "serve", "health", "check", "key", "functions", "audit", "manifest", "lint", "eval")


@pytest.fixture(scope="module")
def place() -> Iterator[LaunchedSandbox]:
    """A local Databricks of this module."""
    with launched(None, "--genie-seconds", "0.1") as started:
        yield started


@pytest.fixture(autouse=True)
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """No settings but the test's own; `main` turns the collector off, which is for a process that ends soon."""
    monkeypatch.chdir(tmp_path)
    for block in settings.BLOCKS.values():
        for name in block.model_fields:
            monkeypatch.delenv(f"{block.model_config['env_prefix']}{name.upper()}", raising=False)
    yield monkeypatch
    gc.enable()


def set_up(env: pytest.MonkeyPatch, place: LaunchedSandbox, valkey: str, **more: str) -> None:
    """The sandbox as an environment names it."""
    needed = {
        "DATABRICKS_HOST": place.host,
        "DATABRICKS_WAREHOUSE_ID": place.warehouse_id,
        "DATABRICKS_IDENTITY": "token",
        "DATABRICKS_TOKEN": "sandbox-admin",
        "DATABRICKS_METADATA_SCHEMA": SCHEMA,
        "MARKETPLACE_FOLDER": str(place.marketplace),
        "REDIS_URL": valkey,
    }
    for name, value in (needed | more).items():
        env.setenv(name, value)


def test_help_teaches_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The list names each with what it is for, and each has a help of its own."""
    listed = [line.strip().split(" ", maxsplit=1)[0] for line in parser().format_help().splitlines()]
    assert set(COMMANDS) <= set(listed)
    for name in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert len(capsys.readouterr().out) > 150


def test_a_key_is_a_fernet_key(capsys: pytest.CaptureFixture[str]) -> None:
    """Another one each time."""
    assert [main(["key"]), main(["key"])] == [0, 0]
    one, other = capsys.readouterr().out.split()
    assert Fernet(one).decrypt(Fernet(one).encrypt(b"x")) == b"x"
    assert one != other


# ── functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the toolkit's own, where it is imported
def test_installed_functions_reach_the_model(
    place: LaunchedSandbox, valkey: str, env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Installed line by line, then found as an asker's tools, offered to the model and working."""
    set_up(env, place, valkey)
    assert main(["functions", "install"]) == 0
    shown = capsys.readouterr().out
    assert "as admin@example.org in energy.findata" in shown
    assert "✓ 49 data products" in shown
    assert shown.index("✓ energy.findata.find_products") < shown.index("5 functions are in energy.findata")
    asyncio.run(_asked_with_tools(place, valkey))


async def _asked_with_tools(place: LaunchedSandbox, valkey: str) -> None:
    script: dict[str, Any] = {"endpoint": ENDPOINT, "replies": [{"content": "?"}] * 20}
    await sandbox(place, "POST", "/sandbox/serving/script", script)
    mode = {"identity": "token", "token": "sandbox-admin", "metadata_schema": SCHEMA}
    async with findata(place, valkey, databricks=mode, model={"endpoint": ENDPOINT}) as bot:
        tools = bot.app.conversations._dependencies.context_for(turn("x", user=ANA)).tools
        await until(lambda: len(tools) == 5, 30)
        found = await tools[0].ainvoke({"search": "wind", "most": 10})
        assert "wind-production" in str(found)
        await bot.ask("combien de licornes par dragon ?", "q1", ANA)
        seen = (await sandbox(place, "GET", "/sandbox/serving/requests"))["requests"]
    offered = {one["function"]["name"] for request in seen for one in request["body"].get("tools", ())}
    assert "find_products" in offered


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"DATABRICKS_TOKEN": "sandbox-newcomer"}, 1, "CREATE SCHEMA"),
        ({"DATABRICKS_TOKEN": "nonsense"}, 1, "not accepted"),
        ({"DATABRICKS_METADATA_SCHEMA": "nowhere.findata"}, 1, "Does the catalog of"),
        ({"DATABRICKS_METADATA_SCHEMA": "x; DROP"}, 1, "not a catalog and schema"),
        ({"DATABRICKS_HOST": ""}, 2, "DATABRICKS_HOST is missing"),
        (
            {"DATABRICKS_IDENTITY": "user", "DATABRICKS_TOKEN": "", "DATABRICKS_CLIENT_ID": "findata"},
            2,
            "DATABRICKS_TOKEN is missing",
        ),
    ],
)
def test_why_functions_are_not_installed(
    place: LaunchedSandbox,
    valkey: str,
    env: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: dict[str, str],
    code: int,
    told: str,
) -> None:
    """The right or setting that is missing is named."""
    set_up(env, place, valkey, **more)
    assert main(["functions", "install"]) == code
    assert told in capsys.readouterr().err


# ── audit ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _asked(place: LaunchedSandbox, valkey: str) -> None:
    clients: Clients = connect(valkey)
    await clients.worker.flushdb()
    await clients.aclose()
    async with findata(place, valkey, databricks={"identity": "token", "token": place.token}) as bot:
        await bot.ask(ENERGY, "q1", ANA)
        await bot.ask("aide", "q2", ANA)


def test_the_audit_trail_is_read_back(
    place: LaunchedSandbox, valkey: str, env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON lines with the SQL and without questions or figures, as a table, and for the time wanted only."""
    asyncio.run(_asked(place, valkey))
    env.setenv("REDIS_URL", valkey)
    assert main(["audit", "--since", "1h", "--json"]) == 0
    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["turn"] for line in lines] == ["q1", "q2"]
    assert lines[0]["outcome"] == "answered"
    assert "SELECT" in lines[0]["sql"]
    assert lines[0]["as_whom"] == "analyst@example.org"
    assert "Quelle" not in out
    env.setenv("COLUMNS", "200")
    assert main(["audit"]) == 0
    assert "energy-usage" in capsys.readouterr().out
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert main(["audit", "--since", tomorrow]) == 0
    assert "No turn since" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_time_ago_is_understood(text: str, ago: timedelta) -> None:
    """Minutes, hours, days, weeks."""
    assert abs(datetime.now(UTC) - ago - audit.moment(text)) < timedelta(seconds=5)


@pytest.mark.parametrize("text", ["", "yesterday", "1x", "-1d", "9999999d", "2025-13-01"])
def test_a_time_that_is_none_is_told(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what would be understood."""
    assert main(["audit", f"--since={text}"]) == 2
    assert "30m, 12h, 1d, 2w or 2025-11-03" in capsys.readouterr().err


def test_an_audit_without_redis_says_so(env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 and one line."""
    env.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert main(["audit"]) == 1
    assert capsys.readouterr().err.startswith("The audit trail cannot be read")


# ── manifest ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_slack_manifest_names_this_deployment(
    env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Every address in it is ours; on the terminal or in a file."""
    env.setenv("FINDATA_PUBLIC_URL", "https://data.acme.example/")
    assert main(["manifest", "--slack"]) == 0
    text = capsys.readouterr().out
    assert "findata.example.com" not in text
    events = json.loads(text)["settings"]["event_subscriptions"]["request_url"]
    assert events == "https://data.acme.example/slack/events"
    assert main(["manifest", "--slack", "--out", str(tmp_path / "slack.json")]) == 0
    assert (tmp_path / "slack.json").read_text() == text


def test_the_teams_package_names_this_deployment(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A zip with a manifest that has our id and our domain, words in two languages, and icons."""
    app_id = "22222222-2222-4222-8222-222222222222"
    env.setenv("FINDATA_PUBLIC_URL", "https://data.acme.example")
    env.setenv("TEAMS_APP_ID", app_id)
    out = tmp_path / "findata.zip"
    assert main(["manifest", "--teams", "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as packed:
        made = json.loads(packed.read("manifest.json"))
        assert {"manifest.json", "fr.json", "color.png", "outline.png"} <= set(packed.namelist())
    assert made["bots"][0]["botId"] == app_id
    assert "data.acme.example" in made["validDomains"]


@pytest.mark.parametrize(
    ("given", "argv", "told"),
    [
        ({}, ["--slack"], "FINDATA_PUBLIC_URL is missing"),
        ({"FINDATA_PUBLIC_URL": "http://bot.example.org"}, ["--slack"], "must begin with https"),
        ({"FINDATA_PUBLIC_URL": "https://bot.example.org"}, ["--teams"], "--out FILE is missing"),
        ({"FINDATA_PUBLIC_URL": "https://bot.example.org"}, ["--teams", "--out", "x.zip"], "TEAMS_APP_ID"),
    ],
)
def test_a_manifest_that_lacks_something_says_what(
    env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: dict[str, str], argv: list[str], told: str
) -> None:
    """Exit code 2 and the name of the setting."""
    for name, value in given.items():
        env.setenv(name, value)
    assert main(["manifest", *argv]) == 2
    assert told in capsys.readouterr().err


# ── lint ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_marketplace_is_scored(capsys: pytest.CaptureFixture[str]) -> None:
    """The sample mesh reads without a problem, worst documented first."""
    assert main(["lint", str(ROOT / "sandbox" / "marketplace")]) == 0
    shown = capsys.readouterr().out
    assert "49 products" in shown
    assert "0 problems" in shown
    scores = [
        int(line.split("│")[0]) for line in shown.splitlines() if "│" in line and line.split("│")[0].strip().isdigit()
    ]
    assert scores == sorted(scores)
    assert len(scores) == 49


def test_a_broken_marketplace_fails_its_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that cannot be read and a contract that is not there are named; what is undocumented is listed."""
    product = "kind: DataProduct\napiVersion: v1.0.0\nid: bare\nname: Bare\nstatus: active\noutputPorts:\n"
    (tmp_path / "bare.yaml").write_text(product + "  - name: out\n    version: 1\n    contractId: nowhere\n")
    (tmp_path / "broken.yaml").write_text("kind: [unclosed")
    assert main(["lint", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "broken.yaml" in shown
    assert "no contract nowhere" in shown
    assert "no owner" in shown


def test_a_folder_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2."""
    assert main(["lint", "nowhere"]) == 2
    assert capsys.readouterr().err == "There is no folder nowhere.\n"


def test_a_stopped_bot_is_not_healthy(env: pytest.MonkeyPatch) -> None:
    """Nobody listens: exit code 1."""
    env.setenv("FINDATA_PORT", "1")
    assert main(["health"]) == 1
