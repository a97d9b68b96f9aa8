"""``biengioi import PATH…``: corpus files into the collection."""

from __future__ import annotations

from pathlib import Path

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import print_json, safe
from biengioi.streams import tell
from biengioi.working import working


@click.command("import")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def command(context: Context, paths: tuple[Path, ...], as_json: bool) -> int:
    """Take corpus files, JSON lines of `export jsonl`, or folders of them into the collection."""
    with context.open_collection(create=True) as collection, working("importing"):
        report = collection.import_paths(paths, context.topic())
    if warning := report.warning():
        tell(safe(warning))
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(report.summary())
    return 0
