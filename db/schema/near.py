"""Near-duplicates: the sketch of every text, by which its likely copies are found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from crawler.text.normalize import canonical_text, sketch

NEAR_SKETCHES = """
CREATE TABLE near_sketches (    -- what a text is recognised by
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
"""Where the first keys stand: twelve of six bytes (LOOKUP_KEYS and KEY_BYTES, as released)."""

# A reference from near_keys would need an index by article, twice the size for what happens seldom.
_ADD = f"""INSERT OR IGNORE INTO near_keys SELECT substr(new.keys, column1, 6), new.article_id
 FROM (VALUES {PLACES}) WHERE column1 <= length(new.keys);"""  # noqa: S608 - our numbers
_REMOVE = f"""DELETE FROM near_keys WHERE article_id = old.article_id
 AND key IN (SELECT substr(old.keys, column1, 6) FROM (VALUES {PLACES}));"""  # noqa: S608

_AT_ONCE = 20_000
"""Articles whose keys are sorted in memory together: some 10 MB."""

_ADD_TRIGGER = f"CREATE TRIGGER near_keys_add AFTER INSERT ON near_sketches BEGIN {_ADD} END"

STATEMENTS = (
    NEAR_SKETCHES,
    NEAR_KEYS,
    _ADD_TRIGGER,
    f"CREATE TRIGGER near_keys_change AFTER UPDATE ON near_sketches BEGIN {_REMOVE} {_ADD} END",
    f"CREATE TRIGGER near_keys_remove AFTER DELETE ON near_sketches BEGIN {_REMOVE} END",
)


def fill(conn: sqlite3.Connection, sketches: Iterable[tuple[int, bytes]] | None = None) -> None:
    """Bring what is new up to date with the articles that are there already.

    Args:
        sketches: (article id, sketch) of all, where they are known.
    """
    # Keys of many articles at once, in order: one article by itself touches twelve pages.
    conn.execute("DROP TRIGGER near_keys_add")
    conn.executemany("INSERT INTO near_sketches VALUES (?, ?)", sketches or _sketches(conn))
    (last_id,) = conn.execute("SELECT ifnull(max(article_id), 0) FROM near_sketches").fetchone()
    for before in range(0, last_id, _AT_ONCE):
        conn.execute(
            "INSERT OR IGNORE INTO near_keys SELECT substr(keys, column1, 6), article_id"  # noqa: S608
            f" FROM near_sketches, (VALUES {PLACES}) WHERE column1 <= length(keys)"
            " AND article_id > ? AND article_id <= ? ORDER BY 1, 2",
            (before, before + _AT_ONCE),
        )
    conn.execute(_ADD_TRIGGER)


def _sketches(conn: sqlite3.Connection) -> Iterator[tuple[int, bytes]]:
    for article_id, text in conn.execute(
        "SELECT id, text FROM articles WHERE id NOT IN (SELECT article_id FROM near_sketches)"
    ):
        yield article_id, sketch(canonical_text(text))


def add_missing(conn: sqlite3.Connection) -> None:
    """Index the articles that have no sketch: imported texts, which those before schema 14 left out."""
    conn.executemany("INSERT INTO near_sketches VALUES (?, ?)", list(_sketches(conn)))
