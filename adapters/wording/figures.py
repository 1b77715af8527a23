"""Data that was queried, in words: the figure or the rows, where they are from, how they were filtered and computed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from adapters.wording.charts import chart
from adapters.wording.described import described
from adapters.wording.hidden import is_partial, masks, rights, whom_to_ask
from adapters.wording.labels import calculation, calculation_of, condition, label, titled, unit_of, where
from adapters.wording.numbers import cell, day, figure, is_number
from adapters.wording.periods import reach
from adapters.wording.phrases import phrase
from adapters.wording.spoken import Grid, Line, Span, Spoken
from adapters.wording.values import names_in_output, names_of_values
from agents.domain import Answer, DataProduct, Figures, Language, Lifecycle, Sensitivity

ARTICLE = re.compile(r"(?:la|le|les|notre|nos|leurs?|the|our|their)\b|l['’]", re.IGNORECASE)
_WORDS = re.compile(r"\w+")
SHOWN_ROWS = 20
FEW_COLUMNS = 6  # of one row: told in the sentence
THIN_DOCUMENTATION = 60


def say_figures(answer: Answer, figures: Figures) -> Spoken:
    """The whole answer; one value needs no table."""
    language, figures = answer.language, _named(figures, answer.language)
    told = len(figures.result.rows) == 1 and len(figures.result.columns) <= FEW_COLUMNS
    return Spoken(
        language,
        _headline(figures, language),
        notes=tuple(line for line in _notes(figures, language) if line),
        chart=chart(figures, language),
        grid=None if told or not figures.result.rows else grid(figures, language),
        sql=figures.result.sql,
        suggestions=answer.suggestions,
        filters=figures.reading.filters,
        context=_context(figures, language),
        kind="figures",
        rate=True,
        private=any(product.sensitivity is Sensitivity.RESTRICTED for product in figures.products),
    )


def grid(figures: Figures, language: Language, most: int = SHOWN_ROWS) -> Grid:
    """The first rows as text, columns under the names people know."""
    result = figures.result
    units = [unit_of(name, figures.reading, figures.tables) for name in result.columns]
    titles = [titled(name, figures.reading, figures.tables, language) for name in result.columns]
    columns = tuple(f"{title} ({unit})" if unit else title for title, unit in zip(titles, units, strict=True))
    rows = tuple(tuple(cell(value, language) for value in row) for row in result.rows[:most])
    numeric = tuple(any(is_number(row[i]) for row in result.rows[:most]) for i in range(len(result.columns)))
    return Grid(columns, rows, numeric, (result.total or -1) if result.truncated else len(result.rows))


def _named(figures: Figures, language: Language) -> Figures:
    """With the names of its values in place of what is stored; SQL, filters and downloads keep the latter."""
    result, reading = figures.result, figures.reading
    known = [names_in_output(name, calculation_of(name, reading), figures.tables, language) for name in result.columns]
    if not any(known):
        return figures
    rows = tuple(
        tuple(names.get(str(value), value) for value, names in zip(row, known, strict=True)) for row in result.rows
    )
    return replace(figures, result=replace(result, rows=rows))


def _single(figures: Figures) -> bool:
    return len(figures.result.rows) == 1 and len(figures.result.columns) == 1


def _nothing(figures: Figures) -> bool:
    return all(value is None for row in figures.result.rows for value in row)


def _headline(figures: Figures, language: Language) -> Line:
    if _nothing(figures):
        return _no_rows(figures, language)
    if figures.headline:
        return (Span(figures.headline),)
    if _single(figures):
        return _one_value(figures, language)
    return _many_rows(figures, language)


def _one_value(figures: Figures, language: Language) -> Line:
    name, value = figures.result.columns[0], figures.result.rows[0][0]
    shown = Span(cell(value, language, unit_of(name, figures.reading, figures.tables)), strong=True)
    if figures.subject:
        subject = figures.subject[:1].upper() + figures.subject[1:]
        return (Span(subject + _verb(figures.subject, language)), shown, Span("."))
    return (Span(described(figures, language)), Span(phrase(language, "answer.colon")), shown, Span("."))


def _verb(subject: str, language: Language) -> str:
    """What joins a subject to its value: a phrase without an article makes no sentence, but a title."""
    if not ARTICLE.match(subject):
        return phrase(language, "answer.colon")
    verb = "answer.are" if subject.lower().startswith(("les ", "nos ")) else "answer.is"
    return f" {phrase(language, verb)} "


def _many_rows(figures: Figures, language: Language) -> Line:
    result, drawn = figures.result, chart(figures, language)
    count = figure(len(result.rows), language)
    if result.truncated and result.total:
        of = figure(result.total, language)
        return (Span(phrase(language, "answer.first_rows_of", count=count, of=of)),)
    if result.truncated:
        return (Span(phrase(language, "answer.first_rows", count=count)),)
    if len(result.rows) == 1 and len(result.columns) <= FEW_COLUMNS:
        return _one_row(figures, language)
    if drawn is None or len(drawn.series) != 1:
        return (Span(phrase(language, "answer.one_row" if len(result.rows) == 1 else "answer.rows", count=count)),)
    pairs = [(v, text) for v, text in zip(drawn.series[0].values, drawn.labels, strict=True) if v is not None]
    (high, at), (low, under) = max(pairs), min(pairs)
    highest = (
        Span(phrase(language, "answer.rows", count=count) + " " + phrase(language, "answer.highest") + " "),
        Span(figure(high, language, drawn.unit), strong=True),
    )
    if figures.reading.limit is not None:  # the lowest of the first few says nothing
        return (*highest, Span(f" ({at})."))
    return (
        *highest,
        Span(f" ({at}), " + phrase(language, "answer.lowest") + " "),
        Span(figure(low, language, drawn.unit), strong=True),
        Span(f" ({under})."),
    )


def _one_row(figures: Figures, language: Language) -> Line:
    """Each value of the row under its name: variation : -9,34 %."""
    spans: list[Span] = []
    for name, value in zip(figures.result.columns, figures.result.rows[0], strict=True):
        unit = unit_of(name, figures.reading, figures.tables)
        title = titled(name, figures.reading, figures.tables, language)
        title = title if spans else title[:1].upper() + title[1:]
        spans += [Span(" · ")] if spans else []
        spans += [Span(title + phrase(language, "answer.colon")), Span(cell(value, language, unit), strong=True)]
    return tuple(spans)


def _no_rows(figures: Figures, language: Language) -> Line:
    values = where(figures.reading.filters, figures.tables, language)
    key = "empty.for" if values else "empty.none"
    return (Span(phrase(language, _visible(key, figures), values=values)),)


def _visible(key: str, figures: Figures) -> str:
    """The phrase that speaks of what may be seen, where that may not be all there is."""
    return f"{key}_visible" if is_partial(figures) else key


def _notes(figures: Figures, language: Language) -> tuple[Line, ...]:
    reading, tables = figures.reading, figures.tables
    filters = " · ".join(condition(one, tables, language) for one in reading.filters)
    return (
        whom_to_ask(figures, language),
        *(_nearby(figures, language) if _nothing(figures) else _short(figures, language)),
        _data(figures, language),
        (Span(phrase(language, "note.filters") + filters),) if filters else (),
        _calculations(figures, language),
        masks(figures, language),
        *(_caution(product, language) for product in figures.products),
        (Span(phrase(language, "note.more_in_sql")),) if not reading.complete else (),
    )


def _nearby(figures: Figures, language: Language) -> tuple[Line, ...]:
    covered = (_covers(*each, figures, language) for each in figures.coverage)
    return *covered, *(_exist(column, values, figures, language) for column, values in figures.nearby)


def _covers(column: str, first: str, last: str, figures: Figures, language: Language) -> Line:
    name, held = label(column, figures.tables, language), reach(first, last, language)
    return (Span(phrase(language, _visible("empty.covers", figures), name=name, reach=held)),)


def _short(figures: Figures, language: Language) -> tuple[Line, ...]:
    """From when to when there is data, where the question asks for more."""
    return tuple(_reaching(*each, figures, language) for each in figures.coverage)


def _reaching(column: str, first: str, last: str, figures: Figures, language: Language) -> Line:
    key = "short.since" if _is_open(column, first, figures) else "short.covers"
    return (Span(phrase(language, _visible(key, figures), reach=reach(first, last, language))),)


def _is_open(column: str, first: str, figures: Figures) -> bool:
    """As in "since January": a period without an end is covered by data that began before it."""
    on_it = [one for one in figures.reading.filters if column.lower() in _WORDS.findall(one.column.lower())]
    begins = all(one.operator in {">", ">="} and first[: len(one.values[0])] <= one.values[0] for one in on_it)
    return bool(on_it) and begins


def _exist(column: str, values: Sequence[str], figures: Figures, language: Language) -> Line:
    known = names_of_values(column, figures.tables, language)
    listed = ", ".join(known.get(value, value) for value in values)
    return (Span(phrase(language, "empty.exist", name=label(column, figures.tables, language), values=listed)),)


def _data(figures: Figures, language: Language) -> Line:
    names = [Span(ref.name, code=True) for ref in figures.reading.tables]
    spans: list[Span] = [Span(phrase(language, "note.data"))]
    for name in names:
        spans += [name, Span(", ")]
    for product in figures.products[:1]:
        spans += [
            Span(phrase(language, "note.of_product")),
            product_link(product),
            Span(_where_from(figures, language)),
        ]
    return (*spans, Span(".")) if figures.products else (*spans[:-1], Span("."))


def counted(rows: int, language: Language, *, more: bool = False) -> str:
    """So many rows, in words; `more`: there are others that were not fetched."""
    if rows == 1 and not more:
        return phrase(language, "note.row")
    return phrase(language, "note.rows", count=figure(rows, language) + ("+" if more else ""))


def product_link(product: DataProduct) -> Span:
    """The product's name, linked where it has a page on a configured host."""
    return Span(product.name or product.id, url=product.url, strong=not product.url)


