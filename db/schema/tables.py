"""The tables of the first release, column by column; the comments travel inside the database.

Fixed names may grow and never change. A released statement is never edited: what came
later has a module of its own beside this one and a step in db/file/migrations.py.

Columns ending in `_at` hold ``YYYY-MM-DDTHH:MM:SSZ`` (UTC) unless their comment says otherwise.
"""

from __future__ import annotations

SOURCES = """
CREATE TABLE sources (          -- a newspaper, as it was last declared, and how it fares
  id TEXT PRIMARY KEY,          -- the name of its source file; 'import' for imported files
  name TEXT NOT NULL,           -- what it is called on lists
  homepage TEXT,                -- NULL for 'import'
  last_crawl_at TEXT,           -- when its part of a run last ended
  last_success_at TEXT,         -- when it last ended well
  failure_count INTEGER NOT NULL DEFAULT 0,  -- failed runs since the last success
  last_error TEXT,              -- the sentence of the last failure; NULL after a success
  article_pattern TEXT          -- learned from its pages; NULL where a file declares one, or none yet
) STRICT
"""

RUNS = """
CREATE TABLE runs (             -- one crawl, from start to end
  id INTEGER PRIMARY KEY AUTOINCREMENT,      -- only grows, so it fences off older runs (leases)
  kind TEXT NOT NULL,           -- what started it: 'crawl', 'schedule', 'demo', 'backfill'
  status TEXT NOT NULL          -- 'aborted': its process died and a later run closed it
    CHECK (status IN ('running', 'done', 'failed', 'aborted')),
  started_at TEXT NOT NULL,     -- when its leases were taken
  ended_at TEXT,                -- NULL while running; of an aborted run its last sign of life
  report TEXT,                  -- the RunReport as JSON; NULL while running
  host TEXT NOT NULL,           -- the machine of its process (with the PID namespace)
  pid INTEGER NOT NULL,         -- its process
  process_started TEXT NOT NULL,             -- when that process started, to tell a reused PID
  expires_at TEXT NOT NULL      -- for other hosts: without a sign of life since, it is dead
) STRICT
"""

LEASES = """
CREATE TABLE leases (           -- who may crawl a paper now; owner and expiry are those of the run
  key TEXT PRIMARY KEY,         -- politeness key: the host without www., m., amp.
  epoch INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE  -- the run that holds it
) STRICT, WITHOUT ROWID
"""

RUN_SOURCES = """
CREATE TABLE run_sources (      -- one source's part of one run
  run_id INTEGER NOT NULL       -- the run
    REFERENCES runs(id) ON DELETE CASCADE,
  source_id TEXT NOT NULL REFERENCES sources(id),  -- the source
  status TEXT NOT NULL          -- 'skipped': another run held its lease
    CHECK (status IN ('done', 'failed', 'skipped', 'unfinished')),
  opened_at TEXT,               -- when its pending pages were taken; NULL if it was not reached
  considered INTEGER NOT NULL DEFAULT 0,     -- left side of the identity, counted on the way in
  known_count INTEGER NOT NULL DEFAULT 0,    -- offered again and not due
  offsite_count INTEGER NOT NULL DEFAULT 0,  -- links to hosts the source does not name
  older_count INTEGER NOT NULL DEFAULT 0,    -- offers dated before what was asked for
  pending_count INTEGER,        -- pages still pending when its part ended; NULL before
  message TEXT NOT NULL DEFAULT '',          -- why it failed or was skipped, in a sentence
  PRIMARY KEY (run_id, source_id)
) STRICT, WITHOUT ROWID
"""

RUN_SEEDS = """
CREATE TABLE run_seeds (        -- how reading a seed ended in one run
  run_id INTEGER NOT NULL       -- the run
    REFERENCES runs(id) ON DELETE CASCADE,
  source_id TEXT NOT NULL REFERENCES sources(id),  -- the source that names the seed
  url TEXT NOT NULL,            -- the seed's address as declared
  outcome TEXT NOT NULL,        -- an outcome, or a rejection such as 'robots'
  PRIMARY KEY (run_id, source_id, url)
) STRICT, WITHOUT ROWID
"""

SEEDS = """
CREATE TABLE seeds (            -- what is remembered of a seed between runs
  source_id TEXT NOT NULL REFERENCES sources(id),  -- the source that names the seed
  url TEXT NOT NULL,            -- the seed's address as declared
  complete INTEGER NOT NULL     -- 1 when its last walk ended by itself
    DEFAULT 0 CHECK (complete IN (0, 1)),
  outcome TEXT,                 -- how the last reading ended; NULL before the first
  http_status INTEGER,          -- of the last reading; NULL without an answer
  fetched_at TEXT,              -- of the last reading
  etag TEXT,                    -- validators of the last complete walk (RFC 9110 §8.8)
  last_modified TEXT,           -- the same, of the header Last-Modified
  answered_at TEXT,             -- when the full answer came that they belong to
  PRIMARY KEY (source_id, url)
) STRICT, WITHOUT ROWID
"""

