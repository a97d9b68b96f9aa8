"""The versions of an article: its earlier ones are kept, the newest is the one that its row holds.

Plain functions on a connection; those that write belong into the caller's write transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crawler.errors import NotFoundError
from crawler.text.word_diff import Segment, word_diff
from db.articles import near_duplicates

MAX_REVISIONS = 24
"""Earlier versions kept per article. Of more, the first stays and the oldest after it goes, so a
page that changes with every visit stays bounded and its original is never lost."""

EDITED, REREAD = "edited", "reread"
"""What replaced a version: another one of the paper's, or a correction of ours, read off the same page."""

FIELDS = ("title", "lead", "text")
"""What a version holds."""


@dataclass(frozen=True, slots=True)
class Version:
    """What an article said from one moment on.

    Args:
        number: from 1, oldest first.
        seen_at: when it was first seen, as stored.
        kind: what replaced it, `EDITED` or `REREAD`; None for the newest.
    """

    number: int
    seen_at: str
    title: str | None
    lead: str | None
    text: str
    kind: str | None = None

    def changes_to(self, other: Version) -> dict[str, tuple[Segment, ...]]:
        """Return field → how its words changed."""
        return {name: word_diff(getattr(self, name) or "", getattr(other, name) or "") for name in FIELDS}


def versions(conn: sqlite3.Connection, article_id: int) -> Sequence[Version]:
    """Return what is kept of an article, oldest first; the last one is what it says now.

    Raises:
        NotFoundError: there is no such article.
    """
    rows = conn.execute(
        "SELECT number, seen_at, title, lead, text, kind FROM revisions WHERE article_id = ?1 UNION ALL"
        " SELECT 1 + coalesce((SELECT max(number) FROM revisions WHERE article_id = ?1), 0),"
        " fetched_at, title, lead, text, NULL FROM articles WHERE id = ?1 ORDER BY number",
        (article_id,),
    )
    found = [Version(*row) for row in rows]
    if not found:
        raise NotFoundError(f"There is no article {article_id}; `biengioi list` shows what there is.")
    return found


def revise(
    conn: sqlite3.Connection, article_id: int, row: Mapping[str, Any], sketch: bytes, *, kind: str = EDITED
) -> None:
    """Give an article's row new columns, and keep what it said before.

    An edit seldom moves the date; a page that no longer shows one does not erase it. Another text
    repeats no other until it is judged.

    Args:
        row: the columns; `source_id` and `url` stay what they are.
        sketch: that of the new text.
        kind: what replaces the version before.
    """
    _insert_newest(conn, article_id, kind)
    _drop_old(conn, article_id)
    near_duplicates.release(conn, article_id, row["content_hash"])
    changed = {name: value for name, value in row.items() if name not in ("source_id", "url")}
    if "published_at" in changed and changed["published_at"] is None:
        del changed["published_at"], changed["published_precision"]
    amend(conn, article_id, changed)
    near_duplicates.index(conn, article_id, sketch)


def amend(conn: sqlite3.Connection, article_id: int, changed: Mapping[str, Any]) -> None:
    """Give an article's row new columns, none of which a version holds or all that it holds."""
    assignments = ", ".join(f"{name} = :{name}" for name in changed)
    conn.execute(
        f"UPDATE articles SET {assignments} WHERE id = :id",  # noqa: S608 - our names
        {**changed, "id": article_id},
    )


def _insert_newest(conn: sqlite3.Connection, article_id: int, kind: str = EDITED) -> None:
    """Keep what an article's row says as its latest earlier version."""
    conn.execute(
        "INSERT INTO revisions (article_id, number, title, lead, text, content_hash, seen_at, kind)"
        " SELECT id, 1 + coalesce((SELECT max(number) FROM revisions WHERE article_id = ?1), 0),"
        " title, lead, text, content_hash, fetched_at, ?2 FROM articles WHERE id = ?1",
        (article_id, kind),
    )


