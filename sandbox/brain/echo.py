"""What was understood, said in words: "somme de Consommation (MWh) où Pays = France, Mois = 2025-09"."""

from __future__ import annotations

from datetime import date

from sandbox.brain.language import Language
from sandbox.brain.moments import Grain, Period
from sandbox.brain.numbers import literal
from sandbox.brain.query import Condition, Existence, Group, Having, Measure, Order, Query
from sandbox.brain.schema import Ref, Schema

_FUNCTIONS = {
    "fr": {"sum": "somme de {}", "avg": "moyenne de {}", "min": "minimum de {}", "max": "maximum de {}",
           "median": "médiane de {}", "count": "nombre de {}", "count distinct": "nombre de {} différents"},
    "en": {"sum": "sum of {}", "avg": "average of {}", "min": "minimum of {}", "max": "maximum of {}",
           "median": "median of {}", "count": "number of {}", "count distinct": "number of different {}"},
}  # fmt: skip
_WORDS = {
    "fr": {"where": "où", "per": "par", "order": "trié par", "desc": "décroissant", "asc": "croissant",
           "first": "les {} premiers", "one": "le premier",
           "share": "part en\u00a0% de", "change": "évolution de", "and": "et", "or": "ou", "with": "avec",
           "without": "sans",
           "in": "dans", "not in": "hors de", "between": "entre", "contains": "contient", "starts": "commence par",
           "ends": "finit par", "null": "non renseigné", "not null": "renseigné", "true": "oui", "false": "non",
           "average": "la moyenne", "from": "depuis", "to": "jusqu'à", "list": "liste de", "distinct": "distincts",
           "except": "hors", "of": "de", "then": "puis", "only": "avec",
           "read": "«\u00a0{}\u00a0» lu comme «\u00a0{}\u00a0»"},
    "en": {"where": "where", "per": "by", "order": "sorted by", "desc": "descending", "asc": "ascending",
           "first": "the first {}", "one": "the first",
           "share": "share in % of", "change": "change in", "and": "and", "or": "or", "with": "with",
           "without": "without",
           "in": "in", "not in": "not in", "between": "between", "contains": "contains", "starts": "starts with",
           "ends": "ends with", "null": "missing", "not null": "present", "true": "yes", "false": "no",
           "average": "the average", "from": "since", "to": "until", "list": "list of", "distinct": "distinct",
           "except": "except", "of": "of", "then": "then", "read": "“{}” read as “{}”", "only": "having"},
}  # fmt: skip
_GRAINS: dict[Language, dict[Grain, str]] = {
    "fr": {
        "year": "année",
        "quarter": "trimestre",
        "month": "mois",
        "week": "semaine",
        "day": "jour",
        "half": "semestre",
    },
    "en": {"year": "year", "quarter": "quarter", "month": "month", "week": "week", "day": "day", "half": "half-year"},
}


def period_text(period: Period) -> str:
    """2025-09, 2025-Q3, 2025, 2025-01-15, or its two ends."""
    if period.start is None or period.end is None:
        return str(period.start or period.end)
    if period.start == period.end:
        return str(period.start)
    return _named(period.start, period.end) or f"{period.start} … {period.end}"


def _named(start: date, end: date) -> str:
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    whole = start.day == 1 and (end.replace(day=28).month == end.month and end.day >= 28)
    if not whole or (start.year != end.year and months != 1):
        return "" if not whole else f"{start:%Y-%m} … {end:%Y-%m}"
    if months == 12:
        return str(start.year)
    if months == 3 and start.month % 3 == 1:
        return f"{start.year}-Q{(start.month + 2) // 3}"
    return f"{start:%Y-%m}" if months == 1 else f"{start:%Y-%m} … {end:%Y-%m}"


