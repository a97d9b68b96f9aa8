"""Near-duplicates: ``python -m benchmarks.near_duplicates [STORIES [SIZE]]``.

How well copies are found and template twins kept apart, through the database as a crawl fills it:
STORIES invented stories (2,000), each with its copies, two other events in the same words, and the
copies of those, in random order. Then what MinHash would do (if rensa is installed), and what a lookup
costs beside SIZE articles (200,000). Fails where a target is missed.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.reprints import SAME_TEXT, copies
from benchmarks.stories import Story, stories, twins
from crawler.decision import Decision
from crawler.text.normalize import canonical_text, keys_of, sketch
from db.articles import keeping, near_duplicates
from db.file.connection import prepare_connection, write_transaction
from db.file.opening import open_database
from db.schema import near, tables

MIN_PRECISION = 0.99
MIN_RECALL = 0.97
MAX_LOOKUP_P95_MS = 5.0
SAMPLE_COUNT = 2_000
"""Of so many articles, the last ones, the cost is printed."""
BANDS = ((12, 1), (16, 1), (32, 2), (64, 2), (96, 3))
"""What MinHash is tried with: hashes, and how many of them make a key."""
SEEN_AT = "2026-11-21T02:00:00Z"


@dataclass(frozen=True, slots=True)
class Quality:
    """What the clusters are worth.

    Args:
        precision: the share of the pairs in one cluster that are one story.
        recall: the share of the pairs of one story that are in one cluster.
        twins_joined: pairs in one cluster that are two stories.
        missed: variant of a story → how often it is not with the original.
    """

    precision: float
    recall: float
    twins_joined: int
    missed: dict[str, int]


class Print(NamedTuple):
    """A story as one paper prints it, what it was made from, and how."""

    story: Story
    original: Story
    variant: str


def family(number: int, story: Story) -> Iterator[Print]:
    """Yield a story, the other events in its words, and the copies of all three.

    Without the copies, some two in a thousand, that were cut so short that all they say behind the lead
    is in the report of another event too, word for word: nobody could tell which one they repeat.
    """
    events = {"": story, **{f"{how} ": twin for how, twin in twins(story, number)}}
    for how, one in events.items():
        yield Print(one, one, f"{how}original")
        others = [set(other.paragraphs) for other in events.values() if other is not one]
        for name, copy in copies(one):
            if not any(other.issuperset(copy.paragraphs[1:]) for other in others):
                yield Print(copy, one, how + name)


def keep(conn: sqlite3.Connection, story: Story) -> Decision:
    conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES (?, ?)", story.paper)
    return keeping.keep(conn, story.source_id, story.article(), story.relevance(), None, SEEN_AT)


def cluster(conn: sqlite3.Connection, prints: Sequence[Print]) -> dict[str, int]:
    """Keep every story in that order; return the article that stands for it, by slug."""
    kept = {}
    for start in range(0, len(prints), 50):
        with write_transaction(conn):
            for one in prints[start : start + 50]:
                kept[one.story.slug] = keep(conn, one.story).article_id
    root = dict(conn.execute("SELECT id, coalesce(duplicate_of, id) FROM articles").fetchall())
    return {slug: root[article_id] for slug, article_id in kept.items()}


def quality(path: Path, count: int, seed: int = 0) -> Quality:
    """Return how well so many stories and their copies are clustered when they come in random order."""
    prints = [one for number, story in enumerate(stories(count)) for one in family(number, story)]
    Random(seed).shuffle(prints)
    with closing(open_database(path, create=True)) as conn:
        root = cluster(conn, prints)
    by_event = Counter(one.story.event for one in prints)
    by_root = Counter(root[one.story.slug] for one in prints)
    by_both = Counter((one.story.event, root[one.story.slug]) for one in prints)
    right, joined, true = pairs(by_both), pairs(by_root), pairs(by_event)
    missed = Counter(one.variant for one in prints if root[one.story.slug] != root[one.original.slug])
    return Quality(right / joined, right / true, joined - right, dict(missed))


def pairs(counts: Mapping[Any, int]) -> int:
    """Return how many pairs groups of these sizes have."""
    return sum(n * (n - 1) // 2 for n in counts.values())


def compare(count: int = 300) -> None:
    """Print how often a copy shares a key with its original: our sketch, and MinHash with bands."""
    ways: dict[str, Callable[[str], Sequence[Any]]] = {
        "bottom 12": lambda text: keys_of(sketch(canonical_text(text)))[:12],
        "bottom 16": lambda text: keys_of(sketch(canonical_text(text)))[:16],
        **{f"MinHash {size} in bands of {band}": minhash(size, band) for size, band in BANDS},
    }
    told = [(one, [copy for name, copy in copies(one) if name not in SAME_TEXT]) for one in stories(count)]
    for name, keys in ways.items():
        start = time.process_time()
        originals = [set(keys(one.text)) for one, _ in told]
        cost_ms = 1000 * (time.process_time() - start) / count
        found = [
            not mine.isdisjoint(keys(copy.text))
            for mine, (_, prints) in zip(originals, told, strict=True)
            for copy in prints
        ]
        chance = [not one.isdisjoint(other) for at, one in enumerate(originals) for other in originals[:at]]
        print(
            f"{name}: {len(originals[0])} rows and {cost_ms:.2f} ms per article,"
            f" {statistics.fmean(found):.2%} of the copies and {statistics.fmean(chance):.2%} of others"
        )


def minhash(size: int, band: int) -> Callable[[str], list[Any]]:
    """Return what makes the keys of a text by rensa's MinHash."""
    from rensa import RMinHash

    def keys(text: str) -> list[Any]:
        words = canonical_text(text).split()
        signature = RMinHash(num_perm=size, seed=42)
        signature.update([" ".join(words[start : start + 5]) for start in range(len(words) - 4)])
        digest = signature.digest()
        return [(start, *digest[start : start + band]) for start in range(0, size, band)]

    return keys


