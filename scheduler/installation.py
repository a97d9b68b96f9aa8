"""What is wrong with the installation as a whole: network, disk, clock, files, service, alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.finding import FindingKind, Found, Severity
from db.service.history import SourceHistory
from db.service.lock import MISSED_TICKS, ServiceRecord
from db.service.notifications import Channel
from scheduler.evidence import local, middle, span
from scheduler.health import clock_skew
from scheduler.reachability import may_be_offline

_MANY = 0.8
"""Share of the papers that makes something the installation's trouble and not theirs."""
_MIN_SOURCES = 3
_SKEW = timedelta(minutes=5)
_MIN_FAILED_SENDS = 3
_DISK_WARNING = 2.0
"""Times what crawls need; with less a person is warned."""
_DISK_MARGIN = 2.5
"""Times what crawls need; with more it is enough again."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The facts about everything that belongs to no single source.

    Args:
        histories: of the enabled sources, by id.
        free_mb: space on the database's disk.
        needed_mb: with less no crawl is started.
        service: the row of the service; None if there never was one.
        failing: the channels for alerts that take no messages.
        problems: what is wrong with source files and the configuration, a sentence each.
        open: the kinds of the installation's findings that are open now.
    """

    histories: Mapping[str, SourceHistory]
    free_mb: float
    needed_mb: float
    service: ServiceRecord | None = None
    failing: Sequence[Channel] = ()
    problems: Sequence[str] = ()
    open: frozenset[FindingKind] = frozenset()


def assess_installation(facts: Installation, now: datetime) -> list[Found]:
    """Return what is wrong with the installation; at most one of each kind."""
    checks = (
        _offline(facts),
        _disk(facts),
        _clock(facts),
        _files(facts),
        _service(facts.service, now),
        _channels(facts),
    )
    return [found for check in checks for found in check]


def without_symptoms(found: Sequence[Found], histories: Mapping[str, SourceHistory]) -> list[Found]:
    """Return the findings without those that one of the whole installation explains.

    What was open before stays: a source that was dead already is dead still.
    """
    explained = {
        symptom
        for cause, symptom in (
            (FindingKind.OFFLINE, FindingKind.UNREACHABLE),
            (FindingKind.CLOCK_SKEW, FindingKind.CLOCK_SKEW),
        )
        if any(one.source_id is None and one.kind is cause for one in found)
    }
    return [
        one
        for one in found
        if one.source_id is None or one.kind not in explained or one.kind in histories[one.source_id].open
    ]


def _installation(kind: FindingKind, severity: Severity, evidence: str, advice: str) -> Found:
    return Found(None, kind, severity, evidence, advice)


def _offline(facts: Installation) -> Iterator[Found]:
    crawled = [history for history in facts.histories.values() if history.parts]
    silent = [history for history in crawled if may_be_offline(history)]
    if len(silent) >= _MIN_SOURCES and len(silent) >= _MANY * len(crawled):
        yield _installation(
            FindingKind.OFFLINE,
            Severity.ERROR,
            f"{len(silent)} of {len(crawled)} sources could not be reached in their last crawl.",
            "Look at this machine's network and name server first; the crawls go on by themselves.",
        )


def _disk(facts: Installation) -> Iterator[Found]:
    margin = _DISK_MARGIN if FindingKind.LOW_DISK in facts.open else _DISK_WARNING
    if facts.free_mb < facts.needed_mb * margin:
        yield _installation(
            FindingKind.LOW_DISK,
            Severity.ERROR if facts.free_mb < facts.needed_mb else Severity.WARNING,
            f"{facts.free_mb:.0f} MB are free on the database's disk; below schedule.min_free_mb"
            f" ({facts.needed_mb:.0f}) no crawl is started.",
            "Free space, or move the database to a larger disk. `biengioi maintain` may make it smaller.",
        )


def _clock(facts: Installation) -> Iterator[Found]:
    known = [skew for history in facts.histories.values() if (skew := clock_skew(history)) is not None]
    if len(known) < _MIN_SOURCES:
        return
    common = middle(known) or timedelta()
    agreeing = [skew for skew in known if abs(skew - common) < _SKEW]
    if abs(common) >= _SKEW and len(agreeing) >= _MANY * len(known):
        ahead = "behind" if common > timedelta() else "ahead of"
        yield _installation(
            FindingKind.CLOCK_SKEW,
            Severity.ERROR,
            f"This machine's clock is {span(abs(common))} {ahead} those of {len(agreeing)} papers.",
            "Set the clock, and let it be kept right (`timedatectl set-ntp true`).",
        )


def _files(facts: Installation) -> Iterator[Found]:
    if facts.problems:
        count = len(facts.problems)
        yield _installation(
            FindingKind.INVALID_SOURCE_FILE,
            Severity.WARNING,
            f"{count} file{'' if count == 1 else 's'} cannot be used; the last good version stays in use."
            f" {' '.join(facts.problems[:3])}",
            "Correct what the sentence names; `biengioi sources lint` checks all source files.",
        )


def _service(service: ServiceRecord | None, now: datetime) -> Iterator[Found]:
    if service is None or service.ended_at is not None or service.mode != "service":
        return
    age = now - service.beat_at
    if not service.is_alive or age > MISSED_TICKS * service.tick:
        state = "stands still" if service.is_alive else "died"
        yield _installation(
            FindingKind.SERVICE_SILENT,
            Severity.ERROR,
            f"The service (process {service.owner.pid}) {state}; its last sign of life was"
            f" {local(service.beat_at)}, {span(age)} ago.",
            "Start `biengioi schedule` again, best under systemd (`biengioi schedule --unit`).",
        )


def _channels(facts: Installation) -> Iterator[Found]:
    bad = [
        one
        for one in facts.failing
        if one.failure_count >= (1 if FindingKind.ALERT_FAILED in facts.open else _MIN_FAILED_SENDS)
    ]
    if bad:
        words = [
            f"{one.name}, {one.failure_count}× since {local(one.failing_since)}: {one.last_error}"
            for one in bad
        ]
        yield _installation(
            FindingKind.ALERT_FAILED,
            Severity.ERROR,
            f"{len(bad)} alert channel{'' if len(bad) == 1 else 's'} took no message ({'; '.join(words)}).",
            "Check its settings under [alerts] (`biengioi config show`); what was missed is sent later.",
        )
