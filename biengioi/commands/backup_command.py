"""``biengioi backup FILE``: the collection as it is now, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import print_json
from biengioi.working import working


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def command(context: Context, file: Path, as_json: bool) -> int:
    """Copy the collection into FILE, consistently, while it is in use."""
    from db.file.backup import back_up

    with working("copying") as say:
        backup = back_up(
            context.db_path,
            file,
            busy_timeout_s=context.config().storage.busy_timeout_s,
            progress=lambda done, total: say(f"copying … {done * 100 // max(total, 1)} %"),
        )
    if as_json:
        print_json(backup.to_json())
    else:
        size = f"{backup.byte_count / 1e6:,.1f} MB"
        click.echo(f"{backup.article_count} articles, {size}, checked and on disk: {backup.path}")
    return 0
