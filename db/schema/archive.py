"""Pages as they were: where each stands in the archive's files, and the chain that nothing changes unseen."""

from __future__ import annotations

import sqlite3

FILES = """
CREATE TABLE archive_files (    -- files of the archive, in the folder beside the database
  name TEXT PRIMARY KEY,        -- of the file; one that is written to has .open behind it
  day TEXT NOT NULL,            -- when it was begun: YYYY-MM-DD, UTC
  head_length INTEGER NOT NULL, -- bytes of its first record, which says what wrote it
  head_sha256 TEXT NOT NULL,    -- of these bytes
  replaced_at TEXT              -- when its records went to another file; NULL while it is in use
) STRICT, WITHOUT ROWID
"""

RECORDS = """
CREATE TABLE page_records (     -- pages as they were, in WARC files: request and response
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- of this row; never given again
  url TEXT NOT NULL,            -- the address that was asked for, as in pages.url
  article_id INTEGER            -- the article that was on it; NULL for none
    REFERENCES articles(id) ON DELETE SET NULL,
  fetched_at TEXT NOT NULL,     -- when it came
  file TEXT NOT NULL            -- where it stands
    REFERENCES archive_files(name),
  offset INTEGER NOT NULL,      -- bytes of the file before it
  length INTEGER NOT NULL,      -- its bytes: the gzip members of the response and, behind it, the request
  payload_sha256 TEXT NOT NULL, -- of the body, as pages.body_hash
  warc_id TEXT NOT NULL,        -- WARC-Record-ID of the response
  extractor_version INTEGER     -- of crawler/extraction: what read the article off it last; NULL for none
) STRICT
"""

DIGESTS = """
CREATE TABLE archive_digests (  -- what the chain holds of each record, also of one that was taken down
  id INTEGER PRIMARY KEY,       -- page_records.id
  day TEXT NOT NULL,            -- when it was written: YYYY-MM-DD, UTC
  sha256 TEXT NOT NULL,         -- of its bytes in the file
  forgotten_at TEXT             -- when the user took it down; NULL while it is there
) STRICT
"""

DAYS = """
CREATE TABLE archive_days (     -- the chain: each day that is over, on top of the one before
  day TEXT PRIMARY KEY,         -- YYYY-MM-DD, UTC; days without a record are left out
  record_count INTEGER NOT NULL,             -- records written that day
  sha256 TEXT NOT NULL,         -- of the day before's sha256 and the day's digests in order, a line each
  sealed_at TEXT NOT NULL       -- when it was worked out
) STRICT, WITHOUT ROWID
"""

_KIND = (
    "ALTER TABLE revisions ADD COLUMN kind TEXT /* what replaced it: edited, by the paper; reread, by us */"
    " NOT NULL DEFAULT 'edited' CHECK (kind IN ('edited', 'reread'))"
)

STATEMENTS = (
    FILES,
    RECORDS,
    DIGESTS,
    DAYS,
    "CREATE INDEX page_records_by_article ON page_records(article_id, url, id)",
    "CREATE INDEX page_records_by_url ON page_records(url, id)",
    "CREATE INDEX page_records_by_place ON page_records(file, offset, length)",
    "CREATE INDEX archive_digests_by_day ON archive_digests(day, id)",
    _KIND,
)


def fill(conn: sqlite3.Connection) -> None:
    """Add nothing: pages that came earlier were not kept."""
