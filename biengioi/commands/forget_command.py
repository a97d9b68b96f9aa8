"""``biengioi forget ID|URL``: a takedown."""

from __future__ import annotations

import click

from biengioi.context import Context
from biengioi.options import ROW_ID
from biengioi.output import safe


@click.command("forget")
@click.argument("article", metavar="ID|URL")
@click.pass_obj
def command(context: Context, article: str) -> int:
    """Remove an article for good; its addresses are never fetched again."""
    wanted = ROW_ID(article) if article.isdecimal() else article
    with context.asked_collection("removing") as collection:
        removed = collection.forget(wanted)
    for line in removed.lines():
        click.echo(safe(line))
    return 0
