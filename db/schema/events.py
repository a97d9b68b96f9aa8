"""Events: what articles report of cooperation, which reports are of one act, what became of things."""

from __future__ import annotations

import sqlite3

THREADS = """
CREATE TABLE threads (          -- events that are about one named thing, over years
  id INTEGER PRIMARY KEY AUTOINCREMENT,      -- stays while the thread has events; never used again
  object TEXT NOT NULL,         -- the thing, as its newest event calls it: a bridge, a yearly meeting
  key TEXT NOT NULL,            -- by which it is the same in every spelling; begins with its sort
  places TEXT NOT NULL,         -- JSON array of gazetteer ids: the gates and provinces of its events
  countries TEXT NOT NULL,      -- JSON array of CN, LA, KH
  event_count INTEGER NOT NULL,              -- its events, at least two
  first_day TEXT NOT NULL,      -- of the earliest of them; '' where none is known
  last_day TEXT NOT NULL        -- of the latest
) STRICT
"""

EVENTS = """
CREATE TABLE events (           -- one act of cooperation, however many articles report it
  id INTEGER PRIMARY KEY AUTOINCREMENT,      -- stays when further reports come; never used again
  kind TEXT NOT NULL,           -- meeting, agreement, patrol … (docs/events.md)
  status TEXT NOT NULL          -- whether it took place
    CHECK (status IN ('held', 'planned')),
  date_start TEXT,              -- YYYY-MM-DD, YYYY-MM, YYYY; --MM-DD without its year; NULL if not told
  date_end TEXT,                -- the last day of several, in the same form; NULL for one
  date_precision TEXT           -- what of the date is known; NULL without one
    CHECK (date_precision IN ('day', 'month', 'year')),
  first_day TEXT NOT NULL,      -- by which it is listed: its first day, else that of its first report; ''
  last_day TEXT NOT NULL,       -- the last day that it may have been
  countries TEXT NOT NULL,      -- JSON array of CN, LA, KH
  places TEXT NOT NULL,         -- JSON array of gazetteer ids, the narrowest first
  provinces TEXT NOT NULL,      -- JSON array of gazetteer ids: on both sides, those that it concerns
  title TEXT NOT NULL,          -- of the article that tells it best
  report_count INTEGER NOT NULL,             -- articles that report it, copies too
  source_count INTEGER NOT NULL,             -- papers among them
  thread_id INTEGER REFERENCES threads(id) ON DELETE SET NULL,  -- what it is a stage of; NULL for none
  edition INTEGER,              -- in its thread: of a series, the n-th; NULL where it is not told
  stage TEXT,                   -- in its thread: proposed, agreed, begun, opened; NULL for none
  is_dropped INTEGER NOT NULL DEFAULT 0      -- 1: a person said that it is none; lists leave it out
    CHECK (is_dropped IN (0, 1))
) STRICT
"""

EVENT_REPORTS = """
CREATE TABLE event_reports (    -- one act as one article tells it
  id INTEGER PRIMARY KEY,       -- of this row; stays when the article is read again
  event_id INTEGER              -- the event; NULL only within the transaction that finds it
    REFERENCES events(id) ON DELETE CASCADE,
  article_id INTEGER NOT NULL   -- the article
    REFERENCES articles(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,      -- its place among the article's acts; 0 is the main one
  slots TEXT NOT NULL,          -- JSON: all that was read, each value with its span [part, start, end]
  UNIQUE (article_id, number)
) STRICT
"""

_OF_REPORT = """
  report_id INTEGER NOT NULL    -- the report that says so
    REFERENCES event_reports(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,      -- its place in the report
  event_id INTEGER NOT NULL,    -- the report's event; a trigger keeps it in step
  article_id INTEGER NOT NULL,  -- the report's article"""

_SPAN = """
  span_part TEXT NOT NULL,      -- where the words stand: 'title' or 'text'
  span_start INTEGER NOT NULL,  -- the first character, counted from 0
  span_end INTEGER NOT NULL,    -- the character behind the last
  PRIMARY KEY (report_id, number)
) STRICT, WITHOUT ROWID
"""

EVENT_PLACES = f"""
CREATE TABLE event_places (     -- where an event takes place, or the gate that it is about
{_OF_REPORT}
  name TEXT NOT NULL,           -- as it is written
  place_id TEXT,                -- gazetteer id; NULL for a place that it does not have
{_SPAN}"""

EVENT_PEOPLE = f"""
CREATE TABLE event_people (     -- who takes part in an event, by each article that says so
{_OF_REPORT}
  name TEXT NOT NULL,           -- as it is written, without titles
  key TEXT NOT NULL,            -- by which it is the same in every spelling
  folded TEXT NOT NULL,         -- the name in lower case without diacritics
  post TEXT,                    -- as it stands beside the name; NULL where none does
  side TEXT NOT NULL,           -- VN, CN, LA, KH or another code of ISO 3166
  post_part TEXT,               -- where the post stands; NULL without one
  post_start INTEGER,           -- its first character
  post_end INTEGER,             -- the character behind its last
{_SPAN}"""

EVENT_BODIES = f"""
CREATE TABLE event_bodies (     -- organisations that take part
{_OF_REPORT}
  name TEXT NOT NULL,           -- as it is written
  key TEXT NOT NULL,            -- by which it is the same in every spelling
  side TEXT NOT NULL,           -- VN, CN, LA, KH or another code of ISO 3166
{_SPAN}"""

EVENT_AGREEMENTS = f"""
CREATE TABLE event_agreements ( -- papers signed or agreed
{_OF_REPORT}
  name TEXT NOT NULL,           -- as it is written
  key TEXT NOT NULL,            -- by which it is the same in every spelling
{_SPAN}"""

