"""``biengioi rescore``: the whole collection, judged again after a change of the topic."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.options import json_option, topic_option
from biengioi.output import print_json, print_line, safe
from biengioi.working import working
from crawler.errors import UsageError

if TYPE_CHECKING:
    from db.upkeep.rescore import Rescore

_UNASKED_SHARE = 0.1
_SHOWN_COUNT = 20


@click.command("rescore")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option(
    "--yes", "is_sure", is_flag=True, help="Do not ask when more than a tenth of the articles leave."
)
@topic_option
@json_option
@click.pass_obj
def command(context: Context, dry_run: bool, is_sure: bool, topic_file: Path | None, as_json: bool) -> int:
    """Judge the whole collection again after a change of the topic: a summary, then the moves.

    Articles that have no grade any more leave; rejected pages that may be wanted now are fetched by
    the next crawl. Where more than a tenth of the articles would leave, you are asked first.
    """
    topic = context.topic(topic_file)
    with context.open_collection() as collection:
        with working("scoring"):
            would = collection.rescore(topic, dry_run=True)
        if as_json and dry_run:
            print_json({"dry_run": True, **would.to_json()})
            return 0
        if not as_json:
            _print(would)
        if not dry_run and not (is_sure or _is_meant(would, may_ask=not as_json)):
            click.echo("Nothing was changed.")
            return 0
        if dry_run:
            return 0
        with working("scoring"):
            done = collection.rescore(topic)
        if as_json:
            print_json({"dry_run": False, **done.to_json()})
        else:
            click.echo(
                f"\nDone: {len(done.leaving)} articles left, {len(done.refetch)} pages are pending,"
                " and the next crawl takes them first."
            )
    return 0


def _is_meant(would: Rescore, *, may_ask: bool) -> bool:
    """Whether so much may leave: what is little may, what is much where a person says so."""
    if len(would.leaving) <= would.article_count * _UNASKED_SHARE:
        return True
    if may_ask and sys.stdin.isatty():
        return click.confirm(f"\nLet {len(would.leaving)} of {would.article_count} articles go?", err=True)
    raise UsageError(
        f"{len(would.leaving)} of {would.article_count} articles would leave, more than a tenth: look at"
        " them with --dry-run, and say --yes if that is meant."
    )


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
