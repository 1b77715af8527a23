"""The app package that an administrator uploads to Teams. Without it ids and domains would be filled in by hand."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "manifest" / "teams"
FILES = ("en.json", "fr.json", "color.png", "outline.png")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)
OLDER = "1.25"
NEWER_FIELDS = ("supportsTargetedMessages",)


def manifest(app_id: str, domain: str, *, older: bool = False) -> dict[str, Any]:
    """The manifest for this bot. `older` leaves out what tenants that lag behind do not know.

    Raises ValueError when `app_id` is no id or `domain` no name of a host, such as findata.example.com.
    """
    if not _ID.fullmatch(app_id):
        raise ValueError("TEAMS_APP_ID must be the bot's application id, such as 22222222-2222-4222-8222-222222222222")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError("the domain must be the name of a host that people's Teams can reach, without https://")
    text = (FOLDER / "manifest.json").read_text(encoding="utf-8")
    made: dict[str, Any] = json.loads(text.replace("${APP_ID}", app_id.lower()).replace("${DOMAIN}", domain.lower()))
    return _older(made) if older else made


def package(out: Path, app_id: str, domain: str, *, older: bool = False) -> None:
    """Writes the zip to upload. Raises ValueError as `manifest`, OSError when it cannot be written."""
    made = manifest(app_id, domain, older=older)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("manifest.json", json.dumps(made, ensure_ascii=False, indent=2) + "\n")
        for name in FILES:
            packed.writestr(name, _localised(name, older=older))


def _older(made: dict[str, Any]) -> dict[str, Any]:
    made["$schema"] = made["$schema"].replace(made["manifestVersion"], OLDER)
    made["manifestVersion"] = OLDER
    for bot in made["bots"]:
        for name in NEWER_FIELDS:
            bot.pop(name, None)
        bot["commandLists"] = [_older_list(one) for one in bot["commandLists"] if "slash" not in one["triggers"]]
    return made


def _older_list(commands: dict[str, Any]) -> dict[str, Any]:
    known = ("title", "description")
    kept = [{name: one[name] for name in known} for one in commands["commands"]]
    return {"scopes": commands["scopes"], "commands": kept}


def _localised(name: str, *, older: bool) -> bytes:
    """The words of one language; an older manifest has no prompts and no slash commands to be named."""
    raw = (FOLDER / name).read_bytes()
    if not older or not name.endswith(".json"):
        return raw
    words: dict[str, str] = json.loads(raw)
    words["$schema"] = words["$schema"].replace("1.30", OLDER)
    kept = {key: text for key, text in words.items() if not key.endswith(".prompt") and "commandLists[2]" not in key}
    return (json.dumps(kept, ensure_ascii=False, indent=2) + "\n").encode()
