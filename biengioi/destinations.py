"""Files that a command is about to replace: its own may be, those of others only with --force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from crawler.errors import UsageError

_HEAD_BYTES = 1 << 16
_TAIL_BYTES = 1 << 16

IsOurs = Callable[[bytes, bytes], bool]
"""Says by the beginning and the end of a file whether the command may have written it."""

force_option = click.option(
    "--force", is_flag=True, help="Replace what another program wrote, and follow a link."
)


def check_destination(dest: Path, is_ours: IsOurs, *, keep: Path, force: bool) -> None:
    """Raise UsageError if `dest` is a link, or a file that an earlier export did not write.

    What is no ordinary file, such as a pipe or a device, is not replaced, and an empty one holds nothing.

    Args:
        keep: the database, which no export replaces anyway.
    """
    if dest.exists() and keep.exists() and dest.samefile(keep):
        return
    if force or (dest.exists() and not dest.is_file()):
        return
    if dest.is_symlink():
        raise UsageError(f"{dest} is a link; name the file that it leads to, or say --force.")
    if not dest.exists():
        return
    try:
        with dest.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            file.seek(max(0, dest.stat().st_size - _TAIL_BYTES))
            tail = file.read(_TAIL_BYTES)
    except OSError as error:
        raise UsageError(f"{dest} cannot be read ({error.strerror}); choose another name.") from error
    if head and not is_ours(head, tail):
        raise UsageError(
            f"{dest} is there, and no such export wrote it; choose another name, or replace it with --force."
        )
