"""Where the pages of articles and lists lead to, beyond the papers that are watched."""

from __future__ import annotations

import sqlite3

OUTLINKS = """
CREATE TABLE outlinks (         -- links to hosts that the paper's file does not name; for `sources suggest`
  page_url TEXT NOT NULL,       -- the page that holds the link: of an article, or of a seed
  host TEXT NOT NULL,           -- where it leads: politeness key
  kind TEXT NOT NULL            -- in the text or its credit; the text's own address; on a list page
    CHECK (kind IN ('story', 'canonical', 'list')),
  url TEXT NOT NULL,            -- the link, in canonical spelling
  words TEXT NOT NULL,          -- its text; '' for none
  source_id TEXT NOT NULL REFERENCES sources(id),  -- the paper of the page
  article_id INTEGER            -- the article on the page; NULL for a list page
    REFERENCES articles(id) ON DELETE CASCADE,
  seen_at TEXT NOT NULL,        -- when it was last seen there
  PRIMARY KEY (page_url, host)
) STRICT, WITHOUT ROWID
"""

STATEMENTS = (
    OUTLINKS,
    "CREATE INDEX outlinks_by_article ON outlinks(article_id) WHERE article_id IS NOT NULL",
)


def fill(conn: sqlite3.Connection) -> None:
    """Add nothing: the links of pages that were read earlier are not known."""
