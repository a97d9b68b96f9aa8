"""What the strip says where there are no articles: nobody wrote, we did not look, or too few to tell."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.article import LOCAL_ZONE
from crawler.reach.coverage import State, WatchedSources
from crawler.topic.gazetteer import Place
from db.service.coverage import read_coverage, silent_places

MONTHS = 12
"""How many months are told, the running one included."""

_CAUTION = (State.NOTHING_WRITTEN, State.TOO_FEW, State.NOT_LOOKED)
"""The states of a month without articles; of two that are as frequent the later one is said."""

# What a silence follows from changes with the end of a run, with articles and with findings.
CHANGES = """
SELECT (SELECT max(id) FROM runs), (SELECT group_concat(id) FROM runs WHERE status = 'running'),
 (SELECT max(opened_at) FROM findings), (SELECT max(resolved_at) FROM findings)
"""


@dataclass(frozen=True, slots=True)
class Silence:
    """The months of the last year in which a place has no articles.

    Args:
        months: state → how many, for the states that such a month may have.
    """

    months: Mapping[State, int]

    @property
    def state(self) -> State | None:
        """What most of them are; None where there is none."""
        most = max(_CAUTION, key=lambda state: (self.months[state], _CAUTION.index(state)))
        return most if self.months[most] else None


class Silences:
    """The silence of every place of the strip; kept until something has changed.

    Args:
        watch: what is declared.
    """

    def __init__(self, watch: WatchedSources) -> None:
        self._watch = watch
        self._known: dict[tuple[str, ...], tuple[object, Mapping[str, Silence]]] = {}

    def of(
        self,
        conn: sqlite3.Connection,
        places: Mapping[str, Place],
        counts: Mapping[str, int],
        now: datetime,
    ) -> Mapping[str, Silence]:
        """Return place id → its silence.

        Args:
            places: the gazetteer, by id.
            counts: the places of the strip, each with its articles of the year: if one changes, so may all.
        """
        wanted = tuple(counts)
        mark = (now.astimezone(LOCAL_ZONE).date(), tuple(counts.values()), *conn.execute(CHANGES).fetchone())
        known = self._known.get(wanted)
        if known is None or known[0] != mark:
            known = mark, self._read(conn, places, wanted, now)
            self._known[wanted] = known
        return known[1]

    def _read(
        self,
        conn: sqlite3.Connection,
        places: Mapping[str, Place],
        wanted: Sequence[str],
        now: datetime,
    ) -> Mapping[str, Silence]:
        silent = silent_places(conn, wanted, now, MONTHS)
        covered = read_coverage(conn, places, silent, self._watch, now, MONTHS) if silent else []
        found = dict.fromkeys(wanted, Silence(dict.fromkeys(_CAUTION, 0)))
        for one in covered:
            states = Counter(month.verdict.state for month in one.months)
            found[one.place.id] = Silence({state: states[state] for state in _CAUTION})
        return found
