"""A replayed year with outages: what each month of a place was, told from the database alone."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.stories import tell
from crawler.article import LOCAL_ZONE, Published, format_instant
from crawler.decision import Decision, Rejection
from crawler.finding import FindingKind, Found, Severity
from crawler.page import Candidate
from crawler.ports import PageVisit
from crawler.reach.coverage import PlaceCoverage, State, Unread, WatchedSources
from crawler.report import SourceStatus
from crawler.source import Source
from crawler.topic.gazetteer import Gazetteer
from db.crawl.runs import finish_run, start_run
from db.crawl_store import SqliteCrawlStore
from db.schema import source_days
from db.service.coverage import read_coverage
from db.service.findings import record
from db.upkeep.maintenance import maintain
from tests.db.world import World

PLACES = Gazetteer.load().places
FIRST = datetime(2026, 1, 1, 5, tzinfo=UTC)
LAST = datetime(2026, 12, 31, 5, tzinfo=UTC)
EVERY = timedelta(days=4)
"""How often the papers of this year are crawled."""


def paper(id_: str, province: str = "", *, borders: tuple[str, ...] = (), enabled: bool = True) -> Source:
    return Source(
        id_, f"Báo {id_}", f"https://{id_}.example", province=province, borders=borders, enabled=enabled
    )


AN = paper("an", "Lạng Sơn")
BINH = paper("binh", "Lạng Sơn")
CHINH = paper("chinh", "Cao Bằng")
EM = paper("em", "Quảng Ninh", enabled=False)
DONG = paper("dong", "Lào Cai", enabled=False)
SOURCES = {one.id: one for one in (AN, BINH, CHINH, EM, DONG)}
WATCH = WatchedSources(SOURCES)
GATES = {"an": "tan-thanh-gate", "binh": "tan-thanh-gate", "chinh": "tra-linh-gate", "em": "mong-cai-gate"}
"""On which gate a paper has an article each week."""

WEEKDAYS = {"binh": (0, 3)}
"""When it has; on Thursdays where nothing is said."""

RARE = {("an", date(2026, 2, 12)), ("an", date(2026, 6, 11))}
"""Days with an article on another gate, which has no more than these."""

QUIET = {("an", 3), ("binh", 3), ("binh", 4), ("chinh", 12)}
"""Paper and month in which it wrote, but not on its gate."""

DOWN = {("an", 4), ("an", 5), ("binh", 5)}
NOT_ASKED = {("an", 8), ("binh", 8)} | {("em", month) for month in range(7, 13)}
BLOCKED = {("an", 9), ("binh", 9)}
HALF = {("an", 10), ("binh", 10)}
"""Paper and month that begins well; from the tenth day on the paper is down."""

DEAD_FEED = {("an", 11), ("binh", 11)}
OFF = 7
"""The month in which nothing ran."""


@dataclass(frozen=True, slots=True)
class Day:
    """What one crawl met at one paper."""

    status: SourceStatus
    offers: bool


def met(source_id: str, day: date) -> Day | None:
    """Return what a crawl met on a day; None where the paper was not asked."""
    key = (source_id, day.month)
    if key in NOT_ASKED or day.month == OFF:
        return None
    if key in DOWN or (key in HALF and day.day > 9):
        return Day(SourceStatus.FAILED, False)
    return Day(SourceStatus.DONE, key not in BLOCKED | DEAD_FEED)


def replay(world: World) -> None:
    serial = 0
    written: set[tuple[str, date]] = set()
    at = FIRST
    with world.connection() as conn:
        while at <= LAST:
            world.now, day = at, at.astimezone(LOCAL_ZONE).date()
            asked = [SOURCES[id_] for id_ in GATES if met(id_, day)]
            if asked:
                run = start_run(conn, "schedule", asked, world.clock)
                with SqliteCrawlStore(world.path, run, world.clock, busy_timeout_s=5) as store:
                    for source in asked:
                        serial += 1
                        asyncio.run(crawl(world, store, source, serial, written))
                finish_run(conn, run.run_id, world.clock)
            for id_, month in BLOCKED:
                # In good order, as the service would have written it.
                if (day.month, day.day // 28) in ((month, 0), (month, 1)):
                    found = Found(id_, FindingKind.BLOCKED, Severity.ERROR, "HTTP 403", "Ask the paper.")
                    record(conn, [found, *(others(id_, month))], at)
            if day.month == 10:
                record(conn, [], at)
            at += EVERY
    world.now = LAST


def others(id_: str, month: int) -> list[Found]:
    return [
        Found(other, FindingKind.BLOCKED, Severity.ERROR, "HTTP 403", "Ask the paper.")
        for other, blocked in BLOCKED
        if blocked == month and other != id_
    ]


async def crawl(
    world: World, store: SqliteCrawlStore, source: Source, serial: int, written: set[tuple[str, date]]
) -> None:
    today = world.now.astimezone(LOCAL_ZONE).date()
    seen = met(source.id, today)
    assert seen
    await store.open(source)
    if seen.offers:
        url = f"{source.homepage}/the-thao/{serial}.html"
        await store.admit(source, [Candidate(url, title="Tin thể thao", changed_at=world.now)])
        visit = PageVisit(source.id, url, "ok", world.now, 200)
        await store.settle(visit, Decision.rejected(Rejection.OFF_TOPIC))
        for days in range(EVERY.days):
            day = today - timedelta(days=days)
            if day < FIRST.date() or (source.id, day) in written:
                continue
            if (
                day.weekday() in WEEKDAYS.get(source.id, (3,))
                and (source.id, day.month) not in QUIET
                and is_open(source.id, day)
            ):
                await keep(world, store, source, day, GATES[source.id])
                written.add((source.id, day))
            elif (source.id, day) in RARE:
                await keep(world, store, source, day, "chi-ma-gate")
    await store.close(source, seen.status, "" if seen.status is SourceStatus.DONE else "down")


def is_open(source_id: str, day: date) -> bool:
    """Whether what a paper wrote on a day is of a month that it could be read in."""
    seen = met(source_id, day)
    return seen is not None and seen.offers and (source_id, day) not in RARE


async def keep(world: World, store: SqliteCrawlStore, source: Source, day: date, place: str) -> None:
    number = day.toordinal() * 7 + sorted(SOURCES).index(source.id)
    story = tell(str(number), number)
    url = f"{source.homepage}/{place}/{number}.html"
    published = Published.from_datetime(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))
    article = replace(story.article(), url=url, canonical_url=None, published=published)
    await store.admit(source, [Candidate(url, title=article.title, changed_at=world.now)])
    relevance = replace(story.relevance(), places=(place,))
    decision = await store.store(PageVisit(source.id, url, "ok", world.now, 200), article, relevance, None)
    assert decision.kind == "new", decision


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("year"))
    replay(world)
    with world.connection() as conn:
        conn.execute(
            "INSERT INTO gaps (from_at, to_at, reason) VALUES (?, ?, 'stopped')",
            (
                format_instant(datetime(2026, 6, 30, tzinfo=UTC)),
                format_instant(datetime(2026, 8, 1, tzinfo=UTC)),
            ),
        )
    return world


def covered(world: World, place: str) -> PlaceCoverage:
    with world.connection() as conn:
        (found,) = read_coverage(conn, PLACES, [place], WATCH, world.now, 12)
    return found


def states(world: World, place: str) -> list[str]:
    """Return what each month was: the number of articles' papers, or state and reason."""
    return [
        str(one.paper_count)
        if one.verdict.state is State.WRITTEN
        else " ".join(
            filter(None, (one.verdict.state.value, one.verdict.reason and one.verdict.reason.value))
        )
        for one in covered(world, place).months
    ]


