"""``biengioi timeline QUERY…``: how many articles there are of each query over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.emptiness import say_why_none
from biengioi.options import filter_options, json_option
from biengioi.output import print_json, print_table, safe
from biengioi.streams import remark

if TYPE_CHECKING:
    from db.articles.timeline import Series, Timeline
    from db.collection import ArticleFilter


@click.command("timeline")
@click.argument("queries", metavar="[QUERY]…", nargs=-1)
@click.option("--by", type=click.Choice(("day", "week", "month")), help="How long each step is.")
@click.option("--normalised", is_flag=True, help="Show the share of all kept articles instead of the number.")
@filter_options
@json_option
@click.pass_obj
def command(
    context: Context,
    queries: tuple[str, ...],
    wanted: ArticleFilter,
    by: str | None,
    normalised: bool,
    as_json: bool,
) -> int:
    """Count the articles of up to three queries by day, week or month.

    Each argument is one query, so quote what has several words; without any, all articles count.
    """
    from crawler.buckets import Grain

    with context.asked_collection() as collection:
        found = collection.timeline(queries, wanted, Grain(by) if by else None)
        if not any(one.article_count for one in found.series):
            say_why_none(collection, wanted, " or ".join(queries))
    if as_json:
        print_json(_document(found))
        return 0
    names = [_name(one) for one in found.series]
    values = [
        [f"{share:.2%}" for share in one.shares(found.kept)] if normalised else [f"{n:,}" for n in one.counts]
        for one in found.series
    ]
    columns = (str(found.grain), *names, "all")
    print_table(
        columns,
        (
            (bucket.name, *(column[number] for column in values), f"{found.kept[number]:,}")
            for number, bucket in enumerate(found.buckets)
        ),
        right=columns[1:],
    )
    for one in found.series:
        if one.article_count:
            remark(_summary(one))
    return 0


def _document(found: Timeline) -> dict[str, Any]:
    return {
        "by": found.grain.value,
        "queries": [
            {
                "query": one.query,
                "article_count": one.article_count,
                "undated_count": one.undated_count,
                "earlier_count": one.earlier_count,
            }
            for one in found.series
        ],
        "buckets": [
            {
                "name": bucket.name,
                "since": bucket.since.isoformat(),
                "until": bucket.until.isoformat(),
                "kept_count": found.kept[number],
                "counts": [one.counts[number] for one in found.series],
                "shares": [round(one.shares(found.kept)[number], 6) for one in found.series],
            }
            for number, bucket in enumerate(found.buckets)
        ],
    }


def _name(one: Series) -> str:
    return safe(one.query) if one.query else "articles"


def _summary(one: Series) -> str:
    """Return how many a query finds, and which of them the table does not show."""
    parts = [f"{_name(one)}: {one.article_count:,} found"]
    if one.undated_count:
        parts.append(f"{one.undated_count:,} without a date are in no row")
    if one.earlier_count:
        parts.append(f"{one.earlier_count:,} earlier ones are in no row; use longer steps or --until")
    return f"{'; '.join(parts)}."
