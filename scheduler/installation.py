"""What is wrong with the installation as a whole: network, disk, clock, files, service, alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.finding import FindingKind, Found, Severity
from crawler.sentence import Sentence, say
from db.service.history import SourceHistory
from db.service.lock import MISSED_TICKS, ServiceRecord
from db.service.notifications import Channel
from scheduler.evidence import found, middle
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
    return [one for check in checks for one in check]


def without_symptoms(findings: Sequence[Found], histories: Mapping[str, SourceHistory]) -> list[Found]:
    """Return the findings without those that one of the whole installation explains.

    What was open before stays: a source that was dead already is dead still.
    """
    explained = {
        symptom
        for cause, symptom in (
            (FindingKind.OFFLINE, FindingKind.UNREACHABLE),
            (FindingKind.CLOCK_SKEW, FindingKind.CLOCK_SKEW),
        )
        if any(one.source_id is None and one.kind is cause for one in findings)
    }
    return [
        one
        for one in findings
        if one.source_id is None or one.kind not in explained or one.kind in histories[one.source_id].open
    ]


def _installation(kind: FindingKind, severity: Severity, evidence: Sentence, advice: Sentence) -> Found:
    return found(None, kind, severity, evidence, advice)


def _offline(facts: Installation) -> Iterator[Found]:
    crawled = [history for history in facts.histories.values() if history.parts]
    silent = [history for history in crawled if may_be_offline(history)]
    if len(silent) >= _MIN_SOURCES and len(silent) >= _MANY * len(crawled):
        yield _installation(
            FindingKind.OFFLINE,
            Severity.ERROR,
            say("evidence.offline", count=len(silent), all=len(crawled)),
            say("advice.offline"),
        )


def _disk(facts: Installation) -> Iterator[Found]:
    margin = _DISK_MARGIN if FindingKind.LOW_DISK in facts.open else _DISK_WARNING
    if facts.free_mb < facts.needed_mb * margin:
        yield _installation(
            FindingKind.LOW_DISK,
            Severity.ERROR if facts.free_mb < facts.needed_mb else Severity.WARNING,
            say("evidence.low_disk", free=round(facts.free_mb), needed=round(facts.needed_mb)),
            say("advice.low_disk"),
        )


def _clock(facts: Installation) -> Iterator[Found]:
    known = [skew for history in facts.histories.values() if (skew := clock_skew(history)) is not None]
    if len(known) < _MIN_SOURCES:
        return
    common = middle(known) or timedelta()
    agreeing = [skew for skew in known if abs(skew - common) < _SKEW]
    if abs(common) >= _SKEW and len(agreeing) >= _MANY * len(known):
        way = "behind" if common > timedelta() else "ahead"
        yield _installation(
            FindingKind.CLOCK_SKEW,
            Severity.ERROR,
            say(f"evidence.our_clock_{way}", skew=abs(common), papers=len(agreeing)),
            say("advice.our_clock"),
        )


def _files(facts: Installation) -> Iterator[Found]:
    if facts.problems:
        problems = " ".join(facts.problems[:3])
        yield _installation(
            FindingKind.INVALID_SOURCE_FILE,
            Severity.WARNING,
            say("evidence.invalid_files", n=len(facts.problems), problems=problems),
            say("advice.invalid_source_file"),
        )


def _service(service: ServiceRecord | None, now: datetime) -> Iterator[Found]:
    if service is None or service.ended_at is not None or service.mode != "service":
        return
    age = now - service.beat_at
    if not service.is_alive or age > MISSED_TICKS * service.tick:
        state = "still" if service.is_alive else "died"
        yield _installation(
            FindingKind.SERVICE_SILENT,
            Severity.ERROR,
            say(f"evidence.service_{state}", pid=str(service.owner.pid), beat=service.beat_at, age=age),
            say("advice.service_silent"),
        )


def _channels(facts: Installation) -> Iterator[Found]:
    bad = [
        one
        for one in facts.failing
        if one.failure_count >= (1 if FindingKind.ALERT_FAILED in facts.open else _MIN_FAILED_SENDS)
    ]
    if bad:
        channels = tuple(
            say(
                "evidence.channel",
                name=one.name,
                count=one.failure_count,
                since=one.failing_since,
                error=one.last_error or "",
            )
            for one in bad
        )
        yield _installation(
            FindingKind.ALERT_FAILED,
            Severity.ERROR,
            say("evidence.alert_failed", n=len(bad), channels=channels),
            say("advice.alert_failed"),
        )
