"""The collection: what the commands ask of a database, behind one door."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from crawler.ports import Clock
from crawler.report import RunReport
from db import corpus, frontier, query, runs, takedown
from db.connection import BUSY_TIMEOUT_S, open_database, read_transaction
from db.corpus import ImportReport
from db.query import ArticleFilter
from db.takedown import Takedown

if TYPE_CHECKING:
    from crawler.topic.topic import Topic
    from db.rescore import Rescore

__all__ = ["ArticleFilter", "Collection", "ImportReport", "Takedown"]


EVERYTHING = ArticleFilter()


class Collection:
    """An open database; a context manager.

    Every method raises StorageError (StorageBusy) with a sentence for the user when the database
    cannot be used (stays locked).
    """

    def __init__(self, conn: sqlite3.Connection, clock: Clock) -> None:
        self._conn = conn
        self._clock = clock

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> Self:
        """Open the database at `path`; `create` makes one where there is none."""
        return cls(open_database(path, create=create, busy_timeout_s=busy_timeout_s), clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._conn.close()

    def list(self, wanted: ArticleFilter = EVERYTHING) -> Iterator[dict[str, Any]]:
        """Yield the articles that match, newest first, as rows with their JSON columns decoded."""
        with read_transaction(self._conn):
            yield from query.articles(self._conn, wanted)

    def show(self, article_id: int) -> dict[str, Any]:
        """Return an article's row with its `sightings`, `revisions` and `duplicates`."""
        with read_transaction(self._conn):
            return query.article(self._conn, article_id)

    def explain(self, url: str) -> dict[str, Any]:
        """Return ``{url, decisions: [{at, run_id, kind, reason, article_id, detail}]}``."""
        with read_transaction(self._conn):
            return query.explain(self._conn, url)

    def counts(self) -> dict[str, int]:
        """Return how much there is of what."""
        with read_transaction(self._conn):
            return query.counts(self._conn)

    def learned_pattern(self, source_id: str) -> str | None:
        """Return the pattern of article addresses that crawls have learned for a source."""
        with read_transaction(self._conn):
            return frontier.learned_pattern(self._conn, source_id)

    def runs(self, limit: int = 20) -> Sequence[RunReport]:
        """Return the last runs, newest first."""
        return runs.recent_runs(self._conn, limit)

    def run(self, run_id: int) -> RunReport:
        """Return what one run did."""
        return runs.run_report(self._conn, run_id)

    def forget(self, which: int | str) -> Takedown:
        """Remove an article for good, by id or by an address that showed it."""
        return takedown.forget(self._conn, which, self._clock)

    def rescore(self, topic: Topic, *, dry_run: bool = False) -> Rescore:
        """Judge everything by `topic` and move what must move; with `dry_run` only say what would."""
        from db.rescore import Rescorer  # the topic's modules, which `list` need not load

        return Rescorer(self._conn, topic, self._clock, dry_run=dry_run).run()

    def export_corpus(self, dest: Path, layout: str, wanted: ArticleFilter = EVERYTHING) -> int:
        """Write one file per article into a folder, as "record" or "plain"; return how many."""
        return corpus.export_corpus(self._conn, dest, layout, wanted)

    def import_paths(self, paths: Iterable[Path]) -> ImportReport:
        """Take corpus files and folders of them in, word for word; all or none."""
        return corpus.import_paths(self._conn, paths, self._clock)
