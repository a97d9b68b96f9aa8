"""``biengioi backup FILE``: the collection as it is now, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import print_json, print_line
from biengioi.working import working


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def command(context: Context, file: Path, as_json: bool) -> int:
    """Copy the collection into FILE, consistently, while it is in use."""
    from db.archive.files import byte_count, folder_of
    from db.file.backup import back_up

    with working("copying") as say:
        backup = back_up(
            context.db_path,
            file,
            busy_timeout_s=context.config().storage.busy_timeout_s,
            progress=lambda done, total: say(f"copying … {done * 100 // max(total, 1)} %"),
        )
    archive = folder_of(context.db_path)
    archive_bytes = byte_count(archive)
    if as_json:
        held = {"path": str(archive), "byte_count": archive_bytes} if archive_bytes else None
        print_json({**backup.to_json(), "archive": held})
    else:
        size = f"{backup.byte_count / 1e6:,.1f} MB"
        click.echo(f"{backup.article_count} articles, {size}, checked and on disk: {backup.path}")
        if archive_bytes:
            size = f"{archive_bytes / 1e6:,.1f} MB"
            print_line(
                f"The pages as they were ({size}) are not in it: copy {archive} to {folder_of(backup.path)}"
                " too, after the database; its files are only ever added to."
            )
    return 0
