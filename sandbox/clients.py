"""The chat clients that a demo can be clicked through in, by platform."""

from __future__ import annotations

from pathlib import Path

from sandbox.slack import local
from sandbox.teams import playground


def client_of(
    platform: str, node: Path, port: int | None, *, all_interfaces: bool
) -> local.LocalSlack | playground.Playground:
    """Not started yet. `node`: the folder of npm packages; without `port` the client's usual one."""
    if platform == "slack":
        return local.LocalSlack(node, local.PORT if port is None else port, all_interfaces=all_interfaces)
    return playground.Playground(node, playground.PORT if port is None else port)
