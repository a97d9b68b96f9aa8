"""``biengioi list``: the articles of the collection, newest first."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.emptiness import say_why_none
from biengioi.options import LARGEST_NUMBER, ROW_COUNT, division_option, filter_options, json_option
from biengioi.output import local_time, print_json, print_table
from biengioi.streams import remark

if TYPE_CHECKING:
    from db.collection import ArticleFilter


@click.command("list")
@filter_options
@click.option("--limit", type=ROW_COUNT, default=50, show_default=True)
@click.option("--order", type=click.Choice(("newest", "oldest")), default="newest", show_default=True)
@click.option(
    "--offset", type=click.IntRange(0, LARGEST_NUMBER), default=0, help="Leave out so many of the first."
)
@division_option
@json_option
@click.pass_obj
def command(
    context: Context,
    wanted: ArticleFilter,
    limit: int,
    order: str,
    offset: int,
    division: str | None,
    as_json: bool,
) -> int:
    """List the articles of the collection, newest first."""
    from db.collection import Order

    with context.asked_collection() as collection:
        rows = list(collection.list(replace(wanted, limit=limit, offset=offset), Order(order)))
        is_for_people = sys.stdout.isatty() and not as_json
        matching_count = collection.matching_count(wanted) if is_for_people else 0
        if not rows:
            say_why_none(collection, replace(wanted, offset=offset))
    if as_json:
        if division:
            from db.articles.areas import divided  # which reads the gazetteer

            rows = [{**row, "places": divided(row["places"], division)} for row in rows]
        print_json(rows)
        return 0
    columns = ("id", "published", "source", "grade", "score", "title")
    print_table(
        columns,
        (
            (
                row["id"],
                local_time(row["published_at"]),
                row["source_id"],
                row["topic_grade"],
                row["topic_score"],
                row["title"] or f"({row['text'][:60]}…)",
            )
            for row in rows
        ),
        right=("id", "score"),
    )
    if rows and is_for_people and matching_count > len(rows):
        remark(_place_in_all(offset, len(rows), matching_count))
    return 0


def _place_in_all(offset: int, shown_count: int, matching_count: int) -> str:
    end = offset + shown_count
    shown = f"{offset + 1:,} to {end:,}" if offset else f"{end:,}"
    following = f"; next: --offset {end}" if end < matching_count else ""
    return f"{shown} of {matching_count:,}{following}"
