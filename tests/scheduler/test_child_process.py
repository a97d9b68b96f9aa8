"""A child process that misbehaves is ended with all that it started, and what became of it is known."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from scheduler.child_process import Child, Ending
from tests.biengioi.forked import catches_sigterm
from tests.scheduler.stand_in import command


@contextmanager
def child(
    behaviour: str, *, deadline_s: float = 60, memory_mb: int = 2000, niceness: int = 0
) -> Iterator[Child]:
    words = command(behaviour, Path("none.db"))
    one = Child(words, time.monotonic(), deadline_s=deadline_s, memory_mb=memory_mb, niceness=niceness)
    try:
        yield one
    finally:
        one.kill()


def wait(one: Child, timeout_s: float = 30) -> Ending:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        ending = one.look(time.monotonic())
        if ending is not None:
            return ending
        time.sleep(0.02)
    pytest.fail("the child did not end")


def grandchildren_of(one: Child, timeout_s: float = 30) -> list[psutil.Process]:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if found := psutil.Process(one.pid).children(recursive=True):
            return found
        time.sleep(0.02)
    pytest.fail("it has started none")


@pytest.mark.parametrize(
    ("behaviour", "status", "problem"),
    [
        ("silent", 0, "it ended with 0 and no report."),
        ("garbage", 0, "it ended with 0 and an unreadable report."),
        ("fails", 1, "it ended with 1 and no report: biengioi: it went wrong."),
        ("refused", 2, "it ended with 2: biengioi: biengioi.db is damaged; restore a backup."),
        ("out-of-memory", -9, "it was killed by SIGKILL, perhaps for lack of memory."),
    ],
)
def test_every_bad_end_has_a_sentence(behaviour: str, status: int, problem: str) -> None:
    with child(behaviour) as one:
        ending = wait(one)
    assert (ending.status, ending.problem) == (status, f"The crawl's process was lost: {problem}")


def test_a_child_that_hangs_is_killed_with_its_own_children() -> None:
    with child("hangs") as one:
        grandchildren = grandchildren_of(one)
        assert one.look(time.monotonic() + 65) is None  # past its deadline: SIGTERM, which it ignores
        assert one.look(time.monotonic() + 100) is None  # past its grace: SIGKILL
        ending = wait(one)
        _, alive = psutil.wait_procs(grandchildren, timeout=5)
    assert alive == []
    assert "after its deadline of 60 s" in ending.problem


def test_a_child_that_ends_in_good_order_after_its_deadline_has_its_report_taken() -> None:
    with child("stops", deadline_s=30) as one:
        while not catches_sigterm(one.pid):
            time.sleep(0.02)
        assert one.look(time.monotonic() + 30) is None
        ending = wait(one)
    assert ending == Ending(1, was_stopped=True)


def test_a_child_and_its_own_children_give_way() -> None:
    niceness = min(psutil.Process().nice() + 7, 19)
    with child("hangs", niceness=7) as one:
        processes = (psutil.Process(one.pid), *grandchildren_of(one))
        assert {process.nice() for process in processes} == {niceness}
        group = Path(f"/proc/{one.pid}/autogroup")
        assert not group.exists() or group.read_text(encoding="ascii").endswith(f" nice {niceness}\n")


def test_a_child_that_swells_is_ended() -> None:
    with child("swells", memory_mb=200) as one:
        assert "it had grown to" in wait(one).problem


def test_a_child_that_prints_without_end_is_ended() -> None:
    with child("flood") as one:
        assert "printed without end" in wait(one).problem


@pytest.mark.skipif(sys.platform != "linux", reason="pipes cannot be widened elsewhere")
def test_a_large_report_does_not_keep_a_child_waiting_for_our_next_look() -> None:
    program = "import json, sys; sys.stdout.write(json.dumps({'sources': 'x' * 300_000}))"
    one = Child([sys.executable, "-c", program], time.monotonic(), deadline_s=60, memory_mb=2000)
    until = time.monotonic() + 20
    while psutil.Process(one.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert wait(one) == Ending(0)


def test_a_program_that_does_not_exist_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match="No such file"):
        Child(["/no/such/program"], 0.0, deadline_s=1, memory_mb=100)
