"""A run's report for people: a row per source whose numbers add up, and what they mean."""

from __future__ import annotations

import click

from biengioi.output import elapsed, print_line, print_table, print_text, safe
from crawler.decision import Outcome, Rejection, is_line_down
from crawler.report import BACKFILL, RunReport, RunStatus, SourceStatus, Tally

_TERMS = ("stored", "revised", "unchanged", "duplicate", "near dup", "rejected", "failed", "pending")
_COLUMNS = ("source", "status", "considered", *_TERMS, "known")


MIN_OFFLINE_SOURCES = 3
"""Of fewer, the papers themselves may be gone."""


def is_offline(report: RunReport) -> bool:
    """Whether not one of several papers answered, so that this machine's own line is likelier to be down."""
    outcomes = [outcome for one in report.sources.values() for outcome in one.seeds.values()]
    failed = [one for one in report.sources.values() if one.status is SourceStatus.FAILED]
    return len(failed) >= MIN_OFFLINE_SOURCES and is_line_down(outcomes)


def print_report(report: RunReport) -> None:
    """Print the table, the reasons behind the rejections and failures, and a closing sentence.

    Where nobody was reached there is nothing to say of each source.
    """
    if is_offline(report):
        print_line(
            f"Not one of {len(report.sources)} newspapers was reached: this machine's network may be down."
            " `biengioi doctor` looks at it."
        )
        click.echo(summary(report))
        return
    rows = [(id_, one.status.value, *_numbers(one.tally)) for id_, one in sorted(report.sources.items())]
    if len(rows) > 1:
        rows.append(("total", "", *_numbers(report.tally)))
    print_table(_COLUMNS, rows, right=("considered", *_TERMS, "known"))
    for id_, one in sorted(report.sources.items()):
        if one.message:
            print_line(f"{id_}: {safe(one.message)}")
    for name, reasons in (("rejected", report.tally.rejected), ("failed", report.tally.failed)):
        if reasons:
            counted = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
            print_line(f"{name}: {counted}")
    print_text(summary(report))


def summary(report: RunReport) -> str:
    """Return what the run came to in one sentence; an empty result has its reason."""
    tally = report.tally
    skipped = all(one.status is SourceStatus.SKIPPED for one in report.sources.values())
    unchanged = all(
        outcome == Outcome.NOT_MODIFIED for one in report.sources.values() for outcome in one.seeds.values()
    )
    name = f"Run {report.run_id}" if report.run_id is not None else "Dry run (nothing was written)"
    took = elapsed(report.started_at, report.ended_at)
    failed = [id_ for id_, one in report.sources.items() if one.status is SourceStatus.FAILED]
    if skipped and report.sources:
        is_paused = any(Outcome.PAUSED in one.seeds.values() for one in report.sources.values())
        held = "asked for a pause or is held by another crawl" if is_paused else "is held by another crawl"
        waiting = f"; {tally.pending} pages left for the next crawl" if tally.pending else ""
        return f"{name}: nothing was crawled, because every source {held}{waiting}."
    is_archive = report.kind == BACKFILL
    left = "stories left for the next time" if is_archive else "pages left for the next crawl"
    parts = [f"{tally.stored} new, {tally.revised} revised, {tally.duplicate} seen again elsewhere"]
    if tally.stored == tally.revised == 0 and not failed:
        why = _why_nothing_of_archives(tally) if is_archive else _why_nothing(tally, unchanged)
        parts = [f"nothing new: {why}"]
    if tally.pending:
        parts.append(f"{tally.pending} {left}")
    if failed and is_archive:
        parts.append(f"{tally.failed.get(Outcome.TASK_LOST, 0)} tasks could not be read")
    elif failed:
        parts.append(f"{len(failed)} of {len(report.sources)} sources failed")
    if not report.adds_up:
        parts.append("the numbers do not add up, which is a bug: please report it")
    ending = {RunStatus.RUNNING: "still running", RunStatus.ABORTED: "aborted"}.get(report.status)
    return f"{name}: {'; '.join(parts)} ({ending or took})."


def _why_nothing(tally: Tally, unchanged: bool) -> str:
    if tally.considered == 0 and unchanged:
        return "no feed or section has changed since the last crawl"
    if tally.considered == 0 and tally.known_count:
        return f"all {tally.known_count} pages on offer were known"
    if tally.considered == 0:
        return "no source offered any page"
    return (
        f"of {tally.considered} pages {tally.rejected_count} were rejected, {tally.failed_count} failed,"
        f" {tally.unchanged} had not changed and {tally.duplicate + tally.near_duplicate} were reprints"
    )


def _why_nothing_of_archives(tally: Tally) -> str:
    if tally.considered == 0:
        return (
            f"all {tally.known_count} records were read before"
            if tally.known_count
            else "there are no records"
        )
    others = tally.rejected.get(Rejection.FOREIGN_HOST, 0)
    foreign = others + tally.rejected.get(Rejection.NO_PAGE, 0)
    hint = f"; {others} are of other hosts, which --any-host takes in" if others else ""
    return (
        f"of {tally.considered} records {foreign} are no pages of these papers,"
        f" {tally.rejected_count - foreign} were rejected, {tally.failed_count} failed,"
        f" {tally.unchanged} had not changed and {tally.duplicate + tally.near_duplicate} were reprints{hint}"
    )


def _numbers(tally: Tally) -> tuple[int, ...]:
    return (
        tally.considered,
        tally.stored,
        tally.revised,
        tally.unchanged,
        tally.duplicate,
        tally.near_duplicate,
        tally.rejected_count,
        tally.failed_count,
        tally.pending,
        tally.known_count,
    )
