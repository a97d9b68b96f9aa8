"""A mistake of ours leaves one file, which tells what is needed and nothing of a page or a secret."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from biengioi import cli, crash
from biengioi.commands import list_command
from biengioi.context import Context
from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.scale import FULL

TEXT = "Bí thư Tỉnh ủy Lạng Sơn đã hội đàm với Bí thư Khu ủy Quảng Tây"
SECRET = "mat-khau-rat-dai"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, in a process that has told of no mistake yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(crash, "_told", set())
    monkeypatch.setattr(cli, "_started_with", [])
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    return tmp_path


def crash_in_list(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run `biengioi list` with a mistake in it, and return its exit status."""

    def fail(**_: object) -> int:
        text = TEXT
        raise ValueError(text)

    monkeypatch.setattr(list_command.command, "callback", fail)
    monkeypatch.setattr(sys, "argv", ["biengioi", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(str(end.value.code))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("biengioi-crash-*.txt"))


def test_a_command_leaves_a_file_beside_the_database(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "collection").mkdir()
    open_database(folder / "collection" / "x.db", create=True).close()
    (folder / "biengioi.toml").write_text(f'[web]\npassword = "{SECRET}"\n', encoding="utf-8")
    monkeypatch.setenv("BIENGIOI_ALERTS_URLS", "discord://id/token-token, mailto://an:mat@x.example")
    words = [
        "--db",
        "collection/x.db",
        "--config",
        "biengioi.toml",
        "list",
        "--source",
        f"https://an:{SECRET}@x.example/",
    ]
    assert crash_in_list(monkeypatch, *words) == 1
    (path,) = files(folder / "collection")
    assert files(folder) == []
    told, said = path.read_text("utf-8"), capsys.readouterr().err
    assert path.stat().st_mode & 0o777 == 0o600
    for wanted in (
        "ValueError",
        "test_crash.py",
        "raise ValueError(text)",
        "biengioi 0.2.0",
        "scrapy 2",
        "python 3",
    ):
        assert wanted in told
    assert "biengioi --db collection/x.db --config biengioi.toml list" in told
    assert "BIENGIOI_ALERTS_URLS" in told
    for hidden in (TEXT, TEXT[:12], SECRET, "token-token", "mat@x"):
        assert hidden not in told + said
    sentence = [line for line in said.splitlines() if line.startswith("biengioi: ")]
    assert len(sentence) == 1
    assert str(path) in sentence[0]


def test_without_a_database_the_file_is_in_the_working_folder_and_few_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(15):
        (folder / f"biengioi-crash-20260101T0000{number:02}Z.txt").write_text("old")
    (folder / "biengioi-crash-notes.md").write_text("mine")
    assert crash_in_list(monkeypatch, "list") == 1
    kept = files(folder)
    assert len(kept) == crash.MAX_FILES
    assert "mistake" in kept[-1].read_text("utf-8")
    assert str(kept[-1]) in capsys.readouterr().err
    assert (folder / "biengioi-crash-notes.md").exists()


def test_a_folder_that_takes_no_file_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(folder: Path, text: str) -> Path:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(crash, "_write_into", refuse)
    assert crash_in_list(monkeypatch, "list") == 1
    said = capsys.readouterr().err
    assert "No file could be written" in said
    assert "Traceback" in said  # so that it is not lost
    assert TEXT not in said


def test_what_fails_every_minute_has_one_file(folder: Path) -> None:
    def fail() -> None:
        raise KeyError(TEXT)

    context = Context(None, None, None)
    for _ in range(3):
        try:
            fail()
        except KeyError as error:
            crash.report(error, context)
    assert len(files(folder)) == 1


def test_a_mistake_in_a_thread_leaves_a_file_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def go(work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    def fail(**_: object) -> int:
        go(lambda: {}[TEXT])  # type: ignore[index]
        return 0

    monkeypatch.setattr(list_command.command, "callback", fail)
    monkeypatch.setattr(sys, "argv", ["biengioi", "list"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    (path,) = files(folder)
    assert "KeyError" in path.read_text("utf-8")
    assert TEXT not in path.read_text("utf-8")


BROKEN = f"""
import subprocess
import sys
if "crawl" in sys.orig_argv:
    import biengioi.crawling
    def fail(request):
        title = {TEXT!r}
        biengioi.crawling.logger.warning("the last line")
        raise RuntimeError(title)
    biengioi.crawling.run_crawl = fail
"""
"""A `sitecustomize` that puts a mistake into every crawl."""


@pytest.mark.skipif(not FULL, reason="three processes; SCALE=full tries them")
def test_a_crawl_of_the_service_leaves_a_file_and_the_service_tells_of_it(program: Program) -> None:
    (program.folder / "broken").mkdir()
    (program.folder / "broken" / "sitecustomize.py").write_text(BROKEN, encoding="utf-8")
    program.add_source("bao", "http://127.0.0.1:9/")
    run = program.run(
        "schedule", "--once", PYTHONPATH=str(program.folder / "broken"),
        BIENGIOI_SCHEDULE_TICK_S="0.2", BIENGIOI_SCHEDULE_MIN_FREE_MB="1",
    )  # fmt: skip
    assert run.status == 1
    (path,) = files(program.folder)
    told = path.read_text("utf-8")
    assert "started by the service: yes" in told
    assert "biengioi.crawling: the last line" in told
    said = [line for line in run.stderr.splitlines() if "lost" in line]
    assert any("RuntimeError" in line and path.name in line for line in said), run.stderr
    assert TEXT not in told + run.stderr


def test_a_mistake_that_our_code_logs_leaves_a_file_and_one_of_a_library_does_not(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As a web page that fails does."""
    script = (
        "import logging\nfrom biengioi.context import Context\nfrom biengioi.open_log import open_log\n"
        "from crawler.config import Config\nopen_log(Context(None, None, None), Config())\n"
        "for name in ('twisted', 'db.web.plugin'):\n"
        "    try:\n        raise ValueError('Doan van')\n"
        "    except ValueError as error:\n"
        "        logging.getLogger(name).error('A page failed: %s', name, exc_info=error)\n"
    )
    subprocess.run([sys.executable, "-P", "-c", script], check=True)
    (path,) = files(folder)
    assert "db.web.plugin: A page failed" in path.read_text("utf-8")
    said = capfd.readouterr().err
    assert (said.count("Traceback"), path.name in said, "Doan van" in said) == (2, True, False)
