"""The program as its users run it: a child process, its exit status and what it printed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_S = 110
"""Of one run."""


@dataclass(frozen=True)
class Run:
    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@cache
def _nursery() -> socket.socket:
    ours, theirs = socket.socketpair()
    with theirs:
        argv = [sys.executable, "-m", "tests.biengioi.nursery", str(theirs.fileno())]
        subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
    return ours


@contextmanager
def forked(
    arguments: list[str], folder: Path, environment: dict[str, str], *, is_quick: bool = False
) -> Iterator[tuple[int, Callable[[float], Run]]]:
    """Start the program in a process that is forked from one which has imported it (nursery.py).

    Args:
        is_quick: whether the process that its workers are forked from is forked as well; else it is
            started as ever, within whatever limits the program has been given meanwhile.

    Yields:
        Its id, and what waits for its end so many seconds; after them it is killed.
    """
    wanted = {
        "arguments": arguments,
        "folder": str(folder),
        "environment": environment,
        "is_quick": is_quick,
    }
    ours, theirs = socket.socketpair()
    with ours, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        with theirs:
            descriptors = [theirs.fileno(), stdout.fileno(), stderr.fileno()]
            socket.send_fds(_nursery(), [b"."], descriptors)
        with ours.makefile("rw", encoding="utf-8") as lines:
            print(json.dumps(wanted), file=lines, flush=True)
            pid = int(lines.readline())

            def wait(timeout_s: float) -> Run:
                ours.settimeout(timeout_s)
                try:
                    status = int(lines.readline())
                except TimeoutError:
                    os.kill(pid, signal.SIGKILL)
                    raise
                said = [(file.seek(0), file.read().decode())[1] for file in (stdout, stderr)]
                return Run(status, *said)

            yield pid, wait


def run_in_nursery(arguments: list[str], folder: Path, environment: dict[str, str]) -> Run:
    """Run the program so to its end."""
    with forked(arguments, folder, environment, is_quick=True) as (_, wait):
        return wait(TIMEOUT_S)


@dataclass(frozen=True)
class Program:
    """`biengioi` in a folder of its own.

    Args:
        folder: the current folder of every run; holds the database and ``demo`` source files.
    """

    folder: Path

    @property
    def db(self) -> Path:
        return self.folder / "biengioi.db"

    @property
    def sources(self) -> Path:
        return self.folder / "newspapers"

    def argv(self, *arguments: str) -> list[str]:
        start = [sys.executable, "-P", "-m", "biengioi"]
        return (
            [*start, "--sources", str(self.sources), *arguments]
            if self.sources.is_dir()
            else [*start, *arguments]
        )

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a run; the pace is short because the servers are ours.

        Crawls are as urgent as the tests that wait for them.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BIENGIOI_")}
        return {**kept, "BIENGIOI_FETCH_DELAY_S": "0.02", "BIENGIOI_SCHEDULE_NICENESS": "0", **more}

    def run(self, *arguments: str, **environment: str) -> Run:
        """Run it to its end."""
        argv, complete = self.argv(*arguments), self.environment(**environment)
        # What Python itself reads as it starts must be there when it does.
        if all(name.startswith("BIENGIOI_") for name in environment):
            return run_in_nursery(argv[4:], self.folder, complete)
        done = subprocess.run(
            argv, cwd=self.folder, env=complete, capture_output=True, text=True, timeout=TIMEOUT_S
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.argv(*arguments),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def add_source(self, id_: str, homepage: str, more: str = "") -> None:
        """Write a source file; the delay is short because the server is ours."""
        self.sources.mkdir(exist_ok=True)
        if "[politeness]" not in more:
            more += "\n[politeness]\ndelay_s = 0.02\n"
        text = f'id = "{id_}"\nname = "Báo {id_}"\nhomepage = "{homepage}"\n{more}'
        (self.sources / f"{id_}.toml").write_text(text, encoding="utf-8")
