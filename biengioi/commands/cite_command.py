"""``biengioi cite ID``: how to cite an article, and what proves it."""

from __future__ import annotations

from dataclasses import asdict

import click

from biengioi.context import Context
from biengioi.options import ROW_ID, json_option
from biengioi.output import print_json
from crawler.formats.citation import LAYOUTS, csl


@click.command("cite")
@click.argument("article_id", metavar="ID", type=ROW_ID)
@click.option(
    "--format",
    "layout",
    type=click.Choice(list(LAYOUTS)),
    default="text",
    show_default=True,
    help="How it is written; all but text is for reference managers.",
)
@json_option
@click.pass_obj
def command(context: Context, article_id: int, layout: str, as_json: bool) -> int:
    """Say how to cite an article: who, what, where, when, and where its page is kept."""
    with context.asked_collection() as collection:
        cited = collection.cite(article_id)
    if as_json:
        evidence = asdict(cited.evidence) if cited.evidence else None
        print_json(
            {
                "id": cited.id,
                "text": LAYOUTS["text"](cited),
                "csl": csl(cited),
                "retrieved_at": cited.retrieved_at,
                "content_hash": cited.content_hash,
                "evidence": evidence,
            }
        )
    else:
        click.echo(LAYOUTS[layout](cited), nl=False)
    return 0
