"""What an agent is doing, in the asker's language."""

from __future__ import annotations

from adapters.wording.phrases import phrase
from agents.domain import Language, Progress


def doing(progress: Progress, language: Language) -> tuple[str, str]:
    """(the agent's title, what it is doing now)."""
    title = phrase(language, f"agent.{progress.agent}")
    detail = phrase(language, f"genie.{progress.detail}") if progress.step == "genie_status" else progress.detail
    return title, still(phrase(language, f"step.{progress.step}", detail=detail), progress, language)


def still(doing: str, progress: Progress, language: Language) -> str:
    """The same with for how long one has been waiting, where that is long."""
    return phrase(language, "waiting.still", doing=doing, seconds=f"{progress.waited}") if progress.waited else doing
