"""The work of a backfill in parts: a task is a part of an archive, its batches are what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from crawler.decision import Kind

Counts = Counter[tuple[str, Kind, str]]
"""(source id, kind, reason) → records; `crawler.source.ARCHIVE` stands for those of no source."""


@dataclass(frozen=True, slots=True)
class Task:
    """A part of an archive that one worker reads, named ``FILE#START-END``.

    Args:
        path: absolute, as the workers find it.
        digest: of the file's length, its beginning and its end.
        start, end: it reads what begins in between, in bytes.
    """

    path: str
    digest: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """What names it on a command line."""
        return f"{self.path}#{self.start}-{self.end}"

    @property
    def size(self) -> int:
        """How many bytes it reads."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """A `crawler.archive.capture.Capture` as JSON, and what is asked of it without reading that.

    Args:
        number: which record of its task it is.
        captured_at: when the archive fetched it, as stored.
    """

    number: int
    source_id: str
    url: str
    captured_at: str
    content_hash: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of some records of a task.

    Args:
        number: from 0; the same records make the same batch when the task is read again.
        counts: of the records that end here.
        captures: stories that the database decides on.
        record_count: how many records these were, including those of `captures`.
        position: how much of the task is read, in bytes.
        first_at: the time of the task's first record that has one; None before it.
        is_last: whether the task is done.
    """

    task: Task
    number: int
    counts: Counts
    captures: tuple[CaptureLine, ...]
    record_count: int
    position: int
    first_at: datetime | None
    is_last: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that was given up.

    Args:
        reason: why, as the end of a sentence that begins with the task.
    """

    task: Task
    reason: str
