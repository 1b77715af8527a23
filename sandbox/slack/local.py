"""local-slack as a place to click through: fetched, closed off from the network, and put behind the shim.

It listens on every interface and cannot be told otherwise, so it gets a network of its own and is reached through it.
"""

from __future__ import annotations

import json
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from sandbox import programs
from sandbox.launch import NotStarted
from sandbox.slack.enclosed import WAY_IN, WAY_OUT
from sandbox.slack.relay import relay
from sandbox.slack.shim import Shim

PORT = 3100
VERSION = "0.1.8"
TEAM, APP, BOT, CHANNEL, YOU, COLLEAGUE = "T01DEMO", "A01FINDATA", "U01FINDATA", "C01GENERAL", "U01YOU", "U02CAMILLE"
APART = ("unshare", "--map-root-user", "--net")
DIRECTIONS = """\
findata is in a local Slack. Ctrl-C ends everything.

  open      {url}
  in        #general, as You (top right: act as a colleague)

  write     @findata Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?
  open      the answer's thread; no mention is needed there:
            par mois depuis janvier 2025
            et en Allemagne ?
            Consommation d'énergie verte par pays en 2024
            seulement les 3 premiers
  press     Lignes en CSV, Changer les filtres, Expliquer, the thumbs
  or        /findata products wind        answered to you alone
  or        the app findata on the left   its Home tab

{reach}
"""
ENCLOSED = "Only this machine reaches it: local-slack runs in a network of its own."
OPEN = "Warning: local-slack listens on every interface of this machine (--all-interfaces)."
REFUSED = (
    "local-slack listens on every interface, and a network of its own cannot be made here "
    "(unshare is missing or not allowed): --all-interfaces starts it all the same."
)


@dataclass(frozen=True, slots=True)
class LocalSlack:
    """One local Slack with findata's app in it. `port`: where a person clicks; `node`: the folder of npm packages."""

    node: Path
    port: int = PORT
    all_interfaces: bool = False
    token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(16)}", repr=False)
    secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def prepare(self, tell: programs.Tell) -> None:
        """Everything that can go wrong early. Raises NotStarted."""
        programs.free(self.port)
        if not self.all_interfaces and not _may_be_apart():
            raise NotStarted(REFUSED)
        binary(self.node, tell)

    def blocks(self, between: int) -> Mapping[str, Mapping[str, object]]:
        """The bot's settings for it; `between`: the port that `opened` is told."""
        app = {"signing_secret": self.secret, "bot_token": self.token, "app_token": ""}
        several = {"client_id": "", "client_secret": ""}
        return {"slack": app | several | {"api_url": f"http://127.0.0.1:{between}/api/"}}

    @asynccontextmanager
    async def opened(self, bot: str, between: int) -> AsyncIterator[str]:
        """Runs until the block ends; what to tell the person. `bot`: its address. Raises NotStarted."""
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="findata-slack-")))
            await self._shim(bot, between, folder, stack)
            log = folder / "log"
            command = self._command(between, folder)
            process = await stack.enter_async_context(programs.running(command, log, more={"TMPDIR": str(folder)}))
            if not self.all_interfaces:
                await relay(stack, self.port, folder / WAY_IN)
            url = f"http://127.0.0.1:{self.port}"
            await programs.answering(f"{url}/_control/messages/{CHANNEL}", process, log)
            yield DIRECTIONS.format(url=url, reach=OPEN if self.all_interfaces else ENCLOSED)

    async def _shim(self, bot: str, between: int, folder: Path, stack: AsyncExitStack) -> None:
        shim = Shim(f"http://127.0.0.1:{self.port}", bot, self.secret)
        runner = web.AppRunner(shim.app(), access_log=None, shutdown_timeout=1.0)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", between).start()
        await web.UnixSite(runner, str(folder / WAY_OUT)).start()

    def _command(self, between: int, folder: Path) -> list[str]:
        config = folder / "local-slack.yaml"
        config.touch(0o600)
        config.write_text(json.dumps(self._workspace(between)))  # JSON is YAML
        command = [
            str(binary(self.node, lambda _: None)),
            "--config",
            str(config),
            "--port",
            str(self.port),
            "--base-host",
            "127.0.0.1",
        ]
        if self.all_interfaces:
            return programs.held(*command)
        ways = ["--folder", str(folder), "--port", str(self.port), "--bot-port", str(between), "--", *command]
        return [*APART, sys.executable, "-m", "sandbox.slack.enclosed", *ways]

    def _workspace(self, between: int) -> dict[str, object]:
        app = {"appId": APP, "botUserId": BOT, "botName": "findata", "botToken": self.token}
        door = {"appToken": "xapp-unused", "signingSecret": self.secret, "mode": "events"}
        return {
            "workspace": {"name": "findata", "domain": "findata-demo", "teamId": TEAM},
            "app": app | door | {"requestUrl": f"http://127.0.0.1:{between}/slack/events"},
            "users": [
                {"id": YOU, "name": "you", "real_name": "You"},
                {"id": COLLEAGUE, "name": "camille", "real_name": "Camille, a colleague"},
            ],
            "channels": [{"id": CHANNEL, "name": "general", "members": [YOU, COLLEAGUE, BOT]}],
        }


def binary(node: Path, tell: programs.Tell) -> Path:
    """local-slack for this machine, fetched into `node` once. Raises NotStarted."""
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine().lower(), "arm64")
    name = f"local-slack-{sys.platform}-{machine}"
    return programs.installed(f"{name}@{VERSION}", node, tell) / name / "bin" / "local-slack"


def _may_be_apart() -> bool:
    if not shutil.which(APART[0]):
        return False
    return subprocess.run([*APART, "true"], capture_output=True, check=False, timeout=10).returncode == 0  # noqa: S603 - as above
