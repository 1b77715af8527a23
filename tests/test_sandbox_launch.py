"""The sandbox as a process: ready in one line, gone with its parent, one sentence when it cannot start."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import __main__ as command
from sandbox.launch import NotStarted, launched
from tests.sandbox_clients import connected, sdk

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def own_files(tmp_path: Path) -> Path:
    """A folder with one small table."""
    (tmp_path / "cities.csv").write_text("city,people\nParis,2100000\nLyon,520000\n", encoding="utf-8")
    return tmp_path


def gone(port: int, seconds: float = 10.0) -> bool:
    """True once nobody listens there any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return True
        time.sleep(0.02)
    return False


def test_own_files_are_served_to_the_real_clients(own_files: Path) -> None:
    """A folder of files becomes tables that the SDK lists and the connector reads."""
    with launched(own_files) as place:
        assert place.host.startswith("http://127.0.0.1:")
        client = sdk(place)
        schema = next(it for catalog in client.catalogs.list() for it in client.schemas.list(catalog.name or ""))
        table = next(iter(client.tables.list(schema.catalog_name or "", schema.name or "")))
        with connected(place) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT sum(people) FROM {table.full_name}")
            assert cursor.fetchone()[0] == 2_620_000
        port = place.port
    assert gone(port)


def test_it_ends_with_the_process_that_started_it(own_files: Path) -> None:
    """A parent that is killed takes its sandbox along."""
    script = (
        "import sys, time; from pathlib import Path; from sandbox.launch import launched\n"
        f"with launched(Path({str(own_files)!r})) as place:\n"
        "    print(place.port, flush=True); time.sleep(60)"
    )
    command_line = [sys.executable, "-c", script]
    with subprocess.Popen(command_line, cwd=ROOT, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own script
        assert parent.stdout
        port = int(parent.stdout.readline())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
        os.kill(parent.pid, signal.SIGKILL)
    assert gone(port)


def test_a_busy_port_is_one_sentence(own_files: Path) -> None:
    """Exit code 2 and the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = f"Port {port} is taken already: choose another with --port."
        with pytest.raises(NotStarted, match=sentence), launched(own_files, "--port", str(port)):
            pass


def test_a_missing_folder_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """No traceback for a typing error in a path."""
    assert command.main(["--data", str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("There is no folder")
    assert said.count("\n") == 1


def test_an_empty_folder_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Nothing to serve is said before anything is started."""
    assert command.main(["--data", str(tmp_path), "--port", "0"]) == 2
    assert "no data files" in capsys.readouterr().err


def test_other_hosts_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Its tokens are in the source: it listens on this machine only."""
    assert command.main(["--host", "0.0.0.0"]) == 2  # noqa: S104 - refused is the point
    assert "127.0.0.1 only" in capsys.readouterr().err


def test_it_stops_cleanly_when_told_to(own_files: Path) -> None:
    """SIGTERM ends it with code 0 and without a word."""
    command_line = [sys.executable, "-m", "sandbox", "--port", "0", "--json", "--data", str(own_files)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command_line, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b"{")
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert process.stderr.read() == b""