def _drop_old(conn: sqlite3.Connection, article_id: int) -> None:
    conn.execute(
        "DELETE FROM revisions WHERE article_id = ?1 AND number > (SELECT min(number) FROM"
        " revisions WHERE article_id = ?1) AND id NOT IN (SELECT id FROM revisions"
        " WHERE article_id = ?1 ORDER BY number DESC LIMIT ?2)",
        (article_id, MAX_REVISIONS - 1),
    )


@dataclass(frozen=True, slots=True)
class Wording:
    """What a page said at one moment."""

    title: str | None
    lead: str | None
    text: str
    content_hash: str


class Insertion(StrEnum):
    """What an earlier look at an article told of its versions."""

    NOTHING = "nothing"
    """It showed the version that stood then."""
    SEEN_EARLIER = "seen_earlier"
    """A version that was known was there already."""
    VERSION = "earlier_version"
    """There was a version that nobody had seen."""


def insert_earlier(
    conn: sqlite3.Connection, article_id: int, said: Wording, seen_at: str, last_seen_at: str
) -> Insertion:
    """Take in what an article's page said before it was seen last, at its place in time.

    Where the newest version was seen before and after it, that one came back: it is there twice.

    Args:
        said: what the page said.
        seen_at: when it did.
        last_seen_at: when the page was seen last, showing the newest version.
    """
    known = conn.execute(
        "SELECT * FROM (SELECT number, seen_at, title, content_hash FROM revisions WHERE article_id = ?1"
        " UNION ALL SELECT NULL, fetched_at, title, content_hash FROM articles WHERE id = ?1)"
        " ORDER BY number IS NULL, number",
        (article_id,),
    ).fetchall()
    after = next((at for at, one in enumerate(known) if one["seen_at"] > seen_at), len(known))
    if after > 0 and _shows(known[after - 1], said):
        return Insertion.NOTHING
    if after == len(known):
        _insert_newest(conn, article_id)
        conn.execute("UPDATE articles SET fetched_at = ? WHERE id = ?", (last_seen_at, article_id))
    elif _shows(known[after], said):
        conn.execute(
            "UPDATE revisions SET seen_at = ? WHERE article_id = ? AND number = ?",
            (seen_at, article_id, known[after]["number"]),
        )
        if after == len(known) - 1:
            conn.execute("UPDATE articles SET fetched_at = ? WHERE id = ?", (seen_at, article_id))
        return Insertion.SEEN_EARLIER
    number: int = known[after]["number"] if after < len(known) - 1 else _next_number(conn, article_id)
    # Below zero for a moment, since no two versions have one number.
    conn.execute(
        "UPDATE revisions SET number = -number - 1 WHERE article_id = ? AND number >= ?", (article_id, number)
    )
    conn.execute("UPDATE revisions SET number = -number WHERE article_id = ? AND number < 0", (article_id,))
    conn.execute(
        "INSERT INTO revisions (article_id, number, title, lead, text, content_hash, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (article_id, number, said.title, said.lead, said.text, said.content_hash, seen_at),
    )
    _drop_old(conn, article_id)
    return Insertion.VERSION


def _shows(version: sqlite3.Row, said: Wording) -> bool:
    return (version["title"], version["content_hash"]) == (said.title, said.content_hash)


def _next_number(conn: sqlite3.Connection, article_id: int) -> int:
    number: int = conn.execute(
        "SELECT 1 + coalesce(max(number), 0) FROM revisions WHERE article_id = ?", (article_id,)
    ).fetchone()[0]
    return number


def take_over(conn: sqlite3.Connection, article_id: int, earlier: Iterable[Mapping[str, Any]]) -> None:
    """Give a new article its earlier versions as an export has them, without those taken down."""
    conn.executemany(
        "INSERT INTO revisions (article_id, number, title, lead, text, content_hash, seen_at, kind)"
        " SELECT :article_id, :number, :title, :lead, :text, :content_hash, :seen_at,"
        " coalesce(:kind, 'edited')"
        " WHERE :content_hash NOT IN (SELECT content_hash FROM forgotten)",
        ({"article_id": article_id, "title": None, "lead": None, "kind": None, **one} for one in earlier),
    )
