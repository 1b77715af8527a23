"""The agents' instructions to a chat model, one Markdown file each. Without it prompts would sit in code."""

from __future__ import annotations

import functools
from importlib.resources import files


@functools.cache
def prompt(name: str) -> str:
    """The text of prompts/<name>.md."""
    return files("agents.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
