"""Worker processes that read pages: bounded in memory, and ended with their parent however that ends."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import wait
from time import monotonic

from crawler.families import Family, use_families

_PR_SET_PDEATHSIG = 1
"""An option of prctl(2)."""
MOST_DEADLINES = 5
"""After so many a page is lost, however little its worker could compute."""
WORKERS = multiprocessing.get_context("forkserver")
"""A worker is forked from a process that has imported what reads pages, once, and does nothing else."""
WORKERS.set_forkserver_preload([
    "crawler.reading", "crawler.extraction.article", "crawler.events.reading", "crawler.events.extract",
    "ahocorasick_rs", "trafilatura",
])  # fmt: skip


def prepare_to_fork() -> None:
    """Start what workers are forked from; this returns at once, and it imports what they need meanwhile.

    The first worker waits for it, and whoever starts that one waits too.
    """
    with suppress(OSError):  # that nothing can be started is said of the first worker
        forkserver.ensure_running()


def time_left_s(pid: int, begun_at: float, used_before_s: float, deadline_s: float) -> float:
    """Return how long a process may still be at what it has begun; 0 or less for no longer.

    Args:
        begun_at: when it began, on the monotonic clock.
        used_before_s: processor time that it had taken then.
    """
    taken_s = monotonic() - begun_at
    if taken_s < deadline_s or taken_s >= deadline_s * MOST_DEADLINES:
        return deadline_s - taken_s
    return time_owed_s(pid, used_before_s, deadline_s)


def time_owed_s(pid: int, used_before_s: float, deadline_s: float) -> float:
    """Return what a process that wants to compute has not had of its deadline; 0 for one that waits.

    On a machine that has too much to do a process stands in line for longer than it works.

    Args:
        used_before_s: processor time that it had taken when the deadline began.
    """
    import psutil  # a crawl seldom needs it

    try:
        process = psutil.Process(pid)
        is_in_line = process.status() in (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return max(0.0, deadline_s - (times.user + times.system - used_before_s)) if is_in_line else 0.0


def prepare_worker(memory_mb: int, families: Mapping[str, Family]) -> None:
    """Bound this worker's memory, let it end with its parent however that ends, tell it the families.

    Args:
        memory_mb: of its address space.
        families: those of the user's own.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent says when to end
    use_families(families)
    size = memory_mb * 1024 * 1024
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:  # whoever started us may have allowed less
        size = min(size, most)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    parent = multiprocessing.parent_process()
    assert parent is not None
    if sys.platform == "linux":
        # The process it was forked from ends with the crawl, once no worker holds this end of their pipe;
        # then it is killed, even while C code holds the interpreter; see prctl(2).
        os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if wait([parent.sentinel], timeout=0):
            os._exit(1)  # that was before the signal was asked for
    else:
        watch = threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True)
        watch.start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
