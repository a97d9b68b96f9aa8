"""Every command line that a page shows is typed: run on a collection, or only read where it would not end.

The tutorial's lines are run in their order by test_tutorial.py, the tasks of ``./run`` by CI, and a bare
name of a command by its own tests. What stands for something (an id, an address, a folder) is filled in.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import click
import pytest

from biengioi.cli import cli
from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program
from tests.biengioi.test_tutorial import TUTORIAL
from tests.test_docs import COMMANDS, command_lines, name_of, tasks_of_run

PAPER, OTHER, GATE = "demo-zce", "demo-a-id", "huu-nghi-gate"
_STAYS = re.compile(
    r"((--log-format|--db|--sources) \S+ )?(serve|demo|schedule(?! --unit)|backfill (-$|.*--engine ray))"
)
"""What goes on until somebody ends it or writes to it, or takes its time in a test of its own."""
_ASKS_ALL = re.compile(r"(--sources \S+ )?(crawl|sources check|sources suggest --check)( --\S+)*$")
"""What asks real papers."""


def shown() -> Iterator[str]:
    """Every line of a page once, without what starts the program and without notation (`[FILE|-]`, `…`)."""
    seen = {}
    for page, line in command_lines():
        start, *words = shlex.split(line)
        typed = line.removeprefix(start).strip()
        is_task = start == "./run" and words[:1] and words[0] in tasks_of_run()
        is_name = any(f"{name} ".startswith(f"{typed} ") for name in COMMANDS)
        is_plain = not re.search(r"[\[\]|…]|\bCOMMAND\b", typed)
        if typed and page != name_of(TUTORIAL) and is_plain and not is_task and not is_name:
            seen[typed] = None
    yield from seen


@dataclass(frozen=True)
class Desk:
    """Where the lines are typed: a folder with a collection and the files that pages speak of."""

    program: Program
    words: Mapping[str, str]
    ids: Mapping[str, str]

    def filled_in(self, line: str) -> list[str]:
        """The words to type for a line of a page."""
        for written, there in self.words.items():
            line = re.sub(written, there, line)
        words = shlex.split(line)
        of = "--place" if "--place" in words else next((one for one in words if one in self.ids), "")
        return [self.ids[of] if word == "ID" else word for word in words]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("shown")
    program = Program(folder)
    with Newspapers() as newspapers:
        newspapers.write_sources(folder / "sources")
        assert program.run("crawl", PAPER, OTHER).status == 0
        kept = [one["id"] for one in program.run("list", "--json", "--order", "oldest").json]
        edited = next(one.url for one in newspapers.stories if one.relevant and one.paper == PAPER)
        newspapers.edit(edited)
        assert program.run("crawl", PAPER).status == 0
        (changed,) = {one["article_id"] for one in program.run("explain", edited, "--json").json["decisions"]}
        events = program.run("events", "--json").json
        meeting = next(one for one in events if one["kind"] != "trade")
        shows = (program.run("events", "show", str(one["id"]), "--json").json for one in events)
        person = next(one for event in shows for one in event["people"])
        (archive,) = (folder / "biengioi-archive").glob("*.warc.gz")
        (folder / "copy-archive").symlink_to("biengioi-archive")
        write_files(program)
        home = newspapers.origins[PAPER]
        spare = iter([one for one in kept if one not in (changed, kept[0])])
        forgotten = program.run("show", str(next(spare)), "--json").json["url"]
        yield Desk(
            program,
            {
                r"(nhandan vietnamplus|nhandan|vietnamplus|baobiengioi)(?= |$)": PAPER,
                r"https://baobiengioi\.example/hai-tinh-\S+": forgotten,
                r"https://baobiengioi\.example/\S+|(?<=^explain )URL|(?<=^extract )URL": edited,
                r"(?<=sources add )\S+": newspapers.undeclared["Bến Nước"],
                r"https://baobiengioi\.example": home,
                r"/archive/a\.warc\.gz#\S+": f"biengioi-archive/{archive.name}#0-{archive.stat().st_size}",
                r"CC-NEWS-2024-01 extra/\*\.warc\.gz|(?<=backfill )(PATH|/archive)": "biengioi-archive",
                r"/backups/biengioi-(\$\(.+?\)|\d)\S*|biengioi-demo\.db": "copy.db",
                r"/var/lib/node_exporter/|/etc/biengioi/": "",
                r"--host 192\.168\.1\.20": "--host 127.0.0.1",
                r"forget 4711": f"forget {next(spare)}",
                r"(?<=diff )ID": str(changed),
                r"\b18\b|\bA\b": str(kept[0]),
                r"\bB\b": str(changed),
                r"(?<=people )NAME": shlex.quote(person["name"]),
                r"\bNAME\b": "'lối mở'",
                r"QUERY": "'cửa khẩu'",
                r"GOLD": "gold.jsonl",
                r"LABELS\.jsonl": "labels.jsonl",
                r"(?<=sources import )FILE": "papers.csv",
                r"(?<=sources export )(FILE|DEST)": "papers.opml",
                r"\bFILE\b": "copy.db",
                r"\bDIR\b": "sources",
                r"events (show|fix) 1\b": rf"events \1 {meeting['id']}",
                r"export (events|figures) DEST": r"export \1 made-\1.csv",
                r"export (\w+) DEST": r"export \1 made-\1",
            },
            {
                "": str(kept[0]), "sources": PAPER, "crawl": PAPER, "--place": GATE, "runs": "1",
                "events": str(meeting["id"]), "forget": str(next(spare)),
            },
        )  # fmt: skip


def write_files(program: Program) -> None:
    """Write what a line of a page reads."""
    (article, *_) = program.run("list", "--json").json
    text = {"id": "a", "title": article["title"], "text": article["text"]}
    for name, rows in {
        "labels.jsonl": [text | {"label": 2}],
        "gold.jsonl": [text | {"date": "2026-11-20", "events": []}],
    }.items():
        (program.folder / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    for name in ("0001.jsonl", "0002.jsonl"):
        assert program.run("export", "jsonl", name).status == 0
    page = program.run("show", str(article["id"]), "--html").stdout
    (program.folder / "page.html").write_text(page, encoding="utf-8")
    (program.folder / "password").write_text("mot hai ba bon\n", encoding="utf-8")
    assert program.run("backup", "copy.db").status == 0
    (program.folder / "papers.csv").write_text("name,homepage\nBáo Xa,https://xa.example\n", encoding="utf-8")
    (program.folder / "biengioi.toml").write_text(
        '[alerts]\ncommand = ["tee", "-a", "alerts.txt"]\n', encoding="utf-8"
    )


@pytest.mark.timeout(300)
def test_every_line_that_a_page_shows_can_be_typed(desk: Desk) -> None:
    """In the order of the pages; what takes an article down comes last."""
    failed = []
    typed: set[str] = set()
    for line in sorted(shown(), key=lambda line: line.startswith("forget ")):
        words = desk.filled_in(line)
        if shlex.join(words) in typed:
            continue
        typed.add(shlex.join(words))
        if _STAYS.match(line) or _ASKS_ALL.match(line):
            try:
                parse(words)
            except click.ClickException as error:
                failed.append(f"{line}: {error.format_message()}")
            continue
        done = desk.program.run(*words)
        if done.status > (words[0] == "status"):  # which says that no service runs here
            failed.append(f"{line}: {shlex.join(words)} ended with {done.status}: {done.stderr[-300:]}")
    assert not failed, "\n".join(failed)
    assert len(typed) > 70


def parse(words: list[str]) -> None:
    """Read a line as the program does, and do nothing."""
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        made = command.make_context(command.name, list(words), parent=context)
        name, found, words = command.resolve_command(made, [*made._protected_args, *made.args])
        assert found is not None, name
        command, context = found, made
    command.make_context(command.name, list(words), parent=context)