NOTHING, FEW = State.NOTHING_WRITTEN.value, State.TOO_FEW.value


def unseen(why: Unread) -> str:
    return f"{State.NOT_LOOKED} {why}"


def test_two_papers_of_one_gate_of_which_the_smaller_or_both_fail(year: World) -> None:
    assert states(year, "tan-thanh-gate") == [
        "2",
        "2",
        NOTHING,  # both read, both silent on it
        NOTHING,  # one down, the other read and silent on it
        unseen(Unread.DOWN),
        "2",
        unseen(Unread.NOBODY_WATCHED),
        unseen(Unread.NOT_CRAWLED),
        unseen(Unread.DOWN),  # read, and every page refused
        "2",  # the first days were read, and had some
        unseen(Unread.SILENT),
        "2",
    ]


def test_a_month_of_which_only_the_first_days_were_read(year: World) -> None:
    """The same October, had those days brought nothing."""
    with year.connection() as conn:
        conn.execute("SAVEPOINT october")
        conn.execute(
            "DELETE FROM articles WHERE published_at >= '2026-10-01' AND published_at < '2026-11-01'"
            " AND source_id IN ('an', 'binh')"
        )
        (found,) = read_coverage(conn, PLACES, ["tan-thanh-gate"], WATCH, year.now, 12)
        conn.execute("ROLLBACK TO october")
    october = found.months[9]
    assert (october.verdict.state, october.verdict.reason) == (State.NOT_LOOKED, Unread.DOWN)
    assert 0 < october.verdict.expected < october.verdict.usual / 2


