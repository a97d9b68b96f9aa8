"""Behind another process's lock everything waits for its budget: then it is done, or StorageBusy.

The lists of what there is are read from the code: a new method or function without a case here fails.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import db
from crawler.alert_config import Watch
from crawler.config import ArchiveLimits
from crawler.decision import Decision, Outcome
from crawler.errors import StorageBusy
from crawler.page import Candidate
from crawler.ports import PageVisit, SeedVisit
from crawler.reach.coverage import WatchedSources
from crawler.report import SourceStatus
from crawler.topic.gazetteer import Gazetteer
from crawler.topic.topic import Topic
from db.archive.files import folder_of
from db.collection import Collection
from db.crawl.outcomes import Unkept
from db.crawl.pauses import open_pauses
from db.crawl.runs import start_run
from db.crawl_store import SqliteCrawlStore
from db.events.query import EventFilter
from db.file.access import check_file, connect, is_in_use
from db.file.backup import back_up, copy_database
from db.file.opening import open_database, open_for_reading
from db.file.upgrading import cost_of_file, keep_copy
from db.file.writer import Writer
from db.service.diagnosis import diagnose
from db.service.schedule import open_schedule
from db.upkeep.rereading import KeptPage
from tests.articles import CORE, make_article
from tests.db.archive.pages import bring
from tests.db.lock_holder import holding
from tests.db.world import PAPER, START, World

BUDGET_S = 0.4
SLACK_S = 2.5
"""What a loaded machine may add; far less than the lock is held."""

URL = "https://bao-thu.example/tin/1.html"
WAITING = "https://bao-thu.example/cho.html"
FAILED = Decision.failed(Outcome.TIMED_OUT)


def clock() -> Any:
    return START


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A database with articles, an edited one and a page that waits; only ever copied."""
    world = World(tmp_path_factory.mktemp("locks"))
    world.archive = ArchiveLimits()

    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number in range(4):
                await bring(crawl, make_article(number))
            await crawl.admit(WAITING)
        world.pass_time(hours=1)
        async with world.crawl() as crawl:
            await crawl.keep(make_article(1, edit=1))
            await crawl.keep(make_article(1, edit=2, url=make_article(2).url))

    asyncio.run(scenario())
    with world.collection() as collection:
        collection.add_watch(Watch("Biên giới", "biên giới"))
    return world


@pytest.fixture
def path(filled: World, tmp_path: Path) -> Path:
    path = tmp_path / "x.db"
    shutil.copy(filled.path, path)
    shutil.copytree(folder_of(filled.path), folder_of(path))
    return path


def text_file(folder: Path) -> Path:
    (folder / "one.txt").write_text("Một đoạn văn ngắn về chợ phiên.", encoding="utf-8")
    return folder / "one.txt"


def read_all(pages: Sequence[KeptPage]) -> list[Decision]:
    return [FAILED for _ in pages]


# --- Collection ---------------------------------------------------------------------------------

PLACES = Gazetteer.load().places

READING: dict[str, Callable[[Collection, Path], Any]] = {
    "list": lambda collection, _: collection.list(),
    "matching_count": lambda collection, _: collection.matching_count(),
    "stats": lambda collection, _: collection.stats(),
    "search": lambda collection, _: collection.search("cửa khẩu"),
    "facets": lambda collection, _: collection.facets("cửa khẩu"),
    "timeline": lambda collection, _: collection.timeline(["cửa khẩu"]),
    "top": lambda collection, _: collection.top("cửa khẩu"),
    "has_source": lambda collection, _: collection.has_source(PAPER.id),
    "versions": lambda collection, _: collection.versions(1),
    "findings": lambda collection, _: collection.findings(),
    "watches": lambda collection, _: collection.watches([Watch("Biên giới", "biên giới")]),
    "show": lambda collection, _: collection.show(2),
    "cite": lambda collection, _: collection.cite(1),
    "page_as_it_was": lambda collection, _: collection.page_as_it_was(2),
    "explain": lambda collection, _: collection.explain(URL),
    "unkept": lambda collection, _: collection.unkept(Unkept(), 10),
    "counts": lambda collection, _: collection.counts(),
    "learned_pattern": lambda collection, _: collection.learned_pattern(PAPER.id),
    "runs": lambda collection, _: collection.runs(),
    "run": lambda collection, _: collection.run(1),
    "status": lambda collection, _: collection.status(),
    "numbers": lambda collection, _: collection.numbers(),
    "suggestions": lambda collection, _: collection.suggestions({PAPER.id: PAPER}),
    "coverage": lambda collection, _: collection.coverage(PLACES, ["lao-cai"], WatchedSources(), 3),
    "unlabelled": lambda collection, _: collection.unlabelled(set()),
    "export": lambda collection, folder: collection.export("jsonl", folder / "all.jsonl"),
    "export_events": lambda collection, folder: collection.export_events(
        "events", "ics", folder / "all.ics", EventFilter()
    ),
    "figures": lambda collection, _: collection.figures(EventFilter()),
    "export_release": lambda collection, folder: collection.export_release(folder / "release", EventFilter()),
    "export_corpus": lambda collection, folder: collection.export_corpus(folder / "corpus", "record"),
    "verify": lambda collection, _: collection.verify(),
    "close": lambda collection, _: collection.close(),
}
"""Never waits for a writer."""

