"""`python -m bot health`: for a container's HEALTHCHECK, and quick because it imports next to nothing."""

from __future__ import annotations

import http.client

from bot.settings import Settings

SECONDS = 3.0
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not listened on


def run(settings: Settings) -> int:
    """Asks the bot of this machine how it is. Exit code 0 alive, 1 not."""
    host = "127.0.0.1" if settings.server.host in EVERYWHERE else settings.server.host
    asked = http.client.HTTPConnection(host, settings.server.port, timeout=SECONDS)
    try:
        asked.request("GET", "/healthz")
        return 0 if asked.getresponse().status == 200 else 1
    except (http.client.HTTPException, OSError):
        return 1
    finally:
        asked.close()
