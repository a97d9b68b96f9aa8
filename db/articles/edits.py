"""The edits of all articles by time: which versions replaced earlier ones, and how much they changed.

A version is seen at a moment: the row of an article holds the newest one, `revisions` the others. Each
but the first of an article is an edit of the one before, unless we only read the same page better.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from crawler.text.word_diff import Segment, changed_words, word_diff

LOOKED_COUNT = 150
"""Edits that are compared for one page at most: some 200 ms."""


class EditPlace(NamedTuple):
    """Where an edit stands in the order of all, the newest first.

    Args:
        at: when the version was first seen, as stored.
        article_id, number: whose version, and which.
    """

    at: str
    article_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Edit:
    """One version of an article and the one before.

    Args:
        older_number: of the version before; some between may not be kept any more.
        article: the row as it is now: `id`, `source_id`, `url`, `title`, `content_hash`.
        added_count, removed_count: words of title and text that came and went.
        title, text: how they changed.
    """

    place: EditPlace
    older_number: int
    article: dict[str, Any]
    added_count: int
    removed_count: int
    title: tuple[Segment, ...]
    text: tuple[Segment, ...]

    @property
    def size(self) -> int:
        """Words that came or went."""
        return self.added_count + self.removed_count


@dataclass(frozen=True, slots=True)
class Edits:
    """Some edits, the newest first.

    Args:
        edits: those that are large enough.
        looked_count: how many were compared for them.
        next: the last one that was compared; None where there are no older ones.
    """

    edits: Sequence[Edit]
    looked_count: int
    next: EditPlace | None


_NEWEST = EditPlace("9999", 2**62, 2**62)

# The newest version of each article is walked in the index of when rows were fetched; earlier ones that
# are edits themselves belong to articles that were edited twice, which are few.
_PLACES = """
SELECT * FROM (
 SELECT fetched_at AS at, id AS article_id,
  (SELECT max(number) + 1 FROM revisions WHERE article_id = articles.id) AS number
 FROM articles INDEXED BY articles_stored
 WHERE fetched_at <= ?1 AND (fetched_at < ?1 OR id <= ?2)
  AND (SELECT kind FROM revisions WHERE article_id = articles.id ORDER BY number DESC LIMIT 1) = 'edited'
 ORDER BY fetched_at DESC, id DESC LIMIT ?4 + 24)
UNION ALL
SELECT seen_at, article_id, number FROM revisions
WHERE (seen_at, article_id, number) < (?1, ?2, ?3) AND article_id IN (
  SELECT article_id FROM revisions GROUP BY article_id HAVING count(*) > 1)
 AND (SELECT kind FROM revisions AS earlier WHERE earlier.article_id = revisions.article_id
  AND earlier.number < revisions.number ORDER BY number DESC LIMIT 1) = 'edited'
ORDER BY at DESC, article_id DESC, number DESC
LIMIT ?4 + 24
"""

_VERSIONS = """
SELECT number, title, text FROM revisions WHERE article_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1
"""


def recent_edits(
    conn: sqlite3.Connection,
    count: int,
    least: int = 1,
    before: EditPlace | None = None,
    looked_count: int = LOOKED_COUNT,
) -> Edits:
    """Return edits by time, the newest first.

    Args:
        count: at most so many.
        least: words that came or went, at least; 0 has also those that changed only signs and spaces.
        before: only those after it in the order; None begins with the newest.
        looked_count: so many are compared at most; `next` tells where to go on.
    """
    start = before or _NEWEST
    places = [EditPlace(*row) for row in conn.execute(_PLACES, (*start, looked_count))]
    places = [one for one in places if one < start][: looked_count + 1]
    found: list[Edit] = []
    looked = 0
    for place in places[:looked_count]:
        looked += 1
        edit = _edit(conn, place)
        if edit.size >= least:
            found.append(edit)
        if len(found) == count:
            break
    return Edits(found, looked, places[looked - 1] if len(places) > looked else None)


def _edit(conn: sqlite3.Connection, place: EditPlace) -> Edit:
    article = dict(
        conn.execute(
            "SELECT id, source_id, url, title, text, content_hash FROM articles WHERE id = ?",
            (place.article_id,),
        ).fetchone()
    )
    newer = conn.execute(
        "SELECT title, text FROM revisions WHERE article_id = ? AND number = ?",
        (place.article_id, place.number),
    ).fetchone() or (article["title"], article["text"])
    number, old_title, old_text = conn.execute(_VERSIONS, (place.article_id, place.number)).fetchone()
    title = word_diff(old_title or "", newer[0] or "")
    text = word_diff(old_text, newer[1])
    del article["text"]
    added, removed = map(sum, zip(changed_words(title), changed_words(text), strict=True))
    return Edit(place, number, article, added, removed, title, text)
