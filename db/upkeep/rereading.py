"""Reading articles anew from the archive, after the reader of pages was mended; nothing is asked for.

What a page comes to now is compared with what is kept, field by field. A correction is no edit: where
it changes what a version holds, the version before is kept as one that was `reread`. Pages are read
outside transactions and written in short ones; after a kill, running again does what is left.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from crawler.article import COLUMNS, JSON_COLUMNS, Article, Origin, page_values
from crawler.decision import Decision, Rejection
from crawler.errors import StorageError
from crawler.extraction import EXTRACTOR_VERSION
from crawler.page import FrontierEntry, Page
from crawler.reading import Reading, Story
from crawler.source import IMPORT
from crawler.topic.relevance import Relevance
from db.archive import files
from db.archive.records import read_capture, record
from db.articles import near_duplicates, revisions
from db.articles.keeping import stored, topic_columns
from db.articles.query import decoded
from db.crawl import frontier
from db.file.connection import read_transaction, write_transaction

BATCH_COUNT = 20
"""Pages that are read between two transactions."""
SHOWN_COUNT = 10
"""Examples of a field's changes in a report."""
_SHOWN_CHARS = 160
_FIELDS = tuple(
    column.name
    for column in COLUMNS
    if column.origin is Origin.PAGE and column.name not in ("url", "content_hash")
)
_OF_A_VERSION = frozenset(revisions.FIELDS)
_STAYS_IF_SILENT = frozenset({"title", "published_at", "published_precision"})
"""What lists may have told since; a page that does not show it does not erase it."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page in the archive, with what a reader needs to know beside it.

    Args:
        record_id: its row in `page_records`.
        entry: what lists told of it.
        shared_titles: those that several pages of the paper have.
    """

    article_id: int
    record_id: int
    source_id: str
    page: Page
    entry: FrontierEntry
    shared_titles: frozenset[str]


ReadAll = Callable[[Sequence[KeptPage]], Sequence[Reading | Decision]]
"""Reads pages, and returns what each came to."""


@dataclass(frozen=True, slots=True)
class Example:
    """One change of one field.

    Args:
        before, after: long texts around the first difference.
    """

    article_id: int
    url: str | None
    before: Any
    after: Any


