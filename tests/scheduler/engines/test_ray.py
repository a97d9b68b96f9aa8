"""The Ray engine on a cluster of three nodes on this machine: the same as without it, whatever dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from crawler.archive.task import Batch, Lost
from crawler.errors import UsageError
from scheduler.engines.task_reading import read_task
from tests.biengioi.program import Program
from tests.biengioi.test_backfill import rows, write_archives
from tests.scheduler.engines.test_local import SETUP, last_reading, tasks_of
from tests.warcs import HOST

pytest.importorskip("ray", reason="the extra `ray` is not installed: pip install 'biengioi[ray]'")


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80 << 20}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(2):
        cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
    cluster.shutdown()


def readers() -> list[psutil.Process]:
    """The processes of the cluster that read a task now."""
    ours = psutil.Process().children(recursive=True)
    return [one for one in ours if one.is_running() and "_read" in one.name()]


def test_without_a_cluster_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scheduler.engines.ray_engine import RayEngine

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(UsageError, match="No Ray cluster answers"):
        next(RayEngine(SETUP).run(tasks_of(tmp_path, 1, 1)))


def test_a_worker_unpacks_what_it_reads_with_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scheduler.engines import ray_engine

    fetched = []
    monkeypatch.setattr(ray_engine.ray, "get", lambda reference: fetched.append(reference) or SETUP)
    for task in tasks_of(tmp_path, 2, 1):
        assert list(ray_engine._read(task, ["here"])) == list(read_task(task, SETUP))
    assert fetched == ["here"]


@pytest.mark.timeout(300)
def test_three_nodes_read_and_keep_what_one_process_does(cluster: Any, tmp_path: Path) -> None:
    from scheduler.engines.ray_engine import RayEngine

    tasks = tasks_of(tmp_path, 4, 20)
    Path(tasks[3].path).unlink()
    came: list[Batch | Lost] = []
    killed = 0
    for one in RayEngine(SETUP).run(tasks):
        came.append(one)
        if killed < 2 and (found := readers()):
            os.kill(found[0].pid, signal.SIGKILL)
            killed += 1
    assert killed == 2
    lost = [one for one in came if isinstance(one, Lost)]
    assert [one.task for one in lost] == tasks[3:]
    read = last_reading([one for one in came if isinstance(one, Batch)])
    assert read == {task: list(read_task(task, SETUP)) for task in tasks[:3]}
    assert os.environ["RAY_ADDRESS"] == cluster.address
    check_database(tmp_path / "kept")


def check_database(folder: Path) -> None:
    """A driver that is killed and started again leaves the same rows as one process alone."""
    folder.mkdir()
    program = Program(folder)
    program.add_source("bao-thu", HOST)
    write_archives(folder / "warcs")
    program.run("backfill", "warcs")
    wanted = rows(program)
    program.db.unlink()
    driver = program.start("backfill", "warcs", "--engine", "ray")
    while driver.poll() is None and not program.db.exists():
        time.sleep(0.05)
    time.sleep(2)
    driver.kill()
    driver.communicate()
    done = program.run("backfill", "warcs", "--engine", "ray", "--json")
    assert (done.status, done.json["status"]) == (0, "done")
    assert rows(program) == wanted
    again = program.run("backfill", "warcs", "--engine", "ray", "--json")
    assert again.json["considered"] == 0
