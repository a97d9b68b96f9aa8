"""The tutorial: every command that it shows is run, in its order, and does what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import ROOT, Program, Run

TUTORIAL = ROOT / "docs" / "tutorial.md"
PAPERS = ("demo-zce", "demo-a-id", "demo-ims")
"""Those that have what the text speaks of."""
_STEP = re.compile(r"^    (\S[^\n]*)$|^```toml config\n(.*?)^```$|^## ([^\n]+)$", re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody who types what stands there, beside the newspapers that the demo has up."""

    def __init__(self, program: Program, newspapers: Newspapers) -> None:
        self.program = program
        self.environment: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.words = {"ADDRESS": newspapers.undeclared["Bến Nước"]}

    def type(self, line: str) -> Run:
        """Run one line, in which what the reader must look up is put in."""
        for name, value in self.words.items():
            line = re.sub(rf"\b{name}\b", value, line)
        program, *words = shlex.split(line)
        if program == "export":
            self.environment.update(word.split("=", 1) for word in words)
            return Run(0, "", "")
        if program == "./run":
            done = self.program.run(*words, **self.environment)
        else:
            run = subprocess.run(line, shell=True, cwd=self.program.folder, capture_output=True, text=True)
            done = Run(run.returncode, run.stdout, run.stderr)
        self.said[line] = done.stdout
        return done


def steps() -> Iterator[tuple[str, str]]:
    for found in _STEP.finditer(TUTORIAL.read_text("utf-8")):
        yield ("line", found[1]) if found[1] else ("file", found[2]) if found[2] else ("title", found[3])


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A reader at the end: all was typed, and nothing failed."""
    program = Program(tmp_path_factory.mktemp("tutorial"))
    (program.folder / "crawler").symlink_to(ROOT / "crawler")
    with Newspapers() as newspapers:
        newspapers.write_sources(program.folder / "demo")
        reader = Reader(program, newspapers)
        for kind, text in steps():
            if kind == "file":
                (program.folder / "biengioi.toml").write_text(text, encoding="utf-8")
            elif text == "./run demo":  # test_demo.py runs it; here it is its first crawl
                crawl = ("--db", "biengioi-demo.db", "--sources", "demo", "crawl", *PAPERS)
                assert program.run(*crawl).status == 0
            elif kind == "line":
                _look_up(reader, text)
                done = reader.type(text)
                # A silent source is no failure of the reader's.
                assert done.status == 0, f"{text}\n{done.stdout}{done.stderr}"
        yield reader


def _look_up(reader: Reader, line: str) -> None:
    """Take the ids and the address that the text tells the reader to take from the list before."""
    before = "" if not reader.said else list(reader.said.values())[-1]
    for name in ("REJECTED", "WATERFALL", "EVENT"):
        if name in line and name not in reader.words:
            reader.words[name] = before.splitlines()[1].split("\t")[0]


def test_every_line_can_be_typed_and_succeeds(reader: Reader) -> None:
    assert len(reader.said) > 25


def test_the_watch_tells_what_the_new_paper_brought(reader: Reader) -> None:
    alerts = (reader.program.folder / "alerts.txt").read_text("utf-8")
    listed = reader.said["./run list --source ben-nuoc"].splitlines()[1:]
    assert listed
    assert any(line.split("\t")[-1] in alerts for line in listed)


def test_the_corrected_topic_changes_one_article(reader: Reader) -> None:
    dry = reader.said["./run rescore --topic border_cooperation.toml --dry-run"]
    assert re.search(r"^ +1  core → related$", dry, re.MULTILINE)


def test_what_was_rejected_is_listed_and_one_of_it_explained(reader: Reader) -> None:
    rejected = reader.words["REJECTED"]
    lines = [line.split("\t") for line in reader.said["./run explain --run 1"].splitlines()[1:]]
    report = reader.program.run("runs", "1", "--json", **reader.environment).json
    assert Counter(line[3] for line in lines) == report["rejected"]
    (reason,) = {line[3] for line in lines if line[0] == rejected}
    (explained,) = reader.said[f"./run explain {rejected}"].splitlines()[1:]
    assert explained.split("\t")[1:4] == ["1", "rejected", reason]


def test_what_was_exported_is_there(reader: Reader) -> None:
    folder: Path = reader.program.folder
    assert (folder / "my-corpus").is_dir()
    assert (folder / "huu-nghi.csv").read_text("utf-8").count("\n") > 1
    assert (folder / "huu-nghi-events.csv").read_text("utf-8").count("\n") > 1


def test_the_words_of_commands_can_be_completed(reader: Reader) -> None:
    asked = {"_BIENGIOI_COMPLETE": "bash_complete", "COMP_WORDS": "biengioi sources che", "COMP_CWORD": "2"}
    assert reader.program.run(**asked).stdout.split() == ["plain,check"]
