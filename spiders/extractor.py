"""Extraction in worker processes: a page that hangs, crashes or swells costs that page only.

`ProcessPoolExecutor` would die whole with one crashed page and leave its workers behind a killed
parent; pebble's pool does neither.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as DeadlineExceeded
from multiprocessing.connection import wait
from typing import Any, Protocol, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.article import Article
from crawler.config import ExtractionLimits
from crawler.decision import Decision, Outcome
from crawler.extraction import Refused
from crawler.extraction.article import read_article
from crawler.families import Family, own_families, use_families
from crawler.page import Page

_PR_SET_PDEATHSIG = 1
"""An option of prctl(2)."""

T = TypeVar("T")

Extract = Callable[..., Article | Refused]
"""``read_article``, or what a test puts in its place; a worker must be able to import it."""


class Extractor(Protocol):
    """What makes an article of a page, and reads what is too large for the event loop."""

    async def extract(
        self, page: Page, family: str | None, shared_titles: Collection[str] = ()
    ) -> Article | Refused | Decision:
        """Return what `read_article` makes of a page, or a FAILED decision when that is lost."""
        ...

    async def call(
        self, function: Callable[..., T], *args: Any, patience: float = 1.0, **kwargs: Any
    ) -> T | Decision:
        """Return what a pure function returns, or a FAILED decision when its worker is lost."""
        ...

    def stop(self) -> None:
        """End whatever is at work."""
        ...


class ExtractorPool:
    """At most `limits.workers` processes, started when the first page needs one."""

    def __init__(self, limits: ExtractionLimits, extract: Extract = read_article) -> None:
        self._limits = limits
        self._extract = extract
        self._pool: ProcessPool | None = None

    def stop(self) -> None:
        """End the workers, whatever they are doing."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None

    async def extract(
        self, page: Page, family: str | None, shared_titles: Collection[str] = ()
    ) -> Article | Refused | Decision:
        """Return what `read_article` makes of a page, or a FAILED decision when the worker died."""
        return await self.call(self._extract, page, family=family, shared_titles=tuple(shared_titles))

    async def call(
        self, function: Callable[..., T], *args: Any, patience: float = 1.0, **kwargs: Any
    ) -> T | Decision:
        """Return what `function` returns in a worker, or a FAILED decision when the worker died.

        Args:
            function: pure; a worker must be able to import it, and its arguments to be pickled.
            patience: how many times the deadline of a page it may take.
        """
        deadline_s = patience * self._limits.deadline_s
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._limits.workers,
                max_tasks=self._limits.recycle_after,
                initializer=_prepare_worker,
                initargs=(self._limits.memory_mb, own_families()),
                context=multiprocessing.get_context("spawn"),
            )
        future: Future[T] = self._pool.schedule(
            function,
            args=args,
            kwargs=kwargs,
            timeout=deadline_s,
        )
        try:
            return await asyncio.wrap_future(future)
        except DeadlineExceeded:
            return _lost(f"the page was not read within {deadline_s:g} s")
        except ProcessExpired as error:
            return _lost(f"the worker died on this page (exit code {error.exitcode})")
        except MemoryError:
            return _lost(f"the page needs more than {self._limits.memory_mb} MB")
        except Exception as error:  # noqa: BLE001 - one page's surprise is recorded and shown as its own
            return _lost(f"{type(error).__name__}: {error}")


def _lost(detail: str) -> Decision:
    return Decision.failed(Outcome.EXTRACTION_FAILED, detail)


def _prepare_worker(memory_mb: int, families: Mapping[str, Family]) -> None:
    """Bound this worker's memory, let it end with its parent however that ends, tell it the families."""
    use_families(families)
    size = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    parent = multiprocessing.parent_process()
    assert parent is not None
    if sys.platform == "linux":
        # Works even while C code holds the interpreter; see prctl(2).
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent.pid:
            os._exit(1)
    else:
        watch = threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True)
        watch.start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
