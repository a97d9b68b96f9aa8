"""One article: its text with what brought it here marked, where else it stands, how it changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from crawler.errors import NotFoundError
from crawler.formats.corpus import CorpusRecord, write_plain, write_record
from crawler.text.word_diff import Segment, word_diff
from db.archive import files
from db.archive.records import current_record, has_record, read_capture
from db.articles import query
from db.articles.near_duplicates import abridged
from db.crawl.explain import explain
from db.events.told import told_by
from db.web.event_words import when
from db.web.highlight import Saying, marked
from db.web.i18n import Language
from db.web.page import TEXT, Answer, Site, WebRequest, legible, web_address
from db.web.source_names import source_names

_MAX_MARKED_TITLE_CHARS = 300


def article(conn: sqlite3.Connection, site: Site, visit: WebRequest, article_id: int) -> Answer:
    """Return the page of one article."""
    row = query.article(conn, article_id)
    names = source_names(conn)
    title_is_long = len(row["title"] or "") > _MAX_MARKED_TITLE_CHARS
    told = told_by(conn, article_id)
    text = marked(
        site.topic,
        title=None if title_is_long else row["title"],
        lead=row["lead"],
        text=row["text"],
        sayings=[Saying(what, span) for what, span in told.words],
    )
    return site.render(
        "article.html",
        visit,
        title=row["title"] or visit.language("article.no_title"),
        article={**row, "abridged": abridged(conn, article_id)},
        names=names,
        source_name=names.get(row["source_id"], row["source_id"]),
        text=text,
        events=told.events,
        when=lambda event: when(visit.language, event),
        title_is_long=title_is_long,
        original=web_address(row["url"]),
        trail=_trail(conn, row["url"], visit.now),
        citation=citation(visit.language, row, names),
        has_page=has_record(conn, article_id),
    )


def _trail(conn: sqlite3.Connection, url: str | None, now: datetime) -> list[dict[str, Any]]:
    """Return every decision on an article's address; none for a text without one."""
    if url is None:
        return []
    try:
        decisions: list[dict[str, Any]] = explain(conn, url, now)["decisions"]
    except NotFoundError:
        return []
    return decisions


def text(
    conn: sqlite3.Connection,
    site: Site,  # noqa: ARG001 - every page is asked alike
    visit: WebRequest,
    article_id: int,
    layout: str,
) -> Answer:
    """Return one article as text to take along: `record`, `plain` or `citation`."""
    row = query.article(conn, article_id)
    if layout == "citation":
        return Answer(f"{citation(visit.language, row, source_names(conn))}\n", content_type=TEXT)
    write = {"record": write_record, "plain": write_plain}[layout]
    return Answer(write(CorpusRecord(row["url"], row["title"], row["text"])), content_type=TEXT)


def page_as_it_was(
    conn: sqlite3.Connection,
    site: Site,  # noqa: ARG001 - every page is asked alike
    visit: WebRequest,  # noqa: ARG001
    article_id: int,
) -> Answer:
    """Return the source of the page that an article was read off, as text: nothing in it is run or loaded."""
    from crawler.extraction.document import decode_markup  # a parser, which no other page needs

    capture = read_capture(files.folder(conn), current_record(conn, article_id))
    return Answer(decode_markup(capture.page), content_type=TEXT)


def citation(language: Language, row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return how to cite an article: authors, title, paper, day, address, and when we read it."""
    parts = [
        ", ".join(legible(author, 80) for author in row["authors"][:6]),
        f"“{legible(row['title'], 300)}”" if row["title"] else "",
        legible(names.get(row["source_id"], row["source_id"]), 80),
        language.time(row["published_at"]),
        web_address(row["url"]) or "",
    ]
    accessed = language("article.accessed", time=language.time(row["fetched_at"]))
    return f"{', '.join(part for part in parts if part)}. {accessed}"


def changes(conn: sqlite3.Connection, site: Site, visit: WebRequest, article_id: int) -> Answer:
    """Return the page that compares two versions of an article, the last two by default."""
    row = query.article(conn, article_id)
    versions = [
        *row["revisions"],
        {
            "number": (row["revisions"][-1]["number"] if row["revisions"] else 0) + 1,
            "title": row["title"],
            "text": row["text"],
            "seen_at": row["fetched_at"],
        },
    ]
    newer = _version(versions, visit.parameters.get("b"), versions[-1])
    older = _version(versions, visit.parameters.get("a"), versions[max(0, len(versions) - 2)])
    return site.render(
        "changes.html",
        visit,
        title=visit.language("changes.heading", title=row["title"] or ""),
        article=row,
        versions=versions,
        older=older,
        newer=newer,
        is_same=(older["title"], older["text"]) == (newer["title"], newer["text"]),
        title_changes=word_diff(older["title"] or "", newer["title"] or ""),
        paragraphs=list(_paragraphs(word_diff(older["text"], newer["text"]))),
    )


def _version(versions: list[dict[str, Any]], number: str | None, default: dict[str, Any]) -> dict[str, Any]:
    return next((one for one in versions if str(one["number"]) == number), default)


def _paragraphs(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """Yield the segments paragraph by paragraph, those that a line feed divides in parts."""
    paragraph: list[Segment] = []
    for segment in segments:
        first, *others = segment.text.split("\n")
        paragraph += [Segment(segment.op, first)] if first else []
        for other in others:
            if paragraph:
                yield paragraph
            paragraph = [Segment(segment.op, other)] if other else []
    if paragraph:
        yield paragraph
