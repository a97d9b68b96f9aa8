"""The history of an address: every decision on it, and what it waits for."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from crawler.decision import Outcome, Rejection
from crawler.errors import NotFoundError
from crawler.identity.urls import canonical_url, politeness_key
from crawler.page import PageState
from crawler.source import IMPORT
from db.crawl.pauses import pauses


def explain(conn: sqlite3.Connection, url: str, now: datetime) -> dict[str, Any]:
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
        host = politeness_key(urlsplit(url).hostname or "")
        pause = next(iter(pauses(conn, now, key=host)), None)
        reason = Outcome.PAUSED if pause else page["reason"] or "waiting"
        detail = pause.describe() if pause else ""
        trail.append(_state_now(page["discovered_at"], "pending", reason, page["article_id"], detail))
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


def address_facts(conn: sqlite3.Connection, url: str) -> dict[str, Any]:
    """Return what is kept of an address besides its decisions.

    `page` is its row of `pages`, `seeds` are its rows of `seeds`, where it is one, and `articles` the ids and
    titles of those that it has shown.
    """
    typed, url = url, canonical_url(url) or url
    page = conn.execute("SELECT * FROM pages WHERE url = ?", (url,)).fetchone()
    seeds = conn.execute(
        "SELECT source_id, outcome, detail, http_status, fetched_at FROM seeds WHERE url IN (?, ?)",
        (url, typed),
    )
    articles = conn.execute(
        "SELECT id, articles.title, seen_at FROM sightings JOIN articles ON id = article_id"
        " WHERE sightings.url = ? ORDER BY seen_at DESC, id DESC",
        (url,),
    )
    return {
        "page": dict(page) if page else None,
        "seeds": [dict(row) for row in seeds],
        "articles": [dict(row) for row in articles],
    }


def _state_now(at: str, kind: str, reason: str, article_id: int | None, detail: str = "") -> dict[str, Any]:
    return {
        "at": at,
        "run_id": None,
        "kind": kind,
        "reason": str(reason),
        "article_id": article_id,
        "detail": detail,
    }
