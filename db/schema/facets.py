"""Facets: what an article can be chosen by, and how many articles each choice has on each day.

A row of `articles` is some 4 KB, most of it text, so questions about many articles are answered
without reading their rows: from two narrow tables, which triggers keep in step with whatever writes
to `articles`, and from indexes that hold every short column that is asked for.
"""

# ruff: noqa: S608 - every name that is put into these statements stands in this file

from __future__ import annotations

import sqlite3

LOCAL_DAY = (
    "CASE length(published_at) WHEN 20 THEN ifnull(date(published_at, '+7 hours'), '')"
    " WHEN 7 THEN published_at || '-01' ELSE ifnull(published_at, '') END"
)
"""As articles.published_day, which SQLite 3.40 does not take out of an index; '' without a date."""

ARTICLE_FACETS = f"""
CREATE TABLE article_facets (   -- one row for each country, place and field of each article
  kind TEXT NOT NULL            -- which of the three
    CHECK (kind IN ('country', 'place', 'field')),
  value TEXT NOT NULL,          -- one element of that JSON array
  published_at TEXT NOT NULL,   -- the article's, by which lists are ordered; '' without a date
  article_id INTEGER NOT NULL,  -- the article; no reference, since triggers take the row away with it
  source_id TEXT NOT NULL,      -- the article's
  topic_grade TEXT,             -- the article's
  duplicate_of INTEGER,         -- the article's
  day TEXT GENERATED ALWAYS AS (             -- articles.published_day; '' without a date
    {LOCAL_DAY}) VIRTUAL,
  PRIMARY KEY (kind, value, published_at, article_id)
) STRICT, WITHOUT ROWID
"""

ARTICLE_COUNTS = """
CREATE TABLE article_counts (   -- how many articles there are; those that repeat another do not count
  kind TEXT NOT NULL            -- what they are counted by
    CHECK (kind IN ('all', 'source', 'grade', 'country', 'place', 'field')),
  value TEXT NOT NULL,          -- which source, grade, country, place or field; '' for 'all'
  day TEXT NOT NULL,            -- articles.published_day; '' without a date
  article_count INTEGER NOT NULL,            -- never 0
  PRIMARY KEY (kind, value, day)
) STRICT, WITHOUT ROWID
"""

INDEXES = (
    # Wider than those of the first release, which they replace: lists and their counts read no rows.
    "DROP INDEX IF EXISTS articles_by_published",
    "DROP INDEX IF EXISTS articles_by_source",
    """CREATE INDEX articles_in_order ON articles(
    published_at, id, source_id, topic_grade, duplicate_of)""",
    """CREATE INDEX articles_of_source ON articles(
    source_id, published_at, id, topic_grade, duplicate_of)""",
    "DROP INDEX IF EXISTS articles_by_fetched",
    "CREATE INDEX articles_stored ON articles(fetched_at, source_id)",
)

LISTS = {"country": "countries", "place": "places", "field": "fields"}
"""Kinds of facets, and the JSON arrays in `articles` that hold them."""

SCALARS = {"all": "''", "source": "source_id", "grade": "topic_grade"}
"""What is counted besides, and where it stands in a row of `articles`."""

COLUMNS = "kind, value, published_at, article_id, source_id, topic_grade, duplicate_of"


def facets_of(articles: str) -> str:
    """Return the query of what `article_facets` holds.

    Args:
        articles: what stands in FROM before the comma and calls articles NEW; "" in a trigger.
    """
    return " UNION ".join(
        f"SELECT '{kind}', value, ifnull(NEW.published_at, ''), NEW.id, NEW.source_id, NEW.topic_grade,"
        f" NEW.duplicate_of FROM {articles}json_each(NEW.{column})"
        for kind, column in LISTS.items()
    )


PLAIN_COUNTS = " UNION ALL ".join(
    f"SELECT '{kind}', {value}, {LOCAL_DAY}, count(*) FROM articles"
    f" WHERE {value} IS NOT NULL AND duplicate_of IS NULL GROUP BY 2, 3"
    for kind, value in SCALARS.items()
)
"""The query of the counts that no facet stands behind."""

FACET_COUNTS = """SELECT kind, value, day, count(*) FROM article_facets
 WHERE duplicate_of IS NULL GROUP BY kind, value, day"""

_ONE_MORE = "ON CONFLICT DO UPDATE SET article_count = article_count + 1"


def _one_less(which: str) -> str:
    return (
        f"UPDATE article_counts SET article_count = article_count - 1 WHERE {which};"
        f" DELETE FROM article_counts WHERE {which} AND article_count = 0;"
    )


_ADD = f"""
 INSERT INTO article_facets ({COLUMNS}) {facets_of("")};
 INSERT INTO article_counts SELECT column1, column2, ifnull(NEW.published_day, ''), 1
 FROM (VALUES ('all', ''), ('source', NEW.source_id), ('grade', NEW.topic_grade))
 WHERE column2 IS NOT NULL AND NEW.duplicate_of IS NULL {_ONE_MORE};
"""

_REMOVE = "\n".join(
    [
        f" DELETE FROM article_facets WHERE kind = '{kind}' AND value IN (SELECT value FROM"
        f" json_each(OLD.{column})) AND published_at = ifnull(OLD.published_at, '') AND article_id = OLD.id;"
        for kind, column in LISTS.items()
    ]
    + [
        _one_less(
            f"kind = '{kind}' AND value = {value} AND day = ifnull(OLD.published_day, '')"
            " AND OLD.duplicate_of IS NULL"
        )
        for kind, value in (("all", "''"), ("source", "OLD.source_id"), ("grade", "OLD.topic_grade"))
    ]
)

WATCHED = (
    "published_at",
    "published_precision",
    "duplicate_of",
    "source_id",
    "topic_grade",
    *LISTS.values(),
)
"""The columns of an article by which it is chosen and counted."""
IS_CHANGED = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WATCHED)

TRIGGERS = (
    f"CREATE TRIGGER article_facets_added AFTER INSERT ON articles BEGIN {_ADD} END",
    f"""CREATE TRIGGER article_facets_changed AFTER UPDATE OF {", ".join(WATCHED)} ON articles
 WHEN {IS_CHANGED} BEGIN {_REMOVE} {_ADD} END""",
    f"CREATE TRIGGER article_facets_removed AFTER DELETE ON articles BEGIN {_REMOVE} END",
    f"""CREATE TRIGGER article_counts_up AFTER INSERT ON article_facets WHEN NEW.duplicate_of IS NULL
 BEGIN INSERT INTO article_counts VALUES (NEW.kind, NEW.value, NEW.day, 1) {_ONE_MORE}; END""",
    f"""CREATE TRIGGER article_counts_down AFTER DELETE ON article_facets WHEN OLD.duplicate_of IS NULL
 BEGIN {_one_less("kind = OLD.kind AND value = OLD.value AND day = OLD.day")} END""",
)

STATEMENTS = (ARTICLE_FACETS, ARTICLE_COUNTS, *INDEXES, *TRIGGERS)


def fill(conn: sqlite3.Connection) -> None:
    """Add what the articles that are there can be chosen by; a trigger counts their facets."""
    conn.execute(f"INSERT INTO article_facets ({COLUMNS}) {facets_of('articles AS NEW, ')}")
    conn.execute(f"INSERT INTO article_counts {PLAIN_COUNTS}")
