"""Under which places events are listed: what a list of one place looks up, instead of reading all events."""

from __future__ import annotations

import sqlite3

EVENT_AREAS = """
CREATE TABLE event_areas (      -- the places and provinces of events, one by one; triggers keep it in step
  place_id TEXT NOT NULL,       -- gazetteer id, of events.places or events.provinces
  first_day TEXT NOT NULL,      -- the event's
  event_id INTEGER NOT NULL,    -- the event
  PRIMARY KEY (place_id, first_day, event_id)
) STRICT, WITHOUT ROWID
"""

_ADD = """
INSERT INTO event_areas SELECT value, NEW.first_day, NEW.id FROM
 (SELECT value FROM json_each(NEW.places) UNION SELECT value FROM json_each(NEW.provinces));"""

_REMOVE = """
DELETE FROM event_areas WHERE event_id = OLD.id AND first_day = OLD.first_day AND place_id IN
 (SELECT value FROM json_each(OLD.places) UNION ALL SELECT value FROM json_each(OLD.provinces));"""

LISTED = (
    "SELECT value, first_day, events.id FROM events, json_each(places)"
    " UNION SELECT value, first_day, events.id FROM events, json_each(provinces)"
)
"""The rows that the events ask for."""

STATEMENTS = (
    EVENT_AREAS,
    f"CREATE TRIGGER event_areas_added AFTER INSERT ON events BEGIN {_ADD} END",
    f"""CREATE TRIGGER event_areas_moved AFTER UPDATE OF first_day, places, provinces ON events
 WHEN OLD.first_day <> NEW.first_day OR OLD.places <> NEW.places OR OLD.provinces <> NEW.provinces
 BEGIN {_REMOVE} {_ADD} END""",
    f"CREATE TRIGGER event_areas_removed AFTER DELETE ON events BEGIN {_REMOVE} END",
)


def fill(conn: sqlite3.Connection) -> None:
    """List the events that are there already."""
    conn.execute(f"INSERT INTO event_areas {LISTED}")
