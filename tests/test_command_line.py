"""`python -m bot ask` as people start it: what is printed, and the exit code that a script goes by."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.end_to_end import ROOT, command


def test_the_example_is_answered_where_nobody_types(tmp_path: Path) -> None:
    """`make demo` in a script: the answer, then the end."""
    done = command("ask", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "12 480 000" in done.stdout.replace("\u202f", " ").replace("\xa0", " ")
    assert "/products/energy-usage" in done.stdout


def test_what_cannot_be_answered_ends_with_one(tmp_path: Path) -> None:
    """A script can tell an answer from an apology."""
    question = "Combien de licornes [/bold] avons-nous vendues en 2025 ?"
    done = command("ask", question, home=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert question in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_questions_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """A missing file and one of another shape end before anything is asked of anybody."""
    (tmp_path / "odd.yaml").write_text("questions: [{ask: what}]")
    for name in ("nowhere.yaml", "odd.yaml"):
        done = command("eval", str(tmp_path / name), home=tmp_path)
        assert done.returncode == 2
        assert "These questions cannot be read" in done.stderr
        assert "Traceback" not in done.stderr


def test_what_the_image_copies_is_enough(tmp_path: Path) -> None:
    """The commands of the product run from the folders that the Dockerfile names."""
    copied = re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for folder in {*copied} - {"requirements"}:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    done = command("manifest", "--slack", home=tmp_path, cwd=tmp_path, FINDATA_PUBLIC_URL="https://findata.example.org")
    assert done.returncode == 0, done.stderr
    assert "https://findata.example.org/slack/" in done.stdout
    done = command("ask", "bonjour", home=tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("DATABRICKS_HOST is missing")


def test_an_unknown_command_is_told(tmp_path: Path) -> None:
    """With the commands that there are."""
    done = command("frobnicate", home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "invalid choice: 'frobnicate'" in done.stderr


def test_a_missing_folder_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Nothing is started for nothing."""
    done = command("ask", "--data", str(tmp_path / "nowhere"), "bonjour", home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"There is no folder {tmp_path / 'nowhere'}."
    assert "Traceback" not in done.stderr


def test_a_broken_setting_is_named(tmp_path: Path) -> None:
    """The setting and what is wrong with it, without its value."""
    done = command("ask", "bonjour", home=tmp_path, FINDATA_PORT="abc")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("FINDATA_PORT must be ")


def test_own_files_are_shown_where_nothing_is_asked(tmp_path: Path) -> None:
    """The example is about the sample mesh; a folder of one's own is first looked at."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "orders.csv").write_text("order_id,net_amount_eur\n1,2.5\n2,3.5\n")
    done = command("ask", "--data", str(folder), home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/products/orders" in done.stdout


def test_without_its_packages_the_local_databricks_says_what_to_install(tmp_path: Path) -> None:
    """The product's own set of packages has no DuckDB."""
    (tmp_path / "duckdb.py").write_text("raise ModuleNotFoundError(\"No module named 'duckdb'\", name='duckdb')")
    done = command("ask", "bonjour", home=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "The local Databricks needs duckdb: requirements/install.sh demo brings it."


def test_own_files_are_asked_with_a_join_and_an_own_word(tmp_path: Path) -> None:
    """A newcomer's first question is about their own tables, in their own words."""
    folder = tmp_path / "shop"
    folder.mkdir()
    orders = [f"{n},{1 + n % 3},2025-0{1 + n % 9}-10,{n * 1.5:.2f}" for n in range(1, 41)]
    (folder / "orders.csv").write_text("\n".join(["order_id,customer_id,order_date,net_amount_eur", *orders]))
    (folder / "customers.csv").write_text("customer_id,name,country\n1,Ada,France\n2,Bo,Italy\n3,Cy,France\n")
    (folder / "findata.yaml").write_text("tables: {orders: {columns: {net_amount_eur: {synonyms: [CA]}}}}\n")
    done = command("ask", "--data", str(folder), "CA par pays en 2025", home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "JOIN" in done.stdout
    assert "799,5" in done.stdout
    assert "430,5" in done.stdout
