"""Keeping articles: what is known of a text, the pure decision, and what follows from it.

Plain functions on a connection, each within the caller's write transaction, so that what is known
cannot change between the decision and its consequence.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crawler.article import JSON_COLUMNS, Article, Published, page_values, topic_values
from crawler.decision import Decision, Kind
from crawler.identity.decide import Known, decide, is_another_story
from crawler.identity.urls import canonical_url
from crawler.source import IMPORT
from crawler.topic.relevance import Relevance
from db.articles import near_duplicates, revisions
from db.articles.revisions import Insertion, Wording
from db.crawl import frontier

as_stored = json.JSONEncoder(ensure_ascii=False).encode
"""Makes a list what its column holds."""


def keep(
    conn: sqlite3.Connection,
    source_id: str,
    article: Article,
    relevance: Relevance | None,
    refusal: Decision | None,
    seen_at: str,
    *,
    led_to: str | None = None,
) -> Decision:
    """Decide on an article with what is known now, act on it, and return the decision.

    Args:
        source_id: the paper that shows it, or `IMPORT`.
        relevance: what the topic says; None where it was not asked.
        refusal: what `crawler.identity.decide.reject` said.
        seen_at: when it was fetched, as stored.
        led_to: where a redirect led, if that may be another story's address.

    Returns:
        The decision, with the id of the article that was created, touched or repeated.
    """
    url = article.url and (canonical_url(article.url) or article.url)
    known = _find_known(conn, source_id, article, url, led_to)
    last_seen_at = last_seen(conn, known.article_id, url)
    if last_seen_at is not None and last_seen_at > seen_at:
        return _keep_earlier(conn, source_id, article, refusal, known, seen_at, last_seen_at)
    near: Sequence[near_duplicates.Near] = ()
    if refusal is None and known.has_new_text:
        near = near_duplicates.find(conn, article.text, article.sketch)
        known = _with_near(conn, known, near, article)
    decision = decide(known, article, refusal)
    row = _row(source_id, article, relevance, seen_at)
    match decision.kind:
        case Kind.NEW | Kind.NEAR_DUPLICATE:
            decision = replace(decision, article_id=insert(conn, row, article.sketch))
            near_duplicates.join(conn, _required(decision.article_id), near)
        case Kind.DUPLICATE if known.article_id is not None:
            near_duplicates.repeat(conn, known.article_id, _required(decision.article_id))
        case Kind.REVISED if known.content_hash != article.content_hash:
            revisions.revise(conn, _required(known.article_id), row, article.sketch)
            near_duplicates.judge(conn, _required(known.article_id))
        case Kind.REVISED:
            revisions.revise(conn, _required(known.article_id), row, article.sketch)
            near_duplicates.take_back(conn, _required(known.article_id), article.url)
        case Kind.UNCHANGED:
            near_duplicates.take_back(conn, _required(known.article_id), article.url)
        case _:
            pass
    if decision.article_id is not None and url is not None:
        _sight(conn, decision.article_id, url, source_id, article.title, seen_at)
    return decision


def last_seen(conn: sqlite3.Connection, article_id: int | None, url: str | None) -> str | None:
    """Return when an address was seen last to show an article; None if it never was."""
    if article_id is None:
        return None
    row = conn.execute(
        "SELECT seen_at FROM sightings WHERE article_id = ? AND url = ?", (article_id, url)
    ).fetchone()
    return row["seen_at"] if row else None


def _keep_earlier(
    conn: sqlite3.Connection,
    source_id: str,
    article: Article,
    refusal: Decision | None,
    known: Known,
    seen_at: str,
    last_seen_at: str,
) -> Decision:
    """Keep what an address showed before it was last seen, as an archive has it: an earlier version."""
    decision = decide(known, article, refusal)
    if decision.kind not in (Kind.REVISED, Kind.UNCHANGED):
        if decision.kind is Kind.DUPLICATE and article.url is not None:
            url = canonical_url(article.url) or article.url
            _sight(conn, _required(decision.article_id), url, source_id, article.title, seen_at)
        return decision
    article_id = _required(known.article_id)
    said = Wording(article.title, article.lead, article.text, article.content_hash)
    found = revisions.insert_earlier(conn, article_id, said, seen_at, last_seen_at)
    take_date(conn, article_id, article.published)
    kind = Kind.REVISED if found is Insertion.VERSION else Kind.UNCHANGED
    return Decision(kind, "same_text" if found is Insertion.NOTHING else found.value, article_id)


def _required(article_id: int | None) -> int:
    if article_id is None:
        raise ValueError("this decision needs an article")
    return article_id


def _find_known(
    conn: sqlite3.Connection, source_id: str, article: Article, url: str | None, led_to: str | None
) -> Known:
    own = None
    if source_id != IMPORT and article.url is not None:
        own = conn.execute(
            "SELECT id, title, text, content_hash FROM articles WHERE url = ? AND source_id <> ?",
            (article.url, IMPORT),
        ).fetchone()
    own_id = own["id"] if own else None
    same = conn.execute(
        "SELECT id FROM articles WHERE content_hash = ?1 AND id IS NOT ?2"
        " UNION ALL SELECT min(article_id) FROM revisions WHERE content_hash = ?1"
        " AND article_id IS NOT ?2",
        (article.content_hash, own_id),
    ).fetchone()
    return Known(
        article_id=own_id,
        title=own["title"] if own else None,
        content_hash=own["content_hash"] if own else None,
        same_text_id=same["id"] if same else None,
        forgotten=frontier.is_forgotten(conn, article.content_hash, url),
        led_to=led_to if own and led_to and is_another_story(article, own["title"], own["text"]) else None,
    )


def _with_near(
    conn: sqlite3.Connection, known: Known, near: Sequence[near_duplicates.Near], article: Article
) -> Known:
    if not near:
        return known
    nearest = near[0]
    return replace(
        known,
        near_text_id=nearest.original_id,
        near_detail=f"{nearest.percent} % of its text is in article {nearest.article_id}",
        published_first=near_duplicates.is_earliest(conn, article.published, near),
    )


def _row(source_id: str, article: Article, relevance: Relevance | None, seen_at: str) -> dict[str, Any]:
    values = {**page_values(article), **topic_values(relevance)}
    return {"source_id": source_id, "fetched_at": seen_at, **stored(values)}


def topic_columns(relevance: Relevance | None) -> dict[str, Any]:
    """Return what the topic says of an article as it is stored; None where it was not asked."""
    return stored(topic_values(relevance))


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an article's values by column as the table holds them, its lists as JSON."""
    return {name: as_stored(value) if name in JSON_COLUMNS else value for name, value in values.items()}


