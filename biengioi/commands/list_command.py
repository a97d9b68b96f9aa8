"""``biengioi list``: the articles of the collection, newest first."""

from __future__ import annotations

from datetime import date

import click

from biengioi.context import Context
from biengioi.options import filter_options, json_option
from biengioi.output import local_time, print_json, print_table


@click.command("list")
@filter_options
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@json_option
@click.pass_obj
def command(
    context: Context,
    source: str | None,
    since: date | None,
    until: date | None,
    country: str | None,
    place: str | None,
    field: str | None,
    grade: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """List the articles of the collection, newest first."""
    from db.collection import ArticleFilter

    wanted = ArticleFilter(source, since, until, country, place, field, grade, limit)
    with context.open_collection() as collection:
        rows = list(collection.list(wanted))
    if as_json:
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
    if not rows:
        click.echo("No article matches; `biengioi runs` shows what the crawls found.", err=True)
    return 0
