"""Saved searches made by a command, and findings as facts, for readers of any language."""

from __future__ import annotations

import sqlite3

WATCHES = """
CREATE TABLE watches (          -- saved searches of `biengioi watches add`; others stand in the configuration
  id INTEGER PRIMARY KEY,       -- of this row
  name TEXT NOT NULL UNIQUE,    -- what messages and pages call it
  query TEXT NOT NULL,          -- the words, as for a search; empty: the filters alone decide
  source TEXT,                  -- the filters, as for a list; NULL for any
  country TEXT,                 -- CN, LA or KH
  place TEXT,                   -- an id of the gazetteer
  field TEXT,                   -- a field of cooperation
  grade TEXT,                   -- core or related
  alert INTEGER NOT NULL        -- 1: new articles are told at once
    CHECK (alert IN (0, 1)),
  digest TEXT NOT NULL          -- how often a digest of its own tells what is new
    CHECK (digest IN ('none', 'daily', 'weekly')),
  created_at TEXT NOT NULL      -- when it was added
) STRICT
"""

FACTS = "ALTER TABLE findings ADD COLUMN facts TEXT /* its sentences as JSON, for readers of any language */"

STATEMENTS: tuple[str, ...] = (WATCHES, FACTS, "CREATE INDEX notices_by_about ON notices(about, id)")


def fill(conn: sqlite3.Connection) -> None:
    """Leave old findings with their words alone."""
