"""The two languages of the pages: their words, and how each writes numbers, days and times.

Every word that a reader sees stands in strings.toml; what newspapers wrote is never translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from crawler.article import LOCAL_ZONE, parse_instant
from crawler.declaration import dotted, read_toml
from crawler.errors import UsageError

CODES = ("vi", "en")
"""The languages that there are; the first where a browser asks for neither."""

STRINGS = Path(__file__).with_name("strings.toml")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ACCEPTED = re.compile(r"\s*([a-zA-Z]+)(?:-[\w-]*)?(?:\s*;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages; called with a key it returns the words.

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

    def duration(self, seconds: float) -> str:
        """Return a length of time in the largest unit of which it is a whole number, or near enough."""
        for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
            if seconds >= 2 * length or (seconds >= length and seconds % length == 0):
                return self.count(f"duration.{unit}", round(seconds / length))
        return self.count("duration.second", round(seconds))


@cache
def languages() -> Mapping[str, Language]:
    """Return the languages by code."""
    table = read_toml(STRINGS)
    return {code: Language(code, dict(_words(table, code))) for code in CODES}


def _words(table: Mapping[str, Any], code: str, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = dotted(prefix, name)
        if set(value) <= set(CODES):
            yield key, value[code]
        else:
            yield from _words(value, code, key)


def preferred(accept_language: str | None) -> str:
    """Return the code of the language that a browser likes best (RFC 9110 §12.5.4)."""
    best = ("", 0.0)
    for part in (accept_language or "").split(",")[:20]:
        match = _ACCEPTED.fullmatch(part)
        if match and match[1].lower() in CODES:
            quality = float(match[2]) if match[2] else 1.0
            if quality > best[1]:
                best = (match[1].lower(), quality)
    return best[0] or CODES[0]
