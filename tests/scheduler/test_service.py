"""The service over days: sleep, wrong clocks, restarts, lost crawls, edited files, thousands of ticks."""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from datetime import timedelta

import psutil
import pytest

from crawler.errors import StorageBusy
from db.crawl.leases import Owner
from db.file.connection import write_transaction
from db.file.opening import open_database
from db.service.lock import ServiceRunning
from tests.scheduler.conftest import START, Station

PAPERS = ("bao-a", "bao-b", "bao-c")


def crawls(station: Station) -> Counter[str]:
    return Counter(row["source_id"] for row in station.rows("SELECT source_id FROM run_sources"))


def gaps(station: Station) -> list[tuple[str, str, str]]:
    return [tuple(row.values()) for row in station.rows("SELECT from_at, to_at, reason FROM gaps")]


def test_what_is_due_is_crawled_once_in_one_process_and_then_due_again(station: Station) -> None:
    station.add(*PAPERS)
    with station.service() as service:
        station.tick_until_idle(service)
        assert crawls(station) == dict.fromkeys(PAPERS, 1)
        assert [row["kind"] for row in station.rows("SELECT kind FROM runs")] == ["schedule"]
        station.pass_time(minutes=5)
        station.tick_until_idle(service)
        assert crawls(station) == dict.fromkeys(PAPERS, 1)
    assert all(START + timedelta(minutes=25) < due for due in station.due().values())


@pytest.mark.parametrize(
    ("what", "reason", "count"),
    [("sleep", "asleep", 1), ("clock forward", "clock", 1), ("clock back", "clock", 0)],
)
def test_after_sleep_or_a_set_clock_each_due_source_is_crawled_once(
    station: Station, what: str, reason: str, count: int
) -> None:
    station.add(*PAPERS)
    station.add("bao-cron", more='[schedule]\ncron = "*/20 * * * *"\n')
    with station.service() as service:
        station.tick_until_idle(service)
        station.pass_time(seconds=5)
        service.tick()
        if what == "sleep":
            station.pass_time(hours=8)
        else:
            station.set_clock(hours=8 if what == "clock forward" else -8)
        station.tick_until_idle(service)
        assert crawls(station) == dict.fromkeys([*PAPERS, "bao-cron"], 1 + count)
        before = START + timedelta(seconds=5)
        assert gaps(station) == [
            (f"{before:%Y-%m-%dT%H:%M:%SZ}", f"{station.now:%Y-%m-%dT%H:%M:%SZ}", reason)
        ]
        latest = station.now + timedelta(minutes=80)
        assert all(station.now < due < latest for due in station.due().values())
        station.pass_time(minutes=80)
        station.tick_until_idle(service)
        assert set(crawls(station).values()) == {2 + count}


@pytest.mark.parametrize("ending", ["stopped", "died"])
def test_a_restart_keeps_every_plan_and_records_the_gap(station: Station, ending: str) -> None:
    station.add(*PAPERS)
    with station.service() as service:
        station.tick_until_idle(service)
    if ending == "died":
        station.change("UPDATE service SET ended_at = NULL, pid = 4194304")
    plans = "SELECT * FROM source_schedule ORDER BY source_id"
    before = station.rows(plans)
    station.pass_time(minutes=10)
    with station.service() as service:
        service.tick()
        assert station.rows(plans) == before
    assert gaps(station) == [("2026-11-21T02:00:00Z", "2026-11-21T02:10:00Z", ending)]
    station.pass_time(days=3)
    with station.service() as service:
        station.tick_until_idle(service)
    assert set(crawls(station).values()) == {2}


@pytest.mark.parametrize("behaviour", ["silent", "garbage", "fails", "out-of-memory"])
def test_a_lost_crawl_is_a_failed_run_with_a_reason_and_its_sources_back_off(
    station: Station, behaviour: str
) -> None:
    station.add(*PAPERS)
    with station.service(behaviour) as service:
        station.tick_until_idle(service)
        assert service.outcomes == dict.fromkeys(PAPERS, "lost")
    (run,) = station.rows("SELECT status, kind, ended_at, report FROM runs")
    assert (run["status"], run["kind"]) == ("failed", "schedule")
    assert run["ended_at"]
    parts = station.rows("SELECT status, message FROM run_sources")
    assert {part["status"] for part in parts} == {"unfinished"}
    assert all(part["message"].startswith("The crawl's process was lost: ") for part in parts)
    assert {row["failure_count"] for row in station.rows("SELECT failure_count FROM sources")} == {1}
    assert all(due > START + timedelta(minutes=50) for due in station.due().values())
    station.pass_time(hours=2)
    with station.service() as service:
        service.tick()
        assert len(service.children) == 2  # alone, as nobody knows which of them it was
        station.tick_until_idle(service)
        station.tick_until_idle(service)
    assert {row["lost_count"] for row in station.rows("SELECT lost_count FROM source_schedule")} == {0}


