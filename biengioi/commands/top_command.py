"""``biengioi top [QUERY]``: what a result has more of than the rest of the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.emptiness import say_why_none
from biengioi.options import filter_options, json_option
from biengioi.output import print_json, print_table
from biengioi.place_names import place_name
from biengioi.streams import remark

if TYPE_CHECKING:
    from crawler.text.keyness import Standout
    from db.collection import ArticleFilter

_MOST = 100
"""Rows of each kind."""


@click.command("top")
@click.argument("query", nargs=-1)
@filter_options
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST),
    default=15,
    show_default=True,
    help="At most so many of each kind.",
)
@json_option
@click.pass_obj
def command(
    context: Context, query: tuple[str, ...], wanted: ArticleFilter, limit: int, as_json: bool
) -> int:
    """Show the words, places, papers and people that set a result apart from the rest.

    A result is what a query, a filter or both choose. The measure is the log-odds ratio with an
    informative Dirichlet prior (Monroe, Colaresi and Quinn 2008).
    """
    from crawler.text.keyness import SURE_Z

    with context.asked_collection() as collection:
        text = " ".join(query).strip() or None
        found = collection.top(text, wanted, limit)
        if not found.article_count:
            say_why_none(collection, wanted, text or "")
    if as_json:
        print_json(
            {
                "article_count": found.article_count,
                "read_count": found.read_count,
                "rest_read_count": found.rest_read_count,
                **{f"{kind}s": [_document(kind, one) for one in ones] for kind, ones in found.found.items()},
            }
        )
        return 0
    print_table(
        ("kind", "name", "here", "rest", "log-odds", "z"),
        (
            (kind, _name(kind, one), one.count, one.other_count, f"{one.log_odds:.2f}", f"{one.z:.1f}")
            for kind, ones in found.found.items()
            for one in ones
        ),
        right=("here", "rest", "log-odds", "z"),
    )
    if found.article_count and not any(found.found.values()):
        remark(f"Nothing stands out: what it has more of than the rest may be chance (z under {SURE_Z}).")
    if found.article_count:
        remark(
            f"Counted in {found.read_count:,} of the {found.article_count:,} articles of the result"
            f" and in {found.rest_read_count:,} others."
        )
    return 0


def _document(kind: str, one: Standout) -> dict[str, Any]:
    return {
        "id": one.term,
        "name": _name(kind, one),
        "article_count": one.count,
        "rest_article_count": one.other_count,
        "log_odds": round(one.log_odds, 4),
        "z": round(one.z, 4),
    }


def _name(kind: str, one: Standout) -> str:
    return place_name(one.term) if kind == "place" else one.term
