"""What a result has more of than the rest of the collection: words, places, papers, people.

Words have to be counted in the texts, so both sides are bounded: of either so many articles are read,
evenly spread over the order in which they were kept, and whoever shows the numbers says of how many.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from crawler.text.keyness import Standout, standouts, without_overlaps, words_of
from db.articles.every_hit import every_id
from db.articles.query import ArticleFilter

SAMPLE_COUNT = 200
"""Articles of either side that are read: some 300 ms for both."""

_TEXT_CHARS = 3_000
"""Of each text so much is read from its beginning: most are no longer."""

KINDS = ("word", "place", "source", "author")


@dataclass(frozen=True, slots=True)
class Top:
    """What sets a result apart.

    Args:
        article_count: how many articles the result has.
        read_count, rest_read_count: of how many of them, and of the rest, the numbers are.
        found: kind → what stands out, the surest first.
    """

    article_count: int
    read_count: int
    rest_read_count: int
    found: Mapping[str, tuple[Standout, ...]]


def top(
    conn: sqlite3.Connection,
    text: str | None,
    wanted: ArticleFilter,
    count: int = 15,
    sample_count: int = SAMPLE_COUNT,
) -> Top:
    """Return what stands out in a result against all other articles.

    Args:
        text: the query; None for all that the filter chooses.
        count: of each kind at most so many.

    Raises:
        UsageError: `text` is no query.
    """
    hits = every_id(conn, text, wanted)
    sample = _spread(hits, sample_count)
    rest = _rest(conn, hits, sample_count)
    here, there = _counts(conn, sample), _counts(conn, rest)
    ranked = {kind: standouts(here[kind], there[kind]) for kind in KINDS}
    ranked["word"] = list(without_overlaps(ranked["word"], text or ""))
    return Top(
        len(hits), len(sample), len(rest), {kind: tuple(islice(ranked[kind], count)) for kind in KINDS}
    )


def _spread(ids: Sequence[int], count: int) -> list[int]:
    """Return `count` of them, evenly spread; all where there are no more."""
    if len(ids) <= count:
        return list(ids)
    return [ids[number * len(ids) // count] for number in range(count)]


def _rest(conn: sqlite3.Connection, hits: Sequence[int], count: int) -> list[int]:
    """Return `count` articles that are no hits and no copies, evenly spread over all ids."""
    first, last = conn.execute(
        "SELECT (SELECT min(id) FROM articles), (SELECT max(id) FROM articles)"
    ).fetchone()
    if first is None:
        return []
    # Where hits are all over the place, one step in several meets only these; more steps make up for it.
    span = last - first + 1
    step_count = min(span, 3 * count)
    found: dict[int, None] = {}
    for number in range(step_count):
        start = first + number * span // step_count
        row = conn.execute(
            "SELECT id FROM articles INDEXED BY articles_for_search"
            " WHERE id >= ? AND duplicate_of IS NULL ORDER BY id LIMIT 1",
            (start,),
        ).fetchone()
        if row and not _has(hits, row[0]):
            found.setdefault(row[0])
    return _spread(list(found), count)


def _has(ordered: Sequence[int], id_: int) -> bool:
    position = bisect_left(ordered, id_)
    return position < len(ordered) and ordered[position] == id_


def _counts(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[str, Counter[str]]:
    """Return kind → value → how many of some articles have it."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for id_ in ids:
        title, text, authors, places, source = conn.execute(
            "SELECT ifnull(title, ''), substr(text, 1, ?), authors, places, source_id FROM articles"
            " WHERE id = ?",
            (_TEXT_CHARS, id_),
        ).fetchone()
        counts["word"].update(words_of(f"{title}\n{text}"))
        counts["place"].update(set(json.loads(places)))
        counts["author"].update(set(json.loads(authors)))
        counts["source"][source] += 1
    return counts
