"""Rescoring: what a changed topic makes of all that is kept, and of what was rejected for it.

Texts are scored outside transactions and written in short ones, so that a crawl beside is not held
up. Each article and page is moved as a whole: after a kill, running again does what is left.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from crawler.article import TOPIC_COLUMNS
from crawler.ports import Clock
from crawler.source import IMPORT
from crawler.topic.relevance import Grade, Relevance
from crawler.topic.rescoring import Move, summary, worth_refetching
from crawler.topic.topic import Topic
from db.articles import near_duplicates
from db.articles.keeping import topic_columns
from db.crawl import frontier, rejected, run_parts, runs
from db.events.keeping import leave as leave_events
from db.file.connection import database_path, read_transaction, storage_errors, write_transaction

ARTICLE_BATCH_COUNT = 50
PAGE_BATCH_COUNT = 500


@dataclass(frozen=True, slots=True)
class Leaving:
    """An article that the topic keeps no longer."""

    id: int
    url: str | None
    title: str | None
    grade_before: Grade
    topic_score: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rejected page that the topic may want now; only fetching it can tell.

    Args:
        topic_score: what it had when it was rejected; None where the topic was not asked.
    """

    url: str
    source_id: str
    title: str | None
    topic_score: int | None


@dataclass(frozen=True, slots=True)
class Rescore:
    """What a topic changes, or has changed.

    Args:
        article_count: articles that were scored.
        grades: "core → related" → how many.
        skipped: sources with changes that must wait until their crawl is over.
    """

    article_count: int
    grades: Mapping[str, int]
    leaving: tuple[Leaving, ...]
    refetch: tuple[Wanted, ...]
    skipped: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)


class Rescorer:
    """One pass over the collection.

    An article whose grade becomes none leaves with its revisions and sightings; its pages stay with
    title and score, rejected, so that a later topic can bring it back. An article that has no grade
    already stays: an edit took it, and an edit never makes a story disappear (crawler/identity/
    decide.py). Rejected pages worth a fetch become pending. Imported texts are records: they get their
    grade, and stay whatever it is. What belongs to a source that is being crawled stays for now as it
    is: the crawl judges by its own topic, and has counted what waits.

    Args:
        dry_run: write nothing, only find out.
    """

    def __init__(self, conn: sqlite3.Connection, topic: Topic, clock: Clock, *, dry_run: bool) -> None:
        self._conn = conn
        self._topic = topic
        self._clock = clock
        self._dry_run = dry_run
        self._article_count = 0
        self._moves: list[Move] = []
        self._leaving: list[Leaving] = []
        self._refetch: list[Wanted] = []
        self._skipped: set[str] = set()

    def run(self) -> Rescore:
        """Go through articles, then rejected pages, and return what changed."""
        with storage_errors(database_path(self._conn)):
            for articles in self._articles():
                self._article_count += len(articles)
                self._judge(articles)
            for pages in self._rejected_pages():
                self._reconsider(pages)
        return Rescore(
            article_count=self._article_count,
            grades=summary(self._moves),
            leaving=tuple(self._leaving),
            refetch=tuple(self._refetch),
            skipped=tuple(sorted(self._skipped)),
        )

    def _articles(self) -> Iterator[list[sqlite3.Row]]:
        last = 0
        while batch := self._conn.execute(
            "SELECT id, source_id, url, title, lead, text, content_hash,"  # noqa: S608 - our columns
            f" {', '.join(TOPIC_COLUMNS)} FROM articles"
            " WHERE id > ? AND (topic_grade IS NOT NULL OR source_id = ?) ORDER BY id LIMIT ?",
            (last, IMPORT, ARTICLE_BATCH_COUNT),
        ).fetchall():
            last = batch[-1]["id"]
            yield batch

    def _rejected_pages(self) -> Iterator[list[sqlite3.Row]]:
        """Yield what another topic rejected: this one would only say the same again."""
        last = ""
        while batch := rejected.rejected_pages(self._conn, last, self._topic.digest, PAGE_BATCH_COUNT):
            last = batch[-1]["url"]
            yield batch

    def _judge(self, articles: list[sqlite3.Row]) -> None:
        verdicts = [
            (row, self._topic.score(title=row["title"], lead=row["lead"], text=row["text"]))
            for row in articles
        ]
        changed = [(row, verdict) for row, verdict in verdicts if _differs(row, verdict)]
        if not changed:
            return
        with self._transaction() as crawled:
            for row, verdict in changed:
                if row["source_id"] in crawled or self._was_changed(row):
                    self._skipped.add(row["source_id"])
                else:
                    self._move(row, verdict)

    def _was_changed(self, row: sqlite3.Row) -> bool:
        """Tell whether a crawl, or `forget`, came between reading the article and now."""
        found = self._conn.execute(
            "SELECT 1 FROM articles WHERE id = ? AND content_hash = ? AND title IS ?",
            (row["id"], row["content_hash"], row["title"]),
        )
        return found.fetchone() is None

    def _move(self, row: sqlite3.Row, verdict: Relevance) -> None:
        move = Move(row["id"], Grade(row["topic_grade"] or Grade.NONE), verdict.grade)
        leaves = move.leaves and move.before is not move.after and row["source_id"] != IMPORT
        if move.before is not move.after:
            self._moves.append(move)
        if leaves:
            self._leaving.append(Leaving(row["id"], row["url"], row["title"], move.before, verdict.score))
        if self._dry_run:
            return
        if leaves:
            self._remove(row)
        else:
            self._update(row["id"], verdict)

    def _update(self, article_id: int, verdict: Relevance) -> None:
        columns = topic_columns(verdict)
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        self._conn.execute(
            f"UPDATE articles SET {assignments} WHERE id = :id",  # noqa: S608 - our names
            {**columns, "id": article_id},
        )
        self._conn.execute(
            "UPDATE pages SET topic_score = ? WHERE article_id = ? AND reason IS NOT 'off_topic'",
            (verdict.score, article_id),
        )

    def _remove(self, row: sqlite3.Row) -> None:
        """Delete an article and mark what showed it as rejected."""
        frontier.reject_kept(self._conn, row["id"], row["title"], self._topic.digest)
        near_duplicates.promote_copy(self._conn, row["id"])
        leave_events(self._conn, [row["id"]])
        self._conn.execute("DELETE FROM articles WHERE id = ?", (row["id"],))

    def _reconsider(self, pages: list[sqlite3.Row]) -> None:
        wanted = [
            Wanted(*row) for row in pages if worth_refetching(self._topic, row["title"], row["topic_score"])
        ]
        if not wanted:
            return
        with self._transaction() as crawled:
            for page in wanted:
                if page.source_id in crawled:
                    self._skipped.add(page.source_id)
                elif self._dry_run or frontier.ask_again(self._conn, page.url):
                    self._refetch.append(page)

    @contextmanager
    def _transaction(self) -> Iterator[frozenset[str]]:
        """Hold a transaction, and yield the sources that are being crawled during it."""
        now = self._clock()
        if self._dry_run:
            with read_transaction(self._conn) as conn:
                yield run_parts.being_crawled(conn, now)
        else:
            with write_transaction(self._conn) as conn:
                runs.close_dead_runs(conn, now)
                yield run_parts.being_crawled(conn, now)


def _differs(row: sqlite3.Row, verdict: Relevance) -> bool:
    return any(row[name] != value for name, value in topic_columns(verdict).items())
