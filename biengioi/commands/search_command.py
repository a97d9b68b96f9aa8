"""``biengioi search QUERY``: the articles that say it, best first."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.emptiness import say_why_none
from biengioi.options import LARGEST_NUMBER, ROW_COUNT, filter_options, json_option
from biengioi.output import local_time, print_json, print_table, print_text, safe
from biengioi.streams import remark

if TYPE_CHECKING:
    from db.collection import ArticleFilter, SearchResult

_INDENT = " " * 8
ORDERS = ("relevance", "recent", "newest", "oldest")


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@filter_options
@click.option("--order", type=click.Choice(ORDERS), default="relevance", show_default=True)
@click.option("--limit", type=ROW_COUNT, default=20, show_default=True)
@click.option(
    "--offset",
    type=click.IntRange(0, LARGEST_NUMBER),
    default=0,
    show_default=True,
    help="Skip so many hits.",
)
@json_option
@click.pass_obj
def command(
    context: Context,
    query: tuple[str, ...],
    wanted: ArticleFilter,
    order: str,
    limit: int,
    offset: int,
    as_json: bool,
) -> int:
    """Find articles by their words, with or without diacritics.

    All words must occur. "A phrase", begin*, OR, NOT (or -word) and parentheses work too; what begins
    with - stands after --.
    """
    from db.collection import Order

    wanted = replace(wanted, limit=limit, offset=offset)
    with context.asked_collection() as collection:
        result = collection.search(" ".join(query), wanted, Order(order))
        if not result.rows:
            say_why_none(collection, wanted, " ".join(query))
    if as_json:
        print_json(result.rows)
    elif sys.stdout.isatty():
        _print(result.rows)
    else:
        columns = ("id", "published", "source", "grade", "title", "snippet")
        print_table(columns, (_cells(row) for row in result.rows))
    if result.rows:
        remark(_summary(result, offset))
    return 0


def _cells(row: dict[str, Any]) -> Sequence[object]:
    published = local_time(row["published_at"])
    return row["id"], published, row["source_id"], row["topic_grade"], row["title"], row["snippet"]


def _print(rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        facts = (f"{row['id']:>6}", local_time(row["published_at"]), row["source_id"], row["topic_grade"])
        print_text(click.style(safe("  ".join(fact for fact in facts if fact)), dim=True))
        title = _highlighted(row["title"] or "(no title)", row["title_highlights"], bold=True)
        print_text("".join(title), _INDENT)
        print_text("".join(_highlighted(row["snippet"], row["highlights"])), _INDENT)
        click.echo()


def _highlighted(text: str, spans: Sequence[Sequence[int]], *, bold: bool = False) -> Iterator[str]:
    position = 0
    for start, end in spans:
        yield click.style(safe(text[position:start]), bold=bold or None)
        yield click.style(safe(text[start:end]), fg="yellow", bold=True)
        position = end
    yield click.style(safe(text[position:]), bold=bold or None)


def _summary(result: SearchResult, offset: int) -> str:
    """Return how much of what was found is shown, and how to see more."""
    shown = f"{offset + 1:,} to {offset + len(result.rows):,}"
    if result.total_count is not None:
        return f"Articles {shown} of {result.total_count:,}."
    if result.ranked_among is not None:
        return f"Articles {shown}, ranked among the newest {result.ranked_among:,} of more that match."
    return f"Articles {shown} of more that match; --offset {offset + len(result.rows)} shows the next."
