"""The page on failures says what a running findata says."""

from __future__ import annotations

from benchmarks.failures import ROOT, page
from tests.brisk import brisk, soon_again

__all__ = ["brisk"]  # a fixture


async def test_the_page_on_failures_is_true() -> None:
    """Model, Genie and warehouse are killed before and within questions; the page has what is read, word by word."""
    with soon_again():
        written = await page()
    assert written == (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