ARTICLES = """
CREATE TABLE articles (         -- one cleaned text, once
  id INTEGER PRIMARY KEY AUTOINCREMENT,      -- never used again after `forget`
  source_id TEXT NOT NULL REFERENCES sources(id),  -- the paper that brought it first
  url TEXT,                     -- where it was first seen; NULL for an imported text without one
  canonical_url TEXT,           -- what the page calls its own address
  title TEXT,                   -- the headline; NULL for an imported text without one
  lead TEXT,                    -- the sapo; when present, text begins with it
  text TEXT NOT NULL,           -- lead and body, one paragraph per line
  captions TEXT NOT NULL DEFAULT '[]',       -- of its pictures; JSON array of text
  authors TEXT NOT NULL DEFAULT '[]',        -- names in the byline; JSON array of text
  section TEXT,                 -- the paper's name of the section
  tags TEXT NOT NULL DEFAULT '[]',           -- the page's keywords; JSON array of text
  image_url TEXT,               -- of the main picture, which is not fetched
  published_at TEXT,            -- UTC instant, or local YYYY-MM-DD or YYYY-MM by its precision
  published_precision TEXT      -- what of published_at is known; NULL without a date
    CHECK (published_precision IN ('second', 'minute', 'hour', 'day', 'month')),
  published_day TEXT GENERATED ALWAYS AS (   -- its day in Viet Nam (UTC+7), a month's first
    CASE published_precision WHEN 'month' THEN published_at || '-01' WHEN 'day' THEN published_at
    ELSE date(published_at, '+7 hours') END) VIRTUAL,
  fetched_at TEXT NOT NULL,     -- when the text as it stands was first seen
  language TEXT NOT NULL,       -- 'vi' or 'und'
  content_hash TEXT NOT NULL UNIQUE,         -- SHA-256 of the canonical text
  duplicate_of INTEGER REFERENCES articles(id) ON DELETE SET NULL,  -- never a chain
  topic_score INTEGER,          -- 0-100; NULL for imported texts that nobody judged
  topic_grade TEXT              -- NULL for imported texts that nobody judged
    CHECK (topic_grade IN ('core', 'related', 'none')),
  topic_terms TEXT NOT NULL DEFAULT '[]',    -- JSON array of {term, zone, weight}
  countries TEXT NOT NULL DEFAULT '[]',      -- JSON array of CN, LA, KH
  places TEXT NOT NULL DEFAULT '[]',         -- JSON array of gazetteer ids
  fields TEXT NOT NULL DEFAULT '[]',         -- of cooperation, foremost first; JSON array of text
  evidence TEXT NOT NULL DEFAULT '[]'        -- JSON array of {id, sentence}: shows a country or place
) STRICT
"""

REVISIONS = """
CREATE TABLE revisions (        -- what an article said before; at most 24 are kept (db/articles/keeping.py)
  id INTEGER PRIMARY KEY,       -- of this row
  article_id INTEGER NOT NULL   -- whose version it is
    REFERENCES articles(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,      -- from 1, oldest first; the article's row is the newest version
  title TEXT,                   -- as it was
  lead TEXT,                    -- as it was
  text TEXT NOT NULL,           -- as it was
  content_hash TEXT NOT NULL,   -- of that text; a change of title alone leaves it the same
  seen_at TEXT NOT NULL,        -- when this version was first seen
  UNIQUE (article_id, number)
) STRICT
"""

SIGHTINGS = """
CREATE TABLE sightings (        -- every address that showed an article's text
  article_id INTEGER NOT NULL   -- the article
    REFERENCES articles(id) ON DELETE CASCADE,
  url TEXT NOT NULL,            -- in canonical spelling
  source_id TEXT NOT NULL REFERENCES sources(id),  -- the paper of that address
  title TEXT,                   -- the title it had there
  seen_at TEXT NOT NULL,        -- when it was last seen there
  PRIMARY KEY (article_id, url)
) STRICT, WITHOUT ROWID
"""

