"""How events are said: their days, as exactly as they are known, and what their values are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from db.web.i18n import Language

_YEARLESS = re.compile(r"--(\d\d)(?:-(\d\d))?")
_SOME_LEAP_YEAR = 2000
"""Of a day whose year is not told, the 29th of February too."""


def day(t: Language, stored: str) -> str:
    """Return a date of an event in the reader's language: a day, a month, a year; `--MM-DD` without year."""
    try:
        if found := _YEARLESS.fullmatch(stored):
            if found[2]:
                return t.short_day(date(_SOME_LEAP_YEAR, int(found[1]), int(found[2])))
            return t("event.month_of_year", n=int(found[1]))
        return stored if len(stored) == len("YYYY") else t.time(stored)
    except ValueError:  # what is stored is damaged; `verify` says so
        return stored


def when(t: Language, event: Mapping[str, Any]) -> str:
    """Return when an event was; where no report tells, when the first came, and that it is this."""
    if event["date_start"]:
        return " – ".join(day(t, one) for one in (event["date_start"], event["date_end"]) if one)
    return t("event.reported", day=day(t, event["first_day"])) if event["first_day"] else t("date.unknown")


def span(t: Language, one: Mapping[str, Any]) -> str:
    """Return from when to when something is told of."""
    days = [day(t, value) for value in (one["first_day"], one["last_day"]) if value]
    return " – ".join(dict.fromkeys(days)) or t("date.unknown")


def amount(t: Language, value: float) -> str:
    """Return a figure's number: grouped, with as many decimals as it has, six at most."""
    if value == int(value):
        return t.number(value)
    whole, _, decimals = f"{value:,.6f}".rstrip("0").partition(".")
    return f"{whole.replace(',', '.')},{decimals}" if t.code == "vi" else f"{whole}.{decimals}"


def stage(t: Language, event: Mapping[str, Any]) -> str:
    """Return what an event is in its thread: the n-th of a series, or a stage; nothing where not told."""
    if event["edition"]:
        return t("thread.edition", n=event["edition"])
    return t.name("stage", event["stage"]) if event["stage"] else ""
