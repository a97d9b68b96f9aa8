"""How each source was watched, day by day: kept in step by triggers, so that a year is told at once.

It outlasts the parts of runs, which go when they are old.
"""

from __future__ import annotations

import sqlite3

SOURCE_DAYS = """
CREATE TABLE source_days (      -- what a source was asked and offered, day by day in Viet Nam (UTC+7)
  source_id TEXT NOT NULL REFERENCES sources(id),  -- the source
  day TEXT NOT NULL,            -- YYYY-MM-DD
  is_read INTEGER               -- 1 when a crawl that started then went well, 0 when none of them did;
    CHECK (is_read IN (0, 1)),  -- NULL without a crawl that is over
  discovered_count INTEGER NOT NULL DEFAULT 0,  -- pages of which it is the owner, first offered then
  PRIMARY KEY (day, source_id)
) STRICT, WITHOUT ROWID
"""

_ADD_CRAWL = "ON CONFLICT (source_id, day) DO UPDATE SET is_read = max(ifnull(is_read, 0), excluded.is_read)"

TRIGGERS = (
    f"""CREATE TRIGGER source_days_read AFTER UPDATE OF status ON runs
 WHEN OLD.status = 'running' AND NEW.status <> 'running' BEGIN
 INSERT INTO source_days (source_id, day, is_read)
 SELECT source_id, date(NEW.started_at, '+7 hours'), status = 'done' FROM run_sources
 WHERE run_id = NEW.id AND status <> 'skipped' {_ADD_CRAWL};
 END""",  # noqa: S608 - our own words
    """CREATE TRIGGER source_days_discovered AFTER INSERT ON pages BEGIN
 INSERT INTO source_days (source_id, day, discovered_count)
 VALUES (NEW.source_id, date(NEW.discovered_at, '+7 hours'), 1)
 ON CONFLICT (source_id, day) DO UPDATE SET discovered_count = discovered_count + 1;
 END""",
)

STATEMENTS = (SOURCE_DAYS, *TRIGGERS)


_PARTS = (
    "SELECT source_id, date(started_at, '+7 hours'), run_sources.status = 'done'"
    " FROM run_sources JOIN runs ON runs.id = run_id"
    " WHERE runs.status <> 'running' AND run_sources.status <> 'skipped'"
)
_REPORTED_PARTS = (
    "SELECT part.key, date(started_at, '+7 hours'), part.value ->> 'status' = 'done'"
    " FROM runs, json_each(runs.report, '$.sources') AS part WHERE runs.status <> 'running'"
    " AND part.value ->> 'status' <> 'skipped' AND part.key IN (SELECT id FROM sources)"
    " AND NOT EXISTS (SELECT 1 FROM run_sources WHERE run_id = runs.id)"
)


def fill(conn: sqlite3.Connection) -> None:
    """Add the runs and pages that are there; of runs whose parts are gone the report tells."""
    conn.execute(
        "INSERT INTO source_days (source_id, day, discovered_count)"
        " SELECT source_id, date(discovered_at, '+7 hours'), count(*) FROM pages GROUP BY 1, 2"
    )
    for parts in (_PARTS, _REPORTED_PARTS):
        conn.execute(f"INSERT INTO source_days (source_id, day, is_read) {parts} {_ADD_CRAWL}")