WRITING: dict[str, Callable[[Collection, Path], Any]] = {
    "forget": lambda collection, _: collection.forget(3),
    "reextract": lambda collection, _: collection.reextract(read_all),
    "rescore": lambda collection, _: collection.rescore(Topic.load()),
    "import_paths": lambda collection, folder: collection.import_paths([text_file(folder)]),
    "add_watch": lambda collection, _: collection.add_watch(Watch("Lào", country="LA")),
    "remove_watch": lambda collection, _: collection.remove_watch("Biên giới"),
    "repair": lambda collection, _: collection.repair(),
    "maintain": lambda collection, _: collection.maintain(timedelta(0)),
}


def public(cls: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(cls, inspect.isroutine) if not name.startswith("_")}


def test_every_method_of_a_collection_has_a_case() -> None:
    assert READING.keys() | WRITING.keys() == public(Collection) - {"open", "open_for_reading"}
    assert not READING.keys() & WRITING.keys()


def finish(result: Any) -> None:
    """Take all that a method yields."""
    if isinstance(result, Iterator):
        for _ in result:
            pass


@pytest.mark.parametrize("name", READING)
def test_reading_does_not_wait_for_a_writer(path: Path, tmp_path: Path, name: str) -> None:
    with holding(path), Collection.open(path, busy_timeout_s=BUDGET_S, clock=clock) as it:
        finish(READING[name](it, tmp_path))


@pytest.mark.parametrize("name", WRITING)
def test_writing_waits_for_its_budget_and_says_so(path: Path, tmp_path: Path, name: str) -> None:
    with (
        holding(path),
        Collection.open(path, busy_timeout_s=BUDGET_S, clock=clock) as collection,
    ):
        began = time.monotonic()
        with pytest.raises(StorageBusy, match="locked by another process"):
            finish(WRITING[name](collection, tmp_path))
        assert BUDGET_S * 0.9 <= time.monotonic() - began < BUDGET_S + SLACK_S


@pytest.mark.parametrize("name", WRITING)
def test_writing_is_done_when_the_lock_goes_within_the_budget(path: Path, tmp_path: Path, name: str) -> None:
    with holding(path, 0.5), Collection.open(path, busy_timeout_s=30, clock=clock) as collection:
        finish(WRITING[name](collection, tmp_path))
        assert not any(result.problem_count for result in collection.verify())


# --- the store of a crawl -----------------------------------------------------------------------

STORE: dict[str, Callable[[SqliteCrawlStore], Awaitable[Any]]] = {
    "open": lambda store: store.open(PAPER),
    "admit": lambda store: store.admit(PAPER, [Candidate("https://bao-thu.example/moi.html")]),
    "seed_state": lambda store: store.seed_state(PAPER, "https://bao-thu.example/rss"),
    "seed_read": lambda store: store.seed_read(
        PAPER, SeedVisit("https://bao-thu.example/rss", "ok", START, 200), complete=True
    ),
    "parts_read_at": lambda store: store.parts_read_at(PAPER, ["https://bao-thu.example/1.xml"]),
    "part_read": lambda store: store.part_read(PAPER, "https://bao-thu.example/1.xml", START),
    "shared_titles": lambda store: store.shared_titles(PAPER),
    "learned_pattern": lambda store: store.learned_pattern(PAPER),
    "learn_pattern": lambda store: store.learn_pattern(PAPER, "-post"),
    "count_skipped": lambda store: store.count_skipped(PAPER, offsite=1),
    "close": lambda store: store.close(PAPER, SourceStatus.DONE),
    "store": lambda store: store.store(visit(WAITING), make_article(9, url=WAITING), CORE, None),
    "settle": lambda store: store.settle(visit(WAITING), FAILED),
}
"""Every call is a transaction of the one writer, which checks the lease: all of them write."""


def visit(url: str) -> PageVisit:
    return PageVisit(PAPER.id, url, "ok", START, 200)


def test_every_method_of_the_store_has_a_case() -> None:
    assert STORE.keys() == public(SqliteCrawlStore) - {"stop"}


def opened_store(path: Path, budget_s: float) -> SqliteCrawlStore:
    with closing(open_database(path)) as conn:
        run = start_run(conn, "crawl", [PAPER], clock)
    return SqliteCrawlStore(path, run, clock, busy_timeout_s=budget_s)


