"""The tasks of a backfill planned: one archive file each, or a range of the bytes of a large one.

A file is known by its content, so that one that was moved or renamed is not read again.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from crawler.archive.byte_file import ByteFile
from crawler.archive.saved_folder import TABLE
from crawler.archive.task import Task
from crawler.errors import UsageError

TASK_BYTES = 256 << 20
"""Of a file that is read by one task; what is larger is read by several."""
_PROBED_BYTES = 1 << 16
_SUFFIXES = (".warc", ".warc.gz", ".warc.gz.open")
"""Of files in folders; our own archives call a file so that a crawl still writes, or was killed at."""
_RANGE = re.compile(r"(?P<path>.+)#(?P<start>[0-9]{1,18})-(?P<end>[0-9]{1,18})", re.DOTALL)


def plan(patterns: Iterable[str]) -> list[Task]:
    """Return the tasks of files, folders and globs; of two files with one content the first's alone.

    Of a folder these are its WARC files, those of the folders below it, and each folder with a `TABLE`.

    Raises:
        UsageError: nothing is there, or it is no file.
    """
    paths = list(dict.fromkeys(path.absolute() for one in patterns for path in _files(one)))
    tasks: dict[tuple[str, int], Task] = {}
    for path in paths:
        digest, size = _probe(path)
        for start in range(0, max(size, 1), TASK_BYTES):
            end = min(start + TASK_BYTES, size)
            tasks.setdefault((digest, start), Task(str(path), digest, start, end))
    return list(tasks.values())


def parse_task(name: str) -> Task:
    """Return the task of that name.

    Raises:
        UsageError: it is none, or its file cannot be read.
    """
    found = _RANGE.fullmatch(name)
    if found is None:
        raise UsageError(f"{name!r} is no task; `biengioi backfill --task-list` prints them.")
    path = Path(found["path"]).absolute()
    digest, size = _probe(path)
    start, end = int(found["start"]), int(found["end"])
    if not start <= end <= size:
        raise UsageError(f"{path} has {size} bytes, so there is no task {start}-{end}.")
    return Task(str(path), digest, start, end)


def _files(pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    if path.is_dir():
        yield from _files_of_folder(path)
    elif path.exists() or path.is_symlink():
        yield path
    else:
        found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - absolute ones, too
        if not found:
            raise UsageError(f"{pattern} is not there; give WARC files, folders of them, or a glob.")
        for one in found:
            if Path(one).is_dir():
                yield from _files_of_folder(Path(one), may_be_empty=True)
            else:
                yield Path(one)


def _files_of_folder(folder: Path, *, may_be_empty: bool = False) -> Iterator[Path]:
    is_empty = True
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name == TABLE or name.lower().endswith(_SUFFIXES):
                yield Path(place, name)
                is_empty = False
    if is_empty and not may_be_empty:
        raise UsageError(f"{folder} holds no .warc, no .warc.gz and no {TABLE}.")


def _probe(path: Path) -> tuple[str, int]:
    """Return by what a file is known again, and its size in bytes."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{path} is no file; give WARC files, folders of them, or - for standard input.")
        with ByteFile(path) as file:
            ends = file.at(0, _PROBED_BYTES), file.at(max(0, file.size - _PROBED_BYTES), _PROBED_BYTES)
            size = file.size
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise UsageError(f"{str(path)!r} is no name of a file.") from error
    return hashlib.sha256(b"\0".join((str(size).encode(), *ends))).hexdigest(), size
