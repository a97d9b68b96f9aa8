"""One person through the events: posts over time, whom they met, where and when."""

from __future__ import annotations

import sqlite3

from db.events.people import people
from db.web.event_words import span, when
from db.web.page import Answer, Site, WebRequest

_EVENT_COUNT = 50
_MET_COUNT = 40
_WHOLE_COUNT = 3
"""Of several people that may be meant, those that are shown whole; the others by name."""


def person(conn: sqlite3.Connection, site: Site, visit: WebRequest, name: str) -> Answer:
    """Return the page of who has a name; of several people who may be meant, all."""
    found = people(conn, name, _WHOLE_COUNT)
    t = visit.language
    return site.render(
        "person.html",
        visit,
        title=found[0]["name"] if len(found) == 1 else name,
        people=found,
        is_exact=len(found) == 1,
        when=lambda one: when(t, one),
        span=lambda one: span(t, one),
        most_events=_EVENT_COUNT,
        most_met=_MET_COUNT,
    )