def test_a_hanging_crawl_is_killed_at_its_deadline_and_its_sources_are_free(station: Station) -> None:
    station.add(*PAPERS)
    station.limits["deadline"] = "60s"
    with station.service("hangs") as service:
        service.tick()
        (pid,) = service.children
        time.sleep(0.5)
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for _ in range(2):
            station.pass_time(seconds=61)
            service.tick()
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []
        station.tick_until_idle(service)
    assert {part["message"] for part in station.rows("SELECT message FROM run_sources")} == {
        "The crawl's process was lost: it was ended after its deadline of 60 s."
    }
    assert all(due > station.now for due in station.due().values())


def test_a_crawl_that_takes_longer_than_its_interval_does_not_overlap_itself(station: Station) -> None:
    station.add("bao-a", more='[schedule]\nevery = "10m"\n')
    with station.service("sleeps") as service:
        for _ in range(12):
            service.tick()
            assert len(service.children) == 1
            station.pass_time(minutes=10)


def test_a_slow_crawl_makes_room_for_others_up_to_a_bound(station: Station) -> None:
    station.add(*(f"bao-{n}" for n in range(9)))
    station.limits |= {"sources_per_crawl": 1, "workers": 2, "patience": "5m"}
    counts = []
    with station.service("sleeps") as service:
        for _ in range(5):
            service.tick()
            counts.append(len(service.children))
            station.pass_time(minutes=6)
    assert counts == [2, 4, 4, 4, 4]


def test_stopping_ends_every_child_within_fifteen_seconds_and_leaves_its_sources_due(
    station: Station,
) -> None:
    station.add(*PAPERS)
    station.limits["sources_per_crawl"] = 2
    began = time.monotonic()
    with station.service("stops") as service:
        service.tick()
        assert len(service.children) == 2
        family = [psutil.Process(pid) for pid in service.children]
        time.sleep(0.5)
    assert time.monotonic() - began < 15
    _, alive = psutil.wait_procs(family, timeout=0)
    assert alive == []
    assert set(station.due().values()) == {START}
    assert station.rows("SELECT ended_at FROM service") == [{"ended_at": "2026-11-21T02:00:00Z"}]


# --- one service, one database ---------------------------------------------------------------------


def test_a_second_service_is_refused_with_the_first_ones_pid_and_age(station: Station) -> None:
    with station.service():
        parent = Owner.of(os.getppid())
        station.change(f"UPDATE service SET pid = {parent.pid}, process_started = '{parent.process_started}'")
        station.pass_time(hours=30, minutes=5)
        with pytest.raises(
            ServiceRunning, match=rf"process {parent.pid} on .*, for 1 d 6 h 5 min"
        ) as refusal:
            station.service().__enter__()
    assert refusal.value.exit_status == 3


def test_a_dead_service_is_followed_at_once_although_its_pid_lives_again(station: Station) -> None:
    with station.service():
        pass
    station.change(f"UPDATE service SET ended_at = NULL, pid = {os.getppid()}, process_started = 'long ago'")
    with station.service() as service:
        service.tick()


def test_a_service_that_lost_its_database_to_another_one_ends(station: Station) -> None:
    with station.service() as service:
        service.tick()
        station.change("UPDATE service SET pid = 1, process_started = 'another'")
        with pytest.raises(ServiceRunning, match="taken over"):
            service.tick()
    assert station.rows("SELECT ended_at FROM service") == [{"ended_at": None}]


def test_a_locked_database_costs_a_tick_and_nothing_else(station: Station) -> None:
    station.add(*PAPERS)
    with station.service() as service:
        other = open_database(station.db)
        with write_transaction(other), pytest.raises(StorageBusy):
            service.tick()
        other.close()
        station.tick_until_idle(service)
    assert crawls(station) == dict.fromkeys(PAPERS, 1)


