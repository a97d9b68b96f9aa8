"""``biengioi export FORMAT DEST``: articles out of the collection."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.options import filter_options, json_option
from biengioi.output import print_json
from crawler.errors import UsageError

if TYPE_CHECKING:
    from db.collection import ArticleFilter

FORMATS = {
    "jsonl": "Write one JSON object per line with all that belongs to an article; `import` reads it.",
    "csv": "Write a table for spreadsheets; no cell of it is run as a formula.",
    "parquet": "Write a table for data frames and query engines.",
    "atom": "Write the newest articles as a feed (Atom 1.0).",
}
"""Format → the help of its command; each is one file."""

NEWEST_COUNT = 100
"""Articles in a feed when nothing else is said."""

STDOUT = Path("-")


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
def corpus(context: Context, dest: Path, layout: str, wanted: ArticleFilter, as_json: bool) -> int:
    """Write one text file per article into the folder DEST, or add what is new to it."""
    with context.open_collection() as collection:
        report = collection.export_corpus(dest, layout, wanted)
    if as_json:
        print_json({"dest": str(dest), "format": layout, **report.to_json()})
    else:
        click.echo(report.summary(dest))
    return 0


def _file_command(layout: str, summary: str) -> click.Command:
    @click.command(layout, help=summary)
    @click.argument("dest", type=click.Path(path_type=Path))
    @filter_options
    @json_option
    @click.pass_obj
    def export(
        context: Context, /, dest: Path, wanted: ArticleFilter, as_json: bool, limit: int | None = None
    ) -> int:
        if dest == STDOUT:
            _check_stdout(layout, as_json)
        with context.open_collection() as collection:
            target = sys.stdout.buffer if dest == STDOUT else dest
            count = collection.export(layout, target, replace(wanted, limit=limit))
        if as_json:
            print_json({"dest": str(dest), "format": layout, "count": count})
        else:
            click.echo(f"{count} articles in {dest}.", err=dest == STDOUT)
        return 0

    return export


def _check_stdout(layout: str, as_json: bool) -> None:
    if as_json:
        raise UsageError("With --json stdout holds the numbers; give a file instead of -.")
    if layout == "parquet" or sys.stdout.isatty():  # what is scraped may hold what a terminal obeys
        raise UsageError(f"{layout} goes to a file{'' if layout == 'parquet' else ' or a pipe'}; name one.")


for _layout, _summary in FORMATS.items():
    command.add_command(_file_command(_layout, _summary))
command.commands["atom"].params.append(
    click.Option(
        ["--limit"],
        type=click.IntRange(min=1),
        default=NEWEST_COUNT,
        show_default=True,
        help="At most so many articles.",
    )
)
