"""What an update of the tables costs, told beforehand, and the copy from before it, to go back to."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import StorageError, UsageError
from db.file.backup import back_up
from db.file.connection import free_mb
from db.schema import SCHEMA_VERSION

_BYTES_PER_MB = 1_000_000
_FIRST_WITH_SEARCH = 3
"""The first schema that has search indexes; an earlier one gets them."""
_LAST_OF_ALL_ARTICLES = 12
"""The last step that reads every article; those behind it make tables."""
_GROWTH_BEFORE_SEARCH_RATIO = 2.4
_GROWTH_OF_INDEXES_RATIO = 0.35
_GROWTH_RATIO = 0.05
"""What new indexes and the log of their making take besides, as parts of the file."""
_LEAST_GROWTH_MB = 1
"""Of the new tables alone."""
_COPY = re.compile(r"(?P<stem>.+)-schema-(?P<version>[0-9]+)")
"""The name of a copy, without its ending."""
_SECONDS_PER_MB = 0.3
_SECONDS_PER_COPIED_MB = 0.02
"""For the copy, which is checked too."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What bringing a database up to date takes.

    Args:
        copy_mb: of disk, for the copy of it as it was.
        needed_mb: with what indexes and the log need besides.
        duration_s: about how long it takes, on a small machine.
    """

    copy_mb: int
    needed_mb: int
    duration_s: float

    @property
    def told(self) -> str:
        """About how long, for people."""
        minutes = math.ceil(self.duration_s / 60)
        if self.duration_s < 10:
            return "some seconds"
        return "up to a minute" if minutes == 1 else f"about {minutes} minutes"


def cost_of(version: int, byte_count: int) -> Cost:
    """Return what bringing a database of an earlier schema up to date takes.

    Args:
        version: its schema.
        byte_count: of the file and its log.
    """
    size_mb = byte_count / _BYTES_PER_MB
    growth, of_steps = _GROWTH_RATIO, 0.0
    if version < _LAST_OF_ALL_ARTICLES:
        growth, of_steps = _GROWTH_OF_INDEXES_RATIO, _SECONDS_PER_MB
    if version < _FIRST_WITH_SEARCH:
        growth = _GROWTH_BEFORE_SEARCH_RATIO
    return Cost(
        math.ceil(size_mb),
        math.ceil(size_mb * (1 + growth)) + _LEAST_GROWTH_MB,
        size_mb * (of_steps + _SECONDS_PER_COPIED_MB),
    )


def cost_of_file(path: Path, version: int) -> Cost:
    """Return what it takes for the file at `path`, which is of that schema.

    Raises:
        StorageError: there is not so much room beside it.
    """
    files = (path, path.with_name(f"{path.name}-wal"))
    cost = cost_of(version, sum(one.stat().st_size for one in files if one.exists()))
    free = free_mb(path)
    if free < cost.needed_mb:
        raise StorageError(
            f"{path} is of an earlier release (schema {version}); bringing it up to date needs about"
            f" {cost.needed_mb} MB beside it, for a copy of it as it is and for new indexes,"
            f" and {free:.0f} MB are free. Free some space, or move it to a larger disk;"
            " it was left as it is."
        )
    return cost


def copy_path(path: Path, version: int) -> Path:
    """Return where the copy of a database from before an update is kept: beside it, named for its schema."""
    return path.with_name(f"{path.stem}-schema-{version}{path.suffix}")


def keep_copy(path: Path, version: int) -> None:
    """Copy a database, whose write lock the caller holds; the copy is checked and on the disk.

    Raises:
        StorageError: the copy cannot be kept, so the update must not begin.
    """
    try:
        back_up(path, copy_path(path, version))
    except UsageError as error:
        raise StorageError(
            f"{path} has to be brought up to date (schema {version} to {SCHEMA_VERSION}), and a copy of it"
            f" as it is cannot be kept: {error}"
        ) from error


def kept_copies(path: Path) -> list[Path]:
    """Return the copies from before updates that still lie beside a database, the oldest schema first."""
    found = [
        (int(named["version"]), one.name)
        for one in path.absolute().parent.iterdir()
        if (named := _COPY.fullmatch(one.stem)) and (named["stem"], one.suffix) == (path.stem, path.suffix)
    ]
    return [path.with_name(name) for _, name in sorted(found)]
