"""The local engine: worker processes of this machine, each reading one task at a time.

A worker sends its batches over a pipe and waits when nobody takes them. One that dies, or that stays
at one record for far too long, is replaced, and its task is read again from its start: batches are
numbered, so that a repetition replaces what came before.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any

from crawler.archive.task import Batch, Lost, Task
from crawler.workers import WORKERS, prepare_worker
from scheduler.engines.engine import MOST_DEATHS
from scheduler.engines.task_reading import Setup, read_task

_LOOK_S = 1.0
"""Between two looks whether a worker is stuck."""
_STUCK_RATIO = 3.0
"""A worker that tells nothing for so many times the deadline of every record of a batch is stuck."""
_LEAST_STUCK_S = 60.0


@dataclass(slots=True, eq=False)
class _Worker:
    """A process that reads one task after another.

    Args:
        heard_at: when it was last given or said something, on the monotonic clock.
        is_proven: whether it has read a task to its end.
        is_at_it: whether it said that it has taken up its task.
    """

    process: Any
    pipe: Connection
    task: Task | None = None
    heard_at: float = 0.0
    is_proven: bool = False
    is_at_it: bool = False


class LocalEngine:
    """Reads tasks in processes of this machine.

    Args:
        workers: how many.
    """

    def __init__(self, setup: Setup, workers: int) -> None:
        self._setup = setup
        self._count = workers
        self._workers: list[_Worker] = []
        self._waiting: deque[Task] = deque()
        self._deaths: Counter[str] = Counter()

    @property
    def worker_pids(self) -> dict[int, Task | None]:
        """The processes at work, and what each of them reads."""
        return {worker.process.pid: worker.task for worker in self._workers if worker.process.pid is not None}

    def run(self, tasks: Iterable[Task]) -> Generator[Batch | Lost, None, None]:
        """Yield what comes of the tasks, as it comes; closing the iterator ends the workers."""
        self._waiting = deque(tasks)
        try:
            while self._waiting or any(worker.task for worker in self._workers):
                yield from self._hand_out()
                ready = wait([worker.pipe for worker in self._workers], timeout=_LOOK_S)
                for worker in list(self._workers):
                    if worker.pipe in ready:
                        yield from self._hear(worker)
                    elif worker.task and monotonic() - worker.heard_at > self._patience_s:
                        yield from self._bury(worker, "was stuck")
        finally:
            self.stop()

    @property
    def _patience_s(self) -> float:
        return max(_LEAST_STUCK_S, _STUCK_RATIO * self._setup.limits.deadline_s)

    def stop(self) -> None:
        """End the workers, whatever they are doing."""
        for worker in self._workers:
            _kill(worker)
        self._workers.clear()

    def _hand_out(self) -> Iterator[Lost]:
        for worker in self._workers:
            if worker.task is None and self._waiting:
                self._give(worker)
        while self._waiting and len(self._workers) < self._count:
            ours, theirs = WORKERS.Pipe()
            process = WORKERS.Process(target=_work, args=(theirs, self._setup), daemon=True)
            worker = _Worker(process, ours)
            self._workers.append(worker)
            try:
                process.start()
            except OSError:  # it was killed before it had begun
                worker.task = self._waiting.popleft()
                yield from self._bury(worker, "could not be started")
                continue
            finally:
                theirs.close()  # so that its end is heard
            self._give(worker)

    def _give(self, worker: _Worker) -> None:
        worker.task = self._waiting.popleft()
        worker.heard_at, worker.is_at_it = monotonic(), False
        with suppress(OSError):  # one that has died is heard of next
            worker.pipe.send(worker.task)

    def _hear(self, worker: _Worker) -> Generator[Batch | Lost, None, None]:
        try:
            came = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._bury(worker, "")
            return
        worker.heard_at, worker.is_at_it = monotonic(), True
        if isinstance(came, Lost) or (isinstance(came, Batch) and came.is_last):
            worker.task, worker.is_proven = None, True
        if came is not None:
            yield came

    def _bury(self, worker: _Worker, reason: str) -> Iterator[Lost]:
        """Forget a worker that has ended, and let its task be read again, or give the task up."""
        self._workers.remove(worker)
        _kill(worker)
        if (task := worker.task) is None:
            return
        if worker.is_at_it or not worker.is_proven:  # else it died of its last task, or between the two
            self._deaths[task.name] += 1
        if self._deaths[task.name] >= MOST_DEATHS:
            how = reason or f"ended with {worker.process.exitcode}"
            yield Lost(task, f"{MOST_DEATHS} workers died of it, the last one {how}")
        else:
            self._waiting.appendleft(task)


def _kill(worker: _Worker) -> None:
    worker.pipe.close()
    if worker.process.pid is not None:  # else it never started
        worker.process.kill()
        worker.process.join()


def _work(pipe: Connection, setup: Setup) -> None:
    """Read tasks until the other end closes; the whole life of a worker."""
    prepare_worker(setup.limits.memory_mb, setup.families)
    while True:
        try:
            task: Task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(None)  # it is taken up
            for batch in read_task(task, setup):
                pipe.send(batch)
        except OSError as error:
            with suppress(OSError):
                pipe.send(Lost(task, f"its file cannot be read ({error.strerror or error})"))
        except MemoryError:
            pipe.send(Lost(task, f"it needs more than {setup.limits.memory_mb} MB"))
