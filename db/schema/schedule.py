"""The service: who is due when, who runs, what was told to whom."""

from __future__ import annotations

import sqlite3

SOURCE_SCHEDULE = """
CREATE TABLE source_schedule (  -- when the service crawls a source next; only those it watches
  source_id TEXT PRIMARY KEY REFERENCES sources(id),  -- the source
  declared TEXT NOT NULL,       -- digest of its source file; a changed file is crawled at once
  next_fetch_at TEXT NOT NULL,  -- when it is due
  interval_s INTEGER NOT NULL,  -- adapts between min_every and max_every; means nothing with cron
  started_at TEXT,              -- when the service last started a crawl of it; NULL before the first
  ended_at TEXT,                -- when its part of that crawl ended
  fresh_count INTEGER,          -- addresses that its last good crawl found and nobody knew
  known_count INTEGER,          -- addresses on offer then that were known and not due
  failure_weight REAL NOT NULL DEFAULT 0,    -- of its failures in a row; each 1 adds the interval once more
  lost_count INTEGER NOT NULL DEFAULT 0      -- crawls in a row that died with it; it is then crawled alone
) STRICT, WITHOUT ROWID
"""

SERVICE = """
CREATE TABLE service (          -- the service of this database: one row, of the last one if none runs
  id INTEGER PRIMARY KEY CHECK (id = 1),     -- always 1
  mode TEXT NOT NULL            -- 'once': `schedule --once`
    CHECK (mode IN ('service', 'once')),
  host TEXT NOT NULL,           -- its machine (with the PID namespace)
  pid INTEGER NOT NULL,         -- its process
  process_started TEXT NOT NULL,             -- when that process started, to tell a reused PID
  version TEXT NOT NULL,        -- of biengioi
  started_at TEXT NOT NULL,     -- when it took this row
  beat_at TEXT NOT NULL,        -- its last tick
  tick_s REAL NOT NULL,         -- seconds between two ticks
  ended_at TEXT,                -- when it stopped in good order; NULL while it runs, or if it died
  maintained_at TEXT NOT NULL   -- when the daily maintenance was last started
) STRICT
"""

GAPS = """
CREATE TABLE gaps (             -- when nobody watched
  id INTEGER PRIMARY KEY,       -- of this row
  from_at TEXT NOT NULL,        -- the last tick before it
  to_at TEXT NOT NULL,          -- the first after it; earlier than from_at if the clock was set back
  reason TEXT NOT NULL          -- db.schedule.GapReason
    CHECK (reason IN ('stopped', 'died', 'asleep', 'clock'))
) STRICT
"""

SERVICE_TABLES = (SOURCE_SCHEDULE, SERVICE, GAPS)

NOTICES = """
CREATE TABLE notices (          -- what was told through which alert channel: nothing is told twice
  id INTEGER PRIMARY KEY,       -- of this row
  channel TEXT NOT NULL,        -- 'command', 'mail', or an address's scheme and place: 'tgram-1'
  about TEXT NOT NULL,          -- 'finding 12', 'watch' and its name, or 'digest'
  event TEXT NOT NULL           -- 'started': from here on, nothing was told
    CHECK (event IN ('started', 'opened', 'reminder', 'resolved', 'articles')),
  at TEXT NOT NULL,             -- when the channel took the message
  article_id INTEGER            -- the newest article that was looked at; NULL for findings
) STRICT
"""

ALERT_CHANNELS = """
CREATE TABLE alert_channels (   -- how the channels for alerts fare; never an address or a password
  name TEXT PRIMARY KEY,        -- as in notices.channel
  failure_count INTEGER NOT NULL DEFAULT 0,  -- messages in a row that it did not take
  failing_since TEXT,           -- when the first of them failed; NULL while it works
  next_try_at TEXT,             -- nothing is sent before; NULL while it works
  last_error TEXT,              -- what went wrong, without anything secret; NULL while it works
  last_success_at TEXT          -- when it last took a message
) STRICT, WITHOUT ROWID
"""

OVERSIGHT = (
    NOTICES,
    ALERT_CHANNELS,
    "ALTER TABLE seeds ADD COLUMN detail TEXT /* what the last reading's outcome says, in words */",
    "ALTER TABLE seeds ADD COLUMN clock_skew_s INTEGER /* the server's clock minus ours; NULL if unsaid */",
    "CREATE INDEX notices_by_channel ON notices(channel, about, id)",
    "CREATE UNIQUE INDEX findings_open ON findings(coalesce(source_id, ''), kind) WHERE resolved_at IS NULL",
    "CREATE INDEX findings_by_resolved ON findings(resolved_at)",
    "CREATE INDEX pages_by_discovery ON pages(source_id, discovered_at)",
    "CREATE INDEX run_sources_by_source ON run_sources(source_id, run_id)",
)

STATEMENTS: tuple[str, ...] = (*SERVICE_TABLES, *OVERSIGHT)


def fill(conn: sqlite3.Connection) -> None:
    """Bring what is new up to date with the articles that are there already."""
