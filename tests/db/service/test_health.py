"""The one judgement of health: what service, sources and findings come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.finding import FindingKind, Severity
from crawler.source import Source
from db.crawl.leases import Owner
from db.service.findings import Finding
from db.service.health import Health, ServiceState, SourceState, judge, service_state
from db.service.lock import ServiceRecord

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ALIVE = ServiceRecord(
    mode="service",
    owner=Owner("here", 1, "then"),
    version="0.1.0",
    started_at=NOW - timedelta(days=3),
    beat_at=NOW - timedelta(seconds=5),
    tick=timedelta(seconds=5),
    ended_at=None,
    is_alive=True,
)
DEAD = replace(ALIVE, is_alive=False)
SILENT = replace(ALIVE, beat_at=NOW - timedelta(minutes=5))
STOPPED = replace(ALIVE, is_alive=False, ended_at=NOW - timedelta(hours=1))
GOOD: dict[str, object] = {
    "id": "bao",
    "failure_count": 0,
    "last_success_at": "2026-11-21T01:00:00Z",
    "next_fetch_at": "2026-11-21T03:00:00Z",
}
SOURCE = Source("bao", "Báo", "https://bao.example")


def finding(severity: Severity, source_id: str | None = "bao") -> Finding:
    at = "2026-11-21T01:00:00Z"
    return Finding(1, source_id, FindingKind.SILENT, severity, at, at, None, "", "")


def health(
    record: ServiceRecord | None = ALIVE,
    *findings: Finding,
    declared: Source = SOURCE,
    **changes: object,
) -> Health:
    return judge(record, [{**GOOD, **changes}], findings, {declared.id: declared}, NOW)


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (None, ServiceState.NEVER),
        (ALIVE, ServiceState.RUNNING),
        (SILENT, ServiceState.SILENT),
        (DEAD, ServiceState.DIED),
        (STOPPED, ServiceState.STOPPED),
        (replace(STOPPED, mode="once"), ServiceState.WAITING),
        (replace(STOPPED, mode="once", ended_at=NOW - timedelta(days=2)), ServiceState.STOPPED),
    ],
)
def test_the_service(record: ServiceRecord | None, state: ServiceState) -> None:
    assert service_state(record, NOW) is state


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (health(), SourceState.WELL),
        (health(None), SourceState.WELL),
        (health(ALIVE, failure_count=1), SourceState.FAILING),
        (health(DEAD, failure_count=1), SourceState.FAILING),
        (health(ALIVE, finding(Severity.ERROR)), SourceState.FAILING),
        (health(ALIVE, finding(Severity.WARNING)), SourceState.WARNING),
        (health(ALIVE, finding(Severity.INFO)), SourceState.WELL),
        (health(ALIVE, finding(Severity.ERROR, "another")), SourceState.WELL),
        (health(DEAD), SourceState.UNWATCHED),
        (health(SILENT), SourceState.UNWATCHED),
        (health(STOPPED), SourceState.UNWATCHED),
        (health(DEAD, next_fetch_at=None), SourceState.WELL),
        (health(ALIVE, last_success_at=None), SourceState.NEVER_CRAWLED),
        (health(DEAD, failure_count=9, declared=replace(SOURCE, enabled=False)), SourceState.DISABLED),
    ],
)
def test_a_source(found: Health, state: SourceState) -> None:
    assert found.sources == {"bao": state}
    assert found.counts == {state: 1}


def test_what_is_declared_and_was_never_crawled_is_known() -> None:
    declared = {"a": SOURCE, "b": replace(SOURCE, enabled=False)}
    assert judge(None, [], [], declared, NOW).sources == {
        "a": SourceState.NEVER_CRAWLED,
        "b": SourceState.DISABLED,
    }


def test_all_is_well_only_where_something_was_crawled_and_nothing_is_wrong() -> None:
    assert health().is_well
    assert health(ALIVE, finding(Severity.INFO)).is_well
    assert health(None).is_well
    wrong = [
        health(DEAD),
        health(DEAD, next_fetch_at=None),
        health(STOPPED),
        health(ALIVE, failure_count=1),
        health(ALIVE, last_success_at=None),
        health(ALIVE, finding(Severity.WARNING, None)),
        judge(None, [], [], {}, NOW),
    ]
    assert not [one for one in wrong if one.is_well]
