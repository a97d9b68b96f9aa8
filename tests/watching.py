"""What the processes of a program use while it runs: looked at several times a second, from outside."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a process and all that it started.

    Args:
        at: on the monotonic clock, in seconds.
        bytes: resident memory of all of them; what they share counts once (proportional set size).
        first_bytes: of the first alone; largest_bytes: of the largest of them.
        fd_count: open files of the first alone.
    """

    at: float
    bytes: int
    first_bytes: int
    largest_bytes: int
    fd_count: int
    process_count: int


class Watch:
    """Looks at a process and its descendants, from its start until `end`."""

    def __init__(self, pid: int, every_s: float = 0.25) -> None:
        self._pid, self._every_s = pid, every_s
        self._cpu_of: dict[int, float] = {}
        self.samples: list[Sample] = []
        self._done = Event()
        self._thread = Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._done.set()
        self._thread.join()

    @property
    def cpu_s(self) -> float:
        """Processor time of all of them together."""
        return sum(self._cpu_of.values())

    @property
    def peak_bytes(self) -> int:
        return max(one.bytes for one in self.samples)

    @property
    def first_bytes(self) -> int:
        return max(one.first_bytes for one in self.samples)

    @property
    def largest_bytes(self) -> int:
        return max(one.largest_bytes for one in self.samples)

    def _look_on(self) -> None:
        while not self._done.wait(self._every_s):
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                self.samples.append(self._look())

    def _look(self) -> Sample:
        first = psutil.Process(self._pid)
        sizes = []
        for one in (first, *first.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                times = one.cpu_times()
                self._cpu_of[one.pid] = times.user + times.system
                sizes.append(one.memory_full_info().pss)
        return Sample(monotonic(), sum(sizes), sizes[0], max(sizes), first.num_fds(), len(sizes))
