"""The watches: all of them, one with what it finds and what of that is new, and its feed."""

from __future__ import annotations

import io
import sqlite3
from array import array
from typing import Any

from crawler.article import format_instant
from crawler.errors import NotFoundError
from crawler.formats.atom import Feed
from crawler.text.query import parse_query
from db.articles import query
from db.articles.search import hit_row
from db.export.export import FORMATS, Documents
from db.service import watches
from db.service.status import read_health
from db.service.watches import SavedWatch, Standing
from db.web.article_list import cards, conditions
from db.web.exports import FEED_COUNT, warning
from db.web.page import Answer, Site, WebRequest
from db.web.query_params import PAGE_COUNT, Asked
from db.web.results import with_passages
from db.web.source_names import source_names

_FEED = FORMATS["atom"]

_COUNTED_AMONG = 2_000
"""Articles with a watch's words, the newest, that the page of all watches counts; its own page counts all."""


def overview(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of all watches."""
    names = source_names(conn)
    found = watches.all_watches(conn, site.saved)
    return site.render(
        "watches.html",
        visit,
        title=visit.language("watches.title"),
        watches=[
            {
                **_described(visit, saved, watches.standing(conn, saved, most=_COUNTED_AMONG)),
                "chosen": _finds(site, visit, saved, names),
            }
            for saved in found
        ],
        counted_among=_COUNTED_AMONG,
    )


def watch(conn: sqlite3.Connection, site: Site, visit: WebRequest, slug: str) -> Answer:
    """Return the page of one watch: what it finds, the newest first; with `new=1` only what is new."""
    saved = _named(conn, site, slug)
    page = Asked.read({"page": visit.parameters.get("page", "")}).page
    stands = watches.standing(conn, saved)
    is_only_new = visit.parameters.get("new") == "1"
    ids = watches.newest_first(
        conn,
        saved,
        PAGE_COUNT + 1,
        (page - 1) * PAGE_COUNT,
        after_id=stands.told_id if is_only_new else 0,
    )
    names = source_names(conn)
    asked = Asked(saved.query, saved.wanted, 1).parameters()
    return site.render(
        "watch.html",
        visit,
        title=saved.watch.name,
        watch=_described(visit, saved, stands),
        chosen=_finds(site, visit, saved, names),
        is_only_new=is_only_new,
        articles=[
            {**row, "is_new": row["id"] > stands.told_id}
            for row in cards(_rows(conn, saved, ids[:PAGE_COUNT]), names)
        ],
        page=page,
        newer=visit.here(page=page - 1 if page > 2 else None) if page > 1 else None,
        older=visit.here(page=page + 1) if len(ids) > PAGE_COUNT else None,
        links={name: visit.url(name, **asked) for name in ("articles", "timeline", "top")},
        formats=[one for one in FORMATS.values() if not one.is_feed],
        export_link=lambda name: visit.url(f"articles.{name}", **asked),
    )


def feed(conn: sqlite3.Connection, site: Site, visit: WebRequest, slug: str) -> Answer:
    """Return the newest articles of a watch as an Atom feed of its own."""
    saved = _named(conn, site, slug)
    ids = array("q", watches.newest_first(conn, saved, FEED_COUNT))
    address = visit.origin + visit.url(visit.path)
    note = warning(visit.language, read_health(conn, visit.now))
    question = saved.wanted.question(saved.query)
    file = io.BytesIO()
    _FEED.write(Documents(conn, ids, visit.now, Feed(question, address, note, name=saved.watch.name)), file)
    return Answer(file.getvalue().decode(), content_type=_FEED.media_type)


def _named(conn: sqlite3.Connection, site: Site, slug: str) -> SavedWatch:
    for saved in watches.all_watches(conn, site.saved):
        if saved.slug == slug:
            return saved
    raise NotFoundError(f"There is no watch {slug!r}.")


def _described(visit: WebRequest, saved: SavedWatch, stands: Standing) -> dict[str, Any]:
    """Return a watch and how it stands, as both pages show it."""
    path = f"watches/{saved.slug}"
    return {
        "name": saved.watch.name,
        "query": saved.query,
        "link": visit.url(path),
        "new_link": visit.url(path, new=1),
        "feed": visit.url(f"{path}.atom"),
        "article_count": stands.article_count,
        "is_cut": stands.is_cut,
        "new_count": stands.new_count,
        "told_at": stands.told_at and format_instant(stands.told_at),
        "newest_at": stands.newest_at,
        "alert": saved.watch.alert,
        "digest": saved.watch.digest.value,
        "is_declared": saved.is_declared,
    }


def _finds(site: Site, visit: WebRequest, saved: SavedWatch, names: dict[str, str]) -> list[tuple[str, str]]:
    return conditions(site, visit.language, Asked(saved.query, saved.wanted, 1), names)


def _rows(conn: sqlite3.Connection, saved: SavedWatch, ids: list[int]) -> list[dict[str, Any]]:
    if saved.query is None:
        return [query.row_of(conn, id_) for id_ in ids]
    words = parse_query(saved.query)
    return [with_passages(hit_row(conn, id_, words)) for id_ in ids]
