"""Databases as earlier releases left them (schema 1 and 6), with the oddest data that they could hold."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from benchmarks.stories import stories
from crawler.text.normalize import canonical_text, content_hash, keys_of, sketch
from db.file import migrations
from db.file.connection import prepare_connection
from db.schema import APPLICATION_ID, search
from tests.articles import make_text

HOSTILE = "'; DROP TABLE articles; -- <script>alert(1)</script> \x1b[31m \u202e =cmd|' /C calc'!A0 NEAR(\"*"
"""SQL, HTML, a terminal escape, a bidi override, a formula, and words of a full-text query."""

DECOMPOSED = "Cu\u031b\u0309a khau\u0302\u0309 Tra\u0300 Li\u0303nh tho\u0302ng quan"
OLD_FONT = "Chợ Ðồng Ðăng họp lại, bà con Ðào Viên qua chợ; \u00f0ường thông"
"""What old fonts wrote for Đ and đ, as imports keep it."""

ARTICLES: dict[int, dict[str, Any]] = {
    1: {},
    2: {"title": None, "url": None, "published_at": None, "published_precision": None, "source_id": "import"},
    3: {"published_at": "2026-10", "published_precision": "month"},
    4: {"published_at": "2026-10-03", "published_precision": "day", "duplicate_of": 1},
    5: {
        "title": HOSTILE,
        "lead": HOSTILE,
        "text": f"{HOSTILE}\n{make_text(5)}",
        "tags": json.dumps([HOSTILE]),
    },
    6: {"title": DECOMPOSED, "countries": '["CN", "LA", "CN"]', "places": '["không-có"]'},
    7: {"title": "", "text": "x", "lead": None, "language": "und"},
    8: {"topic_score": None, "topic_grade": None, "countries": "[]", "places": "[]", "fields": "[]"},
    9: {"text": "Một đoạn rất dài. " * 20_000},
    10: {"text": make_text(10).replace("Hai bên", "Hai\u00a0bên \U0001f600"), "duplicate_of": 1},
    11: {"title": OLD_FONT, "text": f"{OLD_FONT}. {make_text(11)}"},
}
"""Article id → what is odd about it."""


def make_first_release(path: Path) -> Path:
    """Write the database and return its path."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("BEGIN")
        migrations.STEPS.apply(Database(conn, recursive_triggers=False), stop_before="m002_facets")
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute("PRAGMA user_version = 1")
        _fill(conn)
        conn.execute("COMMIT")
    return path


SECOND_RELEASE = 6
JSON_SKETCHES = (
    """CREATE TABLE near_sketches (article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
  keys TEXT NOT NULL) STRICT""",
    """CREATE TABLE near_keys (key INTEGER NOT NULL, article_id INTEGER NOT NULL,
  PRIMARY KEY (key, article_id)) STRICT, WITHOUT ROWID""",
    """CREATE TRIGGER near_keys_add AFTER INSERT ON near_sketches BEGIN
  INSERT OR IGNORE INTO near_keys SELECT value, new.article_id FROM json_each(new.keys) WHERE key < 12;
  END""",
    """CREATE TRIGGER near_keys_change AFTER UPDATE ON near_sketches BEGIN
  DELETE FROM near_keys WHERE article_id = old.article_id; END""",
    """CREATE TRIGGER near_keys_remove AFTER DELETE ON near_sketches BEGIN
  DELETE FROM near_keys WHERE article_id = old.article_id; END""",
)
"""How schema 6 knew near-duplicates."""


def make_second_release(path: Path) -> Path:
    """Write the database, of the same articles, and return its path."""
    with closing(sqlite3.connect(make_first_release(path), isolation_level=None)) as conn:
        prepare_connection(conn)
        conn.execute("BEGIN")
        migrations.STEPS.apply(
            Database(conn, recursive_triggers=False), stop_before="m007_near_duplicates_in_bytes"
        )
        for statement in JSON_SKETCHES:
            conn.execute(statement)
        for name, old in _search_of_before_schema_10(conn):
            conn.execute(f"DROP {name}")
            conn.execute(old)
        search.fill(conn)
        texts = conn.execute("SELECT id, text FROM articles WHERE source_id <> 'import'").fetchall()
        for row in texts:
            keys = [int.from_bytes(key, "big") for key in keys_of(sketch(canonical_text(row["text"])))]
            conn.execute("INSERT INTO near_sketches VALUES (?, ?)", (row["id"], json.dumps(keys)))
        conn.execute(f"PRAGMA user_version = {SECOND_RELEASE}")
        conn.execute("COMMIT")
    return path


