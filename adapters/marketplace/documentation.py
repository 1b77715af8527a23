"""How well a product is documented, 0 to 100. Without it an undescribed table would be recommended like any other."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.marketplace.cleaning import is_placeholder
from agents.domain import DataProduct


def documentation_of(product: DataProduct) -> int:
    """Owner 20, description 20, tables described 20, columns described 30, any columns 10.

    Service levels, verified questions and synonyms make up for up to 10 that is missing.
    """
    columns = [
        (column.description or column.label, column.name) for table in product.tables for column in table.columns
    ]
    tables = [(table.description, table.ref.name) for table in product.tables]
    score = 20 * bool(product.owner) + 20 * (not is_placeholder(product.description, product.name))
    score += round(20 * _share(tables) + 30 * _share(columns)) + 10 * bool(columns)
    bonus = 4 * bool(product.sla) + 3 * bool(product.examples) + 3 * bool(product.synonyms)
    return min(100, score + bonus)


def _share(described: Sequence[tuple[str, str]]) -> float:
    """The share of (description, name) pairs that say something."""
    if not described:
        return 0.0
    return sum(not is_placeholder(description, title) for description, title in described) / len(described)
