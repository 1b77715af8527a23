"""What Teams shows around a message: that a machine wrote it, from which data product, how it may be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.teams.markdown import literal, one_line, safe_url
from adapters.wording import cut, phrase
from agents.domain import DataProduct, Language

MOST_CITATIONS = 10
NAME, ABSTRACT, KEYWORD, MOST_KEYWORDS = 80, 160, 28, 3


@dataclass(frozen=True, slots=True)
class Sources:
    """The data products that an answer rests on."""

    products: tuple[DataProduct, ...] = ()

    @property
    def cited(self) -> tuple[DataProduct, ...]:
        """Those that a reader can be led to."""
        return tuple(product for product in self.products if safe_url(product.url))[:MOST_CITATIONS]


NO_SOURCES = Sources()


def written_by_machine(sources: Sources, language: Language) -> dict[str, Any]:
    """The root entity of an answer."""
    entity: dict[str, Any] = {
        "type": "https://schema.org/Message",
        "@type": "Message",
        "@context": "https://schema.org",
        "@id": "",
        "additionalType": ["AIGeneratedContent"],
    }
    cited = sources.cited
    if cited:
        entity["citation"] = [_claim(product, at) for at, product in enumerate(cited, 1)]
    if sources.products:
        entity["usageInfo"] = _usage(sources.products, language)
    return entity


def _claim(product: DataProduct, position: int) -> dict[str, Any]:
    appearance: dict[str, Any] = {
        "@type": "DigitalDocument",
        "name": _short(product.name or product.id, NAME),
        "url": safe_url(product.url),
        "abstract": _short(product.description or product.domain or product.name or product.id, ABSTRACT),
    }
    keywords = _keywords((product.domain, product.owner))
    appearance |= {"keywords": keywords} if keywords else {}
    return {"@type": "Claim", "position": position, "appearance": appearance}


def _keywords(words: Sequence[str]) -> list[str]:
    return [_short(word, KEYWORD) for word in words if word.strip()][:MOST_KEYWORDS]


def _usage(products: Sequence[DataProduct], language: Language) -> dict[str, Any]:
    """The strictest of them."""
    order = ("public", "internal", "restricted")
    strictest = max((product.sensitivity.value for product in products), key=order.index)
    return {
        "@type": "CreativeWork",
        "name": phrase(language, f"teams.{strictest}"),
        "description": phrase(language, f"teams.{strictest}_means"),
    }


def _short(words: str, most: int) -> str:
    return cut(literal(one_line(words)), most) or "–"


def marks(sources: Sources) -> str:
    """The numbers in the text that the citations hang on."""
    return "".join(f" [{at}]" for at in range(1, len(sources.cited) + 1))
