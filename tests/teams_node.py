"""Packages of Node that only tests need: the vendor's manifest schemas and its Agents Playground, in a cache."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from sandbox.programs import INSTALL

PACKAGES = ("@microsoft/app-manifest@1.1.2", "@microsoft/m365agentsplayground@0.2.28")


def node_modules() -> Path:
    """The folder they are installed in, once for this machine; skips the test where there is no Node or no network."""
    found = _tried()
    return found if isinstance(found, Path) else pytest.skip(found)


@cache
def _tried() -> Path | str:
    """The folder, or why there is none; neither is tried twice."""
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        return "Node is not here"
    folder = Path(tempfile.gettempdir()) / "findata-teams-node"
    done = folder / "installed"
    if not done.exists() or done.read_text() != "\n".join(PACKAGES):
        folder.mkdir(exist_ok=True)
        try:
            subprocess.run([npm, *INSTALL, *PACKAGES], cwd=folder, check=True, capture_output=True, timeout=240)  # noqa: S603  pinned names
        except (subprocess.SubprocessError, OSError) as error:
            return f"the packages cannot be had: {type(error).__name__}"
        done.write_text("\n".join(PACKAGES))
    return folder / "node_modules"
