"""Views: answers to common questions, for people who ask in SQL or with Datasette."""

from __future__ import annotations

import sqlite3

ARTICLES_BY_MONTH = """
CREATE VIEW articles_by_month AS -- how many articles each source published in each month
SELECT
  substr(day, 1, 7) AS month,    -- YYYY-MM in Viet Nam; '' for articles without a date
  value AS source_id,            -- the source
  sum(article_count) AS article_count        -- its articles; those that repeat another do not count
FROM article_counts WHERE kind = 'source' GROUP BY 1, 2 ORDER BY 1 DESC, 3 DESC
"""

SOURCE_HEALTH = """
CREATE VIEW source_health AS     -- how each source fares
SELECT
  id AS source_id,               -- the source
  name,                          -- what it is called
  last_success_at,               -- when a crawl of it last ended well
  failure_count,                 -- crawls that failed since
  ifnull(week_count, 0) AS week_count,       -- articles stored or revised in the last 7 days
  ifnull(month_count, 0) AS month_count,     -- the same in the last 30 days
  (SELECT max(published_at) FROM articles WHERE source_id = sources.id)
    AS newest_published_at,      -- its newest article by its own date
  (SELECT count(*) FROM pages WHERE source_id = sources.id AND state = 'pending')
    AS pending_count,            -- pages that wait to be fetched
  last_error                     -- why the last crawl failed; NULL after a success
FROM sources LEFT JOIN (
  SELECT
    source_id AS storing_id,
    count(*) AS month_count,
    count(CASE WHEN fetched_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days') THEN 1 END)
      AS week_count
  FROM articles INDEXED BY articles_stored
  WHERE fetched_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days')
  GROUP BY source_id
) ON storing_id = sources.id ORDER BY id
"""

LATEST = """
CREATE VIEW latest AS            -- the newest 100 articles, without those that repeat another
SELECT
  articles.id,                   -- for `biengioi show`
  CASE published_precision       -- the local time in Viet Nam
    WHEN 'day' THEN published_at WHEN 'month' THEN published_at
    ELSE strftime('%Y-%m-%d %H:%M', published_at, '+7 hours') END AS published,
  sources.name AS source,        -- what the paper is called
  title,                         -- the headline
  (SELECT group_concat(value, ', ') FROM json_each(countries)) AS countries,  -- such as CN, LA
  url                            -- where it was first seen
FROM articles JOIN sources ON sources.id = source_id
WHERE duplicate_of IS NULL ORDER BY published_at DESC, articles.id DESC LIMIT 100
"""

STATEMENTS = (ARTICLES_BY_MONTH, SOURCE_HEALTH, LATEST)


def fill(conn: sqlite3.Connection) -> None:
    """Do nothing: a view holds nothing of its own."""
