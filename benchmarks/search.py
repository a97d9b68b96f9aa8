"""How long the first page of a search takes: `python -m benchmarks.search [COUNT] [DATABASE]`.

Milliseconds of database time and snippets for 20 rows, for terms that few articles have and for
terms that half of them has. The database is made when it is not there, without looking for
near-duplicates, which takes longer than everything else.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.stories import Story, stories
from crawler.text.normalize import fold
from crawler.text.query import parse_query
from db.articles.query import ArticleFilter
from db.articles.search import Order, facets, search
from db.articles.search_match import tiers
from db.file.connection import read_transaction, write_transaction
from db.file.opening import open_database

RARE = ("cửa khẩu Trà Lĩnh", "Tân Thanh", "Xín Mần", "Bờ Y", "Na Mèo", "Hưng Điền")
COMMON = ("cửa khẩu", "hợp tác", "biên giới", "của")
"""About half of all articles, or more, have each of these; the others are in few."""

SCATTERED = ("hội đàm thông quan nông sản", "hợp tác phòng chống ma túy biên giới Lào")
PREFIXES = ("khẩ*", "thông qu*", '"cửa kh"*')
TODAY = date(2026, 1, 1)
PAGE = ArticleFilter(limit=20)
FILTERS = {
    "": PAGE,
    ", one country": ArticleFilter(country="LA", limit=20),
    ", one place": ArticleFilter(place="na-meo-gate", limit=20),
    ", one month": ArticleFilter(since=date(2025, 6, 1), until=date(2025, 6, 30), limit=20),
    ", page 10": ArticleFilter(limit=20, offset=180),
}
REPEATS = 5


def fill(path: Path, count: int) -> None:
    """Keep `count` invented articles."""
    told = stories(count)
    with closing(open_database(path, create=True)) as conn:
        while batch := list(islice(told, 200)):
            with write_transaction(conn):
                for story in batch:
                    _insert(conn, story)


def _insert(conn: sqlite3.Connection, story: Story) -> None:
    article, relevance = story.article(), story.relevance().to_json()
    row: dict[str, Any] = {
        "source_id": story.source_id,
        "url": article.url,
        "title": article.title,
        "lead": article.lead,
        "text": article.text,
        "published_at": article.published and article.published.at,
        "published_precision": article.published and article.published.precision,
        "fetched_at": "2026-01-01T00:00:00Z",
        "language": "vi",
        "content_hash": article.content_hash,
        "topic_grade": relevance["grade"],
        **{name: json.dumps(relevance[name]) for name in ("countries", "places", "fields", "evidence")},
    }
    conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES (?, ?)", tuple(story.paper))
    conn.execute(
        f"INSERT INTO articles ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
        list(row.values()),
    )


def questions() -> Iterator[tuple[str, str, ArticleFilter, Order]]:
    """Yield (kind, query, filter, order)."""
    for kind, queries in (("rare", RARE), ("common", COMMON), ("scattered words", SCATTERED)):
        for query in queries:
            for note, wanted in FILTERS.items():
                yield f"{kind}{note}", query, wanted, Order.RELEVANCE
                yield f"{kind}{note}", fold(query), wanted, Order.RELEVANCE
            yield f"{kind}, phrase", f'"{query}"', PAGE, Order.RELEVANCE
            yield f"{kind}, newest", query, PAGE, Order.NEWEST
            yield f"{kind}, recent", query, PAGE, Order.RECENT
    for query in PREFIXES:
        yield "prefix", query, PAGE, Order.RELEVANCE


def main(count: int = 20_000, path: Path | None = None) -> None:
    """Print a line for each query, and the percentiles of each kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = path or Path(folder) / "search.db"
        if not path.exists():
            started = time.perf_counter()
            fill(path, count)
            print(f"{count:,} articles in {time.perf_counter() - started:.0f} s")
        print(f"{path.stat().st_size >> 20} MB")
        times: defaultdict[str, list[float]] = defaultdict(list)
        with closing(open_database(path)) as conn:
            for kind, query, wanted, order in questions():
                taken = []
                for _ in range(REPEATS):
                    started = time.perf_counter()
                    with read_transaction(conn):
                        result = search(conn, query, wanted, order, today=TODAY)
                    taken.append(1000 * (time.perf_counter() - started))
                times[kind].extend(taken)
                found = f"{_hit_count(conn, query):,} hits, {len(result.rows)} rows"
                limited = f", of the newest {result.ranked_among:,}" if result.ranked_among else ""
                print(f"{kind:28} {query:42} {min(taken):6.1f} ms  {found}{limited}")
            for query in (*RARE, *COMMON):
                started = time.perf_counter()
                facets(conn, query, PAGE)
                times["facets"].append(1000 * (time.perf_counter() - started))
        for kind, measured in times.items():
            cuts = quantiles(measured, n=20)
            print(f"{kind:28} p50 {cuts[9]:6.1f} ms   p95 {cuts[18]:6.1f} ms")


def _hit_count(conn: sqlite3.Connection, query: str) -> int:
    """Return how many articles the foremost tier of a query finds."""
    table, match = tiers(parse_query(query))[0]
    found = conn.execute(f"SELECT count(*) FROM {table} WHERE {table} MATCH ?", (match,))
    count: int = found.fetchone()[0]
    return count


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((int, Path), sys.argv[1:], strict=False)))
