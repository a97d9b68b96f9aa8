"""The local engine: whatever its workers die of, every task is read, or given up by name."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from crawler.archive.owners import Owners
from crawler.archive.task import Batch, Lost, Task
from crawler.config import Config
from crawler.reading import PageReader
from crawler.source import Source
from crawler.topic.topic import Topic
from scheduler.engines.local import LocalEngine
from scheduler.engines.task_reading import Setup, read_task
from scheduler.engines.tasks import plan
from tests.scheduler.engines.readers import Hurt
from tests.warcs import HOST, info, other_page, packed, page_record, story_page

IMPATIENT = replace(Config().extraction, deadline_s=2.5)
OWNERS = Owners((Source(id="bao-thu", name="Báo", homepage=HOST),))
READER = PageReader(Topic.load())
SETUP = Setup(READER, OWNERS, 1_000_000, Config().extraction)


def tasks_of(folder: Path, file_count: int, story_count: int, *more: bytes) -> list[Task]:
    for file in range(file_count):
        stories = [page_record(f"/{file}/{one}.html", story_page(one)) for one in range(story_count)]
        (folder / f"{file}.warc.gz").write_bytes(packed([info(), *stories, *(more if file == 0 else ())]))
    return plan([str(folder)])


def last_reading(came: list[Batch | Lost]) -> dict[Task, list[Batch]]:
    """The batches of each task, of its last reading."""
    found: dict[Task, list[Batch]] = {}
    for one in came:
        assert isinstance(one, Batch), one
        if one.number == 0:
            found[one.task] = []
        found[one.task].append(one)
    return found


def run_and_kill(engine: LocalEngine, tasks: list[Task], is_fatal: Callable[[Batch], bool]) -> int:
    """Run the tasks, killing who brought each batch that is fatal; return how many were killed."""
    came: list[Batch | Lost] = []
    brought_by: dict[Task, int] = {}
    killed: set[int] = set()
    with closing(engine.run(tasks)) as coming:
        for one in coming:
            came.append(one)
            brought_by |= {task: pid for pid, task in engine.worker_pids.items() if task}
            if isinstance(one, Batch) and is_fatal(one):
                pid = brought_by[one.task]
                killed.add(pid)
                with suppress(ProcessLookupError, psutil.NoSuchProcess):
                    os.kill(pid, signal.SIGKILL)
                    psutil.Process(pid).wait(10)
    assert last_reading(came) == {task: list(read_task(task, SETUP)) for task in tasks}
    assert engine.worker_pids == {}
    return len(killed)


def test_killed_workers_lose_nothing(tmp_path: Path) -> None:
    hurt: Counter[Task] = Counter()

    def is_fatal(batch: Batch) -> bool:
        hurt[batch.task] += not batch.is_last
        return not batch.is_last and hurt[batch.task] <= 2

    assert run_and_kill(LocalEngine(SETUP, 2), tasks_of(tmp_path, 3, 18), is_fatal) >= 3


def test_a_task_is_not_blamed_for_a_worker_that_died_after_the_one_before(tmp_path: Path) -> None:
    first, second = tasks = tasks_of(tmp_path, 2, 18)
    hurt: Counter[Task] = Counter()

    def is_fatal(batch: Batch) -> bool:
        is_after_first = batch.task == first and batch.is_last
        is_at_second = batch.task == second and not batch.is_last
        hurt[batch.task] += is_after_first or is_at_second
        return is_after_first or (is_at_second and hurt[second] <= 2)

    assert run_and_kill(LocalEngine(SETUP, 1), tasks, is_fatal) == 3


def test_a_task_that_workers_die_of_is_given_up(tmp_path: Path) -> None:
    tasks = tasks_of(tmp_path, 2, 2, page_record("/chet.html", other_page(1)))
    came = list(LocalEngine(replace(SETUP, reader=Hurt(READER)), 2).run(tasks))
    lost = [one for one in came if isinstance(one, Lost)]
    assert [one.task for one in lost] == tasks[:1]
    assert lost[0].reason == "3 workers died of it, the last one ended with 9"
    assert [one.task for one in came if isinstance(one, Batch) and one.is_last] == tasks[1:]


def test_a_page_that_hurts_is_lost_alone(tmp_path: Path) -> None:
    hurtful = [page_record(f"/{word}.html", other_page(1)) for word in ("treo", "loi", "phinh")]
    tasks = tasks_of(tmp_path, 1, 2, *hurtful, page_record("/9.html", story_page(9)))
    (batch,) = LocalEngine(replace(SETUP, reader=Hurt(READER), limits=IMPATIENT), 1).run(tasks)
    assert isinstance(batch, Batch)
    assert len(batch.captures) == 3
    assert {key[2]: number for key, number in batch.counts.items()} == {"extraction_failed": 3, "no_page": 1}


def test_a_file_that_is_gone_is_given_up(tmp_path: Path) -> None:
    tasks = tasks_of(tmp_path, 2, 1)
    Path(tasks[0].path).unlink()
    came = list(LocalEngine(SETUP, 1).run(tasks))
    assert Lost(tasks[0], "its file cannot be read (No such file or directory)") in came


@pytest.mark.parametrize("after", [0, 1])
def test_closing_it_ends_the_workers(tmp_path: Path, after: int) -> None:
    tasks = tasks_of(tmp_path, 2, 18)
    engine = LocalEngine(SETUP, 2)
    coming = engine.run(tasks)
    for _ in range(after + 1):
        next(coming)
    pids = list(engine.worker_pids)
    assert len(pids) == 2
    coming.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)
