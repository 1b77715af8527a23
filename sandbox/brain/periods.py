"""Dates and periods in French and English: "septembre 2025", "T3", "l'an dernier", "last 6 months", "depuis janvier".

General date libraries misread French ranges and the order of day and month, so this grammar is our own.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from datetime import date

from sandbox.brain import moments, numbers
from sandbox.brain.language import Language
from sandbox.brain.moments import Grain, Period
from sandbox.brain.tokens import Token

_MONTHS = {
    word: number
    for number, words in enumerate(
        ("january janvier jan janv", "february fevrier feb fevr fev", "march mars mar", "april avril apr avr", "may mai",
         "june juin jun", "july juillet jul juil", "august aout aug", "september septembre sept sep",
         "october octobre oct", "november novembre nov", "december decembre dec"), 1)
    for word in words.split()
}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "premier": 1, "premiere": 1, "deuxieme": 2, "troisieme": 3,
             "quatrieme": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}  # fmt: skip
_GRAINS: dict[str, Grain] = {
    "year": "year", "years": "year", "an": "year", "ans": "year", "annee": "year", "annees": "year", "quarter": "quarter",
    "quarters": "quarter", "trimestre": "quarter", "trimestres": "quarter", "month": "month", "months": "month",
    "mois": "month", "week": "week", "weeks": "week", "semaine": "week", "semaines": "week", "day": "day", "days": "day",
    "jour": "day", "jours": "day", "semestre": "half", "semestres": "half", "half": "half",
}  # fmt: skip
_SMALL = frozenset("the le la les l de du d of en in au".split())
_CODE = re.compile(r"^([qtsh])([1-4])$")
_AMBIGUOUS = frozenset({"may", "march", "mar", "dec", "sep", "jan", "second", "mars"})

Reading = tuple[int, Period] | None
"""Where the period ends in the tokens, and the period."""


class PeriodReader:
    """Reads the periods of one question."""

    def __init__(self, tokens: Sequence[Token], language: Language, today: date) -> None:
        self._tokens = tokens
        self._language = language
        self._today = today

    def at(self, at: int) -> Reading:
        """The period that begins at this token, with its relation (since, between …), if there is one."""
        for read in (self._between, self._to_date, self._related, self._range, self._or_after):
            if found := read(at):
                return found
        return self._base(at)

    # ── relations ──

    def _between(self, at: int) -> Reading:
        if not self._says(at, "between", "entre"):
            return None
        return self._pair(at + 1, ("and", "et"))

    def _range(self, at: int) -> Reading:
        start = at + 1 if self._says(at, "from", "de", "du", "d") else at
        return self._pair(start, ("to", "a", "au", "through", "until", "till", "jusqu", "-"))

    def _pair(self, at: int, joints: tuple[str, ...]) -> Reading:
        first = self._base(self._skip(at))
        if first is None:
            return self._days(at, joints)
        joint = first[0]
        if not self._says(joint, *joints):
            return None
        after = joint + 1
        while self._says(after, *joints, "the", "end", "of", "le", "la", "l", "en", "fin"):
            after += 1
        final = self._base(after)
        return (final[0], moments.through(first[1], final[1])) if final else None

    def _days(self, at: int, joints: tuple[str, ...]) -> Reading:
        """du 1er au 15 mars 2025: the first day borrows month and year."""
        day = self._number(at)
        joint = at + 2 if self._says(at + 1, "er") else at + 1
        if day is None or not 1 <= day <= 31 or not self._says(joint, *joints):
            return None
        final = self._base(self._skip(joint + 1))
        if final is None or final[1].grain != "day" or final[1].start is None:
            return None
        return final[0], Period(final[1].start.replace(day=day), final[1].end, "day")

    def _related(self, at: int) -> Reading:
        for words, change in _RELATIONS:
            end = self._phrase(at, words)
            if end and (base := self._base(self._skip(end))):
                stop = base[0]
                while self._says(stop, "onwards", "onward", "inclus", "included", "inclusive"):
                    stop += 1
                return stop, change(base[1])
        return None

    def _or_after(self, at: int) -> Reading:
        """2014 or after; from 2014 onwards."""
        start = at + 1 if self._says(at, "from") else at
        base = self._base(self._skip(start))
        if base is None:
            return None
        for words, change in _SUFFIXES:
            if end := self._phrase(base[0], words):
                return end, change(base[1])
        return None

    def _to_date(self, at: int) -> Reading:
        start = date(self._today.year, 1, 1)
        for words in ("year to date", "ytd", "this year so far", "depuis le debut de l annee", "depuis le debut de l an",
                      "since the beginning of the year", "since the start of the year", "depuis le debut de cette annee"):  # fmt: skip
            if end := self._phrase(at, words):
                return end, Period(start, self._today, "month")
        return None

    # ── one period ──

    def _base(self, at: int) -> Reading:
        at = self._skip_noun(at)
        for read in (self._written_date, self._day, self._month, self._coded, self._ordinal, self._last, self._ago,
                     self._relative, self._year):  # fmt: skip
            if found := read(at):
                return found
        return None

    def _written_date(self, at: int) -> Reading:
        token = self._token(at)
        if token is None or token.shape != "date":
            return None
        parts = [int(part) for part in re.findall(r"\d+", token.text)]
        try:
            return at + 1, self._dated(token.text, parts)
        except ValueError:
            return None

    def _dated(self, text: str, parts: list[int]) -> Period:
        if re.search("[QqTt]", text):
            return moments.span("quarter", parts[0], parts[1])
        if len(parts) == 2:
            year, month = parts if parts[0] > 31 else (parts[1], parts[0])
            return moments.span("month", year, month)
        if parts[0] > 31:
            day = date(*parts)
        elif self._language == "fr" or parts[0] > 12:
            day = date(parts[2], parts[1], parts[0])
        else:
            day = date(parts[2], parts[0], parts[1])
        return Period(day, day, "day")

    def _day(self, at: int) -> Reading:
        """12 mars 2025; March 12th, 2025; 1er mars."""
        day, end = self._number(at), at + 1
        if day is not None:
            while self._says(end, "er", "th", "st", "nd", "rd", "of"):
                end += 1
            month = self._month_name(end)
            end += 1
        else:
            month = self._month_name(at)
            day = self._number(end) if month else None
            end += 1
            while self._says(end, "er", "th", "st", "nd", "rd", ","):
                end += 1
        if not month or day is None or not 1 <= day <= 31:
            return None
        return self._dated_in(end, month, day)

    def _dated_in(self, end: int, month: int, day: int) -> Reading:
        while self._says(end, ",", "of"):
            end += 1
        year = self._year_number(end)
        stop = end + 1 if year else end
        try:
            found = date(year or self._today.year, month, day)
        except ValueError:
            return None
        if not year and found > self._today:
            found = found.replace(year=found.year - 1)
        return stop, Period(found, found, "day")

    def _month(self, at: int) -> Reading:
        month = self._month_name(at)
        if not month:
            return None
        token = self._tokens[at]
        end = at + 2 if self._says(at + 1, ".") else at + 1
        stop, year = self._year_after(end)
        if not year and token.plain in _AMBIGUOUS and not token.capital and self._language == "en":
            return None
        return (
            (stop, moments.span("month", year, month)) if year else (end, moments.latest("month", month, self._today))
        )

    def _coded(self, at: int) -> Reading:
        """T3 2025, Q3, S1 2024, H2; also 2025 T3."""
        token = self._token(at)
        match = _CODE.match(token.plain) if token else None
        if match is None:
            year = self._year_number(at)
            following = self._token(at + 1)
            match = _CODE.match(following.plain) if year and following else None
            return (at + 2, self._part(match, year)) if match and year else None
        stop, year = self._year_after(at + 1)
        return (stop if year else at + 1), self._part(match, year)

    def _part(self, match: re.Match[str], year: int | None) -> Period:
        grain: Grain = "quarter" if match[1] in "qt" else "half"
        part = min(int(match[2]), 12 // moments.MONTHS_IN[grain])
        return moments.span(grain, year, part) if year else moments.latest(grain, part, self._today)

    def _ordinal(self, at: int) -> Reading:
        """third quarter of 2025; 3e trimestre 2025; premier semestre."""
        token = self._token(at)
        part = _ORDINALS.get(token.plain) if token else None
        end = at + 1
        if (
            part is None
            and (number := self._number(at))
            and self._says(at + 1, "e", "er", "eme", "nd", "st", "rd", "th")
        ):
            part, end = number, at + 2
        grain = self._grain(end)
        if not part or grain not in {"quarter", "half", "month"} or part > 12 // moments.MONTHS_IN[grain]:
            return None
        stop, year = self._year_after(end + 1)
        return (stop, moments.span(grain, year, part)) if year else (end + 1, moments.latest(grain, part, self._today))

    def _last(self, at: int) -> Reading:
        """last 6 months; les 6 derniers mois; past 30 days; ces trois dernieres annees."""
        words, counted = ("last", "past", "previous", "dernier", "derniers", "derniere", "dernieres"), None
        end = at
        if self._says(end, "these", "ces"):
            end += 1
        for _ in range(2):
            if self._says(end, *words):
                end += 1
            elif counted is None and (counted := self._number(end)) is not None:
                end += 1
        grain = self._grain(end)
        said = any(self._says(place, *words) for place in range(at, end))
        if grain is None or counted is None or not said or not 1 <= counted <= 400:
            return None
        return end + 1, moments.last(grain, counted, self._today)

    def _ago(self, at: int) -> Reading:
        """3 months ago; il y a 3 mois."""
        start = self._phrase(at, "il y a") or at
        count = self._number(start)
        if count is None and self._says(start, "un", "une"):
            count = 1
        grain = self._grain(start + 1)
        if count is None or grain is None or count > 400:
            return None
        if start > at:
            return start + 2, moments.shifted(grain, self._today, -count)
        return (start + 3, moments.shifted(grain, self._today, -count)) if self._says(start + 2, "ago") else None

    def _relative(self, at: int) -> Reading:
        for words, grain, by in _RELATIVE:
            if end := self._phrase(at, words):
                return end, moments.shifted(grain, self._today, by)
        return None

    def _year(self, at: int) -> Reading:
        year = self._year_number(at)
        if not year:
            return None
        found = moments.span("year", year)
        return at + 1, Period(found.start, found.end, "year", 0, ("=", year, year))

    # ── words ──

    def _token(self, at: int) -> Token | None:
        return self._tokens[at] if 0 <= at < len(self._tokens) else None

    def _says(self, at: int, *words: str) -> bool:
        token = self._token(at)
        return token is not None and token.plain in words

    def _skip(self, at: int) -> int:
        while (token := self._token(at)) and token.plain in _SMALL:
            at += 1
        return at

    def _skip_noun(self, at: int) -> int:
        """the year 2024, l'année 2024, le mois de mars: the noun adds nothing, when a period follows."""
        end = at
        while self._says(end, "the", "l", "le", "la"):
            end += 1
        noun = end
        end += 1
        while self._says(end, "of", "de", "d"):
            end += 1
        year = self._says(noun, "year", "annee", "an") and self._year_number(end)
        month = self._says(noun, "month", "mois") and self._month_name(end)
        return end if year or month else at

    def _phrase(self, at: int, words: str) -> int:
        """The place after these words, or 0."""
        parts = words.split()
        return at + len(parts) if all(self._says(at + i, part) for i, part in enumerate(parts)) else 0

    def _number(self, at: int) -> int | None:
        token = self._token(at)
        if token is None:
            return None
        if token.shape == "number" and token.text.isdigit():
            return int(token.text)
        return numbers.spoken(token.plain) if token.shape == "word" else None

    def _year_number(self, at: int) -> int | None:
        token = self._token(at)
        if token is None or token.shape != "number" or len(token.text) != 4 or not token.text.isdigit():
            return None
        year = int(token.text)
        return year if 1900 <= year <= 2100 else None

    def _year_after(self, at: int) -> tuple[int, int | None]:
        """A year after a month or quarter: "of 2025", "de l'an dernier", "last year"."""
        at = self._skip(at)
        if self._says(at, ","):
            at += 1
        if year := self._year_number(at):
            return at + 1, year
        for words, grain, by in _RELATIVE:
            if grain == "year" and (end := self._phrase(at, words)):
                return end, self._today.year + by
        return at, None

    def _month_name(self, at: int) -> int | None:
        token = self._token(at)
        return _MONTHS.get(token.plain) if token and token.shape == "word" else None

    def _grain(self, at: int) -> Grain | None:
        token = self._token(at)
        return _GRAINS.get(token.plain) if token else None


