"""What `status` tells a monitor: the same facts as numbers with names of their own. Pure."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from crawler.article import LOCAL_ZONE, parse_instant
from crawler.finding import Severity
from crawler.formats.prometheus import Metric
from crawler.report import RunStatus, Tally
from db.schema import SCHEMA_VERSION
from db.service.health import ServiceState, SourceState
from db.service.numbers import Numbers
from db.service.status import Status

_PLAIN_TERMS = ("stored", "revised", "unchanged", "duplicate", "near_duplicate")


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of everything at one moment.

    Args:
        version: of the program.
        needs_person: whether `status` ends with 1.
    """

    status: Status
    numbers: Numbers
    version: str
    needs_person: bool


def metrics_of(moment: Moment, now: datetime) -> list[Metric]:
    """Return all metrics, each of them also where there is nothing to count."""
    status = moment.status
    return [
        *_program(moment, now),
        *_service(status),
        *_runs(moment.numbers),
        *_findings(status),
        *_sources(status, moment.numbers, now),
        *_storage(status, moment.numbers),
    ]


def _program(moment: Moment, now: datetime) -> Iterator[Metric]:
    build = Metric("biengioi_build_info", "Versions of the program and of Python.", ("version", "python"))
    build.add(1, moment.version, platform.python_version())
    yield build
    yield _one("biengioi_schema_version", "Schema of the database.", SCHEMA_VERSION)
    yield _one("biengioi_needs_person", "1 where `biengioi status` ends with 1.", moment.needs_person)
    yield _one("biengioi_told_timestamp_seconds", "When these numbers were read.", now.timestamp())


def _service(status: Status) -> Iterator[Metric]:
    state = Metric("biengioi_service_state", "1 for the state that the service is in.", ("state",))
    state.add_each({one.value: one is status.health.service for one in ServiceState})
    yield state
    yield _one(
        "biengioi_service_beat_timestamp_seconds",
        "The service's last sign of life.",
        status.service.beat_at.timestamp() if status.service else None,
    )


def _runs(numbers: Numbers) -> Iterator[Metric]:
    of_kind = ("kind",)
    ids = Metric("biengioi_run_id", "The last run of its kind that has ended.", of_kind)
    state = Metric("biengioi_run_status", "1 for how that run ended.", ("kind", "status"))
    started = Metric("biengioi_run_started_timestamp_seconds", "When that run began.", of_kind)
    ended = Metric("biengioi_run_ended_timestamp_seconds", "When that run ended.", of_kind)
    considered = Metric("biengioi_run_considered", "Addresses that it considered.", of_kind)
    outcomes = Metric(
        "biengioi_run_addresses", "What became of them; adds up to considered.", ("kind", "outcome", "reason")
    )
    adds_up = Metric("biengioi_run_adds_up", "1 where its numbers add up.", of_kind)
    for run in numbers.last_runs:
        ids.add(run.run_id, run.kind)
        for one in RunStatus:
            if one is not RunStatus.RUNNING:
                state.add(one is run.status, run.kind, one.value)
        started.add(_seconds(run.started_at), run.kind)
        ended.add(_seconds(run.ended_at), run.kind)
        considered.add(run.tally.considered, run.kind)
        for outcome, reason, count in _terms(run.tally):
            outcomes.add(count, run.kind, outcome, reason)
        adds_up.add(run.adds_up, run.kind)
    yield from (ids, state, started, ended, considered, outcomes, adds_up)
    yield _one("biengioi_runs_running", "Runs that go on.", numbers.running_count)
    yield _one("biengioi_day_runs", "Runs that ended within 24 hours.", numbers.day_run_count)
    yield _one("biengioi_day_considered", "Addresses that those considered.", numbers.day.considered)
    day = Metric("biengioi_day_addresses", "What became of those.", ("outcome", "reason"))
    for outcome, reason, count in _terms(numbers.day):
        day.add(count, outcome, reason)
    yield day


