"""The Teams app package: valid by the vendor's own schema, and true to what the bot does."""

from __future__ import annotations

import importlib.util
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from adapters.replying.receiving import ordered
from adapters.teams.extension import COMMAND
from adapters.teams.package import FOLDER, manifest, package
from tests.teams_node import node_modules

APP, DOMAIN = "22222222-2222-4222-8222-222222222222", "findata.example.com"


def schema(version: str, name: str) -> Any:
    """The vendor's schema as far as Python's expressions can say it: it knows no Unicode classes."""
    path = node_modules() / "@microsoft/app-manifest/build/json-schemas/teams" / f"v{version}" / name
    return fastjsonschema.compile(_plain(json.loads(path.read_text())))


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {k: _plain(v) for k, v in node.items() if not (k == "pattern" and isinstance(v, str) and r"\p{" in v)}


def words(language: str) -> dict[str, str]:
    return dict(json.loads((FOLDER / f"{language}.json").read_text()))


@pytest.mark.parametrize("older", [False, True])
def test_the_package_is_valid_by_the_vendors_schema(tmp_path: Path, older: bool) -> None:
    """The manifest and both languages, for tenants that are up to date and for those that lag behind."""
    out = tmp_path / "findata.zip"
    package(out, APP, DOMAIN, older=older)
    with zipfile.ZipFile(out) as packed:
        assert sorted(packed.namelist()) == ["color.png", "en.json", "fr.json", "manifest.json", "outline.png"]
        made = json.loads(packed.read("manifest.json"))
        schema(made["manifestVersion"], "MicrosoftTeams.schema.json")(made)
        for language in ("en", "fr"):
            localised = json.loads(packed.read(f"{language}.json"))
            schema(made["manifestVersion"], "MicrosoftTeams.Localization.schema.json")(localised)
            for key in localised.keys() - {"$schema"}:
                assert _at(made, key), key


def test_the_schema_sees_what_is_wrong() -> None:
    """A check that passes everything would prove nothing."""
    check = schema("1.30", "MicrosoftTeams.schema.json")
    for name, value in (("id", "x"), ("accentColor", "blue"), ("bots", [{}]), ("unknown", 1)):
        with pytest.raises(fastjsonschema.JsonSchemaException):
            check({**manifest(APP, DOMAIN), name: value})


def test_every_id_and_address_is_this_bots() -> None:
    """Nothing is left to fill in, and no other host is trusted."""
    text = json.dumps(manifest(APP, DOMAIN))
    assert "${" not in text
    made = manifest(APP, DOMAIN)
    assert made["id"] == made["bots"][0]["botId"] == made["composeExtensions"][0]["botId"] == APP
    assert made["validDomains"] == [DOMAIN]
    assert {re.sub(r"https://([^/\"]+).*", r"\1", url) for url in made["developer"].values() if "://" in url} == {
        DOMAIN
    }


@pytest.mark.parametrize(
    ("app", "domain"),
    [
        ("", DOMAIN),
        ("my-bot", DOMAIN),
        (APP, ""),
        (APP, "https://x.org"),
        (APP, "*.x.org"),
        (APP, "localhost"),
        (APP, "x.org\n"),
    ],
)
def test_what_is_no_id_and_no_host_is_refused(app: str, domain: str) -> None:
    """Before anything is written."""
    with pytest.raises(ValueError, match="must be"):
        manifest(app, domain)


@pytest.mark.parametrize("older", [False, True])
def test_threads_can_be_followed_and_files_saved(older: bool) -> None:
    """What Teams delivers without a mention, and file consent, are permissions of the manifest."""
    made = manifest(APP, DOMAIN, older=older)
    [granted] = made["authorization"]["permissions"]["resourceSpecific"]
    assert granted == {"name": "ChannelMessage.Read.Group", "type": "Application"}
    assert made["webApplicationInfo"]["id"] == APP
    assert made["bots"][0]["supportsFiles"] is True


def test_both_languages_say_everything() -> None:
    """The English words are the manifest's own; the French ones are other words for the same things."""
    english, french = words("en"), words("fr")
    assert english.keys() == french.keys()
    made = manifest(APP, DOMAIN)
    same = {key for key in english if key != "$schema" and _at(made, key) != english[key]}
    assert same == set()
    names = ["$schema", "name.short", "bots[0].commandLists[2].commands[0].title"]
    assert [key for key in english if english[key] == french[key]] == names


def test_what_the_manifest_promises_is_done() -> None:
    """Its commands are heard as such in both languages, and its extension is the one that is answered."""
    made = manifest(APP, DOMAIN)
    assert made["composeExtensions"][0]["commands"][0]["id"] == COMMAND
    for language in ("en", "fr"):
        titles = {
            text for key, text in words(language).items() if re.search(r"commandLists\[0].commands\[[45]].title", key)
        }
        assert {ordered(title) for title in titles} == {"stop", "forget"}


@pytest.mark.parametrize(("name", "size", "draw"), [("color", 192, "colour_at"), ("outline", 32, "outline_at")])
def test_the_icons_are_what_the_script_draws(name: str, size: int, draw: str) -> None:
    """Of the sizes that Teams wants; the outline is white on nothing."""
    spec = importlib.util.spec_from_file_location("icons", FOLDER / "icons.py")
    assert spec
    assert spec.loader
    icons = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(icons)
    seen = _read(FOLDER / f"{name}.png")
    assert len(seen) == size
    assert all(len(row) == size for row in seen)
    for row in range(0, size, 7):
        for column in range(0, size, 5):
            assert seen[row][column] == icons._pixel(column, row, size, getattr(icons, draw))
    if name == "outline":
        assert {one[:3] for row in seen for one in row if one[3]} == {(255, 255, 255)}
        assert seen[0][0][3] == 0


def _read(path: Path) -> list[list[tuple[int, ...]]]:
    """The pixels of a PNG as the script writes it."""
    raw = path.read_bytes()
    at, width, packed = 8, 0, b""
    while at < len(raw):
        (length,) = struct.unpack(">I", raw[at : at + 4])
        kind, data = raw[at + 4 : at + 8], raw[at + 8 : at + 8 + length]
        width = struct.unpack(">I", data[:4])[0] if kind == b"IHDR" else width
        packed += data if kind == b"IDAT" else b""
        at += 12 + length
    lines = zlib.decompress(packed)
    step = width * 4 + 1
    rows = [lines[start + 1 : start + step] for start in range(0, len(lines), step)]
    return [[tuple(row[x : x + 4]) for x in range(0, len(row), 4)] for row in rows]


def _at(made: Any, key: str) -> str:
    """What stands at a path such as bots[0].commandLists[1].commands[0].title."""
    for part in re.findall(r"[^.\[\]]+", key):
        made = made[int(part)] if part.isdigit() else made[part]
    return str(made)
