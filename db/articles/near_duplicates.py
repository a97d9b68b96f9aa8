"""Near-duplicates in the collection: finding them, and which article repeats which.

A cluster is what hangs together by pairs (crawler/identity/near.py). Its earliest published member
stands for it and the others point to that one by `duplicate_of`, so that which pages came first makes
no difference. An imported text has no date, so it stands for nothing that has one. What shows another
article's very text points to it too. `articles.duplicate_of` is written here and nowhere else, and never
is a chain.

Plain functions on a connection, each within the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.article import Precision, Published
from crawler.identity.facts import ComparedText
from crawler.identity.near import (
    MIN_SHARED_KEYS,
    MIN_SHARED_KEYS_ABRIDGED,
    Relation,
    appearance,
    compare,
    shared_words,
)
from crawler.text.normalize import LOOKUP_KEYS, canonical_text, keys_of, sketch
from db.schema.near import PLACES

MAX_POSTINGS = 30
"""Texts read per key. What more share is a stock phrase, or a wire story that every paper has."""
MAX_SKETCHES = 16
"""Sketches compared per lookup, of the texts with most keys in common."""
MAX_CANDIDATES = 8
"""Texts compared in full per lookup, the likeliest first."""

_SHOWS_ITS_TEXT = (
    "NOT EXISTS (SELECT 1 FROM pages WHERE pages.url = articles.url AND pages.article_id <> articles.id)"
)
"""Not so for an article whose page shows another text now: it keeps its last own one."""


_POSTINGS = " UNION ALL ".join(
    f"SELECT {place}, article_id FROM (SELECT article_id FROM near_keys WHERE key = ?{place}"  # noqa: S608
    f" LIMIT {MAX_POSTINGS})"
    for place in range(1, LOOKUP_KEYS + 1)
)


@dataclass(frozen=True, slots=True)
class Near:
    """An article with nearly the text that was looked for.

    Args:
        article_id: the article.
        original_id: the one that stands for its cluster.
        percent: how much of the text that was looked for it has.
    """

    article_id: int
    original_id: int
    percent: int


def index(conn: sqlite3.Connection, article_id: int, sketch: bytes) -> None:
    """Make an article findable by the sketch of its text, and no longer by the one that it had."""
    conn.execute(
        "INSERT INTO near_sketches (article_id, keys) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET keys = excluded.keys",
        (article_id, sketch),
    )


def find(conn: sqlite3.Connection, text: str, sketch: bytes, article_id: int | None = None) -> list[Near]:
    """Return what has nearly this text: of each cluster one article, the nearest cluster first.

    It costs the same however many articles there are: so many postings and so many texts at most.

    Args:
        sketch: that of `text`.
        article_id: whose text it is, if it is kept already; not found itself, nor its copies.
    """
    wording = None
    found: dict[int, Near] = {}
    for candidate in _candidates(conn, keys_of(sketch)):
        row = conn.execute(
            "SELECT text, coalesce(duplicate_of, id) AS original_id FROM articles WHERE id = ?"  # noqa: S608
            f" AND id IS NOT ? AND {_SHOWS_ITS_TEXT}",
            (candidate, article_id),
        ).fetchone()
        if row is None or row["original_id"] == article_id or row["original_id"] in found:
            continue
        wording = wording or ComparedText.of(text)
        if shared := shared_words(wording, ComparedText.of(row["text"])):
            percent = round(100 * shared / len(wording.words))
            found[row["original_id"]] = Near(candidate, row["original_id"], percent)
    return sorted(found.values(), key=lambda near: -near.percent)


def abridged(conn: sqlite3.Connection, article_id: int) -> list[dict[str, Any]]:
    """Return which articles tell an article's story shorter, or with more around it; no copies.

    They are worked out when they are asked for, at the cost of a lookup; of each cluster one.

    Returns:
        `id`, `source_id`, `url`, `title`, `published_at` and `is_fuller`, whether the other says more.
    """
    own = conn.execute(
        "SELECT text, keys FROM articles JOIN near_sketches ON article_id = id WHERE id = ?", (article_id,)
    ).fetchone()
    found: dict[int, dict[str, Any]] = {}
    for candidate in _candidates(conn, keys_of(own["keys"]), MIN_SHARED_KEYS_ABRIDGED) if own else ():
        row = conn.execute(
            "SELECT id, source_id, url, title, published_at, text, coalesce(duplicate_of, id) AS original_id"
            " FROM articles WHERE id = ?1 AND id <> ?2"
            " AND coalesce(duplicate_of, id) <> "
            " (SELECT coalesce(duplicate_of, id) FROM articles WHERE id = ?2)",
            (candidate, article_id),
        ).fetchone()
        if row is None or row["original_id"] in found:
            continue
        other = dict(row)
        original_id = other.pop("original_id")
        compared = compare(ComparedText.of(own["text"]), ComparedText.of(other.pop("text")))
        if compared.relation is Relation.ABRIDGED:
            words, other_words = compared.word_counts
            found[original_id] = {**other, "is_fuller": other_words > words}
    return list(found.values())


def _candidates(
    conn: sqlite3.Connection, keys: Sequence[bytes], least_shared: int = MIN_SHARED_KEYS
) -> list[int]:
    """Return the articles whose sketches have most in common with this one."""
    asked = [*keys[:LOOKUP_KEYS], *(None for _ in range(LOOKUP_KEYS - len(keys)))]
    postings = conn.execute(_POSTINGS, asked).fetchall()
    if not postings:
        return []
    counts = Counter(place for place, _ in postings)
    rare = Counter(article_id for place, article_id in postings if counts[place] < MAX_POSTINGS)
    common = Counter(article_id for place, article_id in postings if counts[place] == MAX_POSTINGS)
    # One rare key says more than many common ones; a single common one says nothing.
    best = [id_ for id_, _ in rare.most_common(MAX_SKETCHES)]
    best += [id_ for id_, count in common.most_common(MAX_SKETCHES) if count > 1 and id_ not in rare]
    wanted = set(keys)
    sketches = conn.execute(
        f"SELECT article_id, keys FROM near_sketches WHERE article_id IN ({', '.join('?' * MAX_SKETCHES)})",  # noqa: S608
        (best + [None] * MAX_SKETCHES)[:MAX_SKETCHES],
    )
    shared = {article_id: len(wanted.intersection(keys_of(theirs))) for article_id, theirs in sketches}
    likely = [article_id for article_id, count in shared.items() if count >= least_shared]
    return sorted(likely, key=lambda article_id: (-shared[article_id], article_id))[:MAX_CANDIDATES]


def is_earliest(conn: sqlite3.Connection, published: Published | None, near: Iterable[Near]) -> bool:
    """Tell whether a new article was published before those that stand for these clusters."""
    return all(appearance(published) < _appearance(conn, one.original_id)[0] for one in near)


def join(conn: sqlite3.Connection, article_id: int, near: Iterable[Near]) -> None:
    """Make one cluster of an article, its copies and these clusters; the earliest stands for it."""
    members = {article_id, *(one.original_id for one in near)}
    if len(members) > 1:
        _stand_for(conn, min(members, key=lambda member: _appearance(conn, member)), members)


def judge(conn: sqlite3.Connection, article_id: int) -> None:
    """Let an article, whose text is another now, join what it is near to."""
    row = conn.execute(
        "SELECT text, keys FROM articles JOIN near_sketches ON article_id = id WHERE id = ?", (article_id,)
    ).fetchone()
    join(conn, article_id, find(conn, row["text"], row["keys"], article_id))


def promote_copy(conn: sqlite3.Connection, article_id: int) -> None:
    """Let the earliest of an article's copies stand for the others, since it will not any more.

    What showed this very text, and not one of its own, is no copy and stays where it is.
    """
    copies = conn.execute(
        f"SELECT id FROM articles WHERE duplicate_of = ? AND {_SHOWS_ITS_TEXT}",  # noqa: S608
        (article_id,),
    ).fetchall()
    if copies:
        members = {copy["id"] for copy in copies}
        _stand_for(conn, min(members, key=lambda member: _appearance(conn, member)), members)


def repeat(conn: sqlite3.Connection, article_id: int, original_id: int) -> None:
    """Point an article to the one whose very text it shows now.

    Two articles may swap their texts; then the one repeated last is the original.
    """
    promote_copy(conn, article_id)
    root = _root(conn, original_id)
    _point(conn, article_id, original_id if root == article_id else root)


def link(conn: sqlite3.Connection, article_id: int, original_id: int) -> None:
    """Point an article, and what repeats it, to the one that an export says it repeats.

    In a circle the last stands for all.
    """
    root = _root(conn, original_id)
    if root != article_id:
        _point(conn, article_id, root)


def release(conn: sqlite3.Connection, article_id: int, content_hash: str) -> None:
    """Let an article repeat no other any more if its text is about to be another."""
    conn.execute(
        "UPDATE articles SET duplicate_of = NULL"
        " WHERE id = ? AND duplicate_of IS NOT NULL AND content_hash <> ?",
        (article_id, content_hash),
    )


def take_back(conn: sqlite3.Connection, article_id: int, url: str | None) -> None:
    """Judge an article again whose page shows its own text after it showed another's.

    Args:
        url: the page's.
    """
    taken = conn.execute(
        "UPDATE articles SET duplicate_of = NULL WHERE id = ?1 AND duplicate_of IS NOT NULL"
        " AND (SELECT article_id FROM pages WHERE url = ?2) IS NOT ?1",
        (article_id, url),
    )
    if taken.rowcount:
        judge(conn, article_id)


def _root(conn: sqlite3.Connection, article_id: int) -> int:
    root: int = conn.execute(
        "SELECT coalesce(duplicate_of, id) FROM articles WHERE id = ?", (article_id,)
    ).fetchone()[0]
    return root


def _point(conn: sqlite3.Connection, article_id: int, original_id: int) -> None:
    """Let one article stand for another and all that repeats it, so that nothing chains or circles."""
    conn.execute(
        "UPDATE articles SET duplicate_of = CASE id WHEN ?2 THEN NULL ELSE ?2 END"
        " WHERE id = ?1 OR duplicate_of = ?1 OR id = ?2 AND duplicate_of IS NOT NULL",
        (article_id, original_id),
    )


def _appearance(conn: sqlite3.Connection, article_id: int) -> tuple[str, int]:
    row = conn.execute(
        "SELECT published_at, published_precision FROM articles WHERE id = ?", (article_id,)
    ).fetchone()
    at, precision = row
    return appearance(Published(at, Precision(precision)) if at else None), article_id


def _stand_for(conn: sqlite3.Connection, original_id: int, members: Iterable[int]) -> None:
    conn.execute("UPDATE articles SET duplicate_of = NULL WHERE id = ?", (original_id,))
    conn.executemany(
        "UPDATE articles SET duplicate_of = ?1 WHERE id = ?2 OR duplicate_of = ?2",
        ((original_id, member) for member in members if member != original_id),
    )


def check(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield a sentence for everything in which the index and the articles disagree."""
    for row in conn.execute(
        "SELECT articles.id, text, keys FROM articles LEFT JOIN near_sketches ON article_id = articles.id"
    ):
        if row["keys"] is None:
            yield f"Article {row['id']} has no sketch, so its near-duplicates are not found."
        elif row["keys"] != sketch(canonical_text(row["text"])):
            yield f"The sketch of article {row['id']} is not that of its text."
    for row in conn.execute(
        "SELECT article_id FROM near_sketches WHERE article_id NOT IN (SELECT id FROM articles)"
    ):
        yield f"There is a sketch of article {row['article_id']}, and no such article."
    for row in conn.execute(
        f"SELECT article_id, hex(substr(keys, column1, 6)) AS key FROM near_sketches, (VALUES {PLACES})"  # noqa: S608
        " WHERE column1 <= length(keys) AND NOT EXISTS (SELECT 1 FROM near_keys"
        " WHERE key = substr(keys, column1, 6) AND near_keys.article_id = near_sketches.article_id)"
    ):
        yield f"The key {row['key']} of article {row['article_id']} is missing."
    for row in conn.execute(
        "SELECT hex(key) AS key, article_id FROM near_keys WHERE NOT EXISTS (SELECT 1"  # noqa: S608
        f" FROM near_sketches AS sketch, (VALUES {PLACES}) WHERE sketch.article_id = near_keys.article_id"
        " AND substr(keys, column1, 6) = near_keys.key)"
    ):
        yield f"Article {row['article_id']} is found by the key {row['key']}, which is not of its text."
