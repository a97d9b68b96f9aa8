"""``biengioi runs [ID]``: the crawls so far, and the numbers of one."""

from __future__ import annotations

import click

from biengioi.context import Context
from biengioi.options import ROW_COUNT, ROW_ID, json_option
from biengioi.output import elapsed, local_time, print_json, print_table
from biengioi.streams import remark


@click.command("runs")
@click.argument("run_id", metavar="[ID]", type=ROW_ID, required=False)
@click.option("--limit", type=ROW_COUNT, default=20, show_default=True)
@json_option
@click.pass_obj
def command(context: Context, run_id: int | None, limit: int, as_json: bool) -> int:
    """List the crawls so far, newest first, or show one source by source."""
    with context.asked_collection() as collection:
        reports = collection.runs(limit) if run_id is None else [collection.run(run_id)]
    if not reports:
        remark("No crawl so far; `biengioi crawl` makes one.")
    if run_id is not None:
        if as_json:
            print_json(reports[0].to_json())
        else:
            from biengioi.report_view import print_report

            print_report(reports[0])
            if reports[0].tally.rejected or reports[0].tally.failed:
                remark(f"`biengioi explain --run {run_id}` lists what was rejected or failed.")
    elif as_json:
        print_json([report.to_json(with_sources=False) for report in reports])
    else:
        columns = ("id", "kind", "status", "started", "took", "sources", "considered", "stored", "pending")
        print_table(
            columns,
            (
                (
                    report.run_id,
                    report.kind,
                    report.status,
                    local_time(report.started_at),
                    elapsed(report.started_at, report.ended_at),
                    len(report.sources),
                    report.tally.considered,
                    report.tally.stored,
                    report.tally.pending,
                )
                for report in reports
            ),
            right=("id", "took", "sources", "considered", "stored", "pending"),
        )
    return 0
