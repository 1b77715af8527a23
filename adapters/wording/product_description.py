"""One data product described: what it is for, who answers for it, its tables and columns, how fresh it is."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.wording.durations import promise
from adapters.wording.figures import counted, product_link
from adapters.wording.numbers import day
from adapters.wording.phrases import phrase
from adapters.wording.spoken import Grid, Line, Span, Spoken
from agents.domain import Answer, Column, DataProduct, Language, Lifecycle, ProductDescription, Table

MOST_COLUMNS = 40
INDENT = "· "  # before the columns of a table that is headed by its name


def say_product_description(answer: Answer, description: ProductDescription) -> Spoken:
    """The facet that was asked for first, then the rest in short."""
    language, product = answer.language, description.product
    return Spoken(
        language,
        _headline(description, language),
        notes=tuple(line for line in _notes(description, language) if line),
        grid=_columns(description.tables, language) if description.topic in ("columns", "overview") else None,
        suggestions=answer.suggestions,
        context=_context(product, language),
        kind="product_description",
        private=product.restricted,
    )


def _headline(description: ProductDescription, language: Language) -> Line:
    product = description.product
    name = product_link(product)
    if description.topic == "owner":
        key = "product_description.owner" if product.owner else "product_description.no_owner"
        return (name, Span(phrase(language, key)), Span(product.owner, strong=True), Span("."))
    if description.topic == "freshness":
        return (name, Span(_freshness(description, language)))
    text = product.description or phrase(language, "product_description.undescribed")
    return (name, Span(phrase(language, "answer.colon") + text))


def _freshness(description: ProductDescription, language: Language) -> str:
    fresh = max((table.fresh_as_of for table in description.tables if table.fresh_as_of), default=None)
    if fresh:
        return phrase(language, "product_description.fresh", day=day(fresh.date(), language))
    return phrase(language, "product_description.fresh_unknown")


def _notes(description: ProductDescription, language: Language) -> tuple[Line, ...]:
    product = description.product
    sla = ", ".join(promise(name, value, language) for name, value in product.sla)
    return (
        _contact(product, language) if description.topic in ("owner", "access") else (),
        (Span(phrase(language, "product_description.access")),) if description.topic == "access" else (),
        _tables(description.tables, language),
        (Span(phrase(language, "product_description.sla") + sla),) if sla else (),
        _standing(product, language),
    )


def _contact(product: DataProduct, language: Language) -> Line:
    return (Span(phrase(language, "product_description.contact") + product.contact),) if product.contact else ()


def _tables(tables: tuple[Table, ...], language: Language) -> Line:
    spans: list[Span] = [Span(phrase(language, "product_description.tables"))]
    for number, table in enumerate(tables):
        spans += ([Span(", ")] if number else []) + [Span(table.ref.name, code=True)]
        if table.rows is not None:
            spans.append(Span(f" ({counted(table.rows, language)})"))
        if not table.readable:
            spans.append(Span(phrase(language, "product_description.unreadable")))
        elif table.filtered:
            spans.append(Span(phrase(language, "product_description.filtered")))
    return tuple(spans) if tables else (Span(phrase(language, "product_description.no_tables")),)


def _columns(tables: tuple[Table, ...], language: Language) -> Grid | None:
    """Column by column; several tables one under the other, each headed by a row of its own."""
    if not any(table.columns for table in tables):
        return None
    heads = tuple(phrase(language, f"product_description.head_{key}") for key in ("column", "type", "meaning"))
    rows = [row for table in tables for row in _listed(table, language, headed=len(tables) > 1)]
    return Grid(heads, tuple(rows[:MOST_COLUMNS]), (False, False, False), len(rows))


def _listed(table: Table, language: Language, *, headed: bool) -> Iterator[tuple[str, str, str]]:
    if headed:
        yield table.ref.name, phrase(language, "product_description.table"), table.description or table.label or "–"
    for column in table.columns:
        name, kind, meaning = _column(column, language)
        yield f"{INDENT}{name}" if headed else name, kind, meaning


def _column(column: Column, language: Language) -> tuple[str, str, str]:
    known = next((word for tongue, word in column.synonyms if tongue[:2].lower() == language), "")
    own = known or column.label if language == "fr" else column.label or known
    own = own[:1].upper() + own[1:]
    parts = (own.rstrip("."), column.description.rstrip("."))
    meaning = ". ".join(part for part in dict.fromkeys(parts) if part)
    return column.name, f"{column.type}{f', {column.unit}' if column.unit else ''}", meaning or "–"


def _standing(product: DataProduct, language: Language) -> Line:
    if product.lifecycle in (Lifecycle.DEPRECATED, Lifecycle.RETIRED):
        return (Span(phrase(language, "note.deprecated", name=product.name, successor=product.successor or "–")),)
    return ()


def _context(product: DataProduct, language: Language) -> Line:
    facts = [product.domain, phrase(language, f"family.{product.family.name.lower()}")]
    facts += [phrase(language, "note.owner", owner=product.owner)] if product.owner else []
    facts.append(phrase(language, "product_description.documentation", score=str(product.documentation)))
    return (Span(" · ".join(fact for fact in facts if fact)),)
