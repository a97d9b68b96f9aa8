"""Help: an example for every command, all of them in `./run help`, and names that can be typed."""

from __future__ import annotations

import re
import shlex
import subprocess
from itertools import groupby

import click
import pytest

from biengioi.cli import COMMANDS as LISTED
from biengioi.cli import cli
from biengioi.program import EXAMPLES, here
from docs.reference_of import commands
from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.test_docs import ROOT

COMMANDS = dict(commands(cli))


def test_every_command_has_an_example_and_no_other() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_is_shown_and_can_be_typed(name: str) -> None:
    command = COMMANDS[name]
    context = click.Context(command, info_name=name)
    assert f"biengioi {name} {EXAMPLES[name][0]}".strip() in " ".join(command.get_help(context).split())
    words = shlex.split(re.sub(r" [|>].*", "", EXAMPLES[name][0]))
    command.make_context(name, words, parent=click.Context(cli))  # raises where it could not be typed


def test_run_help_names_every_command() -> None:
    shown = (ROOT / "run").read_text("utf-8")
    assert [name for name in LISTED if not re.search(rf"^\./run {name} ", shown, re.MULTILINE)] == []


def test_the_first_run_is_not_silent_for_long() -> None:
    """What pip says is told by stages, also in a pipe, and that it goes on where it says nothing."""
    text = (ROOT / "run").read_text("utf-8")
    function = re.findall(r"^tell_stages\(\) \{\n.*?^\}$", text, re.MULTILINE | re.DOTALL)[0]
    assert "silence=15" in function
    said = "echo Collecting a; echo Collecting b; sleep 1.7; echo Installing collected packages; sleep 1.7"
    script = f"{function.replace('silence=15', 'silence=1')}\n{{ {said}; }} | tell_stages"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")
    lines = re.sub(r"after \d+ s", "after N s", done.stderr).splitlines()
    assert [line for line, _ in groupby(lines)] == [
        "run: still at it after N s, 2 packages fetched so far",
        "run: 2 packages are fetched; unpacking them takes a minute",
        "run: still at it after N s, 2 packages fetched so far",
    ]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("There is none; run `biengioi crawl` first.", "There is none; run `./run crawl` first."),
        ("→ biengioi sources add URL", "→ ./run sources add URL"),
        ("A newer biengioi may know it.", "A newer biengioi may know it."),
    ],
)
def test_a_sentence_names_what_started_us(monkeypatch: pytest.MonkeyPatch, said: str, wanted: str) -> None:
    assert here(said) == said
    monkeypatch.setenv("BIENGIOI_PROGRAM", "./run")
    assert here(said) == wanted


def test_messages_and_help_name_what_can_be_typed(program: Program) -> None:
    assert_one_sentence(program.run("list", BIENGIOI_PROGRAM="./run"), 2, "`./run crawl`")
    assert "./run show 18" in program.run("show", "--help", BIENGIOI_PROGRAM="./run").stdout
    assert_one_sentence(program.run("list"), 2, "`biengioi crawl`")


def test_without_words_a_newcomer_is_told_how_to_begin(program: Program) -> None:
    new = program.run(BIENGIOI_PROGRAM="./run")
    assert (new.status, new.stderr) == (0, "")
    assert len(new.stdout.splitlines()) == 5
    assert {"./run demo", "./run crawl"} <= set(re.findall(r"^  (\S+ \w+)", new.stdout, re.MULTILINE))
    assert max(map(len, new.stdout.splitlines())) <= 80
    (program.folder / "biengioi.toml").write_text('contact = "you@example.org"\n', encoding="utf-8")
    known = program.run()
    assert (known.status, "Usage: biengioi" in known.stdout) == (0, True)
