"""What only tests of Slack need from npm: the demo's local Slack, and JSON Schemas made of the vendor's own types.

They lie where `make demo-slack` puts its own and are fetched once; without Node or a registry the test says why it is
skipped.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from sandbox.launch import NotStarted
from sandbox.programs import installed
from sandbox.slack.local import binary

NODE = Path(__file__).parent.parent / ".findata" / "node"
VENDOR, GENERATOR = "@slack/web-api@8.2.0", "ts-json-schema-generator@2.4.0"
TYPES = """
import type { HomeView, KnownBlock, ModalView } from "@slack/types";
import type { Manifest } from "@slack/web-api/dist/types/request/manifest";
export type Blocks = KnownBlock;
export type Home = HomeView;
export type Modal = ModalView;
export type Pasted = Manifest;
"""
OPTIONS = {"moduleResolution": "node", "strict": True, "skipLibCheck": True}


@contextmanager
def _alone() -> Iterator[None]:
    """One process installs at a time: tests run in several."""
    NODE.mkdir(parents=True, exist_ok=True)
    with (NODE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def _tried(fetch: Callable[[], Path]) -> Path | str:
    """What was fetched, or why it cannot be had; neither is tried twice."""
    try:
        with _alone():
            return fetch()
    except (NotStarted, subprocess.SubprocessError) as error:
        return str(error)


def _had(fetch: Callable[[], Path]) -> Path:
    found = _tried(fetch)
    return found if isinstance(found, Path) else pytest.skip(found)


def local_slack_binary() -> Path:
    """The program; skips the test where it cannot be had."""
    return _had(_local_slack)


def _local_slack() -> Path:
    return binary(NODE, lambda _: None)


@cache
def schema() -> dict[str, Any]:
    """The vendor's types of blocks, views and manifest as one JSON Schema; skips where they cannot be had."""
    return dict(json.loads(_had(_generated).read_text())["definitions"])


@cache
def valid(name: str) -> Callable[[Any], Any]:
    """Raises JsonSchemaException for what is not of this type, such as Manifest, HomeView or TableBlock."""
    return fastjsonschema.compile({"$ref": f"#/definitions/{name}", "definitions": schema()})


@cache
def kinds() -> dict[str, str]:
    """The vendor's name of each type of block: table → TableBlock."""
    blocks = {name: one for name, one in schema().items() if name.endswith("Block") and "properties" in one}
    named = {one["properties"]["type"].get("const"): name for name, one in blocks.items()}
    return {str(kind): name for kind, name in named.items() if kind} | {"image": "ImageBlock"}


def _generated() -> Path:
    tool = installed(GENERATOR, NODE, lambda _: None) / ".bin" / "ts-json-schema-generator"
    home = installed(VENDOR, NODE, lambda _: None).parent
    made = home / "schema.json"
    if not made.exists():
        (home / "types.ts").write_text(TYPES)
        (home / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "files": ["types.ts"]}))
        out = made.with_suffix(".part")
        given = ("--path", "types.ts", "--tsconfig", "tsconfig.json", "--type", "*", "--no-type-check", "-o", str(out))
        subprocess.run([str(tool), *given], cwd=home, check=True, capture_output=True, timeout=240)  # noqa: S603
        out.rename(made)
    return made
