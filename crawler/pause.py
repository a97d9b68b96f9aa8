"""A pause: for how long a paper has asked to be left alone (RFC 9110 §10.2.3, RFC 6585 §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from crawler.article import in_viet_nam

MAX_PAUSE = timedelta(days=1)
"""Longer ones are cut to this where the answer is read; sites have been seen to say 88 hours."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent to a paper until this is over.

    Args:
        key: the paper's politeness key.
        asked_at, until: aware UTC, in whole seconds.
        detail: how it asked, in words.
    """

    key: str
    asked_at: datetime
    until: datetime
    detail: str = ""

    @classmethod
    def asked(cls, key: str, pause: timedelta, now: datetime, detail: str) -> Self:
        """Return the pause that a paper asks for now."""
        ends = now + pause
        until = ends.replace(microsecond=0) + timedelta(seconds=ends.microsecond > 0)
        return cls(key, now.replace(microsecond=0), until, detail)

    def is_in_force(self, now: datetime) -> bool:
        """Whether the paper is still to be left alone; what a wrong clock wrote is not believed."""
        return now < self.until <= now + 2 * MAX_PAUSE

    def describe(self) -> str:
        """Return who asked for what, in one sentence without its full stop."""
        until = in_viet_nam(self.until, "seconds")
        return f"{self.key} asked for a pause until {until} in Viet Nam ({self.detail})"
