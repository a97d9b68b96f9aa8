"""What became of things: all threads, and one of them stage by stage."""

from __future__ import annotations

import sqlite3
from itertools import islice

from db.events import query
from db.web.event_words import span, stage, when
from db.web.page import Answer, Site, WebRequest
from db.web.query_params import PAGE_COUNT, Asked


def threads(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of all threads, those with the latest event first."""
    page = Asked.read({"page": visit.parameters.get("page") or ""}).page
    first = (page - 1) * PAGE_COUNT
    found = list(islice(query.threads(conn), first, first + PAGE_COUNT + 1))
    t = visit.language
    return site.render(
        "threads.html",
        visit,
        title=t("thread.all"),
        threads=found[:PAGE_COUNT],
        page=page,
        newer=visit.here(page=page - 1 if page > 2 else None) if page > 1 else None,
        older=visit.here(page=page + 1) if len(found) > PAGE_COUNT else None,
        span=lambda one: span(t, one),
    )


def thread(conn: sqlite3.Connection, site: Site, visit: WebRequest, thread_id: int) -> Answer:
    """Return the page of one thread: its events in order, with what each is a stage of."""
    found = query.thread(conn, thread_id)
    t = visit.language
    return site.render(
        "thread.html",
        visit,
        title=found["object"],
        thread=found,
        events=[(one, when(t, one), stage(t, one)) for one in found["events"]],
        span=span(t, found),
    )
