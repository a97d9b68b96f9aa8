"""Backfills: which parts of archives were read, what they counted, and stories that wait for their turn."""

from __future__ import annotations

import sqlite3

RUN_COUNTS = """
CREATE TABLE run_counts (       -- what a run counts without a row of `decisions` for each
  run_id INTEGER NOT NULL       -- the run
    REFERENCES runs(id) ON DELETE CASCADE,
  source_id TEXT NOT NULL,      -- whose it is; 'archive' where no source owns it
  term TEXT NOT NULL,           -- 'considered', 'known', 'unread' and 'lost' (tasks), or a decision's kind
  reason TEXT NOT NULL DEFAULT '',           -- of a rejection or failure; which task was lost, and why
  number INTEGER NOT NULL,      -- how many
  PRIMARY KEY (run_id, source_id, term, reason)
) STRICT, WITHOUT ROWID
"""

TASKS = """
CREATE TABLE backfill_tasks (   -- a part of an archive, read or being read
  id INTEGER PRIMARY KEY,       -- of this row
  digest TEXT NOT NULL,         -- of the file's length, beginning and end: moved or renamed it is the same
  range_start INTEGER NOT NULL, -- the task reads what begins from here on, in bytes
  range_end INTEGER NOT NULL,   -- and before here
  reader TEXT NOT NULL,         -- of topic and hosts: what another one passed over is read again
  path TEXT NOT NULL,           -- where the file was
  first_at TEXT,                -- when its first record was made, by which the stories are ordered
  record_count INTEGER,         -- how many records it has; NULL until it is done
  run_id INTEGER REFERENCES runs(id) ON DELETE SET NULL,  -- that read it
  UNIQUE (digest, range_start, range_end, reader)
) STRICT
"""

CAPTURES = """
CREATE TABLE backfill_captures (  -- stories that were read and are not stored yet
  task_id INTEGER NOT NULL      -- the task that brought it
    REFERENCES backfill_tasks(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,      -- which record of the task
  batch INTEGER NOT NULL,       -- which batch of the task
  place INTEGER,                -- its turn; NULL until all tasks of its run are read
  source_id TEXT NOT NULL,      -- whose page it is
  url TEXT NOT NULL,            -- in canonical spelling
  captured_at TEXT NOT NULL,    -- when the archive fetched it
  content_hash TEXT NOT NULL,   -- of its text
  document TEXT NOT NULL,       -- crawler.archive.capture.Capture as JSON; empty when it was taken down
  PRIMARY KEY (task_id, number)
) STRICT, WITHOUT ROWID
"""

STATEMENTS = (
    RUN_COUNTS,
    TASKS,
    CAPTURES,
    "CREATE UNIQUE INDEX backfill_captures_by_place ON backfill_captures(place) WHERE place IS NOT NULL",
    "CREATE INDEX backfill_captures_by_url ON backfill_captures(url)",
    "CREATE INDEX backfill_captures_by_hash ON backfill_captures(content_hash)",
)


def fill(_conn: sqlite3.Connection) -> None:
    """Nothing was backfilled before."""