def _search_of_before_schema_10(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return views and triggers that know Ð for no other letter than itself."""
    made = conn.execute(
        "SELECT type || ' ' || name, sql FROM sqlite_master"
        " WHERE sql LIKE '%''Ð''%' AND type IN ('view', 'trigger') ORDER BY type"
    ).fetchall()
    assert made
    return [(name, sql.replace("'Ð'", "'Đ'").replace("'ð'", "'đ'")) for name, sql in made]


def _fill(conn: sqlite3.Connection) -> None:
    for source_id in ("bao-thu", "bao-hai", "import"):
        _insert(
            conn, "sources", id=source_id, name=f"Báo {source_id}", homepage=f"https://{source_id}.example"
        )
    for id_, changes in ARTICLES.items():
        url = f"https://bao-thu.example/{id_}.html"
        row = {
            "id": id_,
            "source_id": "bao-thu",
            "url": url,
            "title": f"Tin số {id_}",
            "text": make_text(id_),
            "published_at": "2026-11-20T18:30:00Z",  # already the next day in Viet Nam
            "published_precision": "minute",
            "fetched_at": "2026-11-21T02:00:00Z",
            "language": "vi",
            "topic_score": 60,
            "topic_grade": "related",
            "countries": '["CN"]',
            "places": '["cua-khau-lung-vai"]',
            "fields": '["trade-customs"]',
            **changes,
        }
        _insert(conn, "articles", content_hash=content_hash(row["text"]), **row)
        if row["url"]:
            seen = {"source_id": "bao-thu", "title": row["title"], "seen_at": "2026-11-21T02:00:00Z"}
            _insert(conn, "sightings", article_id=id_, url=url, **seen)
            _insert(
                conn,
                "pages",
                url=url,
                source_id="bao-thu",
                state="done",
                article_id=id_,
                discovered_at="2026-11-21T02:00:00Z",
            )
    text = make_text(77)
    for number in (1, 3):  # 2 went when there were too many
        _insert(
            conn,
            "revisions",
            article_id=1,
            number=number,
            title=None,
            text=text,
            content_hash=content_hash(text),
            seen_at="2026-11-20T02:00:00Z",
        )
    _insert(conn, "forgotten", content_hash=content_hash(make_text(99)), forgotten_at="2026-11-20T02:00:00Z")
    gone = {"url": "https://bao-thu.example/99.html", "source_id": "bao-thu", "state": "forgotten"}
    _insert(conn, "pages", **gone, discovered_at="2026-11-20T02:00:00Z")
    waiting = {"url": "https://bao-thu.example/cho.html", "source_id": "bao-thu", "state": "pending"}
    _insert(conn, "pages", **waiting, discovered_at="2026-11-21T02:00:00Z")
    _insert(
        conn,
        "runs",
        id=1,
        kind="crawl",
        status="running",
        started_at="2026-11-21T01:59:00Z",
        host="elsewhere",
        pid=4711,
        process_started="long ago",
        expires_at="2026-11-21T02:10:00Z",
    )
    _insert(conn, "leases", key="bao-thu.example", epoch=1)
    part = {"run_id": 1, "source_id": "bao-thu", "status": "unfinished", "opened_at": "2026-11-21T01:59:30Z"}
    _insert(conn, "run_sources", **part, considered=2)
    _insert(
        conn,
        "decisions",
        url="https://bao-thu.example/1.html",
        source_id="bao-thu",
        run_id=1,
        at="2026-11-21T02:00:00Z",
        kind="new",
        reason="first_seen",
        article_id=1,
    )


def _insert(conn: sqlite3.Connection, table: str, **row: object) -> int | None:
    marks = ", ".join("?" * len(row))
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"
    return conn.execute(sql, tuple(row.values())).lastrowid


def add_stories(conn: sqlite3.Connection, count: int) -> None:
    """Add so many ordinary articles of the papers of `benchmarks.stories`."""
    conn.execute("BEGIN")
    for story in stories(count):
        article = story.article()
        assert article.published
        conn.execute(
            "INSERT OR IGNORE INTO sources (id, name) VALUES (?, ?)", (story.paper.id, story.paper.name)
        )
        row = {
            "source_id": story.paper.id,
            "url": article.url,
            "title": article.title,
            "lead": article.lead,
            "text": article.text,
            "captions": json.dumps(article.captions, ensure_ascii=False),
            "published_at": article.published.at,
            "published_precision": article.published.precision,
            "fetched_at": "2026-11-21T02:00:00Z",
            "language": "vi",
            "content_hash": article.content_hash,
            "topic_score": story.score,
            "topic_grade": "core",
            "countries": json.dumps([story.country]),
            "places": json.dumps(story.place_ids),
            "fields": json.dumps([story.field]),
        }
        id_ = _insert(conn, "articles", **row)
        seen = {"source_id": story.paper.id, "title": story.title, "seen_at": row["fetched_at"]}
        _insert(conn, "sightings", article_id=id_, url=article.url, **seen)
    conn.execute("COMMIT")
