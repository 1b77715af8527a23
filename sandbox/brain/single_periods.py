"""One period: a day, a month, a quarter, a half-year, a year, or one told from today ("last month", "3 months ago")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from sandbox.brain import calendar_words, moments, numbers
from sandbox.brain.language import Language
from sandbox.brain.moments import Grain, Period
from sandbox.brain.tokens import Token

T = TypeVar("T")
Reading = tuple[int, Period] | None
"""Where the period ends in the tokens, and the period."""
_IL_Y_A = ("il", "y", "a")


class SinglePeriods:
    """Reads single periods in the tokens of one question."""

    def __init__(self, tokens: Sequence[Token], language: Language, today: date, year: int | None = None) -> None:
        """`year` is the one that a month without a year is of, unless that is yet to come: else the latest such."""
        self._tokens = tokens
        self._language = language
        self._today = today
        self._of_year, self._open = year, False
        self._bases: dict[int, Reading] = {}

    def base(self, at: int) -> Reading:
        """The period that begins at this token, without any relation."""
        if at not in self._bases:  # asked several times: alone, as the first of two, before "or later"
            self._bases[at] = self._base(at)
        return self._bases[at]

    def _base(self, at: int) -> Reading:
        at = self._skip_noun(at)
        self._open = self.says(at - 1, "depuis", "since")  # runs up to today: not of the year spoken of before
        for read in (self._written_date, self._day, self._month, self._coded, self._ordinal, self._last, self._ago,
                     self._relative, self._year):  # fmt: skip
            if found := read(at):
                return found
        return None

    def _written_date(self, at: int) -> Reading:
        token = self.token(at)
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
        day, end = self.number(at), at + 1
        if day is not None:
            while self.says(end, "er", "th", "st", "nd", "rd", "of"):
                end += 1
            month = self._month_name(end)
            end += 1
        else:
            month = self._month_name(at)
            day = self.number(end) if month else None
            end += 1
            while self.says(end, "er", "th", "st", "nd", "rd", ","):
                end += 1
        if not month or day is None or not 1 <= day <= 31:
            return None
        return self._dated_in(end, month, day)

    def _dated_in(self, end: int, month: int, day: int) -> Reading:
        while self.says(end, ",", "of"):
            end += 1
        year = self._year_number(end)
        stop = end + 1 if year else end
        try:
            found = date(year or self._of_year or self._today.year, month, day)
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
        end = at + 2 if self.says(at + 1, ".") else at + 1
        stop, year = self._year_after(end)
        if not year and token.plain in calendar_words.AMBIGUOUS and not token.capital and self._language == "en":
            return None
        return (stop, moments.span("month", year, month)) if year else (end, self._latest("month", month))

    def _coded(self, at: int) -> Reading:
        """T3 2025, Q3, S1 2024, H2; also 2025 T3."""
        token = self.token(at)
        match = calendar_words.CODE.match(token.plain) if token else None
        if match is None:
            year = self._year_number(at)
            following = self.token(at + 1)
            match = calendar_words.CODE.match(following.plain) if year and following else None
            return (at + 2, self._part(match, year)) if match and year else None
        stop, year = self._year_after(at + 1)
        return (stop if year else at + 1), self._part(match, year)

    def _part(self, match: re.Match[str], year: int | None) -> Period:
        grain: Grain = "quarter" if match[1] in "qt" else "half"
        part = min(int(match[2]), 12 // moments.MONTHS_IN[grain])
        return moments.span(grain, year, part) if year else self._latest(grain, part)

    def _ordinal(self, at: int) -> Reading:
        """Third quarter of 2025; 3e trimestre 2025; premier semestre."""
        token = self.token(at)
        part = calendar_words.ORDINALS.get(token.plain) if token else None
        end = at + 1
        if part is None and (number := self.number(at)) and self.says(at + 1, "e", "er", "eme", "nd", "st", "rd", "th"):
            part, end = number, at + 2
        grain = self._grain(end)
        if not part or grain not in {"quarter", "half", "month"} or part > 12 // moments.MONTHS_IN[grain]:
            return None
        stop, year = self._year_after(end + 1)
        return (stop, moments.span(grain, year, part)) if year else (end + 1, self._latest(grain, part))

    def _last(self, at: int) -> Reading:
        """Last 6 months; les 6 derniers mois; past 30 days; ces trois dernieres annees."""
        words, counted = ("last", "past", "previous", "dernier", "derniers", "derniere", "dernieres"), None
        end = at
        if self.says(end, "these", "ces"):
            end += 1
        for _ in range(2):
            if self.says(end, *words) or (counted is None and (counted := self.number(end)) is not None):
                end += 1
        grain = self._grain(end)
        said = any(self.says(place, *words) for place in range(at, end))
        if grain is None or counted is None or not said or not 1 <= counted <= 400:
            return None
        return end + 1, moments.last(grain, counted, self._today)

    def _ago(self, at: int) -> Reading:
        """3 months ago; il y a 3 mois."""
        start = self.phrase(at, _IL_Y_A) or at
        count = self.number(start)
        if count is None and self.says(start, "un", "une"):
            count = 1
        grain = self._grain(start + 1)
        if count is None or grain is None or count > 400:
            return None
        if start > at:
            return start + 2, moments.shifted(grain, self._today, -count)
        return (start + 3, moments.shifted(grain, self._today, -count)) if self.says(start + 2, "ago") else None

    def _relative(self, at: int) -> Reading:
        for end, (grain, by) in self.phrases(at, calendar_words.RELATIVE_BY_WORD):
            return end, moments.shifted(grain, self._today, by)
        return None

    def _year(self, at: int) -> Reading:
        year = self._year_number(at)
        if not year:
            return None
        found = moments.span("year", year)
        return at + 1, Period(found.start, found.end, "year", 0, ("=", year, year))

    def _latest(self, grain: Grain, part: int) -> Period:
        """The latest such month, quarter or half; of the year that is spoken of, where it has begun by now."""
        found = moments.span(grain, self._of_year, part) if self._of_year and not self._open else None
        if found and found.start and found.start <= self._today:
            return replace(found, part=part)
        return moments.latest(grain, part, self._today)

    # ── words ──

    def token(self, at: int) -> Token | None:
        """The token at a place, or None past the end."""
        return self._tokens[at] if 0 <= at < len(self._tokens) else None

    def says(self, at: int, *words: str) -> bool:
        """Is the token one of these plain words?"""
        token = self.token(at)
        return token is not None and token.plain in words

    def skip(self, at: int) -> int:
        """The place after small words."""
        while (token := self.token(at)) and token.plain in calendar_words.SMALL:
            at += 1
        return at

    def _skip_noun(self, at: int) -> int:
        """The year 2024, l'année 2024, le mois de mars: the noun adds nothing, when a period follows."""
        end = at
        while self.says(end, "the", "l", "le", "la"):
            end += 1
        noun = end
        end += 1
        while self.says(end, "of", "de", "d"):
            end += 1
        year = self.says(noun, "year", "annee", "an") and self._year_number(end)
        month = self.says(noun, "month", "mois") and self._month_name(end)
        return end if year or month else at

    def phrase(self, at: int, words: Sequence[str]) -> int:
        """The place after these words, or 0."""
        said = self._tokens[at : at + len(words)] if at >= 0 else ()
        alike = len(said) == len(words) and all(token.plain == word for token, word in zip(said, words, strict=True))
        return at + len(words) if alike else 0

    def phrases(self, at: int, known: Mapping[str, Sequence[tuple[Sequence[str], T]]]) -> Iterator[tuple[int, T]]:
        """Of these phrases (see `calendar_words.by_first_word`) those said here: the place after it, what it means."""
        token = self.token(at)
        for words, meaning in known.get(token.plain, ()) if token else ():
            if end := self.phrase(at, words):
                yield end, meaning

    def number(self, at: int) -> int | None:
        """The whole number, in digits or words, at a place."""
        token = self.token(at)
        if token is None:
            return None
        if token.shape == "number" and token.text.isdigit():
            return int(token.text)
        return numbers.spoken(token.plain) if token.shape == "word" else None

    def _year_number(self, at: int) -> int | None:
        token = self.token(at)
        if token is None or token.shape != "number" or len(token.text) != 4 or not token.text.isdigit():
            return None
        year = int(token.text)
        return year if 1900 <= year <= 2100 else None

    def _year_after(self, at: int) -> tuple[int, int | None]:
        """A year after a month or quarter: "of 2025", "de l'an dernier", "last year"."""
        at = self.skip(at)
        if self.says(at, ","):
            at += 1
        if year := self._year_number(at):
            return at + 1, year
        for end, (grain, by) in self.phrases(at, calendar_words.RELATIVE_BY_WORD):
            if grain == "year":
                return end, self._today.year + by
        return at, None

    def _month_name(self, at: int) -> int | None:
        token = self.token(at)
        return calendar_words.MONTHS.get(token.plain) if token and token.shape == "word" else None

    def _grain(self, at: int) -> Grain | None:
        token = self.token(at)
        return calendar_words.GRAINS.get(token.plain) if token else None
