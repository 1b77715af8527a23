"""Asking back and suggesting: without it a Clarification and what its buttons stand for could drift apart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from agents.domain import Clarification, DataProduct, Language, Option, Question
from agents.language import content_of, language_of
from agents.recall import About, Pending

_EXAMPLES = 3  # questions suggested
OPTIONS = 4  # of one Clarification
LONGEST = 75  # characters of an option's label or hint: every platform takes so many


def which_product(question: Question, products: Sequence[DataProduct], turn_id: str) -> dict[str, str | Clarification]:
    """Asks back which of the products is meant."""
    options = [(p.id, p.name, _hint(p.description or p.domain)) for p in products[:OPTIONS]]
    return asked_back("product", question, options, turn_id=turn_id, among=products[:OPTIONS])


def _hint(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def examples(products: Sequence[DataProduct], language: Language, asked: str = "") -> tuple[str, ...]:
    """Verified questions of these products in the asker's language, except for the one just asked."""
    same = set(content_of(asked))
    listed = (example for product in products for example in product.examples)
    spoken = (e for e in dict.fromkeys(listed) if language_of(e, "") == language and set(content_of(e)) != same)
    return tuple(spoken)[:_EXAMPLES]


def asked_back(
    about: About,
    question: Question,
    options: Sequence[tuple[str, str, str]],
    *,
    turn_id: str,
    text: str = "",
    product: DataProduct | None = None,
    among: Sequence[DataProduct] = (),
) -> dict[str, str | Clarification]:
    """The Clarification as `reply` and what must be remembered of it as `pending`.

    `options` are (what it stands for, label, hint); `among`: the products that they name. Keys are made from the turn,
    so that a click on an older one is recognised as stale.
    """
    mark = hashlib.sha256(turn_id.encode()).hexdigest()[:8]
    keyed = {f"{mark}-{number}": option for number, option in enumerate(options, start=1)}
    shown = tuple(Option(key, label, hint) for key, (_, label, hint) in keyed.items())
    kept = {key: (meant, label) for key, (meant, label, _) in keyed.items()}
    pending = Pending(about, question.text, kept, product.id if product else "")
    named = (*among, *((product,) if product else ()))
    restricted = any(one.restricted for one in named)
    reply = Clarification(question.language, about, shown, text, product, restricted)
    return {"reply": reply, "pending": pending.text()}
