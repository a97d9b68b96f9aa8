"""``biengioi status``: whether everything is alive, and what needs a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.destinations import check_destination
from biengioi.options import json_option
from biengioi.output import duration, local_time, print_json, print_line, print_table, safe
from biengioi.service_words import service_told
from crawler.article import format_instant, parse_instant
from crawler.errors import DeclarationError, UsageError
from crawler.language import Language, languages
from db.service.health import ServiceState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.source import Source
    from db.collection import Collection
    from db.service.status import Status


@click.command("status")
@click.option("--prometheus", is_flag=True, help="Print numbers for Prometheus.")
@click.option(
    "--textfile",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write them into a file that node_exporter reads (its name ends in .prom).",
)
@json_option
@click.pass_obj
def command(context: Context, prometheus: bool, textfile: Path | None, as_json: bool) -> int:
    """Say whether everything is alive, and what needs a person (exit status 1)."""
    if as_json and prometheus:
        raise UsageError("Ask for --json or for --prometheus.")
    if textfile is not None:
        from crawler.formats.prometheus import FIRST_WORD

        check_destination(
            textfile, lambda head, _: head.startswith(FIRST_WORD), keep=context.db_path, force=False
        )
    config, problem = context.config_or_problem()
    with context.asked_collection(config=config) as collection:
        status = collection.status(_declared(context))
        now = datetime.now(UTC)
        state = status.health.service
        is_full = status.free < config.schedule.min_free_mb * 1024 * 1024
        needs_person = not state.is_alive or status.health.has_serious_finding or is_full or bool(problem)
        numbers = (
            _numbers(collection, status, now, needs_person=needs_person) if prometheus or textfile else ""
        )
    if textfile is not None:
        from db.file.atomic_write import atomic_write

        with atomic_write(textfile, status.path) as file:
            file.write(numbers.encode())
    if prometheus:
        click.echo(numbers, nl=False)
    elif as_json:
        shown = {"configuration": {"problem": problem}} if problem else {}
        print_json(_document(status, state, now) | shown)
    elif textfile is None:
        if problem:
            print_line(f"configuration: {safe(problem)} No command but this one works until it is mended.")
        _print(status, state, now, languages()[config.language])
        if is_full:
            print_line(
                f"No crawl is started with less than {config.schedule.min_free_mb} MB (schedule.min_free_mb)."
            )
    return 1 if needs_person else 0


def _numbers(collection: Collection, status: Status, now: datetime, *, needs_person: bool) -> str:
    """Return what there is to know as numbers for a monitor."""
    from importlib.metadata import version

    from biengioi.metrics import Moment, metrics_of
    from crawler.formats.prometheus import text_of

    moment = Moment(status, collection.numbers(), version("biengioi"), needs_person)
    return text_of(metrics_of(moment, now))


def _declared(context: Context) -> Mapping[str, Source]:
    """Return the source files; none, and a sentence, where one is wrong."""
    try:
        return context.all_sources()
    except DeclarationError as error:
        click.echo(f"The source files cannot be read: {error}", err=True)
        return {}


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
                "source_name": one.source_name,
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
        "database": {
            "path": str(status.path),
            "size_bytes": status.size,
            "wal_bytes": status.wal_size,
            "free_bytes": status.free,
            "archive_bytes": status.archive_size,
        },
    }


def _print(status: Status, state: ServiceState, now: datetime, language: Language) -> None:
    print_line(f"service: {service_told(state, status.service, now)}")
    for gap in status.gaps[:3]:
        print_line(
            f"nobody watched: {local_time(gap['from_at'])} to {local_time(gap['to_at'])} ({gap['reason']})"
        )
    archive = f"; archive: {_size(status.archive_size)}" if status.archive_size else ""
    print_line(
        f"database: {status.path}, {_size(status.size)}{archive}; {_size(status.free)} free on its disk"
    )
    print_table(
        ("source", "next", "every", "last success", "age", "failures", "last error"),
        [_row(source, now) for source in status.sources],
        right=("every", "age", "failures"),
    )
    counts = status.health.counts.items()
    if counts:
        click.echo(f"sources: {', '.join(f'{count} {word}' for word, count in counts)}".replace("_", " "))
    for pause in status.pauses:
        print_line(f"pause: {safe(pause.describe())}")
    if not status.findings:
        is_well = state.is_alive and status.health.is_well
        print_line("Nothing needs a person." if is_well else "No finding is open.")
    for one in status.findings:
        evidence, advice = one.told(language)
        where = f"{safe(one.subject('', with_id=True))}: " if one.source_id else ""
        since = local_time(one.opened_at)
        print_line(f"{one.severity.value}: {where}{one.kind.value} since {since}: {safe(evidence)}")
        print_line(safe(advice), "  ")


def _row(source: dict[str, Any], now: datetime) -> tuple[object, ...]:
    age = _age(source["last_success_at"], now)
    due = source["next_fetch_at"]
    return (
        source["id"],
        "now" if source["is_running"] else "due" if due and parse_instant(due) <= now else local_time(due),
        "" if source["interval_s"] is None else duration(source["interval_s"]),
        local_time(source["last_success_at"]),
        "never" if age is None else duration(age),
        source["failure_count"],
        source["last_error"],
    )


def _age(stored: str | None, now: datetime) -> int | None:
    return None if stored is None else _seconds(now - parse_instant(stored))


def _seconds(passed: timedelta) -> int:
    return max(0, int(passed.total_seconds()))


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GB" if count >= 1024**3 else f"{count / 1024**2:.1f} MB"
