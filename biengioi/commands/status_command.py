"""``biengioi status``: whether everything is alive, and what needs a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import local_time, print_json, print_line, print_table, safe
from crawler.article import format_instant, parse_instant
from crawler.finding import Severity
from db.service.lock import MISSED_TICKS, ServiceRecord

if TYPE_CHECKING:
    from db.service.status import Status

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


_ALIVE = (ServiceState.RUNNING, ServiceState.WAITING)


@click.command("status")
@json_option
@click.pass_obj
def command(context: Context, as_json: bool) -> int:
    """Say whether everything is alive, and what needs a person (exit status 1)."""
    config, problem = context.config_or_problem()
    with context.open_collection(config=config) as collection:
        status = collection.status()
    now = datetime.now(UTC)
    state = state_of(status.service, now)
    serious = [one for one in status.findings if one.severity != Severity.INFO]
    is_full = status.free < config.schedule.min_free_mb * 1024 * 1024
    if as_json:
        shown = {"configuration": {"problem": problem}} if problem else {}
        print_json(_document(status, state, now) | shown)
    else:
        if problem:
            print_line(f"configuration: {safe(problem)} No command but this one works until it is mended.")
        _print(status, state, now)
    return 1 if state not in _ALIVE or serious or is_full or problem else 0


def state_of(service: ServiceRecord | None, now: datetime) -> ServiceState:
    """Return how the service stands."""
    if service is None:
        return ServiceState.NEVER
    if service.is_alive:
        late = now - service.beat_at > MISSED_TICKS * service.tick
        return ServiceState.SILENT if late else ServiceState.RUNNING
    if service.ended_at is None:
        return ServiceState.DIED
    is_waiting = service.mode == "once" and now - service.ended_at < _BETWEEN
    return ServiceState.WAITING if is_waiting else ServiceState.STOPPED


def _document(status: Status, state: ServiceState, now: datetime) -> dict[str, Any]:
    service = status.service
    shown: dict[str, Any] = {"state": state.value}
    if service is not None:
        shown |= {
            "mode": service.mode,
            "host": service.owner.host.partition("/")[0],
            "pid": service.owner.pid,
            "version": service.version,
            "started_at": format_instant(service.started_at),
            "beat_at": format_instant(service.beat_at),
            "beat_age_s": _seconds(now - service.beat_at),
            "ended_at": format_instant(service.ended_at) if service.ended_at else None,
        }
    return {
        "service": shown | {"gaps": list(status.gaps)},
        "sources": [
            {**source, "success_age_s": _age(source["last_success_at"], now)} for source in status.sources
        ],
        "findings": [
            {
                "id": one.id,
                "source_id": one.source_id,
                "kind": one.kind.value,
                "severity": one.severity.value,
                "opened_at": one.opened_at,
                "seen_at": one.seen_at,
                "evidence": one.evidence,
                "advice": one.advice,
            }
            for one in status.findings
        ],
        "pauses": [
            {
                "key": one.key,
                "asked_at": format_instant(one.asked_at),
                "until_at": format_instant(one.until),
                "detail": one.detail,
            }
            for one in status.pauses
        ],
        "database": {"path": str(status.path), "size_bytes": status.size, "free_bytes": status.free},
    }


def _print(status: Status, state: ServiceState, now: datetime) -> None:
    service = status.service
    if service is None:
        print_line("service: never started; `biengioi schedule` does that")
    else:
        beat = _span((now - service.beat_at).total_seconds())
        print_line(f"service: {state.value} (process {service.owner.pid}, last sign of life {beat} ago)")
    for gap in status.gaps[:3]:
        print_line(
            f"nobody watched: {local_time(gap['from_at'])} to {local_time(gap['to_at'])} ({gap['reason']})"
        )
    print_line(f"database: {status.path}, {_size(status.size)}; {_size(status.free)} free on its disk")
    print_table(
        ("source", "next", "every", "last success", "age", "failures", "last error"),
        [_row(source, now) for source in status.sources],
        right=("every", "age", "failures"),
    )
    for pause in status.pauses:
        print_line(f"pause: {safe(pause.describe())}")
    if not status.findings:
        print_line("Nothing needs a person." if state in _ALIVE else "No finding is open.")
    for one in status.findings:
        where = f"{one.source_id}: " if one.source_id else ""
        since = local_time(one.opened_at)
        print_line(f"{one.severity.value}: {where}{one.kind.value} since {since}: {safe(one.evidence)}")
        print_line(safe(one.advice), "  ")


def _row(source: dict[str, Any], now: datetime) -> tuple[object, ...]:
    age = _age(source["last_success_at"], now)
    due = source["next_fetch_at"]
    return (
        source["id"],
        "now" if source["is_running"] else "due" if due and parse_instant(due) <= now else local_time(due),
        "" if source["interval_s"] is None else _span(source["interval_s"]),
        local_time(source["last_success_at"]),
        "never" if age is None else _span(age),
        source["failure_count"],
        source["last_error"],
    )


def _age(stored: str | None, now: datetime) -> int | None:
    return None if stored is None else _seconds(now - parse_instant(stored))


def _seconds(duration: timedelta) -> int:
    return max(0, int(duration.total_seconds()))


def _span(seconds: float) -> str:
    """Return a duration in its largest sensible unit."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GB" if count >= 1024**3 else f"{count / 1024**2:.1f} MB"
