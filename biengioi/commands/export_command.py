"""``biengioi export FORMAT DEST``: articles out of the collection."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from biengioi.context import Context
from biengioi.options import filter_options, json_option
from biengioi.output import print_json


@click.group("export")
def command() -> None:
    """Write articles out of the collection."""


@command.command("corpus")
@click.argument("dest", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "layout",
    type=click.Choice(["record", "plain"]),
    default="record",
    show_default=True,
    help="record: address, title and text between rules; plain: the text alone.",
)
@filter_options
@json_option
@click.pass_obj
def corpus(
    context: Context,
    dest: Path,
    layout: str,
    source: str | None,
    since: date | None,
    until: date | None,
    country: str | None,
    place: str | None,
    field: str | None,
    grade: str | None,
    as_json: bool,
) -> int:
    """Write one text file per article into the folder DEST."""
    from db.collection import ArticleFilter

    wanted = ArticleFilter(source, since, until, country, place, field, grade)
    with context.open_collection() as collection:
        count = collection.export_corpus(dest, layout, wanted)
    if as_json:
        print_json({"dest": str(dest), "format": layout, "count": count})
    else:
        click.echo(f"{count} articles in {dest}.")
    return 0
