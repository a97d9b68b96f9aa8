"""The two languages in which people are told something: their words, numbers, days and times.

Words stand in words.toml, those of the web pages alone beside these; what newspapers wrote is never
translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from crawler.article import LOCAL_ZONE, parse_instant
from crawler.declaration import dotted, read_toml
from crawler.errors import UsageError
from crawler.sentence import Sentence, Value, Word


class LanguageCode(StrEnum):
    """The languages that there are."""

    VI = "vi"
    EN = "en"


CODES: tuple[str, ...] = tuple(LanguageCode)
"""The first is for whoever asks for neither."""

WORDS = Path(__file__).with_name("words.toml")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Language:
    """One language; called with a key it returns the words.

    Args:
        code: "vi" or "en", as in addresses and `lang` attributes.
        words: dotted key → text, with {names} where values go.
    """

    code: str
    words: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the words under `key`; of a number named `n` that is 1, the form ``key_one``."""
        if values.get("n") in (1, "1") and f"{key}_one" in self.words:
            key = f"{key}_one"
        return self.words[key].format(**values)

    def say(self, told: Iterable[Sentence]) -> str:
        """Return sentences in this language, one behind the other.

        Raises:
            KeyError: one of them is of another release, whose words we do not have.
        """
        return " ".join(self._said(one) for one in told)

    def _said(self, one: Sentence) -> str:
        return self(one.key, **{name: self._written(value) for name, value in one.values.items()})

    def _written(self, value: Value) -> str:
        match value:
            case None:
                return self("date.never")
            case str():
                return value
            case int():
                return self.number(value)
            case float():
                return self.share(value)
            case timedelta():
                return self.duration(value.total_seconds())
            case datetime():
                return self("date.in_viet_nam", time=self.moment(value))
            case Word(kind, word):
                return self.name(kind, word)
            case Sentence():
                return self._said(value)
            case tuple():
                return "; ".join(map(self._written, value))
            case Mapping():
                return ", ".join(f"{self.name('reason', name)} {count}×" for name, count in value.items())

    def name(self, kind: str, word: str | None) -> str:
        """Return what a stored word (a country, a field, a reason) is called; itself where unknown."""
        return self.words.get(f"{kind}.{word}", word or "")

    def problem(self, error: UsageError) -> str:
        """Return what is wrong with what a reader typed; as it was said where we have no words for it."""
        key = f"problem.{error.key}"
        values = {**error.values}
        if "name" in values:
            values["name"] = self.name("facet", str(values["name"]))
        return self(key, **values) if key in self.words else str(error)

    def number(self, value: float) -> str:
        """Return a whole number with its thousands set apart."""
        grouped = f"{value:,.0f}"
        return grouped.replace(",", ".") if self.code == "vi" else grouped

    def share(self, value: float) -> str:
        """Return a share from 0 to 1 in percent."""
        text = f"{100 * value:.1f}".removesuffix(".0")
        return f"{text.replace('.', ',') if self.code == 'vi' else text}%"

    def count(self, key: str, value: int) -> str:
        """Return `value` with its noun: "1 article", "2,400 articles"."""
        return self(key, n=self.number(value))

    def day(self, value: date | str) -> str:
        """Return a day: 21/11/2026, 21 Nov 2026."""
        day = date.fromisoformat(value) if isinstance(value, str) else value
        if self.code == "vi":
            return f"{day.day:02}/{day.month:02}/{day.year}"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def short_day(self, value: date | str) -> str:
        """Return a day without its year: 21/11, 21 Nov."""
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return f"{day.day}/{day.month}" if self.code == "vi" else f"{day.day} {_MONTHS[day.month - 1]}"

    def month(self, value: date) -> str:
        """Return a month: tháng 11/2026, Nov 2026."""
        if self.code == "vi":
            return f"tháng {value.month}/{value.year}"
        return f"{_MONTHS[value.month - 1]} {value.year}"

    def time(self, stored: str | datetime | None) -> str:
        """Return a time as stored, or less of it where less is known, as clocks in Viet Nam show it."""
        if not stored:
            return self("date.unknown")
        if isinstance(stored, str):
            if re.fullmatch(r"\d{4}-\d\d", stored):
                return self.month(date.fromisoformat(f"{stored}-01"))
            if not stored.endswith("Z"):
                return self.day(stored)
            stored = parse_instant(stored)
        local = stored.astimezone(LOCAL_ZONE)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def moment(self, stored: str | date) -> str:
        """Return a time, or the day or month that is stored, as messages write it: where lines are sorted."""
        if isinstance(stored, str):
            if not stored.endswith("Z"):
                return self.time(stored) if self.code == "vi" else stored
            stored = parse_instant(stored)
        if isinstance(stored, datetime):
            return f"{stored.astimezone(LOCAL_ZONE):{self('date.time_format')}}"
        return f"{stored:{self('date.day_format')}}"

    def duration(self, seconds: float) -> str:
        """Return a length of time in the largest unit of which it is a whole number, or near enough."""
        for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
            if seconds >= 2 * length or (seconds >= length and seconds % length == 0):
                return self.count(f"duration.{unit}", round(seconds / length))
        return self.count("duration.second", round(seconds))


def read_languages(*files: Path) -> Mapping[str, Language]:
    """Return the languages by code, with the words of some files."""
    tables = [read_toml(file) for file in files]
    return {
        code: Language(code, {key: text for table in tables for key, text in _words(table, code)})
        for code in CODES
    }


def _words(table: Mapping[str, Any], code: str, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = dotted(prefix, name)
        if set(value) <= set(CODES):
            yield key, value[code]
        else:
            yield from _words(value, code, key)


@cache
def languages() -> Mapping[str, Language]:
    """Return the languages by code, with the words of what people are told outside of the web pages."""
    return read_languages(WORDS)


def english() -> Language:
    """Return the language of what is stored and logged."""
    return languages()[LanguageCode.EN]
