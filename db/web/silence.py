"""What the strip says of months without articles: written about by nobody, or not looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.reach.coverage import State, WatchedSources
from crawler.topic.gazetteer import Place
from db.service.coverage import read_coverage

MONTHS = 12
"""Months that are looked back."""
_FRESH = timedelta(hours=1)
"""It takes a second on a large collection, and months do not change by the minute."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The months of the last year in which a place has no articles.

    Args:
        months: state → how many, for the states that such a month may have.
    """

    months: Mapping[State, int]

    @property
    def unseen(self) -> int:
        """The months that were not looked at."""
        return self.months[State.NOT_LOOKED]

    @property
    def is_mostly_unseen(self) -> bool:
        """Whether they are half of the year."""
        return 2 * self.unseen >= MONTHS


class SilenceOfTheYear:
    """The silence of every place of the strip, worked out once an hour."""

    def __init__(self, watch: WatchedSources) -> None:
        self._watch = watch
        self._known: dict[tuple[str, ...], tuple[datetime, dict[str, Silence]]] = {}

    def of(
        self, conn: sqlite3.Connection, places: Mapping[str, Place], wanted: Sequence[str], now: datetime
    ) -> dict[str, Silence]:
        """Return place id → its silence.

        Args:
            places: the gazetteer, by id.
            wanted: provinces and gates, as the country is divided.
        """
        known = self._known.get(tuple(wanted))
        if known is None or not timedelta(0) <= now - known[0] < _FRESH:
            covered = read_coverage(conn, places, wanted, self._watch, now, MONTHS)
            known = (
                now,
                {
                    one.place.id: Silence(
                        {state: one.count(state) for state in State if state is not State.WRITTEN}
                    )
                    for one in covered
                },
            )
            self._known[tuple(wanted)] = known
        return known[1]