def test_a_paper_that_fell_silent_on_its_gate_and_was_read(year: World) -> None:
    expected = ["1"] * 12
    expected[OFF - 1] = unseen(Unread.NOBODY_WATCHED)
    expected[11] = NOTHING
    assert states(year, "tra-linh-gate") == expected


def test_a_paper_that_was_disabled_in_the_middle_of_the_year(year: World) -> None:
    assert states(year, "mong-cai-gate") == [
        *["1"] * 6,
        unseen(Unread.NOBODY_WATCHED),
        *[unseen(Unread.DISABLED)] * 5,
    ]


def test_a_gate_of_which_two_articles_came_in_a_year(year: World) -> None:
    found = states(year, "chi-ma-gate")
    assert found == [
        FEW,
        "1",
        FEW,
        unseen(Unread.DOWN),
        unseen(Unread.DOWN),
        "1",
        unseen(Unread.NOBODY_WATCHED),
        unseen(Unread.NOT_CRAWLED),
        unseen(Unread.DOWN),
        unseen(Unread.DOWN),
        unseen(Unread.SILENT),
        FEW,
    ]


def test_places_of_which_nobody_has_written(year: World) -> None:
    disabled = [unseen(Unread.DISABLED)] * 12
    disabled[OFF - 1] = unseen(Unread.NOBODY_WATCHED)
    assert states(year, "lao-cai-gate") == disabled
    assert states(year, "moc-bai-gate") == [unseen(Unread.NONE_DECLARED)] * 12
    read = [FEW] * 12
    read[OFF - 1] = unseen(Unread.NOBODY_WATCHED)
    assert states(year, "cao-bang") == read


def test_no_place_is_told_of_more_than_once_and_every_month_has_a_state(year: World) -> None:
    wanted = [id_ for id_, one in PLACES.items() if one.kind in ("province", "gate")]
    with year.connection() as conn:
        found = read_coverage(conn, PLACES, wanted, WATCH, year.now, 12)
    assert [one.place.id for one in found] == wanted
    assert all(len(one.months) == 12 for one in found)
    for one in found:
        for month in one.months:
            assert (month.verdict.state is State.WRITTEN) == (month.paper_count > 0)
            assert (month.verdict.state is State.NOT_LOOKED) == (month.verdict.reason is not None)


@pytest.fixture
def old_year(year: World, tmp_path: Path) -> World:
    """A year that a test may change."""
    world = World(tmp_path)
    shutil.copy(year.path, world.path)
    world.now = year.now
    return world


def test_what_maintenance_leaves_of_old_runs_tells_the_same(year: World, old_year: World) -> None:
    before = {place: states(year, place) for place in ("tan-thanh-gate", "tra-linh-gate", "mong-cai-gate")}
    with old_year.connection() as conn:
        report = maintain(conn, old_year.now, timedelta(days=90))
        assert report.run_count > 50
    assert {place: states(old_year, place) for place in before} == before


@pytest.mark.parametrize("kept_days", [400, 90])
def test_a_database_of_an_earlier_release_tells_the_same(old_year: World, kept_days: int) -> None:
    """What the triggers have counted is what a migration finds, in the parts of runs or in their reports."""
    told = "SELECT * FROM source_days ORDER BY source_id, day"
    with old_year.connection() as conn:
        maintain(conn, old_year.now, timedelta(days=kept_days))
        conn.execute("SAVEPOINT migration")
        before = [tuple(row) for row in conn.execute(told)]
        conn.execute("DELETE FROM source_days")
        source_days.fill(conn)
        after = [tuple(row) for row in conn.execute(told)]
        conn.execute("ROLLBACK TO migration")
    assert len(before) > 250
    assert after == before
