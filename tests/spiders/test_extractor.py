"""The extraction workers: a page that hangs, crashes or swells costs that page only."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil
import pytest

from crawler import workers
from crawler.article import Article
from crawler.config import ExtractionLimits
from crawler.decision import Decision, Outcome
from crawler.errors import NoReader
from crawler.extraction import Refused
from crawler.families import Family, Layout, own_families, use_families
from crawler.page import Page
from crawler.workers import time_owed_s
from spiders.extractor import LARGE_BYTES, ExtractorPool
from tests.conftest import ROOT

LIMITS = ExtractionLimits(workers=2, deadline_s=2.0, memory_mb=512)


def extract(page: Page) -> Article | Refused:
    """Do what the page says, in the worker."""
    match page.body.strip():
        case b"hang":
            time.sleep(3600)
        case b"slow":
            time.sleep(LIMITS.deadline_s * 1.5)
        case b"spin":
            while True:
                pass
        case b"segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"exit":
            os._exit(7)
        case b"swell":
            return Article(page.url, "", "x" * (2 << 30))
        case b"raise":
            raise ValueError("một lỗi bất ngờ")
    return Article(page.url, "tiêu đề", page.body.decode())


def page(body: bytes) -> Page:
    return Page(
        "https://bao.vn/a-1.html", "https://bao.vn/a-1.html", body, datetime(2026, 11, 20, tzinfo=UTC)
    )


@pytest.fixture
def pool() -> Iterator[ExtractorPool]:
    pool = ExtractorPool(LIMITS, extract)
    yield pool
    pool.stop()


async def read(pool: ExtractorPool, *bodies: bytes) -> list[Article | Refused | Decision]:
    return await asyncio.gather(*(pool.extract(page(body)) for body in bodies))


@pytest.mark.parametrize("bad", [b"hang", b"spin", b"segfault", b"exit", b"swell", b"raise"])
def test_a_bad_page_is_lost_alone(pool: ExtractorPool, bad: bytes) -> None:
    good = [f"bài số {number}".encode() for number in range(6)]
    results = asyncio.run(read(pool, *good[:3], bad, *good[3:]))
    lost = results.pop(3)
    assert isinstance(lost, Decision)
    assert lost.reason == Outcome.EXTRACTION_FAILED
    assert lost.detail
    assert [one.text for one in results if isinstance(one, Article)] == [body.decode() for body in good]


@pytest.mark.parametrize(("most_deadlines", "kind"), [(5, Article), (1.2, Decision)])
def test_a_page_whose_worker_stands_in_line_is_waited_for(
    pool: ExtractorPool, monkeypatch: pytest.MonkeyPatch, most_deadlines: float, kind: type
) -> None:
    """But not for ever."""
    monkeypatch.setattr(workers, "time_owed_s", lambda *_: 0.2)
    monkeypatch.setattr(workers, "MOST_DEADLINES", most_deadlines)
    (result,) = asyncio.run(read(pool, b"slow"))
    assert isinstance(result, kind)


@pytest.mark.parametrize(("code", "is_owed"), [("while True: pass", True), ("input()", False)])
def test_only_a_process_that_would_compute_is_owed_time(code: str, *, is_owed: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        try:
            time.sleep(1)
            assert (time_owed_s(process.pid, 0.0, 60.0) > 0) is is_owed
            assert time_owed_s(process.pid, 0.0, 0.001) == 0
        finally:
            process.kill()
    assert time_owed_s(process.pid, 0.0, 60.0) == 0


def test_what_a_dead_worker_was_handed_ahead_is_read_by_another() -> None:
    pool = ExtractorPool(ExtractionLimits(workers=1, deadline_s=2.0), extract)
    bodies = [b"a", b"b", b"exit", b"c", b"hang", b"d", b"e"]
    try:
        results = asyncio.run(read(pool, *bodies))
    finally:
        pool.stop()
    lost = [body for body, result in zip(bodies, results, strict=True) if isinstance(result, Decision)]
    assert lost == [b"exit", b"hang"]


class Stillborn:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (1,)

    def __call__(self, *_: object) -> None: ...


def test_where_no_worker_can_begin_no_page_is_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = ExtractorPool(ExtractionLimits(workers=1), Stillborn())
    with pytest.raises(NoReader, match="each ended before it had begun"):
        asyncio.run(read(pool, b"a", b"b"))

    def start(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("spiders.extractor._Worker", start)
    with pytest.raises(NoReader, match="Too many open files"):
        asyncio.run(read(pool, b"a"))


async def frames(pool: ExtractorPool, count: int) -> int:
    """Return how often a worker that has begun already wakes the loop while it reads `count` small pages."""
    await read(pool, b"a")
    worker, woken = pool._workers[0], 0
    receive = worker._receive

    def counted() -> None:
        nonlocal woken
        woken += 1
        receive()

    asyncio.get_running_loop().add_reader(worker._socket, counted)
    await read(pool, *[b"a"] * count)
    return woken


def test_many_small_pages_wake_the_loop_few_times() -> None:
    pool = ExtractorPool(ExtractionLimits(workers=1), extract)
    try:
        assert asyncio.run(frames(pool, 400)) <= 250
    finally:
        pool.stop()


def test_huge_pages_are_read_one_by_one_and_leave_a_worker_to_the_others(pool: ExtractorPool) -> None:
    huge, small = b" " * LARGE_BYTES + b"hang", [b"%d" % number for number in range(40)]

    async def crawl() -> tuple[float, list[Article | Refused | Decision]]:
        await read(pool, *small)
        began = time.monotonic()
        late = asyncio.gather(*(pool.extract(page(huge)) for _ in range(3)))
        await asyncio.sleep(0)
        await read(pool, *small)
        return time.monotonic() - began, await late

    took_s, lost = asyncio.run(crawl())
    assert took_s < LIMITS.deadline_s  # those that hang would have both workers until then
    assert [one.reason for one in lost if isinstance(one, Decision)] == 3 * [Outcome.EXTRACTION_FAILED]


def read_with_families(page: Page) -> Article | Refused:
    """Say which families the worker knows."""
    return Article(page.url, "tiêu đề", " ".join(own_families()))


def test_a_worker_knows_the_families_of_the_users_own() -> None:
    use_families({"baobiengioi": Family("baobiengioi", layouts=(Layout(body=(".story",)),))})
    pool = ExtractorPool(LIMITS, read_with_families)
    try:
        (result,) = asyncio.run(read(pool, b""))
    finally:
        use_families({})
        pool.stop()
    assert isinstance(result, Article)
    assert result.text == "baobiengioi"


def test_no_worker_is_started_before_the_first_page(pool: ExtractorPool) -> None:
    assert pool.worker_count == 0
    asyncio.run(read(pool, b"a"))
    assert pool.worker_count == 1


def test_what_workers_are_forked_from_is_begun_before_the_first_page() -> None:
    program = (
        "import psutil\n"
        "from tests.spiders.test_extractor import *\n"
        "if __name__ == '__main__':\n"
        "    pool = ExtractorPool(LIMITS, extract)\n"
        "    before = psutil.Process().children()\n"
        "    pool.expect_pages()\n"
        "    begun = {one.pid for one in psutil.Process().children()}\n"
        "    asyncio.run(read(pool, b'a'))\n"
        "    (worker,) = pool._workers\n"
        "    print(before, psutil.Process(worker._process.pid).ppid() in begun)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[] True\n", done.stderr


def test_workers_end_with_a_parent_that_was_killed() -> None:
    program = (
        "import asyncio, sys, os\n"
        "from tests.spiders.test_extractor import *\n"
        "async def main():\n"
        "    pool = ExtractorPool(LIMITS, extract)\n"
        "    await read(pool, b'a')\n"
        "    asyncio.ensure_future(read(pool, b'hang'))\n"
        "    await asyncio.sleep(0.3)\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    workers = psutil.Process(parent.pid).children(recursive=True)
    assert workers
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []


def test_a_worker_is_replaced_after_its_share_of_pages() -> None:
    pool = ExtractorPool(ExtractionLimits(workers=1, recycle_after=2), whose)
    try:
        found = asyncio.run(read(pool, *[b"a"] * 6))
    finally:
        pool.stop()
    assert len({one.text for one in found if isinstance(one, Article)}) == 3


def whose(page: Page) -> Article:
    return Article(page.url, None, str(os.getpid()))
