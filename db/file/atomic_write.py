"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from crawler.errors import UsageError

_BUFFER_BYTES = 1 << 20
_LEFT_BEHIND_S = 3600.0
"""A part that nobody has written to for so long was left by a process that was killed."""


@contextmanager
def atomic_write(dest: Path, keep: Path) -> Iterator[BinaryIO]:
    """Yield a file to write to, which becomes `dest` when the block is done and it is on the disk.

    Until then a `dest` that was there before stays. What is no ordinary file, such as a named pipe
    or a device, is written to directly.

    Args:
        keep: the database, which an export must not replace.

    Raises:
        UsageError: `dest` cannot be written.
    """
    try:
        dest = dest.resolve()  # through a symbolic link, whose file is then replaced
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{dest} is a link that leads nowhere; choose another name.") from error
    if dest.is_dir():
        raise UsageError(f"{dest} is a folder; give the name of a file.")
    if dest in {keep, *(keep.with_name(keep.name + suffix) for suffix in ("-wal", "-shm"))}:
        raise UsageError(f"{dest} is the collection itself; choose another name.")
    try:
        if dest.exists() and not dest.is_file():
            with dest.open("wb") as file:
                yield file
            return
        with _part(dest) as file:
            yield file
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise UsageError(f"{dest} cannot be written ({error.strerror}).") from error


@contextmanager
def _part(dest: Path) -> Iterator[BinaryIO]:
    prefix, suffix = f".{dest.name}.", ".part"
    for one in dest.parent.iterdir():
        if one.name.startswith(prefix) and one.name.endswith(suffix) and _is_old(one):
            one.unlink(missing_ok=True)
    part = dest.with_name(f"{prefix}{token_hex(4)}{suffix}")
    try:
        with part.open("xb", buffering=_BUFFER_BYTES) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(dest)
    finally:
        part.unlink(missing_ok=True)


def _is_old(part: Path) -> bool:
    return part.stat().st_mtime < time.time() - _LEFT_BEHIND_S


def sync_folder(folder: Path) -> None:
    """Wait until the names of the files in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