def _terms(tally: Tally) -> Iterator[tuple[str, str, int]]:
    """Yield the right side of the sum: outcome, reason where there is one, count."""
    for name in _PLAIN_TERMS:
        yield name, "", getattr(tally, name)
    yield from (("rejected", reason, count) for reason, count in sorted(tally.rejected.items()))
    yield from (("failed", reason, count) for reason, count in sorted(tally.failed.items()))
    yield "pending", "", tally.pending


def _findings(status: Status) -> Iterator[Metric]:
    counts = {severity.value: 0 for severity in Severity}
    kinds: dict[tuple[str, str], int] = {}
    for one in status.findings:
        counts[one.severity.value] += 1
        key = one.kind.value, one.severity.value
        kinds[key] = kinds.get(key, 0) + 1
    open_ = Metric("biengioi_open_findings", "Open findings of each severity.", ("severity",))
    open_.add_each(counts)
    by_kind = Metric("biengioi_findings", "Open findings of the kinds that there are.", ("kind", "severity"))
    for (kind, severity), count in sorted(kinds.items()):
        by_kind.add(count, kind, severity)
    yield from (open_, by_kind)


def _sources(status: Status, numbers: Numbers, now: datetime) -> Iterator[Metric]:
    states = Metric("biengioi_sources", "Sources in each state.", ("state",))
    states.add_each({one.value: status.health.counts.get(one, 0) for one in SourceState})
    yield states
    due = [one["next_fetch_at"] for one in status.sources if one["next_fetch_at"] and not one["is_running"]]
    is_due = sum(parse_instant(at) <= now for at in due)
    yield _one("biengioi_sources_due", "Sources that are due and not being crawled.", is_due)
    yield _one(
        "biengioi_sources_running",
        "Sources that are being crawled.",
        sum(bool(one["is_running"]) for one in status.sources),
    )
    yield _one("biengioi_pauses", "Papers that asked to be left alone for now.", len(status.pauses))
    of_source = ("source",)
    success = Metric(
        "biengioi_source_last_success_timestamp_seconds", "When a crawl of it last ended well.", of_source
    )
    newest = Metric(
        "biengioi_source_newest_article_timestamp_seconds",
        "When its newest article was published.",
        of_source,
    )
    failures = Metric("biengioi_source_failures", "Its crawls that failed since.", of_source)
    pending = Metric("biengioi_source_pending_pages", "Its pages that wait to be fetched.", of_source)
    for one in status.sources:
        success.add(_seconds(one["last_success_at"]), one["id"])
        newest.add(_seconds(numbers.newest.get(one["id"])), one["id"])
        failures.add(one["failure_count"], one["id"])
        pending.add(numbers.pending.get(one["id"], 0), one["id"])
    yield from (success, newest, failures, pending)


def _storage(status: Status, numbers: Numbers) -> Iterator[Metric]:
    yield _one("biengioi_articles", "Articles that are kept, repetitions included.", numbers.article_count)
    yield _one("biengioi_database_bytes", "The database without its log.", status.size - status.wal_size)
    yield _one("biengioi_wal_bytes", "The database's write-ahead log.", status.wal_size)
    yield _one("biengioi_archive_bytes", "The archive of pages as they were.", status.archive_size)
    yield _one("biengioi_disk_free_bytes", "Free space on the database's disk.", status.free)


def _one(name: str, told: str, value: float | None) -> Metric:
    metric = Metric(name, told)
    metric.add(value)
    return metric


def _seconds(stored: str | None) -> float | None:
    """Return a stored time in seconds since 1970; of a day or a month its beginning in Viet Nam."""
    if stored is None:
        return None
    if stored.endswith("Z"):
        return parse_instant(stored).timestamp()
    first = date.fromisoformat(f"{stored}-01"[: len("2026-11-30")])
    return datetime.combine(first, time(), LOCAL_ZONE).astimezone(UTC).timestamp()
