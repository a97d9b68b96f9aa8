"""The Ray engine: tasks on all machines of a Ray cluster, which also retries what is lost.

Every node needs this program, and the files under the same paths. Results stream back as they are made:
Ray's streaming generators wait while too many are not taken, and after the loss of a worker or a node they
go on where they were (docs.ray.io/en/latest/ray-core/ray-generator.html).
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from crawler.archive.task import Batch, Lost, Task
from crawler.errors import UsageError
from crawler.families import use_families
from scheduler.engines.engine import MOST_DEATHS
from scheduler.engines.task_reading import Setup, read_task

_MOST_UNTAKEN_COUNT = 4
"""Batches of one task that wait to be taken; then its worker waits."""
_AHEAD_RATIO = 2
"""Tasks that Ray is handed for each processor of the cluster, so that none is idle."""
_LOOK_S = 1.0


class RayEngine:
    """Reads tasks on a Ray cluster that is there already; ``RAY_ADDRESS`` names one elsewhere."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def run(self, tasks: Iterable[Task]) -> Generator[Batch | Lost, None, None]:
        """Yield what comes of the tasks, as it comes; closing the iterator leaves the cluster.

        Raises:
            UsageError: there is no cluster.
        """
        try:
            ray.init(
                address=os.environ.get("RAY_ADDRESS") or "auto",
                log_to_driver=False,
                logging_level=logging.ERROR,
                configure_logging=False,
            )
        except (ConnectionError, RayError, OSError, RuntimeError, ValueError) as error:
            raise UsageError(
                "No Ray cluster answers; start one with `ray start --head`, or name it in RAY_ADDRESS."
            ) from error
        try:
            yield from self._run(iter(tasks))
        finally:
            ray.shutdown()

    def _run(self, tasks: Iterator[Task]) -> Generator[Batch | Lost, None, None]:
        setup = ray.put(self._setup)  # handed over in a list, else Ray unpacks it for each task
        read = ray.remote(_read).options(
            num_cpus=1,
            max_retries=MOST_DEATHS - 1,
            num_returns="streaming",
            _generator_backpressure_num_objects=_MOST_UNTAKEN_COUNT,
        )
        room = max(1, _AHEAD_RATIO * int(ray.cluster_resources().get("CPU", 1)))  # type: ignore[no-untyped-call]
        waiting: deque[Task] = deque()
        running: dict[Any, Task] = {}
        while True:
            waiting.extend(islice(tasks, room - len(running)))
            while waiting:
                task = waiting.popleft()
                running[read.remote(task, [setup])] = task
            if not running:
                return
            ready, _ = ray.wait(list(running), num_returns=1, timeout=_LOOK_S, fetch_local=False)
            for stream in ready:
                yield from self._hear(stream, running)

    def _hear(self, stream: Any, running: dict[Any, Task]) -> Generator[Batch | Lost, None, None]:
        task = running[stream]
        try:
            came: Batch | Lost = ray.get(next(stream))
        except StopIteration:
            del running[stream]
            return
        except RayTaskError as error:
            del running[stream]
            yield Lost(task, f"it could not be read ({error.cause})")
            return
        except RayError as error:
            del running[stream]
            yield Lost(task, f"{MOST_DEATHS} workers died of it ({type(error).__name__})")
            return
        if isinstance(came, Lost):
            del running[stream]
        yield came


def _read(task: Task, setups: Sequence[Any]) -> Generator[Batch | Lost, None, None]:
    try:
        yield from read_task(task, _unpacked(setups[0]))
    except OSError as error:
        yield Lost(task, f"its file cannot be read on {os.uname().nodename} ({error.strerror or error})")


@lru_cache(maxsize=1)
def _unpacked(reference: Any) -> Setup:
    """Return what a worker reads with; its topic is compiled when it is first asked, which takes a while."""
    setup: Setup = ray.get(reference)
    use_families(setup.families)
    return setup
