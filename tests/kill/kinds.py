"""What is killed: how its world is made, what is started, and what an undisturbed run leaves behind."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from spiders.demo.newspapers import Newspapers
from tests.biengioi.program import Program
from tests.biengioi.test_backfill import HOST, write_archives
from tests.db.earlier_releases import add_stories, make_first_release

STORY_COUNT = 80
"""Stories of a collection that is imported, exported, migrated or read anew."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One command that is killed.

    Args:
        words: of the command.
        make: makes the folder in which it is started.
        left: what it has done when it was left alone; the same must be there after kills and one more run.
        burst: kills in a row before the run that must come to an end.
        targets: files and folders that it writes beside the collection, which are removed before each kill.
        is_service: whether it never ends by itself, and its children are killed, too.
        is_writing: whether it is killed only once it writes to the archive.
        finish: the words of the run that must come to an end, where they are others.
    """

    name: str
    words: tuple[str, ...]
    make: Callable[[Program], None]
    left: Callable[[Program], Hashable]
    burst: int = 5
    targets: tuple[str, ...] = ()
    is_service: bool = False
    is_writing: bool = False
    finish: tuple[str, ...] = ()


def asked(program: Program, sql: str) -> tuple[tuple[object, ...], ...]:
    """Return the rows of a question to a collection, sorted; none where there is no table yet."""
    if not program.db.exists():
        return ()
    with closing(sqlite3.connect(program.db, timeout=20)) as conn:
        try:
            return tuple(sorted((tuple(row) for row in conn.execute(sql)), key=repr))
        except sqlite3.OperationalError:
            return ()


def articles(program: Program) -> Hashable:
    """Return every article by what identifies it."""
    return asked(program, "SELECT content_hash, title FROM articles")


def events(program: Program) -> Hashable:
    """Return the events, each by the articles that report it."""
    sql = (
        "SELECT group_concat(content_hash) FROM (SELECT event_id, content_hash FROM event_reports"
        " JOIN articles ON articles.id = article_id ORDER BY event_id, content_hash) GROUP BY event_id"
    )
    return articles(program), asked(program, sql)


def written(program: Program) -> Hashable:
    """Return the digest of every file that was written beside the collection."""
    targets = [path for path in program.folder.glob("ra*") for path in (path, *path.rglob("*"))]
    digests = {
        str(path.relative_to(program.folder)): sha256(path.read_bytes()).hexdigest()
        for path in targets
        if path.is_file()
    }
    return tuple(sorted(digests.items()))


def backed_up(program: Program) -> Hashable:
    """Return the articles of a backup."""
    with closing(sqlite3.connect(program.folder / "ra.db")) as conn:
        return conn.execute("SELECT count(*), sum(length(text)) FROM articles").fetchone()  # type: ignore[no-any-return]


def _first_release(program: Program) -> None:
    make_first_release(program.db)
    with closing(sqlite3.connect(program.db, isolation_level=None)) as conn:
        add_stories(conn, STORY_COUNT)


def _full(program: Program) -> None:
    _first_release(program)
    must(program, "runs")


def must(program: Program, *words: str) -> None:
    """Run a command that must succeed."""
    done = program.run(*words)
    assert done.status == 0, (words, done.stderr)


def kinds(newspapers: Newspapers) -> tuple[Kind, ...]:
    """Return all that is killed.

    Args:
        newspapers: which are crawled; they stay as they are meanwhile.
    """

    def declared(program: Program) -> None:
        newspapers.write_sources(program.sources)

    def crawled(program: Program) -> None:
        declared(program)
        must(program, "crawl")

    def with_events(program: Program) -> None:
        _full(program)
        must(program, "events", "rebuild")

    def to_import(program: Program) -> None:
        _full(program)
        must(program, "export", "jsonl", "bai.jsonl")
        program.db.unlink()

    def to_backfill(program: Program) -> None:
        program.add_source("bao-thu", HOST)
        write_archives(program.folder / "warcs")

    once = ("schedule", "--once")
    return (
        Kind("crawl", ("crawl",), declared, articles),
        Kind("service", ("schedule",), declared, articles, is_service=True, finish=once),
        Kind("archive", ("crawl",), declared, articles, is_writing=True),
        Kind("backfill", ("backfill", "warcs"), to_backfill, articles),
        Kind("import", ("import", "bai.jsonl"), to_import, articles),
        Kind("export jsonl", ("export", "jsonl", "ra.jsonl"), _full, written, targets=("ra.jsonl",)),
        Kind("export corpus", ("export", "corpus", "ra"), _full, written, targets=("ra",)),
        Kind("export wacz", ("export", "wacz", "ra.wacz"), crawled, articles, targets=("ra.wacz",)),
        Kind("backup", ("backup", "ra.db"), _full, backed_up, targets=("ra.db",)),
        Kind("migration", ("runs",), _first_release, articles, burst=1),
        Kind("rebuild of events", ("events", "rebuild"), with_events, events),
        Kind("reextract", ("reextract",), crawled, articles),
        Kind("maintain", ("maintain",), _full, articles),
        Kind("repair", ("verify", "--repair"), _full, articles),
    )


def fresh(folder: Path, template: Path) -> Program:
    """Return the program in a copy of a world."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    return Program(folder)
