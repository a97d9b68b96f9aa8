"""Near-duplicates: the sketch of every text, by which its likely copies are found."""

from __future__ import annotations

import json
import sqlite3

from crawler.identity.near import sketch

NEAR_SKETCHES = """
CREATE TABLE near_sketches (    -- what a text is recognised by; imported texts are records and have none
  article_id INTEGER PRIMARY KEY             -- whose text it is
    REFERENCES articles(id) ON DELETE CASCADE,
  keys TEXT NOT NULL            -- of the text as it stands (crawler/identity/near.py); JSON array of integers
) STRICT
"""

NEAR_KEYS = """
CREATE TABLE near_keys (        -- which texts have a key among their first 12
  key INTEGER NOT NULL,         -- one of the first elements of near_sketches.keys
  article_id INTEGER NOT NULL,  -- the article; triggers keep it in step with near_sketches
  PRIMARY KEY (key, article_id)
) STRICT, WITHOUT ROWID
"""

# A reference from near_keys would need an index by article, twice the size for what happens seldom.
_ADD = (  # 12 is LOOKUP_KEYS of crawler/identity/near.py, as released
    "INSERT OR IGNORE INTO near_keys SELECT value, new.article_id FROM json_each(new.keys) WHERE key < 12;"
)
_REMOVE = (
    "DELETE FROM near_keys WHERE article_id = old.article_id"
    " AND key IN (SELECT value FROM json_each(old.keys));"
)

STATEMENTS = (
    NEAR_SKETCHES,
    NEAR_KEYS,
    f"CREATE TRIGGER near_keys_add AFTER INSERT ON near_sketches BEGIN {_ADD} END",
    f"CREATE TRIGGER near_keys_change AFTER UPDATE ON near_sketches BEGIN {_REMOVE} {_ADD} END",
    f"CREATE TRIGGER near_keys_remove AFTER DELETE ON near_sketches BEGIN {_REMOVE} END",
)


def fill(conn: sqlite3.Connection) -> None:
    """Bring what is new up to date with the articles that are there already."""
    texts = conn.execute("SELECT id, text FROM articles WHERE source_id <> 'import'")
    conn.executemany(
        "INSERT INTO near_sketches (article_id, keys) VALUES (?, ?)",
        ((row["id"], json.dumps(sketch(row["text"]))) for row in texts),
    )