_RELATIONS: tuple[tuple[str, Callable[[Period], Period]], ...] = (
    ("on or after", moments.since), ("on or before", moments.until), ("since", moments.since), ("depuis", moments.since),
    ("a partir de", moments.since), ("a partir du", moments.since), ("a partir d", moments.since),
    ("a compter de", moments.since), ("a compter du", moments.since), ("starting in", moments.since),
    ("before", moments.before), ("avant", moments.before), ("prior to", moments.before), ("until", moments.until),
    ("up to", moments.until), ("jusqu a", moments.until), ("jusqu en", moments.until), ("jusqu au", moments.until),
    ("after", moments.after), ("apres", moments.after), ("later than", moments.after), ("earlier than", moments.before),
    ("through", moments.until), ("till", moments.until),
)  # fmt: skip
_SUFFIXES: tuple[tuple[str, Callable[[Period], Period]], ...] = (
    ("or after", moments.since), ("or later", moments.since), ("onwards", moments.since), ("onward", moments.since),
    ("and later", moments.since), ("and after", moments.since), ("ou apres", moments.since), ("et apres", moments.since),
    ("or before", moments.until), ("or earlier", moments.until), ("ou avant", moments.until), ("et avant", moments.until),
)  # fmt: skip
_RELATIVE: tuple[tuple[str, Grain, int], ...] = (
    ("l an dernier", "year", -1), ("an dernier", "year", -1), ("l annee derniere", "year", -1),
    ("annee derniere", "year", -1), ("l an passe", "year", -1), ("l annee passee", "year", -1),
    ("annee precedente", "year", -1), ("last year", "year", -1), ("previous year", "year", -1),
    ("cette annee", "year", 0), ("l annee en cours", "year", 0), ("annee en cours", "year", 0), ("this year", "year", 0),
    ("current year", "year", 0), ("the year before last", "year", -2),
    ("le mois dernier", "month", -1), ("mois dernier", "month", -1), ("mois passe", "month", -1),
    ("mois precedent", "month", -1), ("last month", "month", -1), ("previous month", "month", -1),
    ("ce mois ci", "month", 0), ("ce mois", "month", 0), ("mois en cours", "month", 0), ("this month", "month", 0),
    ("current month", "month", 0), ("trimestre dernier", "quarter", -1), ("dernier trimestre", "quarter", -1),
    ("trimestre precedent", "quarter", -1), ("last quarter", "quarter", -1), ("previous quarter", "quarter", -1),
    ("ce trimestre", "quarter", 0), ("this quarter", "quarter", 0), ("trimestre en cours", "quarter", 0),
    ("dernier mois", "month", -1), ("derniere annee", "year", -1),
    ("semaine derniere", "week", -1), ("last week", "week", -1), ("cette semaine", "week", 0), ("this week", "week", 0),
    ("hier", "day", -1), ("yesterday", "day", -1), ("aujourd hui", "day", 0), ("aujourd'hui", "day", 0), ("today", "day", 0),
)  # fmt: skip


def day_count(period: Period) -> int:
    """Days in a closed period, 0 when a side is open."""
    return (period.end - period.start).days + 1 if period.start and period.end else 0


def month_end(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