def insert(conn: sqlite3.Connection, row: dict[str, Any], sketch: bytes) -> int:
    """Put a new article in, findable by its sketch; return its id.

    Args:
        row: its columns; without `id` it gets the next one.
    """
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    inserted = conn.execute(
        f"INSERT INTO articles ({names}) VALUES ({marks}) RETURNING id",  # noqa: S608 - our names
        row,
    )
    article_id: int = inserted.fetchone()["id"]
    near_duplicates.index(conn, article_id, sketch)
    return article_id


def take_date(conn: sqlite3.Connection, article_id: int | None, published: Published | None) -> None:
    """Give an article that shows no date the one that its paper's lists tell."""
    if article_id is not None and published is not None:
        conn.execute(
            "UPDATE articles SET published_at = ?, published_precision = ?"
            " WHERE id = ? AND published_at IS NULL",
            (published.at, published.precision, article_id),
        )


def _sight(
    conn: sqlite3.Connection,
    article_id: int,
    url: str,
    source_id: str,
    title: str | None,
    seen_at: str,
) -> None:
    conn.execute(
        "INSERT INTO sightings (article_id, url, source_id, title, seen_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET title = excluded.title, seen_at = excluded.seen_at"
        " WHERE excluded.seen_at >= seen_at",
        (article_id, url, source_id, title, seen_at),
    )
