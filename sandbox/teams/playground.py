"""Microsoft's Agents Playground as a place to click through. Without it only a tenant would show findata in Teams.

It listens on every interface and cannot be told otherwise: `loopback.cjs` binds it to 127.0.0.1.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import programs

PORT = 3110  # its own, 56150, lies among those that any outgoing connection may hold
PACKAGE = "@microsoft/m365agentsplayground@0.2.28"
LOOPBACK = Path(__file__).parent / "loopback.cjs"
TENANT = "00000000-0000-0000-0000-00000000000a"
PEOPLE = ("You", "Camille", "Noor", "Luca", "Inès", "Tomás")  # it wants five besides the one who asks
DIRECTIONS = """\
findata is in Microsoft's Agents Playground. Ctrl-C ends everything.

  open      {url}
  in        the personal chat; in a group chat or a channel begin with @findata

  write     Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?
  then      par mois depuis janvier 2025
            et en Allemagne ?
            Consommation d'énergie verte par pays en 2024
            seulement les 3 premiers
  press     Voir le SQL, Lignes en CSV, Changer les filtres, Expliquer, the thumbs

Only this machine reaches it.
"""


@dataclass(frozen=True, slots=True)
class Playground:
    """One Playground with findata in it. `port`: where a person clicks; `node`: the folder of npm packages."""

    node: Path
    port: int = PORT

    def prepare(self, tell: programs.Tell) -> None:
        """Everything that can go wrong early. Raises NotStarted."""
        programs.free(self.port)
        programs.node()
        programs.installed(PACKAGE, self.node, tell)

    def blocks(self, between: int) -> Mapping[str, Mapping[str, object]]:
        """The bot's settings for it: nothing is signed, so it hears this machine alone."""
        return {"teams": {"development": True}}

    @asynccontextmanager
    async def opened(self, bot: str, between: int) -> AsyncIterator[str]:
        """Runs until the block ends; what to tell the person. `bot`: its address. Raises NotStarted."""
        with tempfile.TemporaryDirectory(prefix="findata-teams-", ignore_cleanup_errors=True) as made:
            folder, url = Path(made), f"http://127.0.0.1:{self.port}"
            (folder / ".m365agentsplayground.yml").write_text(json.dumps(_places()))  # JSON is YAML
            log, quiet = folder / "log", {"TEAMSAPPTESTER_BROWSER": "none"}
            quiet["M365_AGENTS_PLAYGROUND_LOGFILE"] = str(folder / "playground.log")
            async with programs.running(self._command(bot, url), log, cwd=folder, more=quiet) as process:
                await programs.answering(f"{url}/_internal/v1/config", process, log)
                yield DIRECTIONS.format(url=url)

    def _command(self, bot: str, url: str) -> list[str]:
        script = programs.installed(PACKAGE, self.node, lambda _: None) / ".bin" / "agentsplayground"
        door = ["-e", f"{bot}/teams/messages", "-c", "msteams", "-p", str(self.port)]
        options = [*door, "--service-url", f"{url}/_connector", "--disable-telemetry"]
        return programs.held(shutil.which("node") or "node", "-r", str(LOOPBACK), str(script), *options)


def _places() -> dict[str, object]:
    users = [_person(number, name) for number, name in enumerate(PEOPLE, 1)]
    group = "00000000-0000-0000-0000-0000000000c1"
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": "findata", "name": "findata"},
        "currentUser": users[0],
        "users": users[1:],
        "personalChat": {"id": "personal-1"},
        "groupChat": {"id": "group-1", "name": "Energy analysts"},
        "team": {"id": "team-1", "name": "Energy", "aadGroupId": group, "channels": []},
    }


def _person(number: int, name: str) -> dict[str, str]:
    mail = f"person{number}@example.org"
    names = {"name": name, "givenName": name, "surname": name, "userPrincipleName": mail, "email": mail}
    return {"id": f"user-{number}", "aadObjectId": f"00000000-0000-0000-0000-0000000000b{number}", **names}
