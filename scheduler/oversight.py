"""Oversight: looks at the facts, keeps the findings up to date, and tells who wants to know."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.config import Config
from crawler.finding import FindingKind, Found
from crawler.language import languages
from crawler.source import Source
from db.file.connection import Connection, free_mb
from db.file.opening import open_database
from db.service import lock
from db.service.findings import Changes, Finding, open_findings, record
from db.service.history import SourceHistory, last_crawls, read_history
from scheduler.alert_channels import channels
from scheduler.alerts import deliver, failing_channels
from scheduler.health import assess_source
from scheduler.installation import Installation, assess_installation, without_symptoms
from scheduler.publication_frequency import WINDOW

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Assessed:
    """What was judged of a source at its last crawl, which holds until its next."""

    mark: str
    source: Source
    history: SourceHistory
    found: tuple[Found, ...]


class Oversight:
    """Judges everything that is watched; made once, asked often, from one thread at a time.

    A source is judged anew only after a crawl of it or a change of its file, so a look costs little
    however many there are. Sending may take as long as the channels' time limits: ask from a thread
    that nothing waits for.

    Args:
        path: the database, which must exist.
        config: its language and its tables ``health``, ``alerts``, ``schedule`` and ``storage`` are used.
    """

    def __init__(self, path: Path, config: Config) -> None:
        self._path = path
        self._config = config
        self._channels = channels(config.alerts)
        self._language = languages()[config.language]
        self._assessed: dict[str, _Assessed] = {}

    def check(self, sources: Mapping[str, Source], now: datetime, *, problems: Iterable[str] = ()) -> Changes:
        """Bring the findings up to date, send what is due, and return what changed.

        Args:
            sources: what is watched, by id; findings of others, and of disabled ones, are resolved.
            now: aware UTC.
            problems: what is wrong with source files and the configuration, a sentence each.

        Raises:
            StorageError: the database cannot be used, or stayed locked.
        """
        timeout_s = self._config.storage.busy_timeout_s
        with closing(open_database(self._path, busy_timeout_s=timeout_s)) as conn:
            changes = record(conn, self._assess(conn, sources, now, tuple(problems)), now)
            for one in changes.opened:
                evidence, _ = one.told(self._language)
                told = {"source": one.source_id}
                logger.warning("finding: %s: %s: %s", self._subject(one), one.kind, evidence, extra=told)
            for one in changes.resolved:
                told = {"source": one.source_id}
                logger.info("resolved: %s: %s", self._subject(one), one.kind, extra=told)
            deliver(conn, self._channels, self._config.alerts, now, self._language)
            return changes

    def _subject(self, finding: Finding) -> str:
        return finding.subject(self._language("message.installation"), with_id=True)

    def _assess(
        self,
        conn: Connection,
        sources: Mapping[str, Source],
        now: datetime,
        problems: tuple[str, ...],
    ) -> list[Found]:
        open_kinds: dict[str | None, set[FindingKind]] = defaultdict(set)
        for one in open_findings(conn):
            open_kinds[one.source_id].add(one.kind)
        self._judge_sources(conn, sources, now, open_kinds)
        histories = {id_: one.history for id_, one in self._assessed.items()}
        installation = Installation(
            histories=histories,
            free_mb=free_mb(self._path),
            needed_mb=self._config.schedule.min_free_mb,
            service=lock.service_record(conn, now),
            failing=failing_channels(conn, self._channels),
            problems=problems,
            open=frozenset(open_kinds[None]),
        )
        found = [*assess_installation(installation, now)]
        found += [finding for one in self._assessed.values() for finding in one.found]
        return without_symptoms(found, histories)

    def _judge_sources(
        self,
        conn: Connection,
        sources: Mapping[str, Source],
        now: datetime,
        open_kinds: Mapping[str | None, set[FindingKind]],
    ) -> None:
        """Bring `_assessed` up to date with the sources that are watched and were crawled."""
        limits = self._config.health
        assessed: dict[str, _Assessed] = {}
        for id_, mark in last_crawls(conn).items():
            source = sources.get(id_)
            if source is None or not source.enabled:
                continue
            known = self._assessed.get(id_)
            if known is None or known.mark != mark or known.source != source:
                history = read_history(
                    conn,
                    id_,
                    now,
                    window=WINDOW,
                    crawls=max(5, limits.failures),
                    open_kinds=open_kinds.get(id_, ()),
                )
                known = _Assessed(mark, source, history, tuple(assess_source(source, history, limits)))
            assessed[id_] = known
        self._assessed = assessed
