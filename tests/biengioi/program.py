"""The program as its users run it: a child process, its exit status and what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


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
        """The environment of a run; the pace is short because the servers are ours."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BIENGIOI_")}
        return {**kept, "BIENGIOI_FETCH_DELAY_S": "0.02", **more}

    def run(self, *arguments: str, **environment: str) -> Run:
        done = subprocess.run(
            self.argv(*arguments),
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=110,
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
