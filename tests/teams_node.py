"""Packages of Node that only tests need: the vendor's manifest schemas and its Agents Playground, in a cache."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

PACKAGES = ("@microsoft/app-manifest@1.1.2", "@microsoft/m365agentsplayground@0.2.28")


@cache
def node_modules() -> Path:
    """The folder they are installed in, once for this machine; skips the test where there is no Node or no network."""
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        pytest.skip("Node is not here")
    folder = Path(tempfile.gettempdir()) / "findata-teams-node"
    done = folder / "installed"
    if not done.exists() or done.read_text() != "\n".join(PACKAGES):
        folder.mkdir(exist_ok=True)
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=240)  # noqa: S603  pinned names
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"the packages cannot be had: {type(error).__name__}")
        done.write_text("\n".join(PACKAGES))
    return folder / "node_modules"
