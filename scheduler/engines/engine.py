"""What every engine does: tasks in, batches out, as they come; none of a task is lost unnoticed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Protocol

from crawler.archive.task import Batch, Lost, Task

MOST_DEATHS = 3
"""Workers that may die of one task; then it is given up, and the rest goes on."""


class Engine(Protocol):
    """Runs `read_task` for tasks, several at a time.

    The batches of a task come in their order. Where it had to be begun again they start at number 0
    once more, or go on where they were; the same number is the same batch. While nobody takes them,
    the workers wait.
    """

    def run(self, tasks: Iterable[Task]) -> Generator[Batch | Lost, None, None]:
        """Yield what comes of the tasks; closing the iterator ends the work."""
        ...