EVENT_FIGURES = f"""
CREATE TABLE event_figures (    -- quantities, by each article that gives them
{_OF_REPORT}
  what TEXT NOT NULL,           -- trade, goods, vehicles, people, drugs, money, distance, markers … or other
  value REAL NOT NULL,          -- a plain number: 171 tỷ USD is 171000000000
  unit TEXT NOT NULL,           -- as it is written, without the factor
  period TEXT,                  -- what it is told for, as it is written
  change TEXT,                  -- against what came before, as it is written
  is_plan INTEGER NOT NULL,     -- 1 for a goal or an estimate
{_SPAN}"""

EVENT_OBJECTS = f"""
CREATE TABLE event_objects (    -- named things that link events over years, the foremost first
{_OF_REPORT}
  name TEXT NOT NULL,           -- as it is written
  key TEXT NOT NULL,            -- by which it is the same in every spelling
  edition INTEGER,              -- of a series, the n-th
  stage TEXT,                   -- proposed, agreed, begun, opened
{_SPAN}"""

EVENT_KEYS = """
CREATE TABLE event_keys (       -- under what reports of one act are looked for
  key INTEGER NOT NULL,         -- hash of a name, a place or a part of the text
  time INTEGER NOT NULL,        -- a day as a number, or a code for a month, a year or none
  report_id INTEGER NOT NULL    -- the report
    REFERENCES event_reports(id) ON DELETE CASCADE,
  PRIMARY KEY (key, time, report_id)
) STRICT, WITHOUT ROWID
"""

EVENT_READINGS = """
CREATE TABLE event_readings (   -- which articles were read for events, and by which rules
  article_id INTEGER PRIMARY KEY             -- the article
    REFERENCES articles(id) ON DELETE CASCADE,
  version TEXT NOT NULL         -- of the rules; other articles are read by the next `events rebuild`
) STRICT
"""

EVENT_CORRECTIONS = """
CREATE TABLE event_corrections (             -- what a person said of reports; a rebuild applies it again
  id INTEGER PRIMARY KEY AUTOINCREMENT,      -- in the order in which it was said
  said_at TEXT NOT NULL,        -- when
  saying INTEGER NOT NULL,      -- what was said with one command has one number
  said TEXT NOT NULL            -- what about it
    CHECK (said IN ('kind', 'date', 'join', 'part', 'drop')),
  value TEXT,                   -- the kind, or the date; NULL for the others
  article_id INTEGER NOT NULL   -- the article that reports the act
    REFERENCES articles(id) ON DELETE CASCADE,
  act TEXT NOT NULL,            -- JSON: number, kind, date and words of the act when it was said
  other_article_id INTEGER      -- of a join or part: the other article; NULL else
    REFERENCES articles(id) ON DELETE CASCADE,
  other_act TEXT                -- the act of that one
) STRICT
"""

PARTS = ("places", "people", "bodies", "agreements", "figures", "objects")
"""What a report says is in the tables `event_…` of these names."""

_MOVE = " ".join(
    f"UPDATE event_{part} SET event_id = NEW.event_id WHERE report_id = NEW.id;"  # noqa: S608
    for part in PARTS
)
_GONE = (
    "DELETE FROM events WHERE id = OLD.event_id"
    " AND NOT EXISTS (SELECT 1 FROM event_reports WHERE event_id = OLD.event_id);"
)

STATEMENTS = (
    THREADS,
    EVENTS,
    EVENT_REPORTS,
    EVENT_PLACES,
    EVENT_PEOPLE,
    EVENT_BODIES,
    EVENT_AGREEMENTS,
    EVENT_FIGURES,
    EVENT_OBJECTS,
    EVENT_KEYS,
    EVENT_READINGS,
    EVENT_CORRECTIONS,
    "CREATE INDEX threads_by_key ON threads(key)",
    "CREATE INDEX threads_by_day ON threads(last_day, id)",
    "CREATE INDEX events_by_day ON events(is_dropped, first_day, id)",
    "CREATE INDEX events_by_kind ON events(is_dropped, kind, first_day, countries)",
    "CREATE INDEX events_by_thread ON events(thread_id) WHERE thread_id IS NOT NULL",
    "CREATE INDEX event_reports_by_event ON event_reports(event_id)",
    "CREATE INDEX event_people_by_name ON event_people(folded, event_id)",
    "CREATE INDEX event_people_by_key ON event_people(key, event_id)",
    "CREATE INDEX event_places_by_place ON event_places(place_id, event_id) WHERE place_id IS NOT NULL",
    "CREATE INDEX event_objects_by_key ON event_objects(key, event_id)",
    *(f"CREATE INDEX event_{part}_by_event ON event_{part}(event_id)" for part in PARTS),
    "CREATE INDEX event_keys_by_report ON event_keys(report_id)",
    "CREATE INDEX event_corrections_by_article ON event_corrections(article_id)",
    """CREATE INDEX event_corrections_by_other ON event_corrections(other_article_id)
 WHERE other_article_id IS NOT NULL""",
    f"""CREATE TRIGGER event_reports_moved AFTER UPDATE OF event_id ON event_reports
 WHEN OLD.event_id IS NOT NEW.event_id BEGIN {_MOVE} {_GONE} END""",
    """CREATE TRIGGER event_readings_stale AFTER UPDATE OF title, text, published_at ON articles
 WHEN OLD.title IS NOT NEW.title OR OLD.text IS NOT NEW.text OR OLD.published_at IS NOT NEW.published_at
 BEGIN DELETE FROM event_readings WHERE article_id = NEW.id; END""",
    f"CREATE TRIGGER event_reports_removed AFTER DELETE ON event_reports BEGIN {_GONE} END",
)


def fill(conn: sqlite3.Connection) -> None:
    """Add nothing: `events rebuild` reads the articles that are there already."""
