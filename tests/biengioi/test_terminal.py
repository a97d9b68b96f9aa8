"""What a person at a terminal sees: widths, waiting, Ctrl-C, a line that is down."""

from __future__ import annotations

import ast
import fcntl
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import ROOT, Program
from tests.biengioi.test_care import filled_with_three

_CODES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


@dataclass
class Screen:
    """The program on a terminal of so many columns."""

    program: Program
    columns: int

    def run(self, *arguments: str) -> list[str]:
        """Return the lines that it printed, without colours."""
        return _CODES.sub("", self.shown(*arguments)).split("\n")

    def shown(self, *arguments: str, **more: str) -> str:
        """Return what it printed, as the terminal got it but for the ends of lines."""
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, self.columns, 0, 0))
        environment = self.program.environment(TERM="xterm", **more)
        environment.pop("COLUMNS", None)
        process = subprocess.Popen(
            self.program.argv(*arguments),
            cwd=self.program.folder,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        printed = b""
        try:
            while part := os.read(ours, 65536):
                printed += part
        except OSError:  # the end of a terminal
            pass
        process.wait(30)
        os.close(ours)
        return printed.decode().replace("\r", "")


@pytest.fixture
def filled(program: Program) -> Program:
    return filled_with_three(program, "bao-co-ten-rat-la-dai-o-vung-cao")


@pytest.mark.parametrize("columns", [80, 40])
def test_no_command_writes_over_the_edge_or_cuts_a_word(filled: Program, columns: int) -> None:
    screen = Screen(filled, columns)
    for arguments in (
        ("list",),
        ("stats",),
        ("show", "1"),
        ("search", "khẩu"),
        ("status",),
        ("sources", "list"),
        ("config", "show"),
        ("sources", "coverage"),
        ("--help",),
    ):
        lines = screen.run(*arguments)
        assert any(lines), arguments
        long = [line for line in lines if len(line) > columns]
        assert [line for line in long if " " in line.strip()] == [], arguments  # one word may be so long
    title = next(row["title"] for row in filled.run("list", "--json").json)
    assert set(title.split()) <= set(" ".join(screen.run("list")).split())


def test_who_asks_for_no_colours_gets_none(filled: Program) -> None:
    shown = Screen(filled, 80).shown("search", "khẩu", NO_COLOR="1")
    assert "khẩu" in shown
    assert re.findall(r"\x1b\[[\d;]*m", shown) == []


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a server that takes every connection and answers none."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    kept.append(server.accept()[0])
            except OSError:
                pass

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)
    for one in kept:
        one.close()


def asked(process: subprocess.Popen[str], *, until: str) -> str:
    """Read what a program says on stderr up to a line with these words."""
    assert process.stderr is not None
    said = ""
    while until not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


def test_a_long_wait_speaks_up(program: Program, silence: str) -> None:
    began = time.monotonic()
    process = program.start("sources", "add", silence)
    asked(process, until=f"asking {silence.removeprefix('http://').strip('/')} …")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.endswith("biengioi: Interrupted.\n")
    assert not (program.folder / "sources").exists()
    assert time.monotonic() - began < 30


def test_who_waits_for_the_collection_is_told(filled: Program) -> None:
    with closing(sqlite3.connect(filled.db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        process = filled.start("watches", "add", "thông quan")
        asked(process, until="asking the collection … ")
        other.execute("ROLLBACK")
        shown, _ = process.communicate(timeout=60)
    assert (process.returncode, "thông quan" in shown) == (0, True)


def test_no_command_asks_the_collection_in_silence() -> None:
    """What opens it says after a while what it does: all of it may take its time on millions of articles."""
    silent = [
        f"{path.name}:{node.lineno}"
        for path in sorted((ROOT / "biengioi").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.With)
        if ".open_collection(" in "".join(ast.unparse(one) for one in node.items)
        if not re.search(r"\bworking\([^)]", ast.unparse(node))
    ]
    assert [one for one in silent if not one.startswith("context.py")] == []  # which looks up one row


@pytest.mark.parametrize("command", ["crawl", "sources check"])
def test_ctrl_c_ends_soon_with_the_numbers(program: Program, silence: str, command: str) -> None:
    program.add_source("cham", silence)
    with Newspapers(only=("demo-zce",)) as newspapers:
        newspapers.write_sources(program.sources)
        process = program.start("-v", *command.split())
        asked(process, until="demo-zce: ")
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        shown, said = process.communicate(timeout=60)
    assert time.monotonic() - began < 6  # two seconds on a machine that has nothing else to do
    assert "demo-zce" in shown
    assert "Traceback" not in said
    if command == "crawl":
        assert process.returncode == 1
        assert "cham\tunfinished" in shown
        assert "Interrupted; what was found is kept" in said
        assert program.run("runs", "1", "--json").json["sources"]["demo-zce"]["stored"] > 0
    else:
        assert process.returncode == 130
        assert "Interrupted: 1 of 2 sources were asked." in said


def test_an_interrupted_check_changes_no_file(program: Program, silence: str) -> None:
    program.add_source("cham", silence)
    program.add_source("bao", "http://127.0.0.1:9/")
    before = {path: path.read_bytes() for path in program.sources.iterdir()}
    process = program.start("sources", "check", "--apply")
    asked(process, until="bao: checked")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, "Interrupted." in said) == (130, True)
    assert {path: path.read_bytes() for path in program.sources.iterdir()} == before


def test_a_line_that_is_down_is_told_once(program: Program) -> None:
    for number in range(30):
        program.add_source(f"bao-{number}", f"http://bao-{number}.invalid/")
    run = program.run("crawl")
    assert run.status == 1
    said = [line for line in (run.stdout + run.stderr).splitlines() if "contact" not in line]
    assert len(said) < 6, said
    assert sum("network" in line for line in said) == 1, said
    assert "Not one of 30 newspapers was reached" in run.stdout
    as_json = program.run("crawl", "--json")
    assert as_json.json["status"] == "failed"
    assert "Not one server was reached" in as_json.stderr


def test_a_single_paper_that_is_gone_is_told_by_name(program: Program) -> None:
    program.add_source("bao", "http://127.0.0.1:9/")
    run = program.run("crawl")
    assert run.status == 1
    assert "bao: unreachable (connection_refused)" in run.stdout
    assert "Error" not in run.stdout + run.stderr
    assert "network" not in run.stdout