PAGES = """
CREATE TABLE pages (            -- every URL ever discovered: the frontier
  url TEXT PRIMARY KEY,         -- in canonical spelling (crawler/identity/urls.py)
  source_id TEXT NOT NULL REFERENCES sources(id),  -- its one owner: the first that offered it
  state TEXT NOT NULL           -- crawler.page.PageState
    CHECK (state IN ('pending', 'done', 'failed', 'forgotten')),
  outcome TEXT,                 -- how the last request ended; NULL before the first
  reason TEXT,                  -- of the last decision
  article_id INTEGER REFERENCES articles(id) ON DELETE SET NULL,  -- the article it shows
  title TEXT,                   -- the page's, before that the seed's
  topic_score INTEGER,          -- 0-100, of rejected pages too (of an article that left by a rescore
                                -- the last it was kept with); NULL when the topic was not asked
  topic_digest TEXT,            -- of the topic that last rejected it (Topic.digest); NULL for none
  http_status INTEGER,          -- of the last request; NULL without an answer
  discovered_at TEXT NOT NULL,  -- when a seed first offered it
  fetched_at TEXT,              -- of the last request
  next_fetch_at TEXT,           -- when it is due again; NULL for never
  failure_count INTEGER NOT NULL DEFAULT 0,  -- requests in a row that failed
  etag TEXT,                    -- validators of the last full answer (RFC 9110 §8.8)
  last_modified TEXT,           -- the same, of the header Last-Modified
  body_hash TEXT,               -- SHA-256 of the last full answer
  found_on TEXT,                -- the seed or page that first held the link
  published_at TEXT,            -- what the seed says, in the form of articles.published_at
  published_precision TEXT      -- what of published_at is known
) STRICT, WITHOUT ROWID
"""

DECISIONS = """
CREATE TABLE decisions (        -- what was done with a URL in a run: the identity's right side
  id INTEGER PRIMARY KEY,       -- of this row
  url TEXT NOT NULL,            -- the page, by the address that was asked for
  source_id TEXT NOT NULL REFERENCES sources(id),  -- its owner, which it counts under
  run_id INTEGER NOT NULL       -- the run that it counts in
    REFERENCES runs(id) ON DELETE CASCADE,
  at TEXT NOT NULL,             -- when the page came
  kind TEXT NOT NULL,           -- crawler.decision.Kind, never 'pending'
  reason TEXT NOT NULL,         -- a rejection, an outcome, or a word for why
  detail TEXT NOT NULL DEFAULT '',           -- the evidence in words
  article_id INTEGER            -- the article it created, touched or repeats
    REFERENCES articles(id) ON DELETE SET NULL,
  UNIQUE (run_id, url)          -- each URL counts once per run
) STRICT
"""

FORGOTTEN = """
CREATE TABLE forgotten (        -- texts taken down; no address brings them back
  content_hash TEXT PRIMARY KEY,             -- of a version of the article
  forgotten_at TEXT NOT NULL    -- when the user took it down
) STRICT, WITHOUT ROWID
"""

FINDINGS = """
CREATE TABLE findings (         -- what is wrong with a source, from opened to resolved
  id INTEGER PRIMARY KEY,       -- of this row
  source_id TEXT REFERENCES sources(id),     -- NULL for the whole installation
  kind TEXT NOT NULL,           -- what is wrong, in a word
  severity TEXT NOT NULL,       -- how soon a person should look
  opened_at TEXT NOT NULL,      -- when it was first true
  seen_at TEXT NOT NULL,        -- when it was last true
  resolved_at TEXT,             -- NULL while open
  evidence TEXT NOT NULL,       -- what was seen, in words
  advice TEXT NOT NULL          -- what to do, in a sentence
) STRICT
"""

TABLES = (
    SOURCES, RUNS, LEASES, RUN_SOURCES, RUN_SEEDS, SEEDS, ARTICLES, REVISIONS, SIGHTINGS, PAGES,
    DECISIONS, FORGOTTEN, FINDINGS,
)  # fmt: skip

INDEXES = (
    "CREATE INDEX runs_by_status ON runs(status)",
    "CREATE INDEX leases_by_epoch ON leases(epoch)",
    "CREATE INDEX articles_by_published ON articles(published_at, id)",
    "CREATE INDEX articles_by_day ON articles(published_day)",
    "CREATE INDEX articles_by_fetched ON articles(fetched_at)",
    "CREATE INDEX articles_by_source ON articles(source_id, published_at, id)",
    "CREATE INDEX articles_by_url ON articles(url)",
    "CREATE INDEX articles_by_canonical_url ON articles(canonical_url)",
    "CREATE INDEX articles_by_original ON articles(duplicate_of) WHERE duplicate_of IS NOT NULL",
    "CREATE INDEX revisions_by_hash ON revisions(content_hash)",
    "CREATE INDEX sightings_by_url ON sightings(url)",
    "CREATE INDEX pages_by_state ON pages(source_id, state, next_fetch_at)",
    "CREATE INDEX pages_by_article ON pages(article_id) WHERE article_id IS NOT NULL",
    "CREATE INDEX decisions_by_source ON decisions(run_id, source_id, kind, reason)",
    "CREATE INDEX decisions_by_url ON decisions(url)",
    "CREATE INDEX decisions_by_article ON decisions(article_id) WHERE article_id IS NOT NULL",
    "CREATE INDEX findings_by_source ON findings(source_id, resolved_at)",
)
