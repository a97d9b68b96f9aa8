"""Every command with what no command expects: never a traceback, the right exit status, one sentence.

The commands, their arguments and their options are found by introspection: a new one is tried as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from biengioi.cli import cli
from db.collection import Collection
from docs.reference_of import commands
from tests.biengioi.forked import Case, Result, run_cases
from tests.db.export.test_corpus import record
from tests.scale import share

COMMANDS = dict(commands(cli))
WORDS = {
    "article_id": "1", "run_id": "1", "article": "1", "which": "1", "url": "http://127.0.0.1:9/a",
    "source_id": "bao", "source_ids": "bao", "sources": "bao", "dest": "new.out", "file": "new.out",
    "paths": "0.txt", "page": "page.html", "labels": "labels.jsonl", "query": "khẩu", "hosts": "x.vn",
    "first": "1", "second": "0.txt",
}  # fmt: skip
"""What stands for an argument of that name where it is not the one that is tried."""
FILES = {"topic score": "labels.jsonl", "sources import": "list.csv", "sources export": "new.csv"}
ENDS = {"schedule": ["--once"], "rescore": ["--dry-run"], "serve": ["--port", "0"]}
"""What makes a command end, or change nothing."""
SLOW = {"demo"}
"""It crawls for some seconds, and takes no words."""

NUMBERS = [str(2**63), "-1", "9" * 5000, "1e3", "\udcff"]
TEXTS = ["\udcff\udcfe", "a\0b", "", "\x1b[31m", "²", "x" * 20_000]
PATHS = ["\udcff", "a\0b", "", "/dev/zero", "/dev/full", "folder", "0.txt/x", "n" * 300, "loop", "nowhere/x"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small collection, a paper that nobody answers for, and files for every command."""
    folder = tmp_path_factory.mktemp("hostile") / "world"
    (folder / "newspapers").mkdir(parents=True)
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to("loop")
    source = 'id = "bao"\nname = "Báo Biên"\nhomepage = "http://127.0.0.1:9/"\n[politeness]\ndelay_s = 0\n'
    (folder / "newspapers" / "bao.toml").write_text(source, encoding="utf-8")
    for number in range(3):
        (folder / f"{number}.txt").write_bytes(record(number, url=f"https://bao.example/{number}"))
    page = "<html><title>Tin</title><h1>Tin biên giới</h1><p>Một đoạn văn ngắn.</p></html>"
    (folder / "page.html").write_text(page, encoding="utf-8")
    line = '{"id": "a", "title": "Cửa khẩu", "text": "Hai bên hợp tác biên giới", "label": 2}\n'
    (folder / "labels.jsonl").write_text(line, encoding="utf-8")
    (folder / "list.csv").write_text("id,name,homepage\nx,Báo X,http://x.vn\n", encoding="utf-8")
    with Collection.open(folder / "biengioi.db", create=True) as collection:
        collection.import_paths([folder / f"{number}.txt" for number in range(3)])
    return folder


def words_of(
    name: str, command: click.Command, tried: click.Parameter | None = None, word: str = ""
) -> list[str]:
    """A call of a command in which one of its arguments or options is `word`, and the rest is in order."""
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    usual = {one: FILES.get(name) or WORDS.get(one.name or "", "1") for one in arguments}
    call = ["--sources", "newspapers", *name.split(), *ENDS.get(name, [])]
    if isinstance(tried, click.Option):
        return [*call, tried.opts[-1], *[word] * tried.nargs, *usual.values()]
    return [*call, "--", *(word if one is tried else usual[one] for one in arguments)]


def hostile_words(parameter: click.Parameter) -> list[str]:
    if isinstance(parameter, click.Option) and (parameter.is_flag or parameter.count):
        return []
    if isinstance(parameter.type, click.types.IntParamType):
        return NUMBERS
    return PATHS if isinstance(parameter.type, click.Path) else TEXTS


def sentences(result: Result) -> list[str]:
    return [line for line in result.stderr.splitlines() if line.startswith("biengioi: ")]


def check(result: Result, statuses: set[int]) -> Iterator[str]:
    """Yield what is wrong with a result."""
    for sign in ("Traceback", "Exception ignored", "Error in", "Logging error"):
        if sign in result.stderr:
            yield f"{result.case}: {result.stderr[-600:]}"
            return
    if wrong := set(result.statuses) - statuses:
        yield f"{result.case}: ended with {wrong}: {result.stderr[-300:]}"
    failed = sum(status in (2, 3) for status in result.statuses)
    if result.case.stderr == "file" and len(sentences(result)) < failed:
        yield f"{result.case}: {failed} failures, {len(sentences(result))} sentences: {result.stderr[-300:]}"


