"""The collection: what the commands ask of a database, behind one door."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from crawler.article import LOCAL_ZONE
from crawler.ports import Clock
from crawler.report import RunReport
from db.articles import query
from db.articles.query import ArticleFilter
from db.articles.revisions import Version, versions
from db.articles.search import Facets, Order, SearchResult, facets, search
from db.articles.stats import Stats, stats
from db.crawl import runs, seeds
from db.crawl.explain import explain
from db.crawl.outcomes import Unkept, unkept
from db.file.connection import BUSY_TIMEOUT_S, read_transaction
from db.file.opening import open_database, open_for_reading
from db.service import findings
from db.service.findings import Finding
from db.upkeep import takedown
from db.upkeep.search import catch_up
from db.upkeep.takedown import Takedown

if TYPE_CHECKING:
    from crawler.alert_config import Watch
    from crawler.buckets import Grain
    from crawler.formats.citation import Cited
    from crawler.page import Page
    from crawler.reach.coverage import PlaceCoverage, WatchedSources
    from crawler.reach.suggestions import Suggestion
    from crawler.source import Source
    from crawler.topic.doubt import Unlabelled
    from crawler.topic.gazetteer import Place
    from crawler.topic.topic import Topic
    from db.articles.importing import ImportReport
    from db.articles.standouts import Top
    from db.articles.timeline import Timeline
    from db.events.door import EventFilter, Events
    from db.export.corpus import CorpusReport
    from db.export.events import Exported
    from db.export.release import Released
    from db.service.numbers import Numbers
    from db.service.status import Status
    from db.service.watches import SavedWatch, Standing
    from db.upkeep.maintenance import MaintenanceReport
    from db.upkeep.rereading import ReadAll, RereadReport
    from db.upkeep.rescore import Rescore
    from db.upkeep.verify import CheckResult

__all__ = ["ArticleFilter", "Collection", "Order", "SearchResult", "Takedown"]


EVERYTHING = ArticleFilter()

Say = Callable[[str], None]
"""Takes a few words on what a long operation does now."""


def _silent(_: str) -> None:
    pass


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

    @classmethod
    def open_for_reading(cls, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """Open the database at `path` so that nothing can be written; what only indexes, too."""
        return cls(open_for_reading(path, busy_timeout_s=busy_timeout_s), lambda: datetime.now(UTC))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._conn.close()

    @property
    def events(self) -> Events:
        """What the articles report: who met whom, where, and what was agreed."""
        from db.events.door import Events  # places and names, which articles need not load

        return Events(self._conn, self._clock)

    def list(
        self, wanted: ArticleFilter = EVERYTHING, order: Order = Order.NEWEST
    ) -> Iterator[dict[str, Any]]:
        """Yield the articles that match, newest or oldest first, as rows with their JSON columns decoded."""
        with read_transaction(self._conn):
            yield from query.articles(self._conn, wanted, "ASC" if order is Order.OLDEST else "DESC")

    def matching_count(self, wanted: ArticleFilter = EVERYTHING) -> int:
        """Return how many articles match, whatever the filter's limit."""
        with read_transaction(self._conn):
            return query.matching_count(self._conn, wanted)

    def stats(self, wanted: ArticleFilter = EVERYTHING, division: str | None = None) -> Stats:
        """Return how many articles match, by source, month, country, place, field and grade."""
        with read_transaction(self._conn):
            return stats(self._conn, wanted, division)

    def search(
        self, text: str, wanted: ArticleFilter = EVERYTHING, order: Order = Order.RELEVANCE
    ) -> SearchResult:
        """Return the page of `limit` hits from `offset` on; UsageError says why `text` is no query."""
        catch_up(self._conn)
        with read_transaction(self._conn):
            return search(self._conn, text, wanted, order, today=self._clock().date())

    def facets(self, text: str, wanted: ArticleFilter = EVERYTHING) -> Facets:
        """Count what the hits of a search can be narrowed by."""
        catch_up(self._conn)
        with read_transaction(self._conn):
            return facets(self._conn, text, wanted)

    def timeline(
        self, queries: Sequence[str], wanted: ArticleFilter = EVERYTHING, grain: Grain | None = None
    ) -> Timeline:
        """Count the articles of up to three queries per day, week or month."""
        from db.articles.timeline import timeline

        catch_up(self._conn)
        with read_transaction(self._conn):
            today = self._clock().astimezone(LOCAL_ZONE).date()
            return timeline(self._conn, queries, wanted, grain, today=today)

    def top(self, text: str | None, wanted: ArticleFilter = EVERYTHING, count: int = 15) -> Top:
        """Return the words, places, papers and people that set a result apart from all other articles."""
        from db.articles.standouts import top

        catch_up(self._conn)
        with read_transaction(self._conn):
            return top(self._conn, text, wanted, count)

    def show(self, article_id: int) -> dict[str, Any]:
        """Return an article's row with its `sightings`, `revisions`, `duplicates` and `abridged`."""
        from db.articles.near_duplicates import abridged  # compares texts, which most commands do not

        with read_transaction(self._conn):
            found = query.article(self._conn, article_id)
            return {**found, "abridged": abridged(self._conn, article_id)}

    def versions(self, article_id: int) -> Sequence[Version]:
        """Return what is kept of an article, oldest first; the last one is what it says now."""
        with read_transaction(self._conn):
            return versions(self._conn, article_id)

    def cite(self, article_id: int) -> Cited:
        """Return what a citation tells of an article, with where its page is kept."""
        from db.archive.citing import cite

        with read_transaction(self._conn):
            return cite(self._conn, article_id)

    def page_as_it_was(self, article_id: int) -> Page:
        """Return the page that an article as it stands was read off; NotFoundError where none is kept."""
        from db.archive import files, records  # with a library of their own

        with read_transaction(self._conn):
            record = records.current_record(self._conn, article_id)
            return records.read_capture(files.folder(self._conn), record).page

    def explain(self, url: str) -> dict[str, Any]:
        """Return ``{url, decisions: [{at, run_id, kind, reason, article_id, detail}]}``."""
        with read_transaction(self._conn):
            return explain(self._conn, url, self._clock())

    def unkept(self, wanted: Unkept, limit: int) -> Sequence[dict[str, Any]]:
        """Return the addresses that were rejected or failed, the last first."""
        with read_transaction(self._conn):
            return unkept(self._conn, wanted, limit)

    def has_source(self, source_id: str) -> bool:
        """Return whether a source was ever crawled or imported from."""
        with read_transaction(self._conn):
            asked = self._conn.execute("SELECT 1 FROM sources WHERE id = ?", (source_id,))
            return asked.fetchone() is not None

    def counts(self) -> dict[str, int]:
        """Return how much there is of what."""
        with read_transaction(self._conn):
            return query.counts(self._conn)

    def learned_pattern(self, source_id: str) -> str | None:
        """Return the pattern of article addresses that crawls have learned for a source."""
        with read_transaction(self._conn):
            return seeds.learned_pattern(self._conn, source_id)

    def runs(self, limit: int = 20) -> Sequence[RunReport]:
        """Return the last runs, newest first."""
        return runs.recent_runs(self._conn, limit)

    def run(self, run_id: int) -> RunReport:
        """Return what one run did."""
        return runs.run_report(self._conn, run_id)

    def status(self, declared: Mapping[str, Source] | None = None) -> Status:
        """Return whether everything is alive; without source files nothing is known of disabled sources."""
        from db.service.status import read_status

        return read_status(self._conn, self._clock(), declared or {})

    def numbers(self) -> Numbers:
        """Return what a monitor asks beside the status: what the last runs did, what waits."""
        from db.service.numbers import read_numbers

        with read_transaction(self._conn):
            return read_numbers(self._conn, self._clock())

    def suggestions(self, sources: Mapping[str, Source]) -> Sequence[Suggestion]:
        """Return the publications that the articles and papers point to and no source file declares."""
        from crawler.reach.suggestions import suggest  # what only this command needs
        from db.articles.mentions import article_counts, mentions

        with read_transaction(self._conn):
            return suggest(mentions(self._conn), sources, article_counts(self._conn))

    def coverage(
        self,
        places: Mapping[str, Place],
        wanted: Sequence[str],
        watch: WatchedSources,
        month_count: int,
    ) -> Sequence[PlaceCoverage]:
        """Return what each of the last months was for places: written about, silent, or not looked at."""
        from db.service.coverage import read_coverage

        with read_transaction(self._conn):
            return read_coverage(self._conn, places, wanted, watch, self._clock(), month_count)

    def findings(self) -> Sequence[Finding]:
        """Return what is wrong now, the worst first, then the oldest."""
        return findings.open_findings(self._conn)

    def watches(self, declared: Sequence[Watch]) -> Sequence[tuple[SavedWatch, Standing]]:
        """Return every watch and how it stands; `declared` are those of the configuration."""
        from db.service import watches

        catch_up(self._conn)
        with read_transaction(self._conn):
            found = watches.all_watches(self._conn, declared)
            return [(saved, watches.standing(self._conn, saved)) for saved in found]

    def add_watch(self, watch: Watch, declared: Sequence[Watch] = ()) -> SavedWatch:
        """Keep a watch; UsageError says that its name is taken."""
        from db.service import watches

        return watches.add_watch(self._conn, watch, declared, self._clock())

    def remove_watch(self, name: str, declared: Sequence[Watch] = (), file: str = "") -> str:
        """Remove an added watch and return its name; UsageError says why that cannot be."""
        from db.service import watches

        return watches.remove_watch(self._conn, name, declared, file)

    def forget(self, which: int | str) -> Takedown:
        """Remove an article for good, by id or by an address that showed it."""
        return takedown.forget(self._conn, which, self._clock)

    def rescore(self, topic: Topic, *, dry_run: bool = False) -> Rescore:
        """Judge everything by `topic` and move what must move; with `dry_run` only say what would."""
        from db.upkeep.rescore import Rescorer  # the topic's modules, which `list` need not load

        done = Rescorer(self._conn, topic, self._clock, dry_run=dry_run).run()
        if not dry_run:
            self.events.catch_up()
        return done

    def reextract(
        self,
        read_all: ReadAll,
        source_id: str | None = None,
        older_than: int | None = None,
        *,
        dry_run: bool = False,
        say: Say = _silent,
    ) -> RereadReport:
        """Read articles anew from the archive and correct them; with `dry_run` only say what would change."""
        from db.upkeep.rereading import reread

        report = reread(self._conn, read_all, source_id, older_than, dry_run=dry_run, say=say)
        if not dry_run:
            self.events.catch_up()
        return report

    def unlabelled(self, labelled: Set[str]) -> tuple[Sequence[Unlabelled], bool]:
        """Return articles and refused pages whose ids are not `labelled`, and whether there are more."""
        from db.articles.unlabelled import unlabelled

        with read_transaction(self._conn):
            return unlabelled(self._conn, labelled)

    def export_corpus(
        self, dest: Path, layout: str, wanted: ArticleFilter = EVERYTHING, query: str | None = None
    ) -> CorpusReport:
        """Write one file per article into a folder, as "record" or "plain", or add what is new to it."""
        from db.export.corpus import export_corpus  # exports are rare, and have libraries of their own

        if query is not None:
            catch_up(self._conn)
        return export_corpus(self._conn, dest, layout, wanted, query)

    def export(
        self,
        layout: str,
        dest: Path | BinaryIO,
        wanted: ArticleFilter = EVERYTHING,
        query: str | None = None,
    ) -> int:
        """Write one file, whole or not at all, or to an open one, in one of `db.export.FORMATS`."""
        from db.export.export import export

        if query is not None:
            catch_up(self._conn)
        return export(self._conn, layout, dest, wanted, self._clock, query)

    def export_events(self, what: str, layout: str, dest: Path | BinaryIO, wanted: EventFilter) -> Exported:
        """Write the "events" that match, or their "figures", in one of `db.export.events.EVENT_FORMATS`."""
        from db.export.events import export_events

        if wanted.query is not None:
            catch_up(self._conn)
        return export_events(self._conn, what, layout, dest, wanted)

    def figures(self, wanted: EventFilter) -> Iterator[dict[str, Any]]:
        """Yield the figures of the events that match, the latest event first, with article and span."""
        from db.export.events import figure_rows

        yield from figure_rows(self._conn, wanted)

    def export_release(
        self, dest: Path, wanted: EventFilter, *, with_text: bool = False, since: Path | None = None
    ) -> Released:
        """Write a release of data, the events that match and the articles, into the folder `dest`."""
        from db.export.release import export_release

        if wanted.query is not None:
            catch_up(self._conn)
        return export_release(self._conn, dest, wanted, with_text=with_text, since=since)

    def import_paths(self, paths: Iterable[Path], topic: Topic | None = None) -> ImportReport:
        """Take corpus files, judged by `topic`, our JSON lines and folders of them in; all or none."""
        from db.articles.importing import import_paths

        report = import_paths(self._conn, paths, self._clock, topic)
        self.events.catch_up()
        return report

    def verify(self, say: Say = _silent, *, is_quick: bool = False) -> Iterator[CheckResult]:
        """Yield, check by check, whether the database is whole and everything in it agrees.

        Args:
            is_quick: of the archive only the newest files are read again.
        """
        from db.upkeep.verify import verify  # near-duplicates and search, which most commands need not load

        yield from verify(self._conn, say, is_quick=is_quick)

    def repair(self) -> None:
        """Make the indexes and counts that are derived from the articles anew; writers wait."""
        from db.upkeep.repair import repair

        repair(self._conn)

    def maintain(self, keep_decisions: timedelta, say: Say = _silent) -> MaintenanceReport:
        """Drop page outcomes of runs that ended longer ago than that, and tidy the database."""
        from db.upkeep.maintenance import maintain

        return maintain(self._conn, self._clock(), keep_decisions, say)
