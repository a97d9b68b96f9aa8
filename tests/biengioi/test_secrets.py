"""No secret of the configuration, nor of the environment, is in anything that the program says or leaves."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from db.file.opening import open_database
from tests.biengioi.program import Program
from tests.mockserver import Site
from tests.scale import FULL

PASSWORD, TOKEN, MAIL, USER = "mat-khau-web-1", "token-cua-kenh-2", "mat-khau-thu-3", "mat-khau-dia-chi-4"
CONFIG = f"""
contact = "an@example.org"
[web]
password = "{PASSWORD}"
[alerts]
urls = ["json://127.0.0.1:9/{TOKEN}?password={TOKEN}", "no-such-service://{TOKEN}/x"]
timeout = "2s"
[alerts.smtp]
host = "127.0.0.1"
port = 9
security = "none"
user = "an"
sender = "an@example.org"
to = ["an@example.org"]
"""
COMMANDS = {
    "config show": ["config", "show"],
    "config show --json": ["config", "show", "--json"],
    "doctor": ["doctor", "--json"],
    "status": ["status"],
    "status --json": ["status", "--json"],
    "status --prometheus": ["status", "--prometheus"],
    "alerts test": ["alerts", "test"],
    "an address with a password": [
        "--log-format",
        "json",
        "-vv",
        "extract",
        f"http://an:{USER}@127.0.0.1:9/a",
    ],
    "schedule": ["--log-format", "json", "-vv", "schedule", "--once"],
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("secrets"))
    open_database(program.db, create=True).close()
    (program.folder / "biengioi.toml").write_text(CONFIG, encoding="utf-8")
    with Site() as site:
        program.add_source("bao", site.url, f"[[seeds]]\nkind = 'feed'\nurl = '{site.url}/rss'\n")
    return program


FEW = [name for name in COMMANDS if FULL or name not in ("config show", "schedule", "status")]
"""What others say in another form too, and a crawl, which takes seconds."""


@pytest.mark.parametrize("name", FEW)
def test_no_secret_is_said(program: Program, name: str) -> None:
    run = program.run(
        *COMMANDS[name], BIENGIOI_ALERTS_SMTP_PASSWORD=MAIL,
        BIENGIOI_SCHEDULE_MIN_FREE_MB="1", BIENGIOI_SCHEDULE_TICK_S="0.2",
    )  # fmt: skip
    said = run.stdout + run.stderr
    assert said
    assert [secret for secret in (PASSWORD, TOKEN, MAIL, USER) if secret in said] == []


def test_no_secret_is_left_but_in_the_copy_that_is_for_its_owner_alone(program: Program) -> None:
    """After the commands above, with SCALE=full the service among them."""
    left = {
        path
        for path in program.folder.rglob("*")
        if path.is_file() and any(one.encode() in path.read_bytes() for one in (PASSWORD, TOKEN, MAIL, USER))
    }
    copy = program.folder / "biengioi.db-service" / "biengioi.toml"
    assert left <= {program.folder / "biengioi.toml", copy}
    assert all(
        stat.S_IMODE(Path(one).stat().st_mode) == 0o600 for one in left - {program.folder / "biengioi.toml"}
    )