# --- files that change -------------------------------------------------------------------------------


def test_sources_come_and_go_and_a_mistake_costs_nothing(station: Station) -> None:
    station.add("bao-a", "bao-b")
    with station.service() as service:
        station.tick_until_idle(service)
        station.add("bao-c")
        (station.sources / "bao-b.toml").unlink()
        (station.sources / "bao-a.toml").write_text("id = [", encoding="utf-8")
        station.tick_until_idle(service)
        assert crawls(station) == {"bao-a": 1, "bao-b": 1, "bao-c": 1}
        assert set(station.due()) == {"bao-a", "bao-c"}
        station.pass_time(hours=2)
        station.tick_until_idle(service)
        assert crawls(station) == {"bao-a": 2, "bao-b": 1, "bao-c": 2}
        station.add("bao-a", more="note = 'sửa'\n")
        station.tick_until_idle(service)
        assert crawls(station)["bao-a"] == 3, "a changed file is crawled at once"


def test_a_mistake_that_was_there_before_the_start_forgets_nothing(station: Station) -> None:
    station.add(*PAPERS)
    with station.service() as service:
        station.tick_until_idle(service)
    before = station.due()
    (station.sources / "bao-a.toml").write_text("id = [", encoding="utf-8")
    with station.service() as service:
        service.tick()
    assert station.due() == before


def test_without_space_on_the_disk_nothing_is_started(station: Station) -> None:
    station.add(*PAPERS)
    station.limits["min_free_mb"] = 10**9
    with station.service() as service:
        service.tick()
        assert service.is_idle
        station.limits["min_free_mb"] = 1


def test_what_a_full_disk_has_cut_short_stays_due(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    station.add(*PAPERS)
    free = [900.0]
    monkeypatch.setattr("scheduler.service.free_mb", lambda _: free[0])
    with station.service("cut") as service:
        service.tick()
        free[0] = 90.0
        station.tick_until_idle(service)
        assert service.outcomes == dict.fromkeys(PAPERS, "unfinished")
        assert all(due <= START for due in station.due().values())
        service.tick()
        assert service.is_idle
        free[0] = 900.0
        service.tick()
        assert len(service.children) == 1, "it goes on by itself, with all of them together"
        station.tick_until_idle(service)


def test_the_daily_maintenance_runs_in_the_night_once(station: Station) -> None:
    with station.service("silent") as service:
        started = 0
        for _ in range(3 * 24):
            station.pass_time(hours=1)
            service.tick()
            started += len(service.children)
            station.tick_until_idle(service)
    assert started == 3


# --- months --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_thousands_of_ticks_leave_memory_and_file_handles_as_they_were(station: Station) -> None:
    """2,000 ticks with crawls between them: the slope of resident memory is under 1 MB per 1,000."""
    station.add(*(f"bao-{n}" for n in range(40)))
    this = psutil.Process()
    samples: list[tuple[int, float, int]] = []
    with station.service() as service:
        for number in range(2001):
            station.tick(service)
            station.pass_time(seconds=5)
            if number % 100 == 0:
                station.tick_until_idle(service)
                gc.collect()
                samples.append((number, this.memory_info().rss / 2**20, this.num_fds()))
    assert len(station.rows("SELECT id FROM runs")) > 20
    settled = samples[4:]
    slope = least_squares([(number / 1000, used) for number, used, _ in settled])
    assert slope < 1.0, samples
    assert len({handles for _, _, handles in settled}) == 1, samples


def least_squares(points: list[tuple[float, float]]) -> float:
    """The slope of the line through some points."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def test_the_place_of_a_crawl_that_has_just_ended_is_free_in_the_same_tick(station: Station) -> None:
    """Else `schedule --once` would end with a source still due, when all its crawls end together."""
    station.limits |= {"workers": 1, "sources_per_crawl": 1}
    station.add("mot", "hai", "ba")
    with station.service(mode="once") as service:
        service.tick()
        until = time.monotonic() + 60
        while not service.is_idle and time.monotonic() < until:
            time.sleep(0.02)
            service.tick()
        assert set(service.outcomes) == {"mot", "hai", "ba"}