@pytest.mark.parametrize("name", STORE)
def test_the_store_waits_for_its_budget_and_says_so(path: Path, name: str) -> None:
    async def scenario() -> None:
        with opened_store(path, BUDGET_S) as store, holding(path):
            began = time.monotonic()
            with pytest.raises(StorageBusy):
                await STORE[name](store)
            assert BUDGET_S * 0.9 <= time.monotonic() - began < BUDGET_S + SLACK_S
            began = time.monotonic()
            store.stop()
            assert time.monotonic() - began < SLACK_S

    asyncio.run(scenario())


@pytest.mark.parametrize("name", STORE)
def test_the_store_goes_on_when_the_lock_goes_within_the_budget(path: Path, name: str) -> None:
    async def scenario() -> None:
        with opened_store(path, 30) as store:
            if name != "open":
                await store.open(PAPER)
            with holding(path, 0.5):
                await STORE[name](store)

    asyncio.run(scenario())


def test_the_event_loop_runs_on_while_the_store_waits(path: Path) -> None:
    async def scenario() -> int:
        with opened_store(path, 30) as store, holding(path, 0.6):
            waiting = asyncio.ensure_future(store.open(PAPER))
            ticks = 0
            while not waiting.done():
                await asyncio.sleep(0.01)
                ticks += 1
            return ticks

    assert asyncio.run(scenario()) > 10


# --- what takes a path --------------------------------------------------------------------------


def crawl_store(path: Path, folder: Path, budget_s: float) -> None:
    with closing(open_database(path, busy_timeout_s=budget_s)) as conn:
        run = start_run(conn, "crawl", [replace(PAPER, id="bao-khac")], clock)
    SqliteCrawlStore(path, run, clock, busy_timeout_s=budget_s).stop()


def opened_pauses(path: Path, _: Path, budget_s: float) -> None:
    with open_pauses(path, clock, busy_timeout_s=budget_s):
        pass


OPENING: dict[Callable[..., Any], Callable[[Path, Path, float], Any]] = {
    open_database: lambda path, _, budget_s: open_database(path, busy_timeout_s=budget_s).close(),
    open_for_reading: lambda path, _, budget_s: open_for_reading(path, busy_timeout_s=budget_s).close(),
    copy_database: lambda path, folder, budget_s: copy_database(
        path, folder / "copy.db", busy_timeout_s=budget_s
    ),
    back_up: lambda path, folder, budget_s: back_up(path, folder / "kho.db", busy_timeout_s=budget_s),
    open_schedule: lambda path, _, budget_s: open_schedule(path, budget_s).close(),
    Writer: lambda path, _, budget_s: Writer(path, busy_timeout_s=budget_s).close(),
    Collection.open: lambda path, _, budget_s: Collection.open(path, busy_timeout_s=budget_s).close(),
    open_pauses: opened_pauses,
    SqliteCrawlStore: crawl_store,
}
UNLOCKED = {check_file, connect, cost_of_file, diagnose, is_in_use, keep_copy}
"""They read the header as plain bytes, ask nothing yet, or ask whether others do, and do not wait; the
last is for who holds the lock."""

NAMING = {"storage_errors", "check_version", "copy_path", "kept_copies"}
"""They take the path for their sentences, or for the names of other files."""


def takes_a_path(member: object) -> bool:
    try:
        parameters = inspect.signature(member).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return "path" in parameters and "conn" not in parameters and not is_dataclass(member)


def test_everything_that_takes_the_path_of_a_database_has_a_case() -> None:
    found = set()
    for module_info in pkgutil.walk_packages(db.__path__, f"{db.__name__}."):
        if module_info.name.startswith("db.web"):
            continue  # it opens nothing but through those below
        module = importlib.import_module(module_info.name)
        for name, member in vars(module).items():
            ours = getattr(member, "__module__", "") == module.__name__
            if ours and not name.startswith("_") and name not in NAMING and takes_a_path(member):
                found.add(member)
    assert found == OPENING.keys() - {Collection.open} | UNLOCKED


opening = pytest.mark.parametrize("what", OPENING, ids=lambda one: one.__qualname__)


@opening
def test_who_keeps_readers_out_is_waited_for_and_named(
    path: Path, tmp_path: Path, what: Callable[..., Any]
) -> None:
    with holding(path, everything=True):
        began = time.monotonic()
        with pytest.raises(StorageBusy, match="locked by another process"):
            OPENING[what](path, tmp_path, BUDGET_S)
        assert BUDGET_S * 0.9 <= time.monotonic() - began < BUDGET_S + SLACK_S


@opening
def test_who_keeps_readers_out_for_a_moment_is_waited_for(
    path: Path, tmp_path: Path, what: Callable[..., Any]
) -> None:
    with holding(path, 0.5, everything=True):
        OPENING[what](path, tmp_path, 30)


@pytest.mark.parametrize(
    "what", [one for one in OPENING if one is not SqliteCrawlStore], ids=lambda one: one.__qualname__
)
def test_opening_and_copying_do_not_wait_for_a_writer(
    path: Path, tmp_path: Path, what: Callable[..., Any]
) -> None:
    with holding(path):
        OPENING[what](path, tmp_path, BUDGET_S)
