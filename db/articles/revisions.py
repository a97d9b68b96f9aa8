"""The versions of an article: its earlier ones, and the one that its row holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.errors import NotFoundError
from crawler.text.word_diff import Segment, word_diff

FIELDS = ("title", "lead", "text")
"""What a version holds."""


@dataclass(frozen=True, slots=True)
class Version:
    """What an article said from one moment on.

    Args:
        number: from 1, oldest first.
        seen_at: when it was first seen, as stored.
    """

    number: int
    seen_at: str
    title: str | None
    lead: str | None
    text: str

    def changes_to(self, other: Version) -> dict[str, tuple[Segment, ...]]:
        """Return field → how its words changed."""
        return {name: word_diff(getattr(self, name) or "", getattr(other, name) or "") for name in FIELDS}


def versions(conn: sqlite3.Connection, article_id: int) -> Sequence[Version]:
    """Return what is kept of an article, oldest first; the last one is what it says now.

    Raises:
        NotFoundError: there is no such article.
    """
    rows = conn.execute(
        "SELECT number, seen_at, title, lead, text FROM revisions WHERE article_id = ?1 UNION ALL"
        " SELECT 1 + coalesce((SELECT max(number) FROM revisions WHERE article_id = ?1), 0),"
        " fetched_at, title, lead, text FROM articles WHERE id = ?1 ORDER BY number",
        (article_id,),
    )
    found = [Version(*row) for row in rows]
    if not found:
        raise NotFoundError(f"There is no article {article_id}; `biengioi list` shows what there is.")
    return found
