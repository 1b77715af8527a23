"""Whether rows say the same as rows known to be true, however they are ordered, named and rounded."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal

from agents.domain import Cell

CLOSE = 1e-6
MONTH = re.compile(r"(\d{4}-\d{2})(?:-01(?:[ T]00:00:00.*)?)?")


def same_rows(found: Sequence[Sequence[Cell]], truth: Sequence[Sequence[Cell]]) -> bool:
    """The same rows in any order, numbers alike to a millionth; more columns than the truth has do not harm."""
    if len(found) != len(truth):
        return False
    left = list(found)
    for row in truth:
        match = next((other for other in left if _covers(other, row)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _covers(row: Sequence[Cell], truth: Sequence[Cell]) -> bool:
    left = list(row)
    for value in truth:
        match = next((index for index, other in enumerate(left) if _alike(other, value)), None)
        if match is None:
            return False
        del left[match]
    return True


def _alike(one: Cell, other: Cell) -> bool:
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return math.isclose(float(one), float(other), rel_tol=CLOSE, abs_tol=CLOSE)
    return str(one) == str(other) or _month(one) == _month(other) != ""


def _month(value: Cell) -> str:
    """2025-09, written as such or as the month's first day; anything else is no month."""
    found = MONTH.fullmatch(str(value))
    return found[1] if found else ""
