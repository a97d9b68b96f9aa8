"""``biengioi export FORMAT DEST``: articles out of the collection."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from biengioi.context import Context
from biengioi.destinations import check_destination, force_option
from biengioi.emptiness import say_why_none
from biengioi.events_export import event_command, release_command
from biengioi.options import ROW_COUNT, filter_options, json_option
from biengioi.output import print_json
from biengioi.working import working
from crawler.errors import UsageError
from db.articles.query import ArticleFilter
from db.export.export import FORMATS, Format

NEWEST_COUNT = 100
"""Articles in a feed when nothing else is said."""

STDOUT = Path("-")

query_option = click.option(
    "--query", metavar="WORDS", help="Only articles that say this, as `biengioi search` finds them."
)


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
@query_option
@filter_options
@force_option
@json_option
@click.pass_obj
def corpus(
    context: Context,
    dest: Path,
    layout: str,
    query: str | None,
    wanted: ArticleFilter,
    force: bool,
    as_json: bool,
) -> int:
    """Write one text file per article into the folder DEST, or add what is new to it."""
    if dest.is_symlink() and not force:
        raise UsageError(f"{dest} is a link; name the folder that it leads to, or say --force.")
    with context.open_collection() as collection, working("exporting"):
        report = collection.export_corpus(dest, layout, wanted, query)
        if not report.count:
            say_why_none(collection, wanted, query or "")
    if as_json:
        print_json({"dest": str(dest), "format": layout, **report.to_json()})
    else:
        click.echo(report.summary(dest))
    return 0


def _file_command(form: Format) -> click.Command:
    @click.command(form.name, help=form.help)
    @click.argument("dest", type=click.Path(path_type=Path))
    @query_option
    @filter_options
    @force_option
    @json_option
    @click.pass_obj
    def export(
        context: Context,
        /,
        dest: Path,
        query: str | None,
        wanted: ArticleFilter,
        force: bool,
        as_json: bool,
        limit: int | None = None,
    ) -> int:
        if dest == STDOUT:
            _check_stdout(form, as_json)
        else:
            check_destination(dest, form.is_ours, keep=context.db_path, force=force)
        with context.open_collection() as collection, working("exporting"):
            target = sys.stdout.buffer if dest == STDOUT else dest
            count = collection.export(form.name, target, replace(wanted, limit=limit), query)
            if not count:
                say_why_none(collection, wanted, query or "")
        if as_json:
            print_json({"dest": str(dest), "format": form.name, "count": count})
        else:
            click.echo(f"{count} articles in {dest}.", err=dest == STDOUT)
        return 0

    if form.is_feed:
        export.params.append(
            click.Option(
                ["--limit"],
                type=ROW_COUNT,
                default=NEWEST_COUNT,
                show_default=True,
                help="At most so many articles.",
            )
        )
    return export


def _check_stdout(form: Format, as_json: bool) -> None:
    if as_json:
        raise UsageError("With --json stdout holds the numbers; give a file instead of -.")
    if sys.stdout.isatty():  # what is scraped may hold what a terminal obeys
        raise UsageError(f"{form.name} goes to a file or a pipe; name one.")


for _form in FORMATS.values():
    command.add_command(_file_command(_form))
for _what in ("events", "figures"):
    command.add_command(event_command(_what))
command.add_command(release_command)