def _where_from(figures: Figures, language: Language) -> str:
    product, fresh = figures.products[0], freshness(figures, language)
    facts = [phrase(language, "note.domain", domain=product.domain)] if product.domain else []
    facts += [fresh] if fresh else []
    return f" ({', '.join(facts)})" if facts else ""


def freshness(figures: Figures, language: Language) -> str:
    """Until when the freshest of the tables read is up to date; empty where the catalogue does not know."""
    fresh = max((table.fresh_as_of for table in figures.tables if table.fresh_as_of), default=None)
    return phrase(language, "note.fresh", day=day(fresh.date(), language)) if fresh else ""


def _calculations(figures: Figures, language: Language) -> Line:
    spans: list[Span] = []
    for said in dict.fromkeys(calculation(calc, language) for calc in figures.reading.calculations):
        spans += [Span(", ") if spans else Span(phrase(language, "note.calculation")), *said]
    if spans and figures.reading.grouping:
        by = ", ".join(label(name, figures.tables, language) for name in figures.reading.grouping)
        spans.append(Span(phrase(language, "note.by", names=by)))
    return (*spans, Span(".")) if spans else ()


def _caution(product: DataProduct, language: Language) -> Line:
    if product.lifecycle in (Lifecycle.DEPRECATED, Lifecycle.RETIRED):
        return (Span(phrase(language, "note.deprecated", name=product.name, successor=product.successor or "–")),)
    if product.documentation < THIN_DOCUMENTATION:
        return (Span(phrase(language, "note.thin", score=str(product.documentation))),)
    return ()


def _context(figures: Figures, language: Language) -> Line:
    spans: list[Span] = []
    for product in figures.products[:2]:
        spans += [product_link(product), Span(" · ")]
        spans += [Span(phrase(language, "note.owner", owner=product.owner) + " · ")] if product.owner else []
    rows = counted(len(figures.result.rows), language, more=figures.result.truncated)
    facts = (freshness(figures, language), rows, rights(figures, language))
    return (*spans, Span(" · ".join(fact for fact in facts if fact)))
