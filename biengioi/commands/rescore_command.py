"""``biengioi rescore``: the whole collection, judged again after a change of the topic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.options import json_option, topic_option
from biengioi.output import print_json, print_line, safe

if TYPE_CHECKING:
    from db.upkeep.rescore import Rescore

_SHOWN_COUNT = 20


@click.command("rescore")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@topic_option
@json_option
@click.pass_obj
def command(context: Context, dry_run: bool, topic_file: Path | None, as_json: bool) -> int:
    """Judge the whole collection again after a change of the topic: a summary, then the moves.

    Articles that have no grade any more leave; rejected pages that may be wanted now are fetched by
    the next crawl.
    """
    topic = context.topic(topic_file)
    with context.open_collection() as collection:
        if as_json:
            print_json({"dry_run": dry_run, **collection.rescore(topic, dry_run=dry_run).to_json()})
            return 0
        _print(collection.rescore(topic, dry_run=True))
        if not dry_run:
            done = collection.rescore(topic)
            click.echo(
                f"\nDone: {len(done.leaving)} articles left, {len(done.refetch)} pages are pending,"
                " and the next crawl takes them first."
            )
    return 0


def _print(found: Rescore) -> None:
    print_line(f"{found.article_count} articles scored.")
    for change, count in found.grades.items():
        print_line(f"{count:>6}  {change}", "  ")
    if not found.grades:
        print_line("No grade changes.", "  ")
    _print_rows(
        f"{len(found.leaving)} articles leave; their pages keep title and score",
        [f"{one.id}  score {one.topic_score}  {one.title or one.url}" for one in found.leaving],
    )
    _print_rows(
        f"{len(found.refetch)} rejected pages may be wanted now and are fetched again",
        [f"{one.source_id}  {one.title or one.url}" for one in found.refetch],
    )
    if found.skipped:
        click.echo(
            f"\nBeing crawled at this moment, and left as they are: {', '.join(found.skipped)};"
            " run rescore again when the crawl has ended."
        )


def _print_rows(heading: str, rows: list[str]) -> None:
    if not rows:
        return
    click.secho(f"\n{heading}", bold=True)
    for row in rows[:_SHOWN_COUNT]:
        print_line(safe(row), "  ")
    if len(rows) > _SHOWN_COUNT:
        print_line(f"… and {len(rows) - _SHOWN_COUNT} more; --json shows all.", "  ")
