"""Apologies of the agents themselves: without it each would name product and owner in its own way."""

from __future__ import annotations

from agents.domain import Apology, Column, DataProduct, Language


def sorry(
    language: Language,
    reason: str,
    product: DataProduct | None = None,
    instead: tuple[Column, ...] = (),
    **names: str,
) -> Apology:
    """An Apology with the product's name, owner, contact and link filled in; `reason` is one of REASONS."""
    about = (
        {"product": product.name, "owner": product.owner, "contact": product.contact, "url": product.url}
        if product
        else {}
    )
    restricted = product is not None and product.restricted
    return Apology(language, reason, about | names, restricted=restricted, instead=instead)
