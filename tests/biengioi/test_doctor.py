"""`biengioi doctor`: each look says what it sees and what to do, and nothing is written."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from biengioi.context import Context
from biengioi.doctor import collection, installation, machine, papers
from biengioi.doctor.check import State, Subject, looked
from crawler.alert_config import Alerts
from crawler.config import ArchiveLimits, Config, Keep, ScheduleLimits
from crawler.errors import StorageError, UsageError
from crawler.source import Source
from db.file.opening import open_database
from db.schema import SCHEMA_VERSION
from db.service import diagnosis
from db.service.diagnosis import diagnose
from spiders.greeting import Greeting, greet
from spiders.name_servers import Asked, ask, name_servers
from tests.articles import make_article
from tests.biengioi.program import Program
from tests.db.world import World
from tests.mockserver import Answer, Site
from tests.test_docs import REFERENCE, table

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database with an article; only ever copied."""
    world = World(tmp_path_factory.mktemp("doctor"))

    async def scenario() -> None:
        async with world.crawl() as crawl:
            await crawl.keep(make_article(1))

    asyncio.run(scenario())
    return world.path


@pytest.fixture
def path(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(filled, tmp_path / "biengioi.db"))


def contents(folder: Path) -> dict[str, str]:
    """Every file and what is in it; the log's index is shared memory, which readers mark too."""
    return {
        str(one.relative_to(folder)): ""
        if one.name.endswith("-shm")
        else hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    before = contents(folder)
    yield
    assert contents(folder) == before


def states(run_json: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {one["check"]: one["state"] for one in run_json["checks"]}


# --- the command ---------------------------------------------------------------------------------


def test_a_sound_installation_has_no_problem_and_every_check_is_documented(path: Path) -> None:
    program = Program(path.parent)
    program.add_source("bao", "http://127.0.0.1:9/")
    with untouched(path.parent):
        run = program.run(
            "doctor", "--json", BIENGIOI_CONTACT="an@example.org", BIENGIOI_SCHEDULE_MIN_FREE_MB="1"
        )
    assert run.status == 0, run.stdout
    assert {*states(run.json), "papers"} == set(table(REFERENCE, "Checks of `doctor`"))
    assert [name for name, state in states(run.json).items() if state == "problem"] == []
    assert all(bool(one["advice"]) == (one["state"] != "ok") for one in run.json["checks"])


def test_a_broken_one_says_what_to_do_and_ends_with_1(path: Path) -> None:
    program = Program(path.parent)
    program.add_source("bao", "ftp://bao.example/")
    path.write_bytes(b"no database" * 1000)
    (path.parent / "biengioi.toml").write_text("[web]\npassword = 5\n", encoding="utf-8")
    with untouched(path.parent):
        run = program.run("doctor")
    assert run.status == 1
    said = {line.split(":")[0] for line in run.stdout.splitlines() if line.startswith("problem")}
    assert said == {"problem  configuration", "problem  sources", "problem  database"}
    assert "Restore a backup" in run.stdout
    assert run.stdout.splitlines()[-1].startswith("3 problems, ")


def test_what_cannot_be_looked_at_is_a_problem_and_the_rest_is_looked_at() -> None:
    def refused() -> collection.Check:
        raise PermissionError(13, "Permission denied", "x")

    def wrong() -> collection.Check:
        raise UsageError("The topic is wrong.")

    found = list(
        looked(
            {
                Subject.PYTHON: refused,
                Subject.DISK: wrong,
                Subject.CLOCK: lambda: collection.ok(Subject.CLOCK, "fine"),
            }
        )
    )
    assert [one.state for one in found] == [State.PROBLEM, State.PROBLEM, State.OK]
    assert "The topic is wrong." in found[1].told


# --- the database --------------------------------------------------------------------------------


def judged(path: Path) -> list[tuple[str, str]]:
    with untouched(path.parent):
        found, _ = collection.database(path, NOW, 5)
    return [(one.state.value, one.told) for one in found]


def test_a_closed_database_is_whole(path: Path) -> None:
    assert judged(path) == [("ok", f"{path}, schema {SCHEMA_VERSION}, whole at a quick look")]
    assert sorted(os.listdir(path.parent)) == ["biengioi.db"]  # noqa: PTH208


def test_one_in_use_is_looked_at_beside_its_writer(path: Path) -> None:
    with closing(open_database(path)) as conn:
        conn.execute("UPDATE runs SET started_at = '2031-01-01T00:00:00Z'")
        ((state, _),) = judged(path)
        found = diagnose(path, NOW, 5)
    assert state == "ok"
    assert found.wal_size > 0
    assert found.newest_at == "2031-01-01T00:00:00Z"  # which stands in the log alone


def test_a_log_that_was_left_over_is_told_and_left(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with closing(open_database(path)) as conn:
        conn.execute("UPDATE runs SET started_at = '2031-01-01T00:00:00Z'")
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", copy / f"biengioi.db{end}")
    ((state, told),) = judged(copy / "biengioi.db")
    assert (state, "that nobody has taken in" in told) == ("warning", True)


def test_an_older_one_is_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((state, told),) = judged(path)
    assert (state, f"this program has {SCHEMA_VERSION}" in told) == ("warning", True)


def test_a_newer_one_and_a_foreign_one_are_problems(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    assert [state for state, told in judged(path) if "newer" in told] == ["problem"]
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("CREATE TABLE x (y)")
    assert [state for state, told in judged(other) if "another program" in told] == ["problem"]


def test_a_damaged_one_is_a_problem(path: Path) -> None:
    with path.open("r+b") as file:
        size = path.stat().st_size
        for start in range(4096, size, 4096):
            file.seek(start)
            file.write(b"\xff" * 64)
    assert [state for state, _ in judged(path)] == ["problem"]


def test_a_large_one_is_given_up_in_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "_STEPS", 10)
    found = diagnose(path, NOW, -1)
    assert found.damages is None
    assert "`biengioi verify` reads everything" in next(iter(collection._judged(path, found))).told


def test_no_database_is_no_problem(tmp_path: Path) -> None:
    assert judged(tmp_path / "none.db")[0][0] == "ok"
    with pytest.raises(StorageError):
        diagnose(tmp_path / "none.db", NOW, 1)


# --- the service, the clock ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, ("problem", "died")),
        ({"ended_at": "2026-11-30T07:00:00Z"}, ("warning", "stopped")),
        ({"ended_at": "2026-11-30T07:00:00Z", "mode": "once"}, ("ok", "waiting")),
    ],
    ids=["died", "stopped", "waiting"],
)
def test_the_service_is_judged_as_status_does(
    path: Path, values: dict[str, str], wanted: tuple[str, str]
) -> None:
    row = {
        "id": 1, "mode": "service", "host": "elsewhere/x", "pid": 1, "process_started": "",
        "version": "0.1.0", "started_at": "2026-11-30T06:00:00Z", "beat_at": "2026-11-30T07:00:00Z",
        "tick_s": 5.0, "maintained_at": "2026-11-30T07:00:00Z", **values,
    }  # fmt: skip
    with closing(sqlite3.connect(path)) as conn, conn:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        conn.execute(f"INSERT INTO service ({names}) VALUES ({marks})", tuple(row.values()))
        conn.execute(
            "UPDATE runs SET status = 'running', host = 'elsewhere/x', expires_at = '2026-11-30T07:00:00Z'"
        )
    found = list(collection.service(diagnose(path, NOW, 5), NOW))
    assert (found[0].state.value, found[0].told.split()[0]) == wanted
    assert "1 runs whose process has died" in found[1].told


@pytest.mark.parametrize(
    ("now", "newest", "wanted"),
    [
        (NOW, None, State.OK),
        (NOW, "2026-11-30T08:04:00Z", State.OK),
        (NOW, "2026-11-30T08:06:00Z", State.PROBLEM),
        (NOW - timedelta(days=20_000), None, State.PROBLEM),
    ],
)
def test_a_clock_behind_the_collection_is_a_problem(now: datetime, newest: str | None, wanted: State) -> None:
    assert machine.clock(now, newest).state is wanted


# --- the machine -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "wanted"), [(100, "problem"), (512, "warning"), (4096, "ok"), (-1, "ok")])
def test_descriptors(monkeypatch: pytest.MonkeyPatch, limit: int, wanted: str) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, -1))
    assert machine.descriptors().state.value == wanted


