"""The shape of the code: what keeps it readable is measured, and the four packages are ours alone."""

from __future__ import annotations

import ast
import statistics
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "agents", "adapters", "sandbox")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, P95_FUNCTION, MEDIAN_FUNCTION = 300, 50, 30, 8


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_installed_distribution_claims_our_import_names() -> None:
    """`agents` and `bot` are import names of other distributions too; with one installed we might run that."""
    claimed = metadata.packages_distributions()
    assert {name: claimed[name] for name in PACKAGES if name in claimed} == {}


def test_files_stay_short() -> None:
    """A file that is hard to read is reshaped, not scrolled."""
    counts = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in FILES}
    assert {name: count for name, count in counts.items() if count > LONGEST_FILE} == {}


def test_functions_stay_short() -> None:
    """Median, 95th percentile and maximum of the lengths of all functions."""
    sizes = sorted(length(node) for path in FILES for node in functions(path))
    assert statistics.median(sizes) <= MEDIAN_FUNCTION
    assert sizes[int(len(sizes) * 0.95)] <= P95_FUNCTION
    long = [f"{path.name}:{node.name}" for path in FILES for node in functions(path) if length(node) > LONGEST_FUNCTION]
    assert long == []


def test_only_the_conversation_catches_everything() -> None:
    """A broad except anywhere else would hide a failure from the asker and the operator."""
    broad = [
        str(path.relative_to(ROOT))
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node.type) and not isinstance(node.body[-1], ast.Raise)
    ]
    assert set(broad) <= {"bot/conversations.py"}


def _catches_all(kind: ast.expr | None) -> bool:
    return kind is None or getattr(kind, "id", "") in ("Exception", "BaseException")


def test_every_module_says_what_would_be_missing_without_it() -> None:
    """A module opens with a sentence."""
    silent = [str(path.relative_to(ROOT)) for path in FILES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_nothing_of_one_machine_is_in_the_project() -> None:
    """No tracked file names a registry host or an absolute path of somebody's machine."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    if listed.returncode:
        pytest.skip("not a git checkout")
    words = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "/wo" + "rk/", "/ro" + "ot/")
    found = [
        name for name in listed.stdout.split("\n")
        if (ROOT / name).is_file() and any(word in _text(ROOT / name) for word in words)
    ]  # fmt: skip
    assert found == []


def _text(path: Path) -> str:
    return path.read_text(errors="ignore")
