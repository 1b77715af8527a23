"""What an agent is doing, in the asker's language."""

from __future__ import annotations

from adapters.wording.phrases import phrase
from agents.domain import Language, Progress


def doing(progress: Progress, language: Language) -> tuple[str, str]:
    """(the agent's title, what it is doing now)."""
    title = phrase(language, f"agent.{progress.agent}")
    detail = phrase(language, f"genie.{progress.detail}") if progress.step == "genie_status" else progress.detail
    return title, phrase(language, f"step.{progress.step}", detail=detail)