class Echo:
    """Says one query in one language."""

    def __init__(self, schema: Schema, language: Language) -> None:
        self._schema = schema
        self._language: Language = language
        self._words = _WORDS[language]

    def text(self, query: Query, respelled: tuple[tuple[str, str], ...] = ()) -> str:
        """The whole reading on one line."""
        parts = [self.subject(query)]
        if conditions := self._conditions(query):
            parts.append(f"{self._words['where']} {conditions}")
        if query.having:
            parts.append(f"{self._words['only']} " + ", ".join(self._having(one) for one in query.having))
        if query.order:
            parts.append(f"{self._words['order']} " + ", ".join(self._order(order) for order in query.order))
        if query.limit is not None:
            word = "one" if query.limit == 1 else "first"
            parts.append(f"({self._words[word].format(query.limit)})")
        line = " ".join(parts)
        notes = "; ".join(self._words["read"].format(*pair) for pair in respelled)
        return f"{line} ({notes})" if notes else line

    def subject(self, query: Query) -> str:
        """What is computed or listed, and per what: a title."""
        figures = f" {self._words['and']} ".join(self.measure(measure) for measure in query.measures)
        if query.share:
            figures = f"{self._words['share']} {figures}"
            figures += f" ({', '.join(self._condition(one) for one in query.share.part)})" if query.share.part else ""
        if query.change:
            figures = f"{self._words['change']} {figures}{self._ends(query)}"
        if not query.measures:
            listed = ", ".join(self.column(ref) for ref in query.columns) or self.table(query.base)
            figures = f"{self._words['list']} {listed} ({self.table(query.base)})"
        if not query.groups:
            return figures
        groups = f" {self._words['and']} ".join(self.group(group) for group in query.groups)
        return f"{figures} {self._words['per']} {groups}" if figures else groups

    def measure(self, measure: Measure) -> str:
        """Sum of Consumption (GWh)."""
        if measure.ref is None:
            return _FUNCTIONS[self._language]["count"].format(self.table(measure.table))
        name = self.column(measure.ref)
        if measure.function == "count distinct" and measure.ref == self._schema.key(measure.ref.table):
            name = self.table(measure.ref.table)
        unit = f" ({measure.unit})" if measure.unit and f"({measure.unit})" not in name else ""
        unit += f" {self._words['per']} {_GRAINS[self._language][measure.per]}" if measure.per else ""
        return _FUNCTIONS[self._language][measure.function].format(name + unit)

    def column(self, ref: Ref) -> str:
        """A column's business name, else its name."""
        column = self._schema.column(ref)
        return column.label or column.name

    def table(self, table: str) -> str:
        """A table's business name, else its name."""
        found = self._schema.tables[table]
        return found.label or found.name

    def group(self, group: Group) -> str:
        """A grouping column, or the period it is cut into."""
        return _GRAINS[self._language][group.grain] if group.grain else self.column(group.ref)

    def _ends(self, query: Query) -> str:
        change = query.change
        if change is None or change.first is None or change.final is None:
            return ""
        return f" ({period_text(change.first)} → {period_text(change.final)})"

    def _conditions(self, query: Query) -> str:
        found = [self._condition(condition) for condition in query.conditions]
        return ", ".join(found + [self._existence(existence) for existence in query.existence])

    def _existence(self, existence: Existence) -> str:
        word = self._words["without" if existence.negated else "with"]
        inner = ", ".join(self._condition(condition) for condition in existence.conditions)
        return f"{word} {self.table(existence.table)}" + (f" ({inner})" if inner else "")

    def _condition(self, condition: Condition) -> str:
        name = self.column(condition.ref)
        if condition.operator in {"period", "not period"}:
            return self._periods(name, condition)
        if condition.average:
            return f"{name} {condition.operator} {self._words['average']}"
        values = [value if isinstance(value, str) else literal(value) for value in condition.values]
        if condition.operator in {"in", "not in"}:
            return f"{name} {self._words[condition.operator]} ({', '.join(values)})"
        if condition.operator == "between":
            return f"{name} {self._words['between']} {values[0]} {self._words['and']} {values[1]}"
        word = self._words.get(condition.operator, condition.operator)
        return " ".join([name, word, *values])

    def _periods(self, name: str, condition: Condition) -> str:
        texts = []
        for period in condition.periods:
            sign = "=" if period.start and period.end else ("≥" if period.start else "≤")
            texts.append(f"{name} {sign} {period_text(period)}")
        text = f" {self._words['or']} ".join(texts)
        return f"{self._words['except']} {text}" if condition.operator == "not period" else text

    def _having(self, having: Having) -> str:
        values = f" {self._words['and']} ".join(literal(value) for value in having.values)
        operator = self._words.get(having.operator, having.operator)
        return f"{self.measure(having.measure)} {operator} {values}"

    def _order(self, order: Order) -> str:
        by = order.by
        name = (
            self.measure(by)
            if isinstance(by, Measure)
            else self.group(by)
            if isinstance(by, Group)
            else self.column(by)
        )
        return f"{name} {self._words['desc' if order.descending else 'asc']}"
