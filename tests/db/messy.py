"""A messy collection: rows of `articles` with every kind of date, copies, imports, odd arrays."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from random import Random
from typing import Any

SOURCES = ("bao-thu", "bao-hai", "import")
PLACES = ("tra-linh-gate", "ta-lung-gate", "cao-bang", "quang-tay")
FIELDS = ("meetings", "crime", "trade-customs")
DATES = (
    (None, None),
    ("2026-11", "month"),
    ("2026-10", "month"),
    ("2026-10-31", "day"),
    ("2026-11-01", "day"),
    ("2026-10-31T16:59:59Z", "second"),  # the last second of October in Viet Nam
    ("2026-10-31T17:00:00Z", "minute"),  # the first of November
    ("2026-11-20T01:30:00Z", "minute"),
    ("2025-12-31T23:00:00Z", "hour"),
)


def some_values(random: Random) -> dict[str, Any]:
    """Return random values of the columns by which articles are chosen."""
    published_at, precision = random.choice(DATES)
    source_id = random.choice(SOURCES)
    return {
        "source_id": source_id,
        "published_at": published_at,
        "published_precision": precision,
        "topic_grade": None if source_id == "import" else random.choice(("core", "related")),
        "countries": json.dumps(random.sample(("CN", "LA", "KH"), random.randrange(3))),
        "places": json.dumps(random.choices(PLACES, k=random.randrange(4))),  # now and then one twice
        "fields": json.dumps(random.sample(FIELDS, random.randrange(3))),
    }


def add_source(conn: sqlite3.Connection) -> None:
    for id_ in SOURCES:
        conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES (?, ?)", (id_, f"Báo {id_}"))


def insert(conn: sqlite3.Connection, **values: Any) -> int:
    """Add one article and return its id."""
    number = conn.execute("SELECT ifnull(max(id), 0) + 1 FROM articles").fetchone()[0]
    text = f"Bản tin số {number} về cuộc gặp ở cột mốc."
    row = {
        "source_id": SOURCES[0],
        "title": f"Tin {number}",
        "text": text,
        "fetched_at": "2026-11-20T02:00:00Z",
        "language": "vi",
        "content_hash": hashlib.sha256(f"{number} {values}".encode()).hexdigest(),
        **values,
    }
    marks = ", ".join(f":{name}" for name in row)
    found = conn.execute(f"INSERT INTO articles ({', '.join(row)}) VALUES ({marks}) RETURNING id", row)
    return int(found.fetchone()[0])


def fill(conn: sqlite3.Connection, article_count: int, seed: int = 0) -> None:
    """Add random articles, of which some repeat others."""
    random = Random(seed)
    add_source(conn)
    originals: list[int] = []
    for _ in range(article_count):
        is_copy = bool(originals) and random.random() < 0.2
        original = random.choice(originals) if is_copy else None
        article_id = insert(conn, **some_values(random), duplicate_of=original)
        if not is_copy:
            originals.append(article_id)
