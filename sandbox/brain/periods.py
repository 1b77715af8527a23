"""Dates and periods in French and English: "septembre 2025", "T3", "l'an dernier", "last 6 months", "depuis janvier".

General date libraries misread French ranges and the order of day and month, so this grammar is our own.
"""

from __future__ import annotations

from datetime import date

from sandbox.brain import calendar_words, moments
from sandbox.brain.moments import Period
from sandbox.brain.single_periods import Reading, SinglePeriods


class PeriodReader(SinglePeriods):
    """Reads the periods of one question, with their relations."""

    def at(self, at: int) -> Reading:
        """The period that begins at this token, with its relation (since, between …), if there is one."""
        for read in (self._between, self._to_date, self._related, self._range, self._or_after):
            if found := read(at):
                return found
        return self.base(at)

    def _between(self, at: int) -> Reading:
        if not self.says(at, "between", "entre"):
            return None
        return self._pair(at + 1, ("and", "et"))

    def _range(self, at: int) -> Reading:
        start = at + 1 if self.says(at, "from", "de", "du", "d") else at
        return self._pair(start, ("to", "a", "au", "through", "until", "till", "jusqu", "-"))

    def _pair(self, at: int, joints: tuple[str, ...]) -> Reading:
        first = self.base(self.skip(at))
        if first is None:
            return self._days(at, joints)
        joint = first[0]
        if not self.says(joint, *joints):
            return None
        after = joint + 1
        while self.says(after, *joints, "the", "end", "of", "le", "la", "l", "en", "fin"):
            after += 1
        final = self.base(after)
        return (final[0], moments.through(first[1], final[1])) if final else None

    def _days(self, at: int, joints: tuple[str, ...]) -> Reading:
        """Du 1er au 15 mars 2025: the first day borrows month and year."""
        day = self.number(at)
        joint = at + 2 if self.says(at + 1, "er") else at + 1
        if day is None or not 1 <= day <= 31 or not self.says(joint, *joints):
            return None
        final = self.base(self.skip(joint + 1))
        if final is None or final[1].grain != "day" or final[1].start is None:
            return None
        return final[0], Period(final[1].start.replace(day=day), final[1].end, "day")

    def _related(self, at: int) -> Reading:
        for end, change in self.phrases(at, calendar_words.RELATIONS_BY_WORD):
            if base := self.base(self.skip(end)):
                stop = base[0]
                while self.says(stop, "onwards", "onward", "inclus", "included", "inclusive"):
                    stop += 1
                return stop, change(base[1])
        return None

    def _or_after(self, at: int) -> Reading:
        """2014 or after; from 2014 onwards."""
        start = at + 1 if self.says(at, "from") else at
        base = self.base(self.skip(start))
        if base is None:
            return None
        for end, change in self.phrases(base[0], calendar_words.SUFFIXES_BY_WORD):
            return end, change(base[1])
        return None

    def _to_date(self, at: int) -> Reading:
        start = date(self._today.year, 1, 1)
        for end, _ in self.phrases(at, calendar_words.TO_DATE_BY_WORD):
            return end, Period(start, self._today, "month")
        return None
