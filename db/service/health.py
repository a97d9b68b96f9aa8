"""How everything fares, judged once: `status`, the web pages and the feeds all say the same. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from crawler.finding import Severity
from crawler.source import Source
from db.service.findings import Finding
from db.service.lock import MISSED_TICKS, ServiceRecord

_BETWEEN = timedelta(hours=25)
"""A `schedule --once` that a timer starts comes at least every day."""


class ServiceState(StrEnum):
    """How the service stands."""

    RUNNING = "running"
    SILENT = "silent"
    """Its process is there, but it has missed its ticks."""
    DIED = "died"
    """Its process is gone, and it did not say that it would stop."""
    STOPPED = "stopped"
    WAITING = "waiting"
    """`schedule --once` ran within the last day."""
    NEVER = "never"

    @property
    def is_alive(self) -> bool:
        """Whether what is due will be crawled without anybody doing something."""
        return self in (ServiceState.RUNNING, ServiceState.WAITING)

    @property
    def is_lost(self) -> bool:
        """Whether there was a service, and there is none now."""
        return not self.is_alive and self is not ServiceState.NEVER


class SourceState(StrEnum):
    """How a source fares, in the order in which they are listed: first what needs a person."""

    FAILING = "failing"
    """Its last crawl failed, or an error of it is open."""
    UNWATCHED = "unwatched"
    """The service is to crawl it, and there is none alive."""
    WARNING = "warning"
    """A warning of it is open."""
    WELL = "well"
    NEVER_CRAWLED = "never_crawled"
    DISABLED = "disabled"
    """Its source file says so; what happened before does not matter."""


@dataclass(frozen=True, slots=True)
class Health:
    """The judgement.

    Args:
        beat_at: the service's last sign of life; None if there never was one.
        sources: the state of every newspaper that is known, declared ones that were never crawled included.
        findings: what is open, the worst first.
    """

    service: ServiceState
    beat_at: datetime | None
    sources: Mapping[str, SourceState]
    findings: Sequence[Finding]

    @property
    def counts(self) -> Mapping[SourceState, int]:
        """How many sources there are in each state that any is in, in the order of the states."""
        found = Counter(self.sources.values())
        return {state: found[state] for state in SourceState if found[state]}

    @property
    def has_serious_finding(self) -> bool:
        """Whether a finding is open that a person should look at."""
        return any(one.severity is not Severity.INFO for one in self.findings)

    @property
    def is_well(self) -> bool:
        """Whether something was crawled, nobody is missing, and nothing is known to be wrong."""
        bad = {SourceState.FAILING, SourceState.UNWATCHED, SourceState.WARNING} & set(self.sources.values())
        is_crawled = SourceState.WELL in self.sources.values()
        return is_crawled and not (bad or self.service.is_lost or self.has_serious_finding)


def judge(
    record: ServiceRecord | None,
    rows: Iterable[Mapping[str, Any]],
    findings: Sequence[Finding],
    declared: Mapping[str, Source],
    now: datetime,
) -> Health:
    """Return how everything fares.

    Args:
        rows: of the newspapers that have one in `sources`, with `next_fetch_at` of their schedule.
        findings: the open ones, the worst first.
        declared: the source files, by id; empty where nobody knows them.
    """
    service = service_state(record, now)
    worst: dict[str | None, Severity] = {}
    for one in findings:
        worst.setdefault(one.source_id, one.severity)
    states = {row["id"]: _source_state(row, service, worst, declared) for row in rows}
    for id_, source in declared.items():
        unseen = SourceState.NEVER_CRAWLED if source.enabled else SourceState.DISABLED
        states.setdefault(id_, unseen)
    return Health(service, record.beat_at if record else None, states, findings)


def service_state(record: ServiceRecord | None, now: datetime) -> ServiceState:
    """Return how the service stands."""
    if record is None:
        return ServiceState.NEVER
    if record.is_alive:
        late = now - record.beat_at > MISSED_TICKS * record.tick
        return ServiceState.SILENT if late else ServiceState.RUNNING
    if record.ended_at is None:
        return ServiceState.DIED
    is_waiting = record.mode == "once" and now - record.ended_at < _BETWEEN
    return ServiceState.WAITING if is_waiting else ServiceState.STOPPED


def _source_state(
    row: Mapping[str, Any],
    service: ServiceState,
    worst: Mapping[str | None, Severity],
    declared: Mapping[str, Source],
) -> SourceState:
    source = declared.get(row["id"])
    severity = worst.get(row["id"])
    if source is not None and not source.enabled:
        return SourceState.DISABLED
    if row["failure_count"] or severity is Severity.ERROR:
        return SourceState.FAILING
    if row["next_fetch_at"] and service.is_lost:
        return SourceState.UNWATCHED
    if severity is Severity.WARNING:
        return SourceState.WARNING
    return SourceState.WELL if row["last_success_at"] else SourceState.NEVER_CRAWLED
