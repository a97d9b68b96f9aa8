"""Questions to the collection: lists, one article, the history of an address."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from crawler.decision import Rejection
from crawler.errors import NotFoundError
from crawler.identity.urls import canonical_url
from crawler.page import PageState
from db.articles import IMPORT, JSON_COLUMNS

COLUMNS = (
    "id, source_id, url, canonical_url, title, lead, text, captions, authors, section, tags,"
    " image_url, published_at, published_precision, fetched_at, language, content_hash,"
    " duplicate_of, topic_score, topic_grade, topic_terms, countries, places,"
    " fields, evidence"
)
"""The fixed columns of an article's row (DESIGN §5)."""


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles are meant; None means any.

    Args:
        since, until: first and last day of publication in Viet Nam, both included. An article of
            which only the month is known counts as its first day; one without a date never matches.
        country: a neighbour that it names: CN, LA, KH.
        place: a gazetteer id that it names.
        field: a field of cooperation that it shows.
        include_duplicates: also those that repeat another article.
    """

    source: str | None = None
    since: date | None = None
    until: date | None = None
    country: str | None = None
    place: str | None = None
    field: str | None = None
    grade: str | None = None
    limit: int | None = None
    offset: int = 0
    include_duplicates: bool = False

    def where(self) -> tuple[str, list[Any]]:
        """Return the SQL condition and its values."""
        holds = "EXISTS (SELECT 1 FROM json_each({}) WHERE value = ?)"
        conditions = [
            ("source_id = ?", self.source),
            ("published_day >= ?", self.since and self.since.isoformat()),
            ("published_day <= ?", self.until and self.until.isoformat()),
            (holds.format("countries"), self.country),
            (holds.format("places"), self.place),
            (holds.format("fields"), self.field),
            ("topic_grade = ?", self.grade),
        ]
        chosen = [(sql, value) for sql, value in conditions if value is not None]
        parts = [sql for sql, _ in chosen]
        if not self.include_duplicates:
            parts.append("duplicate_of IS NULL")
        return " AND ".join(parts) or "true", [value for _, value in chosen]


def articles(conn: sqlite3.Connection, wanted: ArticleFilter) -> Iterator[dict[str, Any]]:
    """Yield the articles that match, newest first, with their JSON columns as lists."""
    return map(decoded, rows(conn, wanted, COLUMNS, "DESC"))


def rows(
    conn: sqlite3.Connection, wanted: ArticleFilter, columns: str, order: Literal["ASC", "DESC"]
) -> Iterator[sqlite3.Row]:
    """Yield `columns` of what matches, by publication and then id; no date is before any date."""
    where, values = wanted.where()
    return conn.execute(
        f"SELECT {columns} FROM articles WHERE {where}"  # noqa: S608 - values are bound
        f" ORDER BY published_at {order}, id {order} LIMIT ? OFFSET ?",
        (*values, -1 if wanted.limit is None else wanted.limit, wanted.offset),
    )


def decoded(row: sqlite3.Row) -> dict[str, Any]:
    """Return an article's row with its JSON columns as lists."""
    article = dict(row)
    for name in JSON_COLUMNS:
        article[name] = json.loads(article[name])
    return article


def article(conn: sqlite3.Connection, article_id: int) -> dict[str, Any]:
    """Return an article's row with its `sightings`, `revisions` and `duplicates`.

    Raises:
        NotFoundError: there is none.
    """
    row = conn.execute(
        f"SELECT {COLUMNS} FROM articles WHERE id = ?",  # noqa: S608 - our columns
        (article_id,),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"There is no article {article_id}; `biengioi list` shows what there is.")
    found = decoded(row)
    for name, sql in {
        "sightings": "SELECT url, source_id, title, seen_at FROM sightings WHERE article_id = ?"
        " ORDER BY seen_at, url",
        "revisions": "SELECT number, title, lead, text, content_hash, seen_at FROM revisions"
        " WHERE article_id = ? ORDER BY number",
        "duplicates": "SELECT id, source_id, url, title FROM articles WHERE duplicate_of = ? ORDER BY id",
    }.items():
        found[name] = [dict(one) for one in conn.execute(sql, (article_id,))]
    return found


def explain(conn: sqlite3.Connection, url: str) -> dict[str, Any]:
    """Return every decision on an address, oldest first, and what it waits for, if it does.

    An entry without a run is what is so now: a page that waits, was taken down or was rejected by a
    rescore, an imported file.

    Raises:
        NotFoundError: the address was never met.
    """
    url = canonical_url(url) or url
    trail = [
        dict(row)
        for row in conn.execute(
            "SELECT at, run_id, kind, reason, article_id, detail FROM decisions WHERE url = ?"
            " ORDER BY run_id, id",
            (url,),
        )
    ]
    trail += [
        _state_now(row["seen_at"], "new", "imported", row["article_id"])
        for row in conn.execute(
            "SELECT article_id, seen_at FROM sightings WHERE url = ? AND source_id = ?",
            (url, IMPORT),
        )
    ]
    page = conn.execute("SELECT * FROM pages WHERE url = ?", (url,)).fetchone()
    if page is None and not trail:
        raise NotFoundError(f"{url} was never met; `biengioi sources list` shows what is watched.")
    if page is not None and page["state"] == PageState.PENDING:
        reason = page["reason"] or "waiting"
        trail.append(_state_now(page["discovered_at"], "pending", reason, page["article_id"]))
    if page is not None and page["state"] == PageState.FORGOTTEN:
        trail.append(
            _state_now(page["fetched_at"] or page["discovered_at"], "rejected", Rejection.FORGOTTEN, None)
        )
    if (
        page is not None
        and page["state"] == PageState.DONE
        and page["reason"] == Rejection.OFF_TOPIC
        and not any(one["reason"] == Rejection.OFF_TOPIC for one in trail[-1:])
    ):
        detail = "it left when the collection was rescored by another topic"
        trail.append(_state_now(page["fetched_at"], "rejected", Rejection.OFF_TOPIC, None, detail))
    return {"url": url, "decisions": trail}


def _state_now(at: str, kind: str, reason: str, article_id: int | None, detail: str = "") -> dict[str, Any]:
    return {
        "at": at,
        "run_id": None,
        "kind": kind,
        "reason": str(reason),
        "article_id": article_id,
        "detail": detail,
    }


def counts(conn: sqlite3.Connection) -> dict[str, int]:
    """Return how much there is of what."""
    questions = {
        "article_count": "SELECT count(*) FROM articles WHERE duplicate_of IS NULL",
        "duplicate_count": "SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL",
        "revision_count": "SELECT count(*) FROM revisions",
        "page_count": "SELECT count(*) FROM pages",
        "pending_count": "SELECT count(*) FROM pages WHERE state = 'pending'",
        "forgotten_count": "SELECT count(*) FROM pages WHERE state = 'forgotten'",
        "run_count": "SELECT count(*) FROM runs",
    }
    return {name: conn.execute(sql).fetchone()[0] for name, sql in questions.items()}