def test_words_that_no_command_expects(world: Path) -> None:
    cases = []
    for name, command in COMMANDS.items():
        calls = [
            words_of(name, command, one, word)
            for number, one in enumerate(command.params)
            for word in share(hostile_words(one), number % 2, 2)
        ]
        if name == "serve":  # with a password file or a host that is none it ends, else it serves
            calls = [call for call in calls if call[-1] != "labels.jsonl" and "\udcff" not in call[-1]]
        # What may go as far as the network has a process of its own: an event loop runs once.
        apart = {"crawl", "sources check", "sources add", "extract", "sources suggest", "schedule", "serve"}
        if name in apart:
            calls = share(calls, len(cases) % 2, 2)  # each starts a process
        groups = [[call] for call in calls] if name in apart else [calls] if calls else []
        cases += [
            Case(group, str(world), end_after_s=4 if name in ("serve", "schedule") else None)
            for group in groups
        ]
    problems = [problem for result in run_cases(cases) for problem in check(result, {0, 1, 2})]
    assert problems == []


STREAMS = {
    "stdout full": {"stdout": "full"},
    "all closed": {"stdin": "closed", "stdout": "closed", "stderr": "closed"},
    "latin-1 and an endless stdin": {"encoding": "latin-1", "stdin": "zero"},
}


SAY_SO = {"list", "show", "status", "stats", "export", "import", "backup", "config"}
"""Commands, or groups of them, that must say that nobody takes what they print."""


@pytest.mark.parametrize("streams", STREAMS.values(), ids=STREAMS)
def test_streams_that_take_nothing_or_not_every_letter(world: Path, streams: dict[str, str]) -> None:
    tried = {*share(COMMANDS, [*STREAMS.values()].index(streams), 3)}
    tried |= {name for name in COMMANDS if name.split()[0] in SAY_SO}
    cases = [
        Case([words_of(name, command)], str(world), end_after_s=4 if name == "serve" else None, **streams)  # type: ignore[arg-type]
        for name, command in COMMANDS.items()
        if name in tried - SLOW
    ]
    results = list(run_cases(cases))
    assert [problem for result in results for problem in check(result, {0, 1, 2})] == []
    if streams == {"stdout": "full"}:
        told = {result.case.calls[0][2] for result in results if result.statuses == [2]}
        assert told >= SAY_SO


def test_json_is_json_in_every_encoding(world: Path) -> None:
    cases = [
        Case(
            [[*words[:2], *name.split(), "--json", *words[2 + len(name.split()) :]]],
            str(world),
            encoding=encoding,
        )
        for encoding in ("ascii", "latin-1")
        for name, command in COMMANDS.items()
        if name in ANSWER_IN_JSON
        for words in [words_of(name, command)]
    ]
    results = list(run_cases(cases))
    assert [problem for result in results for problem in check(result, {0, 1})] == []
    assert all(json.loads(result.stdout) is not None for result in results)


RIGHTS = {
    "a read-only folder": {".": 0o555, "newspapers": 0o555},
    "a read-only file in it": {".": 0o555, "newspapers": 0o555, "biengioi.db": 0o444},
}
ANSWER_IN_JSON = {"list", "show", "search", "stats", "sources list", "status", "config show", "watches list"}
READS = {"list", "show", "search", "stats", "status", "topic explain", "watches list"}
"""Commands that answer from a collection that may not be written to."""


@pytest.mark.parametrize("modes", RIGHTS.values(), ids=RIGHTS)
def test_what_may_not_be_written_can_be_read_and_is_named(world: Path, modes: dict[str, int]) -> None:
    tried = {*share(COMMANDS, [*RIGHTS.values()].index(modes), 2), *READS}
    cases = {
        name: Case(
            [words_of(name, command)], str(world), modes=modes, end_after_s=4 if name == "serve" else None
        )
        for name, command in COMMANDS.items()
        if name in tried - SLOW
    }
    results = dict(zip(cases, run_cases(cases.values()), strict=True))
    assert [problem for result in results.values() for problem in check(result, {0, 1, 2})] == []
    assert {name for name in READS if results[name].statuses == [2]} == set()
