"""What the database costs at size: ``python -m benchmarks.collection [ARTICLES]`` (200,000).

Invented articles (benchmarks/stories.py) are kept as a crawl keeps them, in turns with the same rows
in a plain table with plain FTS5, so that both meet the same machine. The content hash and the sketch
of a text are made with the article, by the worker that read the page: their time is told apart. Then
come the questions that people ask. Prints what is measured beside its goal, and ends with 1 when one is
missed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, islice
from pathlib import Path
from random import Random
from sqlite3 import Connection, connect
from statistics import median, quantiles
from typing import Any

import psutil

from benchmarks import search
from benchmarks.reprints import copies
from benchmarks.stories import DAY_COUNT, FIRST_DAY, Story, stories
from crawler.article import Article
from crawler.topic.relevance import Relevance
from db.articles import keeping, near_duplicates
from db.articles.search import Order
from db.articles.search import search as find
from db.collection import ArticleFilter, Collection
from db.file.backup import back_up
from db.file.connection import read_transaction, write_transaction
from db.file.opening import open_database

BATCH_COUNT = 50
"""Articles in one transaction, as the writer of a crawl has it (db/file/writer.py)."""

TURN_COUNT = 2000
"""Articles before the other table has its turn."""

LOOKUP_COUNT = 500
SEEN_AT = "2026-11-21T02:00:00Z"

Told = tuple[str, Article, Relevance]


class Results:
    """What was measured, printed line by line."""

    def __init__(self) -> None:
        self.missed_count = 0

    def add(self, name: str, value: float, unit: str, *, least: float = 0, most: float = 0) -> None:
        """Print a line; `least` or `most` is the goal, where there is one."""
        goal = f">= {least:,g}" if least else f"<= {most:,g}" if most else ""
        is_met = value >= least and (value <= most or not most)
        self.missed_count += not is_met
        verdict = ("met" if is_met else "MISSED") if goal else ""
        print(f"{name:<60} {value:>12,.2f} {unit:<11} {goal:<10} {verdict}", flush=True)

    def add_times(self, name: str, times_s: list[float], p95_ms: float) -> None:
        """Print median and 95th percentile."""
        self.add(f"{name}, median", median(times_s) * 1e3, "ms")
        self.add(f"{name}, 95th percentile", quantiles(times_s, n=20)[-1] * 1e3, "ms", most=p95_ms)


def main(count: int) -> int:
    results = Results()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "biengioi.db"
        with closing(open_database(path, create=True)) as conn:
            ingest(conn, Path(folder) / "plain.db", count, results)
            look_up(conn, count, results)
        results.add("size per article", path.stat().st_size / count / 1e3, "kB")
        results.add("housekeeping: maintain", timed(lambda: run(path, "maintain")), "s")
        ask(path, results)
        take_down(path, results)
        look_for_words(path, results)
        export(path, Path(folder) / "all.jsonl", results)
        results.add("backup, checked", timed(lambda: back_up(path, Path(folder) / "kho.db")), "s")
        began = time.perf_counter()
        results.add("verify, peak memory", run(path, "verify") / 1e6, "MB")
        results.add("verify", time.perf_counter() - began, "s")
    return 1 if results.missed_count else 0


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# --- keeping ------------------------------------------------------------------------------------


def ingest(conn: Connection, plain_path: Path, count: int, results: Results) -> None:
    told, ours_s, plain_s, last_id = in_order(count), 0.0, 0.0, 0
    names = [row["name"] for row in conn.execute("PRAGMA table_info(articles)")]  # none that is generated
    added = f"SELECT {', '.join(names)} FROM articles WHERE id > ?"
    with closing(plain_database(plain_path, names)) as plain:
        while turn := [tell(conn, story) for story in islice(told, TURN_COUNT)]:
            ours_s += timed(lambda turn=turn: keep(conn, turn))  # type: ignore[misc]
            rows = [tuple(row) for row in conn.execute(added, (last_id,))]
            last_id = rows[-1][0]
            plain_s += timed(lambda rows=rows: insert_plainly(plain, rows))  # type: ignore[misc]
    copy_count = conn.execute("SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL").fetchone()[0]
    results.add("articles", conn.execute("SELECT count(*) FROM articles").fetchone()[0], "")
    results.add("taken for near-duplicates of others", copy_count, "")
    results.add("plain table with plain FTS5", count / plain_s, "articles/s")
    results.add("kept with everything", count / ours_s, "articles/s")
    results.add("ratio", plain_s / ours_s, "", least=0.5)


def in_order(count: int) -> Iterator[Story]:
    """Yield stories that were published one after the other, as a crawl over the years meets them."""
    for number, story in enumerate(stories(count)):
        yield replace(story, published=FIRST_DAY + number / count * timedelta(days=DAY_COUNT))


def tell(conn: Connection, story: Story) -> Told:
    conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES (?, ?)", (story.paper.id, story.paper.name))
    return story.source_id, story.article(), story.relevance()


def batches(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), BATCH_COUNT):
        yield items[start : start + BATCH_COUNT]


def keep(conn: Connection, turn: list[Told]) -> None:
    for batch in batches(turn):
        with write_transaction(conn):
            for source_id, article, relevance in batch:
                keeping.keep(conn, source_id, article, relevance, None, SEEN_AT)


def plain_database(path: Path, names: list[str]) -> Connection:
    """Return a database with the columns of our articles, and nothing else of ours."""
    conn = connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute(f"CREATE TABLE articles (id INTEGER PRIMARY KEY, {', '.join(names[1:])})")
    conn.execute("CREATE VIRTUAL TABLE words USING fts5(title, text, content=articles, content_rowid=id)")
    return conn


def insert_plainly(conn: Connection, rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    for batch in batches(rows):
        conn.execute("BEGIN IMMEDIATE")
        for row in batch:
            conn.execute(f"INSERT INTO articles VALUES ({marks})", row)
            conn.execute(
                "INSERT INTO words (rowid, title, text) SELECT id, title, text FROM articles WHERE id = ?",
                row[:1],
            )
        conn.execute("COMMIT")


# --- asking -------------------------------------------------------------------------------------


def look_up(conn: Connection, count: int, results: Results) -> None:
    """Ask for new stories, for reprints and for exact copies of what is there."""
    random = Random(1)
    known = [story for story in stories(min(count, 20_000)) if random.random() < LOOKUP_COUNT / 20_000]
    reprints = [random.choice([copy for _, copy in copies(story)]) for story in known]
    texts = [story.text for story in chain(known, reprints, stories(LOOKUP_COUNT, seed=7))]
    random.shuffle(texts)
    asked: list[Article] = []
    times_s = [timed(lambda text=text: asked.append(article_of(text))) for text in texts]  # type: ignore[misc]
    results.add("content hash and sketch, made by the worker, median", median(times_s) * 1e3, "ms")
    exact = "SELECT id FROM articles WHERE content_hash = ?"
    times_s = [timed(conn.execute(exact, (one.content_hash,)).fetchone) for one in asked]
    results.add_times("exact duplicate", times_s, p95_ms=5)
    times_s = [timed(lambda text=text: find_near(conn, text)) for text in texts]  # type: ignore[misc]
    results.add_times("near-duplicate, with the sketch", times_s, p95_ms=5)


def article_of(text: str) -> Article:
    return Article(url=None, title=None, text=text)


def find_near(conn: Connection, text: str) -> None:
    near_duplicates.find(conn, text, article_of(text).sketch)


def ask(path: Path, results: Results) -> None:
    """Time what `list` and `stats` ask of the database; the first answer waits for the disk."""
    questions: dict[str, Callable[[Collection], Any]] = {
        "list": lambda it: it.list(ArticleFilter(limit=50)),
        "list --country LA --grade core": lambda it: it.list(
            ArticleFilter(country="LA", grade="core", limit=50)
        ),
        "list --since --until, of a month": lambda it: it.list(
            ArticleFilter(since=date(2024, 3, 1), until=date(2024, 3, 31), limit=50)
        ),
        "list of a place": lambda it: it.list(ArticleFilter(place=a_place(it), limit=50)),
        "stats": lambda it: it.stats(),
        "stats --grade core": lambda it: it.stats(ArticleFilter(grade="core")),
        "stats --country CN": lambda it: it.stats(ArticleFilter(country="CN")),
        "stats of a place and a grade": lambda it: it.stats(ArticleFilter(place=a_place(it), grade="core")),
    }
    for name, question in questions.items():
        times_s = []
        for _ in range(5):
            with Collection.open(path) as collection:
                times_s.append(timed(lambda q=question, c=collection: consume(q(c))))  # type: ignore[misc]
        first_s, *others_s = times_s
        results.add(f"{name}, the first time", first_s * 1e3, "ms")
        results.add(f"{name}, slowest of the next", max(others_s) * 1e3, "ms", most=300)


def take_down(path: Path, results: Results) -> None:
    """Time takedowns of articles from anywhere in the collection."""
    with Collection.open(path) as collection:
        ids = Random(2).sample(range(1, collection.stats().article_count + 1), 20)
        times_s = [timed(lambda id_=id_: collection.forget(id_)) for id_ in ids]  # type: ignore[misc]
    results.add_times("forget", times_s, p95_ms=2000)


def look_for_words(path: Path, results: Results) -> None:
    """Time the first page of searches for terms that few articles have, and that half of them have."""
    for kind, p95_ms in {"rare": 60, "common": 300}.items():
        asked = [question for name, *question in search.questions() if name == kind]
        with closing(open_database(path)) as conn:
            times_s = [timed(lambda q=question: page(conn, *q)) for question in asked * 5]  # type: ignore[misc]
        results.add_times(f"search, first page, {kind} terms", times_s, p95_ms=p95_ms)


def page(conn: Connection, query: str, wanted: ArticleFilter, order: Order) -> None:
    with read_transaction(conn):
        consume(find(conn, query, wanted, order, today=search.TODAY).rows)


def a_place(collection: Collection) -> str:
    place_id: str = next(collection.list(ArticleFilter(limit=1)))["places"][0]
    return place_id


def consume(answer: Any) -> None:
    if isinstance(answer, Iterable):
        for _ in answer:
            pass


def export(path: Path, dest: Path, results: Results) -> None:
    began = time.perf_counter()
    peak_bytes = run(path, "export", "jsonl", str(dest))
    duration_s = time.perf_counter() - began
    with dest.open("rb") as lines:
        count = sum(1 for _ in lines)
    results.add("export of JSON lines", count / duration_s, "articles/s", least=20_000)
    results.add("export of JSON lines, peak memory", peak_bytes / 1e6, "MB", most=150)


def run(path: Path, *arguments: str) -> int:
    """Run a command in a process of its own and return its peak memory in bytes."""
    command = [sys.executable, "-P", "-m", "biengioi", "--db", str(path), *arguments]
    peak_bytes = 0
    with psutil.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:  # wait4 would count what the forked parent held, too
            try:
                peak_bytes = max(peak_bytes, process.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.01)
    if process.wait():
        sys.exit(f"{' '.join(arguments)} ended with {process.returncode}")
    return peak_bytes


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
