"""What an agent is doing, in the asker's language."""

from __future__ import annotations

from adapters.wording.phrases import phrase
from agents.domain import Language, Progress


def doing(progress: Progress, language: Language) -> tuple[str, str]:
    """(the agent's title, what it is doing now)."""
    title = phrase(language, f"agent.{progress.agent}")
    return title, phrase(language, f"step.{progress.step}", detail=progress.detail)
