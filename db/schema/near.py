"""Near-duplicates: the sketch of every text, by which its likely copies are found."""

from __future__ import annotations

import sqlite3

from crawler.identity.content import canonical_text
from crawler.identity.sketch import sketch

NEAR_SKETCHES = """
CREATE TABLE near_sketches (    -- what a text is recognised by; imported texts are records and have none
  article_id INTEGER PRIMARY KEY             -- whose text it is
    REFERENCES articles(id) ON DELETE CASCADE,
  keys BLOB NOT NULL            -- of the text as it stands, 6 bytes each (crawler/identity/sketch.py)
) STRICT
"""

NEAR_KEYS = """
CREATE TABLE near_keys (        -- which texts have a key among their first 12
  key BLOB NOT NULL,            -- one of the first keys of near_sketches.keys
  article_id INTEGER NOT NULL,  -- the article; triggers keep it in step with near_sketches
  PRIMARY KEY (key, article_id)
) STRICT, WITHOUT ROWID
"""


PLACES = ", ".join(f"({start})" for start in range(1, 72, 6))
"""Where the first keys stand: twelve of six bytes (LOOKUP_KEYS and KEY_BYTES of sketch.py, as released)."""

# A reference from near_keys would need an index by article, twice the size for what happens seldom.
_ADD = f"""INSERT OR IGNORE INTO near_keys SELECT substr(new.keys, column1, 6), new.article_id
 FROM (VALUES {PLACES}) WHERE column1 <= length(new.keys);"""  # noqa: S608 - our numbers
_REMOVE = f"""DELETE FROM near_keys WHERE article_id = old.article_id
 AND key IN (SELECT substr(old.keys, column1, 6) FROM (VALUES {PLACES}));"""  # noqa: S608

STATEMENTS = (
    "DROP TABLE IF EXISTS near_keys",  # of the first release, which had keys in JSON
    "DROP TABLE IF EXISTS near_sketches",
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
        ((row["id"], sketch(canonical_text(row["text"]))) for row in texts),
    )
