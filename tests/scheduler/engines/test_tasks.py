"""What is read, cut into tasks."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from crawler.errors import UsageError
from scheduler.engines import tasks
from scheduler.engines.tasks import parse_task, plan


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "b/2.warc.gz",
        "a/1.WARC",
        "a/con/urls.tsv",
        "a/con/x.html",
        "a/ghi-chu.txt",
        "c.warc",
        "d.warc.gz.open",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(name.encode(), mtime=0))
    return tmp_path


def names(*patterns: str) -> list[str]:
    return [str(Path(one.path).relative_to(Path.cwd())) for one in plan(patterns)]


def test_files_folders_and_globs(folder: Path) -> None:
    assert names(".") == ["c.warc", "d.warc.gz.open", "a/1.WARC", "a/con/urls.tsv", "b/2.warc.gz"]
    assert names("*/*.warc.gz", "c.warc", "b") == ["b/2.warc.gz", "c.warc"]
    assert names("a/ghi-chu.txt") == ["a/ghi-chu.txt"]
    assert names("[ac]*") == ["a/1.WARC", "a/con/urls.tsv", "c.warc"]
    (folder / "giong.warc").write_bytes((folder / "c.warc").read_bytes())
    assert names("c.warc", "giong.warc") == ["c.warc"]


def test_a_large_file_is_several_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TASK_BYTES", 10)
    found = plan(["c.warc"])
    size = Path("c.warc").stat().st_size
    assert [(one.start, one.end) for one in found] == [(0, 10), (10, 20), (20, size)]
    assert [parse_task(one.name) for one in found] == found


@pytest.mark.parametrize("pattern", ["khong-co", "khong-co/*.warc", "a/khong", "/dev/null", "x\0y", "rong"])
def test_what_cannot_be_read_is_named(folder: Path, pattern: str) -> None:
    (folder / "rong").mkdir()
    with pytest.raises(UsageError, match=r"is not there|is no file|holds no|no name"):
        plan([pattern])


@pytest.mark.parametrize(
    "name", ["", "c.warc", "c.warc#1", "c.warc#5-1", "c.warc#0-99999", "x#0-1", "c.warc#a-b"]
)
def test_what_is_no_task_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        parse_task(name)
