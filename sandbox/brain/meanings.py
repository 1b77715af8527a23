"""What a word of a question can stand for in the tables: a column, a table, or values of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.brain.schema import Ref


@dataclass(frozen=True, slots=True)
class Meaning:
    """One reading of a word. `weight` is 1 for its full name and less for a part of it or a near spelling."""

    kind: Literal["column", "table", "value"]
    table: str
    column: str = ""
    value: str = ""
    weight: float = 1.0

    @property
    def ref(self) -> Ref:
        """The column meant (or that holds the value)."""
        return Ref(self.table, self.column)
