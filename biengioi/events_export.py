"""``biengioi export events|figures|release DEST``: what the articles report, out of the collection."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.destinations import check_destination, force_option
from biengioi.event_options import event_filter_options
from biengioi.options import json_option
from biengioi.output import print_json, print_line
from biengioi.streams import tell
from biengioi.working import working
from crawler.errors import UsageError

if TYPE_CHECKING:
    from db.events.query import EventFilter

STDOUT = Path("-")
_LAYOUTS = ("csv", "jsonl", "parquet", "ics")
_HELP = {
    "events": "Write who met whom, where and when: a table, JSON lines, or a calendar (.ics).",
    "figures": "Write the quantities that articles give of events, each with its article.",
}


def event_command(what: str) -> click.Command:
    """Return the command that exports events, or figures."""

    @click.command(what, help=f"{_HELP[what]} The format follows from the name of DEST, or from --format.")
    @click.argument("dest", type=click.Path(path_type=Path))
    @click.option("--format", "layout", type=click.Choice(_LAYOUTS), help="Instead of what DEST ends in.")
    @event_filter_options
    @force_option
    @json_option
    @click.pass_obj
    def export(
        context: Context, dest: Path, layout: str | None, wanted: EventFilter, force: bool, as_json: bool
    ) -> int:
        from db.export.events import EVENT_FORMATS

        chosen = EVENT_FORMATS[layout or _layout_of(dest)]
        if dest != STDOUT:
            check_destination(dest, chosen.is_ours, keep=context.db_path, force=force)
        elif as_json:
            raise UsageError("With --json stdout holds the numbers; give a file instead of -.")
        elif sys.stdout.isatty():  # what is scraped may hold what a terminal obeys
            raise UsageError(f"{chosen.name} goes to a file or a pipe; name one.")
        with context.open_collection() as collection, working("exporting"):
            target = sys.stdout.buffer if dest == STDOUT else dest
            done = collection.export_events(what, chosen.name, target, wanted)
        if done.left_out:
            tell(f"{done.left_out:,} events are left out: their day is not known.")
        if as_json:
            print_json(
                {"dest": str(dest), "format": chosen.name, "count": done.count, "left_out": done.left_out}
            )
        elif dest == STDOUT:
            tell(f"{done.count:,} {what}.")
        else:
            print_line(f"{done.count:,} {what} in {dest}.")
        return 0

    return export


def _layout_of(dest: Path) -> str:
    layout = dest.suffix.removeprefix(".")
    if layout not in _LAYOUTS:
        raise UsageError(
            f"The name {dest} does not say in which format; end it in .csv, .jsonl, .parquet or .ics,"
            " or say --format."
        )
    return layout


@click.command("release")
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--with-text", is_flag=True, help="The articles' texts too, which belong to the newspapers.")
@click.option(
    "--since-release",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Say what changed against this release, and not against the one in DEST.",
)
@event_filter_options
@json_option
@click.pass_obj
def release_command(
    context: Context,
    dest: Path,
    with_text: bool,
    since_release: Path | None,
    wanted: EventFilter,
    as_json: bool,
) -> int:
    """Write a release of data into the folder DEST: tables with all that describes them."""
    with context.open_collection() as collection, working("exporting"):
        done = collection.export_release(dest, wanted, with_text=with_text, since=since_release)
    if as_json:
        print_json(
            {
                "dest": str(dest),
                "version": done.version,
                "before": done.before,
                "is_new": done.is_new,
                "rows": dict(done.rows),
            }
        )
    else:
        rows = ", ".join(f"{count:,} {name}" for name, count in done.rows.items())
        print_line(f"{dest}: version {done.version}{'' if done.is_new else ', as it was'}: {rows}.")
    return 0