@dataclass(slots=True)
class FieldChanges:
    """How one field changes.

    Args:
        count: on how many articles.
        examples: the first of them.
    """

    count: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class RereadReport:
    """What reading anew changes, or has changed.

    Args:
        version: of the extraction that read them.
        read_count: articles whose page was read; all that follow add up to it.
        unchanged_count, changed_count: which came to the same, or to something else.
        refused: why a page comes to no article any more → how many; those articles stay as they are.
        failed_count: pages that could not be read at all, in the archive or by a worker.
        problems: the first of these, a sentence each.
        missing_count: articles without a page in the archive, imported ones aside; not read.
        fields: name → how it changes.
    """

    dry_run: bool
    version: int = EXTRACTOR_VERSION
    read_count: int = 0
    unchanged_count: int = 0
    changed_count: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed_count: int = 0
    problems: list[str] = field(default_factory=list)
    missing_count: int = 0
    fields: dict[str, FieldChanges] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {**asdict(self), "refused": dict(self.refused)}

    def note_failure(self, problem: str) -> None:
        """Count a page that could not be read."""
        self.failed_count += 1
        if len(self.problems) < SHOWN_COUNT:
            self.problems.append(problem)

    def note_change(self, row: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
        """Count the fields that an article's correction changes.

        Args:
            row: as it is kept.
            changed: the new values.
        """
        self.changed_count += 1
        for name, after in changed.items():
            known = self.fields.setdefault(name, FieldChanges())
            known.count += 1
            if len(known.examples) < SHOWN_COUNT:
                shown = _around_difference(row[name], after)
                known.examples.append(Example(row["id"], row["url"], *shown))


def reread(
    conn: sqlite3.Connection,
    read_all: ReadAll,
    source_id: str | None = None,
    older_than: int | None = None,
    *,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> RereadReport:
    """Read the pages of articles anew, and correct what comes out otherwise.

    Args:
        read_all: reads pages.
        source_id: only articles of this source.
        older_than: only articles that an extraction before this version read last.
        dry_run: only say what would change.
        say: told in a few words how far it is.
    """
    report = RereadReport(dry_run)
    with read_transaction(conn):
        wanted = _wanted(conn, source_id, older_than, report)
    for start in range(0, len(wanted), BATCH_COUNT):
        say(f"reading page {start + 1} of {len(wanted)}")
        with read_transaction(conn):
            batch = list(_kept_pages(conn, wanted[start : start + BATCH_COUNT], report))
        readings = read_all(batch)
        with read_transaction(conn) if dry_run else write_transaction(conn):
            for kept, reading in zip(batch, readings, strict=True):
                _settle(conn, kept, reading, report)
    return report


def _wanted(
    conn: sqlite3.Connection, source_id: str | None, older_than: int | None, report: RereadReport
) -> list[tuple[int, int]]:
    """Return the ids of articles and of the pages that they were read off."""
    found = []
    for row in conn.execute(
        "SELECT articles.id, max(page_records.id) AS record_id, extractor_version FROM articles"
        " LEFT JOIN page_records ON article_id = articles.id AND page_records.url = articles.url"
        " WHERE source_id IS NOT ?1 AND (?2 IS NULL OR source_id = ?2) GROUP BY articles.id",
        (IMPORT, source_id),
    ):
        if row["record_id"] is None:
            report.missing_count += 1
        elif older_than is None or (row["extractor_version"] or 0) < older_than:
            found.append((row["id"], row["record_id"]))
    return found


def _kept_pages(
    conn: sqlite3.Connection, wanted: Sequence[tuple[int, int]], report: RereadReport
) -> Iterator[KeptPage]:
    folder = files.folder(conn)
    titles: dict[str, frozenset[str]] = {}
    for article_id, record_id in wanted:
        row = conn.execute("SELECT source_id FROM articles WHERE id = ?", (article_id,)).fetchone()
        one = record(conn, record_id)
        if row is None or one is None:  # gone meanwhile
            continue
        report.read_count += 1
        try:
            capture = read_capture(folder, one)
        except StorageError as error:
            report.note_failure(str(error))
            continue
        source_id = row["source_id"]
        if source_id not in titles:
            titles[source_id] = frontier.shared_titles(conn, source_id)
        entry = FrontierEntry(one.url, capture.entry.title, published=capture.entry.published, is_kept=True)
        yield KeptPage(article_id, record_id, source_id, capture.page, entry, titles[source_id])


def _settle(
    conn: sqlite3.Connection, kept: KeptPage, reading: Reading | Decision, report: RereadReport
) -> None:
    """Compare what a page comes to with its article as it is now, and correct that unless it is a dry run."""
    row = conn.execute("SELECT * FROM articles WHERE id = ?", (kept.article_id,)).fetchone()
    newest = conn.execute(
        "SELECT max(id) FROM page_records WHERE article_id = ? AND url = ?", (kept.article_id, kept.entry.url)
    ).fetchone()[0]
    if row is None or newest != kept.record_id:  # a crawl or a takedown was here meanwhile
        report.read_count -= 1
        return
    result = reading.result if isinstance(reading, Reading) else reading
    if isinstance(reading, Decision):
        report.note_failure(f"{kept.entry.url}: {reading.detail}")
        return
    reason = result.reason if isinstance(result, Decision) else _refusal(conn, kept, result)
    if isinstance(result, Decision) or reason:
        report.refused[reason] += 1
        return
    changed = _changes(decoded(row), result.article)
    if changed:
        report.note_change(decoded(row), changed)
    else:
        report.unchanged_count += 1
    if not report.dry_run:
        if changed:
            _correct(conn, row, changed, result.article, result.relevance)
        conn.execute(
            "UPDATE page_records SET extractor_version = ? WHERE id = ?", (EXTRACTOR_VERSION, kept.record_id)
        )


def _refusal(conn: sqlite3.Connection, kept: KeptPage, story: Story) -> str:
    """Return why an article cannot become this story, or an empty text.

    The topic is not asked, as with an edit.
    """
    if story.refusal is not None and story.refusal.reason != Rejection.OFF_TOPIC:
        return story.refusal.reason
    text = story.article.content_hash
    if frontier.is_forgotten(conn, text, None):
        return frontier.FORGOTTEN.reason
    other = conn.execute(
        "SELECT 1 FROM articles WHERE content_hash = ?1 AND id <> ?2"
        " UNION ALL SELECT 1 FROM revisions WHERE content_hash = ?1 AND article_id <> ?2",
        (text, kept.article_id),
    ).fetchone()
    return "same_text" if other else ""


def _changes(row: Mapping[str, Any], article: Article) -> dict[str, Any]:
    """Return the fields that the page says otherwise than the row, with what it says."""
    new = page_values(article)
    return {
        name: value
        for name in _FIELDS
        if (value := list(new[name]) if name in JSON_COLUMNS else new[name]) != row[name]
        and not (value is None and name in _STAYS_IF_SILENT)
    }


def _correct(
    conn: sqlite3.Connection,
    row: sqlite3.Row,
    changed: Mapping[str, Any],
    article: Article,
    relevance: Relevance,
) -> None:
    values = {**stored(changed), "content_hash": article.content_hash, **topic_columns(relevance)}
    if _OF_A_VERSION.isdisjoint(changed):
        revisions.amend(conn, row["id"], values)
        return
    revisions.revise(conn, row["id"], values, article.sketch, kind=revisions.REREAD)
    if article.content_hash != row["content_hash"]:
        near_duplicates.judge(conn, row["id"])


def _around_difference(before: Any, after: Any) -> tuple[Any, Any]:
    """Return two values; of long texts the part around the first difference."""
    if not isinstance(before, str) or not isinstance(after, str):
        return before, after
    same = next((at for at, pair in enumerate(zip(before, after, strict=False)) if len(set(pair)) > 1), None)
    start = max(0, (min(len(before), len(after)) if same is None else same) - _SHOWN_CHARS // 4)
    cut = [f"{'…' if start else ''}{one[start : start + _SHOWN_CHARS]}" for one in (before, after)]
    return cut[0], cut[1]
