"""The archive's files: their folder, their names, reading a piece of one.

A file that a process writes to has `.open` behind its name and is locked by it (flock(2)); the lock
goes with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from crawler.errors import StorageError
from db.file.connection import database_path

SUFFIX = ".warc.gz"
OPEN = ".open"


def folder_of(database: Path) -> Path:
    """Return the folder of a database's archive, which need not exist: ``biengioi-archive`` beside it."""
    return database.with_name(f"{database.stem}-archive")


def folder(conn: sqlite3.Connection) -> Path:
    """Return the folder of the archive of an open database."""
    return folder_of(database_path(conn))


def names(folder: Path) -> list[str]:
    """Return the names of all files of an archive, without `.open`, in order."""
    found = (path.name.removesuffix(OPEN) for path in folder.glob("*")) if folder.is_dir() else ()
    return sorted({name for name in found if name.endswith(SUFFIX)})


def byte_count(folder: Path) -> int:
    """Return how large an archive is; 0 where there is none."""
    count = 0
    for path in folder.glob(f"*{SUFFIX}*") if folder.is_dir() else ():
        try:
            count += path.stat().st_size
        except FileNotFoundError:  # renamed meanwhile
            continue
    return count


@contextmanager
def opened(folder: Path, name: str) -> Iterator[BinaryIO]:
    """Yield a file of an archive for reading, whether or not it is written to.

    Raises:
        StorageError: there is none, or it cannot be read.
    """
    file = _open(folder, name)
    with file:
        yield file


def _open(folder: Path, name: str) -> BinaryIO:
    for path in spellings(folder, name):
        try:
            return path.open("rb")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StorageError(f"{path} cannot be read ({error.strerror}).") from error
    raise StorageError(f"{folder / name} is missing; put it back from a copy of the archive.")


def spellings(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """Return where a file may be, the first again because it may be renamed in between."""
    return folder / name, folder / f"{name}{OPEN}", folder / name


def is_written_to(folder: Path, name: str) -> bool:
    """Return whether a process writes to a file at this moment."""
    try:
        with (folder / f"{name}{OPEN}").open("rb") as file:
            return is_locked(file)
    except FileNotFoundError:
        return False


def is_locked(file: BinaryIO) -> bool:
    """Return whether another process writes to an open file; if not, this one may from now on."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