@pytest.mark.parametrize(
    ("available_mb", "limit_mb", "wanted"),
    [(8000, 0, "ok"), (800, 0, "warning"), (100, 0, "problem"), (8000, 256, "problem")],
)
def test_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, available_mb: int, limit_mb: int, wanted: str
) -> None:
    found = SimpleNamespace(available=available_mb << 20, total=16 << 30)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: found)
    limit = tmp_path / "memory.max"
    limit.write_text(f"{limit_mb << 20}\n" if limit_mb else "max\n")
    monkeypatch.setattr(machine, "_CGROUP", limit)
    assert machine.memory(Config()).state.value == wanted


def test_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert "which is not there" in machine.certificates().told
    (tmp_path / "none.pem").touch()
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "empty"))
    (tmp_path / "empty").mkdir()
    found = machine.certificates()
    assert (found.state, "ca-certificates" in found.advice) == (State.PROBLEM, True)


@contextmanager
def dns_server(*answers: bytes) -> Iterator[int]:
    """A name server on loopback that sends so many answers to one question; b"" stands for the right one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)

        def serve() -> None:
            question, asker = server.recvfrom(512)
            assert question.endswith(b"\x09localhost\x00\x00\x01\x00\x01")
            for answer in answers:
                server.sendto(answer or question[:2] + b"\x81\x80" + question[4:], asker)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_name_server_that_answers_is_heard() -> None:
    with dns_server(b"", b"") as port:
        assert ask("127.0.0.1", 5, port).has_answered
    with dns_server(b"\0\0x", b"x", b"") as port:  # what is no answer to our question is passed over
        assert ask("127.0.0.1", 5, port).has_answered
    with dns_server() as port:
        assert not ask("127.0.0.1", 0.05, port).has_answered
    assert not ask("no address", 1).has_answered


def test_name_servers_are_read_as_the_system_does(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    lines = [
        "# nameserver 1.1.1.1",
        "search x.example",
        "nameserver 10.0.0.1 # first",
        "nameserver",
        "nameserver fe80::1%eth0",
    ]
    file.write_text("\n".join([*lines, "nameserver 10.0.0.3", "nameserver 10.0.0.4"]))
    assert name_servers(file) == ("10.0.0.1", "fe80::1%eth0", "10.0.0.3")
    assert name_servers(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ([], State.WARNING),
        ([True], State.OK),
        ([False], State.WARNING),
        ([False, True], State.WARNING),
        ([True, False], State.OK),
    ],
)
def test_silent_name_servers_are_a_warning(answers: list[bool], wanted: State) -> None:
    found = machine.name_server([Asked(f"10.0.0.{n}", one) for n, one in enumerate(answers)])
    assert found.state is wanted


# --- packages, folder, configuration -----------------------------------------------------------------


def test_a_package_of_another_version_and_a_missing_one_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.packages().state is State.OK
    wanted = ["scrapy<1", "no-such-package-at-all>=1", "click>=8", "pandas>=2; extra == 'ray'"]
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    told = installation.packages().told
    assert "scrapy is 2." in told
    assert "no-such-package-at-all is missing" in told
    assert "click is" not in told
    assert "pandas" not in told


def test_an_extra_that_the_configuration_needs_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "EXTRAS", {"alerts": "no-such-package-at-all"})
    assert installation.extras(Config()).state is State.OK
    found = installation.extras(Config(alerts=Alerts(urls=("json://token-token@x.example",))))
    assert found.state is State.PROBLEM
    assert "token-token" not in found.told + found.advice


@pytest.mark.parametrize(("kind", "wanted"), [("nfs4", "problem"), ("fuse.sshfs", "problem"), ("ext4", "ok")])
def test_a_network_file_system_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, path: Path, kind: str, wanted: str
) -> None:
    mounts = [
        SimpleNamespace(mountpoint="/", fstype="ext4"),
        SimpleNamespace(mountpoint=str(path.parent), fstype=kind),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    assert [one.state.value for one in collection.folder(path)] == [wanted]


def test_a_folder_that_is_not_there_and_a_link(path: Path, tmp_path: Path) -> None:
    assert [one.state for one in collection.folder(tmp_path / "none" / "x.db")] == [State.PROBLEM]
    (tmp_path / "link.db").symlink_to(path)
    (found,) = collection.folder(tmp_path / "link.db")
    assert (found.state, "is a link to" in found.told) == (State.WARNING, True)


@pytest.mark.parametrize(("needed_mb", "wanted"), [(1, "ok"), (1 << 40, "problem")])
def test_the_disk(path: Path, needed_mb: int, wanted: str) -> None:
    config = Config(schedule=ScheduleLimits(min_free_mb=needed_mb))
    assert collection.disk(path, config).state.value == wanted


def test_a_password_that_others_can_read_is_told_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "biengioi.toml"
    file.write_text('contact = "an@example.org"\n[web]\npassword = "mat-khau-rat-dai"\n', encoding="utf-8")
    context = Context(None, file, None)
    file.chmod(0o644)
    (found,) = collection.configuration(context, context.config(), "")
    assert (found.state, f"chmod 600 {file}" in found.advice) == (State.WARNING, True)
    assert "mat-khau" not in found.told + found.advice
    file.chmod(0o600)
    assert [one.state for one in collection.configuration(context, context.config(), "")] == [State.OK]


def test_the_archive_and_what_crashed(path: Path) -> None:
    assert collection.archive(path, Config()).state is State.OK
    assert "none is kept" in collection.archive(path, Config(archive=ArchiveLimits(keep=Keep.NONE))).told
    path.with_name("biengioi-archive").touch()
    assert collection.archive(path, Config()).state is State.PROBLEM
    assert collection.crashes(path).state is State.OK
    path.with_name("biengioi-crash-20261130T080000Z.txt").touch()
    assert collection.crashes(path).state is State.WARNING


# --- papers ------------------------------------------------------------------------------------------


def test_papers_are_asked_for_their_robots_txt_with_our_name() -> None:
    with Site() as site, Site("127.0.0.2") as odd, socket.socket() as shut:
        site.routes["/robots.txt"] = Answer("User-agent: *")
        odd.routes["/robots.txt"] = write_garbage
        shut.bind(("127.0.0.1", 0))  # and does not listen
        asked = [
            site.url,
            odd.url,
            f"http://127.0.0.1:{shut.getsockname()[1]}",
            f"http://2130706433:{site.port}",
        ]
        found = greet(asked, "biengioi/0.1 (+an@example.org)", 5)
        (request,) = site.requests
    assert (request.path, request.headers["User-Agent"]) == ("/robots.txt", "biengioi/0.1 (+an@example.org)")
    assert [(one.host, one.address) for one in found[:1]] == [("127.0.0.1", "127.0.0.1")]
    assert abs(found[0].skew_s or 99) < 5
    assert "no HTTP" in found[1].problem
    assert "127.0.0.1: " in found[2].problem
    assert "not a public address" in found[3].problem


def write_garbage(_: object, handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00" * 100)
    handler.close_connection = True


@pytest.mark.parametrize(
    ("greetings", "wanted"),
    [
        ([], ["ok"]),
        ([Greeting("a", "1.1.1.1", skew_s=2), Greeting("b", "::1")], ["ok"]),
        ([Greeting("a", "1.1.1.1"), Greeting("b", problem="no answer within 10 s")], ["warning"]),
        ([Greeting("a", problem="x"), Greeting("b", problem="y")], ["problem"]),
        (
            [Greeting(n, "1.1.1.1", skew_s=s) for n, s in (("a", 900), ("b", 905), ("c", 1))],
            ["ok", "problem"],
        ),
        ([Greeting("a", "1.1.1.1", skew_s=-4000)], ["ok", "problem"]),
    ],
)
def test_what_papers_say_is_judged(greetings: list[Greeting], wanted: list[str]) -> None:
    assert [one.state.value for one in papers.reached(greetings)] == wanted


def test_few_papers_are_asked_from_all_over_the_list() -> None:
    sources = {
        f"s{n:03}": Source(f"s{n:03}", "x", f"https://s{n}.example", enabled=n != 0) for n in range(100)
    }
    assert papers.chosen(sources) == ["https://s1.example", "https://s34.example", "https://s67.example"]
    assert papers.chosen(sources, {"s34.example"})[1] == "https://s33.example"
    assert papers.chosen({}) == []
