"""``biengioi explain [URL]``: what was decided about an address; without one what was not kept, and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.options import ROW_COUNT, ROW_ID, Day, json_option
from biengioi.output import local_time, print_json, print_table
from biengioi.streams import remark
from crawler.decision import Outcome, Rejection
from crawler.declaration import unknown
from crawler.errors import NotFoundError, UsageError
from crawler.identity.urls import canonical_url

if TYPE_CHECKING:
    from db.crawl.outcomes import Unkept


@click.command("explain")
@click.argument("url", metavar="[URL]", required=False)
@click.option("--run", "run_id", metavar="ID", type=ROW_ID, help="Only what this crawl did not keep.")
@click.option("--source", metavar="ID", help="Only addresses of this source.")
@click.option("--reason", metavar="REASON", help="Only for this reason: off_topic, not_found, robots …")
@click.option("--since", type=Day(), help="Only what was decided on or after this day.")
@click.option("--limit", type=ROW_COUNT, default=50, show_default=True)
@json_option
@click.pass_obj
def command(
    context: Context,
    url: str | None,
    run_id: int | None,
    source: str | None,
    reason: str | None,
    since: date | None,
    limit: int,
    as_json: bool,
) -> int:
    """Say what was decided about an address, and why; without one, what was rejected or failed last."""
    from db.crawl.outcomes import Unkept

    wanted = Unkept(run_id, source, reason, since)
    if url is None:
        return _list(context, wanted, limit, as_json=as_json)
    if wanted != Unkept():
        raise UsageError("The options choose what is listed; to explain one address, leave them out.")
    with context.asked_collection() as collection:
        try:
            trail = collection.explain(url)
        except NotFoundError as error:
            if canonical_url(url) is not None:
                raise
            raise UsageError(
                f"{url!r} is no address of a page; give one like https://paper.vn/story.html."
            ) from error
    if as_json:
        print_json(trail)
        return 0
    columns = ("at", "run", "decision", "reason", "article", "detail")
    print_table(
        columns,
        (
            (
                local_time(one["at"]),
                one["run_id"] or "",
                one["kind"],
                one["reason"],
                one["article_id"] or "",
                one.get("detail") or "",
            )
            for one in trail["decisions"]
        ),
    )
    return 0


def _list(context: Context, wanted: Unkept, limit: int, *, as_json: bool) -> int:
    """List what was not kept."""
    if wanted.reason is not None and wanted.reason not in (reasons := [*Rejection, *Outcome]):
        raise UsageError(unknown("reason", wanted.reason, reasons))
    if wanted.source_id is not None:
        context.check_source(wanted.source_id)
    with context.asked_collection() as collection:
        if wanted.run_id is not None:
            collection.run(wanted.run_id)  # which says that there is none
        rows = collection.unkept(wanted, limit + 1)
    found, is_cut = rows[:limit], len(rows) > limit
    if as_json:
        print_json(found)
        return 0
    print_table(
        ("address", "at", "source", "reason", "score", "title"),
        (
            (
                one["url"],
                local_time(one["at"]),
                one["source_id"],
                one["reason"],
                "" if one["topic_score"] is None else one["topic_score"],
                one["title"],
            )
            for one in found
        ),
        right=("score",),
    )
    if not found:
        remark(
            "No page like that was rejected or failed, or none is remembered any longer; "
            "`biengioi runs` counts pages, and says why a source failed."
        )
    elif is_cut:
        remark(
            f"The last {limit:,}; there are more: --limit {10 * limit}, or choose with --source, --reason."
        )
    return 0
