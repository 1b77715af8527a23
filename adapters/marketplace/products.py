"""A data product (ODPS) and its contracts as the domain's DataProduct. Without it each backend would map by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from adapters.marketplace.cleaning import cleaned, name
from adapters.marketplace.contracts import promises_of, synonyms_of, tables_of, values_of, words_of
from adapters.marketplace.documentation import documentation_of
from adapters.marketplace.listing import Listing
from adapters.marketplace.standards import Contract, Member, Product, custom
from agents.domain import DataProduct, Family, Lifecycle, Sensitivity, Table, TableRef

_FAMILIES: Final = {
    "sourcealigned": Family.SOURCE_ALIGNED,
    "source": Family.SOURCE_ALIGNED,
    "aggregate": Family.AGGREGATED,
    "aggregated": Family.AGGREGATED,
    "consumeraligned": Family.USE_CASE_ALIGNED,
    "usecasealigned": Family.USE_CASE_ALIGNED,
    "consumer": Family.USE_CASE_ALIGNED,
}
_LIFECYCLES: Final = {
    **{lifecycle.value: lifecycle for lifecycle in Lifecycle},
    "pending": Lifecycle.DRAFT,
    "development": Lifecycle.DRAFT,
    "production": Lifecycle.ACTIVE,
    "archived": Lifecycle.RETIRED,
}


def listing_of(product: Product, contracts: Sequence[Contract], *, environment: str = "") -> Listing:
    """The product as the domain has it. `contracts` are those of its ports, in order."""
    tables = {table.ref.key: table for contract in contracts for table in tables_of(contract, environment=environment)}
    for table in _tables_of_ports(product):
        tables.setdefault(table.ref.key, table)
    found = _product(product, contracts, tuple(tables.values()))
    return Listing(
        product=replace(found, documentation=documentation_of(found)),
        keywords=_keywords(product, contracts),
        values=tuple(dict.fromkeys(value for contract in contracts for value in values_of(contract))),
        certified="certified" in (tag.lower() for tag in product.tags),
    )


def _product(product: Product, contracts: Sequence[Contract], tables: tuple[Table, ...]) -> DataProduct:
    owner, contact = _owner(product, contracts)
    return DataProduct(
        id=name(product.id),
        name=name(product.name) or name(product.id),
        domain=name(product.domain),
        family=family_of(product.type),
        lifecycle=lifecycle_of(product.status, deprecated=product.deprecated is True),
        description=_description(product, contracts),
        owner=owner,
        contact=contact,
        version=name(product.version),
        tables=tables,
        space=name(custom(product.properties, "genieSpaceId")),
        sensitivity=sensitivity_of(custom(product.properties, "sensitivity")),
        sla=tuple(promise for contract in contracts for promise in promises_of(contract)),
        successor=name(custom(product.properties, "successor")),
        synonyms=tuple(
            dict.fromkeys(
                s
                for synonyms in (product.synonyms, *(port.synonyms for port in product.ports))
                for s in synonyms_of(synonyms)
            )
        ),
        examples=_examples(product, contracts),
    )


def family_of(text: str) -> Family:
    """The family behind what a marketplace calls the product's type or archetype."""
    return _FAMILIES.get("".join(filter(str.isalpha, text.lower())), Family.OTHER)


def lifecycle_of(status: str, *, deprecated: bool = False) -> Lifecycle:
    """Where the product stands; the explicit flag beats the free text."""
    return Lifecycle.DEPRECATED if deprecated else _LIFECYCLES.get(status.strip().lower(), Lifecycle.UNKNOWN)


def sensitivity_of(value: Any) -> Sensitivity:
    """As stated; what is stated but unknown is the strictest."""
    text = name(value).lower()
    if not text:
        return Sensitivity.INTERNAL
    return Sensitivity(text) if text in set(Sensitivity) else Sensitivity.RESTRICTED


def _description(product: Product, contracts: Sequence[Contract]) -> str:
    own = product.description
    parts = [own.purpose, own.usage, own.limitations and f"Limitations: {own.limitations}"]
    if not any(parts):
        parts = [contract.description.purpose for contract in contracts[:1]]
    return cleaned(" ".join(filter(None, parts)))


def _owner(product: Product, contracts: Sequence[Contract]) -> tuple[str, str]:
    """(team, where it answers)."""
    owners = [member for member in product.team.members if _owns(member)]
    first = (owners[0].name or owners[0].username) if owners else ""
    channels = sorted(
        (
            found
            for support in (product.support, *(contract.support for contract in contracts))
            for found in support
            if found.channel
        ),
        key=lambda found: found.scope != "interactive",
    )
    contact = channels[0].channel if channels else owners[0].username if owners else ""
    return name(product.team.name or first), name(contact)


def _owns(member: Member) -> bool:
    left = member.date_out[:10]
    return "owner" in member.role.lower() and not (left and left <= datetime.now(UTC).date().isoformat())


def _examples(product: Product, contracts: Sequence[Contract]) -> tuple[str, ...]:
    blocks = [product.context, *(port.context for port in product.ports), *(contract.context for contract in contracts)]
    questions = (cleaned(found.question, 500) for block in blocks for found in block.verified)
    return tuple(dict.fromkeys(filter(None, questions)))


def _keywords(product: Product, contracts: Sequence[Contract]) -> tuple[str, ...]:
    ports = (text for port in product.ports for text in (port.name, port.description, *port.tags))
    own = (cleaned(text) for text in (*product.tags, *ports))
    return tuple(dict.fromkeys(filter(None, (*own, *(word for contract in contracts for word in words_of(contract))))))


def _tables_of_ports(product: Product) -> list[Table]:
    """Tables that ports carry in the custom property `server`, without any contract."""
    places = [custom(port.properties, "server") for port in product.ports]
    refs = [
        tuple(str(place.get(key) or "") for key in ("catalog", "schema", "table"))
        for place in places
        if isinstance(place, dict)
    ]
    return [Table(TableRef(*ref)) for ref in refs if all(ref)]
