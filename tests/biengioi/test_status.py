"""Whether everything is alive, and the exit status that a monitor asks for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.crawl.leases import Owner
from db.file.opening import open_database
from tests.biengioi.program import Program, Run


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path)
    open_database(program.db, create=True).close()
    return program


def write(program: Program, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(program.db)) as conn:
        conn.execute(sql, values)
        conn.commit()


def ago(**duration: float) -> str:
    return (datetime.now(UTC) - timedelta(**duration)).strftime("%Y-%m-%dT%H:%M:%SZ")


def install(program: Program, *, beat: str, ended: str | None = None, mode: str = "service") -> None:
    """A service whose process is this test."""
    owner = Owner.this_process()
    write(
        program,
        "INSERT INTO service VALUES (1, ?, ?, ?, ?, '0.1.0', ?, ?, 5.0, ?, ?)",
        *(mode, owner.host, owner.pid, owner.process_started, ago(hours=3), beat, ended, beat),
    )


def status(program: Program) -> tuple[int, str]:
    run = program.run("status", "--json", BIENGIOI_SCHEDULE_MIN_FREE_MB="1")
    return run.status, run.json["service"]["state"]


def test_the_shape_is_fixed(program: Program) -> None:
    install(program, beat=ago(seconds=3))
    write(program, "INSERT INTO sources (id, name, homepage) VALUES ('bao-a', 'Báo A', 'http://a.example')")
    document = program.run("status", "--json").json
    assert set(document) == {"service", "sources", "findings", "pauses", "database"}
    assert document["service"]["pid"] == Owner.this_process().pid
    assert 2 <= document["service"]["beat_age_s"] < 60
    assert document["sources"][0]["id"] == "bao-a"
    assert document["sources"][0]["success_age_s"] is None
    assert document["sources"][0]["state"] == "never_crawled"
    assert document["database"]["size_bytes"] > 0
    assert document["database"]["free_bytes"] > 0


def test_a_service_that_ticks_is_alive(program: Program) -> None:
    install(program, beat=ago(seconds=20))
    assert status(program) == (0, "running")


def test_a_service_that_stopped_ticking_needs_a_person(program: Program) -> None:
    install(program, beat=ago(minutes=5))
    assert status(program) == (1, "silent")


def test_a_dead_one_a_stopped_one_and_none_at_all_need_a_person(program: Program) -> None:
    assert status(program) == (1, "never")
    install(program, beat=ago(seconds=5))
    write(program, "UPDATE service SET process_started = 'another'")
    assert status(program) == (1, "died")
    write(program, "UPDATE service SET ended_at = ?", ago(hours=1))
    assert status(program) == (1, "stopped")


def test_between_two_runs_of_a_timer_all_is_well(program: Program) -> None:
    install(program, beat=ago(hours=2), ended=ago(hours=2), mode="once")
    assert status(program) == (0, "waiting")
    told = program.run("status").stdout.splitlines()[0]
    assert "none runs, the last one ended 2 h ago" in told
    assert "process" not in told
    write(program, "UPDATE service SET ended_at = ?", ago(days=2))
    assert status(program) == (1, "stopped")


@pytest.mark.parametrize(("severity", "expected"), [("error", 1), ("warning", 1), ("info", 0)])
def test_an_open_finding_needs_a_person(program: Program, severity: str, expected: int) -> None:
    install(program, beat=ago(seconds=5))
    write(
        program,
        "INSERT INTO findings (kind, severity, opened_at, seen_at, evidence, advice)"
        " VALUES ('offline', ?, ?, ?, 'No paper answers\x1b[31m', 'Look at your network.')",
        *(severity, ago(hours=1), ago(hours=1)),
    )
    run = program.run("status", "--json")
    assert run.status == expected
    assert run.json["findings"][0]["kind"] == "offline"
    text = program.run("status").stdout
    assert "offline" in text
    assert "\x1b" not in text
    write(program, "UPDATE findings SET resolved_at = ?", ago(minutes=1))
    assert status(program) == (0, "running")


def test_a_full_disk_needs_a_person(program: Program) -> None:
    install(program, beat=ago(seconds=5))
    full: Run = program.run("status", BIENGIOI_SCHEDULE_MIN_FREE_MB="999999999")
    assert full.status == 1


def test_gaps_are_shown(program: Program) -> None:
    install(program, beat=ago(seconds=5))
    write(
        program, "INSERT INTO gaps (from_at, to_at, reason) VALUES (?, ?, 'died')", ago(days=1), ago(hours=1)
    )
    assert "nobody watched: " in program.run("status").stdout
    assert program.run("status", "--json").json["service"]["gaps"][0]["reason"] == "died"


def test_a_missing_database_is_a_sentence(tmp_path: Path) -> None:
    run = Program(tmp_path).run("status")
    assert run.status == 2
    assert "There is no database" in run.stderr
