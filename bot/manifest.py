"""`python -m bot manifest`: the app's description for Slack or Teams, with this deployment's addresses filled in."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.identities import public_url
from bot.settings import Settings, WrongUsage

FOLDER = Path(__file__).resolve().parent.parent / "manifest"
PLACEHOLDER = "https://findata.example.com"


def run(settings: Settings, platform: str, out: Path | None) -> int:
    """Writes it to `out`, or to the terminal where it is text. Exit code 0."""
    return _teams(settings, out) if platform == "teams" else _slack(settings, out)


def _teams(settings: Settings, out: Path | None) -> int:
    from adapters.teams.package import package

    if out is None:
        raise WrongUsage("--out FILE is missing: a Teams package is a zip file")
    try:
        package(out, settings.teams.app_id, urlsplit(public_url(settings)).hostname or "")
    except ValueError as error:
        raise WrongUsage(f"The package was not made: {error}") from error
    sys.stderr.write(f"{out}: upload it in the Teams admin centre, Manage apps, or sideload it in Teams\n")
    return 0


def _slack(settings: Settings, out: Path | None) -> int:
    text = json.dumps(slack(public_url(settings)), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
        sys.stderr.write(f"{out}: paste it at https://api.slack.com/apps, Create New App, From a manifest\n")
    return 0


def slack(url: str) -> dict[str, Any]:
    """The Slack app's manifest for a bot that is reached at `url`. Raises WrongUsage: Slack calls https alone."""
    if urlsplit(url).scheme != "https":
        raise WrongUsage("FINDATA_PUBLIC_URL must begin with https://: Slack calls no other address")
    text = (FOLDER / "slack.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.replace(PLACEHOLDER, url))
    return found
