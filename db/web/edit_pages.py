"""The recent edits of all articles, as a page and as a feed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from crawler.article import format_instant
from crawler.errors import UsageError
from crawler.formats.atom_edits import EditEntry, edits_feed
from db.articles.edits import Edit, EditPlace, recent_edits
from db.web.page import Answer, Site, WebRequest
from db.web.source_names import source_names

_PAGE_COUNT = 25
_FEED_COUNT = 50
_MOST_WORDS = 100_000
_ATOM = "application/atom+xml; charset=utf-8"


def edits(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:
    """Return the page of edits, the latest first, of at least so many words."""
    least = _least(visit.parameters)
    found = recent_edits(conn, _PAGE_COUNT, least, _before(visit.parameters))
    names = source_names(conn)
    after = found.next
    return site.render(
        "edits.html",
        visit,
        title=visit.language("edits.title"),
        least=least,
        edits=[
            {
                "title": one.article["title"],
                "id": one.article["id"],
                "source_name": names.get(one.article["source_id"], one.article["source_id"]),
                "at": one.place.at,
                "versions": (one.older_number, one.place.number),
                "size": _size(visit, one),
                "link": _comparison(visit, one),
            }
            for one in found.edits
        ],
        looked_count=found.looked_count,
        older=visit.here(before=",".join(map(str, after))) if after else None,
        feed=visit.url("edits.atom", least=least if "least" in visit.parameters else None),
    )


def feed(conn: sqlite3.Connection, site: Site, visit: WebRequest) -> Answer:  # noqa: ARG001 - every page is asked alike
    """Return the latest edits as an Atom feed."""
    least = _least(visit.parameters)
    names = source_names(conn)
    found = recent_edits(conn, _FEED_COUNT, least)
    entries = [
        EditEntry(
            one.article,
            one.place.number,
            one.place.at,
            names.get(one.article["source_id"], one.article["source_id"]),
            _size(visit, one),
            _comparison(visit, one),
            (one.title, one.text),
        )
        for one in found.edits
    ]
    body = edits_feed(
        entries,
        title=f"{visit.language('site.name')}: {visit.language('edits.title')}",
        language=visit.language.code,
        self_link=visit.here(),
        updated_at=entries[0].at if entries else format_instant(visit.now),
    )
    return Answer(body, content_type=_ATOM)


def _size(visit: WebRequest, one: Edit) -> str:
    t = visit.language
    return t("edits.size", added=t.number(one.added_count), removed=t.number(one.removed_count))


def _comparison(visit: WebRequest, one: Edit) -> str:
    return visit.url(f"articles/{one.article['id']}/changes", a=one.older_number, b=one.place.number)


def _least(parameters: Mapping[str, str]) -> int:
    text = parameters.get("least") or "1"
    if not text.isdecimal() or len(text) > 9 or int(text) > _MOST_WORDS:
        raise UsageError(
            f"least must be a number of words from 0 to {_MOST_WORDS}.", key="least", most=_MOST_WORDS
        )
    return int(text)


def _before(parameters: Mapping[str, str]) -> EditPlace | None:
    text = parameters.get("before")
    if not text:
        return None
    at, *numbers = text.split(",")
    if len(numbers) != 2 or not all(one.isdecimal() and len(one) <= 18 for one in numbers):
        raise UsageError("before must be what the page before it gave.", key="after")
    return EditPlace(at, int(numbers[0]), int(numbers[1]))
