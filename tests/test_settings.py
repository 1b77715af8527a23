"""Settings: what is wrong is named with its fix, and every setting is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import settings

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _bare(monkeypatch, tmp_path):
    """No environment and no .env but the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in _names():
        monkeypatch.delenv(name, raising=False)


def _names() -> set[str]:
    blocks = settings.BLOCKS.values()
    return {block.model_config["env_prefix"] + field.upper() for block in blocks for field in block.model_fields}


def test_nothing_set_means_everything_off() -> None:
    """An absent block is off, not an error."""
    found = settings.load()
    assert not found.databricks.on
    assert not found.slack.on
    assert not found.teams.on


def test_every_setting_stands_in_the_example_file_and_nothing_else_does() -> None:
    """.env.example is the list of settings."""
    text = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^([A-Z_]+)=", text, flags=re.MULTILINE)) == _names()


def test_the_example_file_can_be_used_as_it_is(tmp_path) -> None:
    """Copied to .env without a change it switches nothing on."""
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text())
    assert not settings.load().databricks.on


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"DATABRICKS_HOST": "https://x"}, "DATABRICKS_WAREHOUSE_ID is missing"),
        ({"DATABRICKS_HOST": "https://x", "DATABRICKS_WAREHOUSE_ID": "w"}, "DATABRICKS_CLIENT_ID is missing"),
        (
            {"FINDATA_PORT": "eighty"},
            "FINDATA_PORT must be a whole number from 0 to 65535, such as FINDATA_PORT=8080.",
        ),
        (
            {"FINDATA_PORT": "99999"},
            "FINDATA_PORT must be a whole number from 0 to 65535, such as FINDATA_PORT=8080.",
        ),
        ({"FINDATA_ROWS": "0"}, "FINDATA_ROWS must be a whole number, 1 or more, such as FINDATA_ROWS=10000."),
        ({"MODEL_SECONDS": "-1"}, "MODEL_SECONDS must be a number above 0, such as MODEL_SECONDS=30."),
        ({"MODEL_SECONDS": "soon"}, "MODEL_SECONDS must be a number above 0, such as MODEL_SECONDS=30."),
        ({"TEAMS_GUESTS": "perhaps"}, "TEAMS_GUESTS must be true or false, such as TEAMS_GUESTS=false."),
        (
            {"MODEL_URL": "model"},
            "MODEL_URL must be an address that begins with https:// or http://, such as MODEL_URL=https://",
        ),
        (
            {"FINDATA_LOG_LEVEL": "loud"},
            "FINDATA_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, such as FINDATA_LOG_LEVEL=INFO.",
        ),
        ({"FINDATA_LANGUAGE": "de"}, "FINDATA_LANGUAGE must be fr or en, such as FINDATA_LANGUAGE=fr."),
        ({"DATABRICKS_HOST": "my workspace"}, "DATABRICKS_HOST must be the workspace's address, such as"),
        ({"MARKETPLACE_BACKEND": "entropy"}, "MARKETPLACE_URL is missing: MARKETPLACE_BACKEND=entropy needs"),
        ({"MARKETPLACE_FOLDER": "/nowhere/at/all"}, "MARKETPLACE_FOLDER is not a folder"),
        ({"MARKETPLACE_PRODUCT_URL": "https://mesh.example.org"}, "MARKETPLACE_PRODUCT_URL must contain {id}"),
        ({"TEAMS_APP_TYPE": "Single-Tenant"}, "TEAMS_APP_TYPE must be SingleTenant, UserAssignedMSI or MultiTenant, "),
        ({"REDIS_REPLICAS": "-1"}, "REDIS_REPLICAS"),
        ({"REDIS_REPLICAS": "1", "REDIS_URL": "redis+cluster://x:1"}, "REDIS_REPLICAS does nothing for a cluster"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch, given, told) -> None:
    """The error names the setting and what to do."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(settings.WrongUsage) as error:
        settings.load()
    assert told in str(error.value)


def test_every_setting_that_can_be_wrong_has_a_sentence_of_ours(monkeypatch) -> None:
    """Whatever is set to nonsense: one line each, with the setting's name, and none in a validator's own words."""
    for name in _names():
        monkeypatch.setenv(name, "not at all")
    with pytest.raises(settings.WrongUsage) as error:
        settings.load()
    lines = str(error.value).splitlines()
    assert len(lines) > 20
    assert [line for line in lines if not re.match(r"[A-Z_]+ (must be|is missing|is not) ", line)] == []
    assert [line for line in lines if "Input should" in line or "not at all" in line.removesuffix("not at all")] == []


def test_secrets_never_show(monkeypatch) -> None:
    """Neither printing the settings nor an error about them shows a secret."""
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-secret")
    monkeypatch.setenv("FINDATA_SECRET_KEYS", "key-one,key-two")
    found = settings.load()
    assert "dapi-secret" not in repr(found)
    assert "key-one" not in repr(found)
    assert len(found.server.secret_keys) == 2


def test_a_wrong_secret_is_not_repeated(monkeypatch) -> None:
    """A value that fails validation stands in no message."""
    monkeypatch.setenv("FINDATA_PORT", "dapi-pasted-in-the-wrong-place")
    with pytest.raises(settings.WrongUsage) as error:
        settings.load()
    assert "dapi" not in str(error.value)