def cost(path: Path, size: int) -> float:
    """Print what an article costs beside so many, in ms of processor time; return the p95 of a lookup.

    Only with the tables that near-duplicates need: the whole insert has a benchmark of its own.
    """
    costs: dict[str, list[float]] = defaultdict(list)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        prepare_connection(conn)
        conn.execute("PRAGMA journal_mode = WAL")
        for statement in (*tables.TABLES, *tables.INDEXES, *near.STATEMENTS):
            conn.execute(statement)
        conn.execute("INSERT INTO sources (id, name) VALUES ('bao-thu', 'Báo Thử')")
        told = enumerate(stories(size))
        while batch := list(islice(told, 50)):
            conn.execute("BEGIN IMMEDIATE")
            for number, story in batch:
                is_sampled = number >= size - SAMPLE_COUNT
                add(conn, number, story.text, costs if is_sampled else defaultdict(list))
            conn.execute("COMMIT")
        for story in islice(stories(size), SAMPLE_COUNT // 8):
            for name, copy in copies(story):
                if name not in SAME_TEXT:
                    with timed(costs["lookup of a copy"]):
                        near_duplicates.find(conn, copy.text, sketch(canonical_text(copy.text)))
    for what, each in costs.items():
        print(f"{what}: mean {statistics.fmean(each):.2f} ms, p95 {p95(each):.2f} ms")
    return max(p95(costs["lookup"]), p95(costs["lookup of a copy"]))


def add(conn: sqlite3.Connection, number: int, text: str, costs: dict[str, list[float]]) -> None:
    with timed(costs["sketch"]):
        keys = sketch(canonical_text(text))
    with timed(costs["lookup"]):
        near_duplicates.find(conn, text, keys)
    conn.execute(
        "INSERT INTO articles (id, source_id, text, fetched_at, language, content_hash)"
        " VALUES (?1, 'bao-thu', ?2, '', 'vi', ?1)",
        (number, text),
    )
    with timed(costs["index"]):
        near_duplicates.index(conn, number, keys)


@contextmanager
def timed(costs: list[float]) -> Iterator[None]:
    start = time.process_time()
    yield
    costs.append(1000 * (time.process_time() - start))


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main(count: int = 2_000, size: int = 200_000) -> int:
    with tempfile.TemporaryDirectory() as folder:
        measured = quality(Path(folder) / "quality.db", count)
        print(measured)
        if find_spec("rensa"):
            compare()
        lookup_p95_ms = cost(Path(folder) / "cost.db", size)
    is_good = (
        measured.precision >= MIN_PRECISION
        and measured.recall >= MIN_RECALL
        and measured.twins_joined == 0
        and lookup_p95_ms <= MAX_LOOKUP_P95_MS
    )
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
