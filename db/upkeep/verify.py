"""Verification: whether the file is whole, and whether everything in it agrees with everything else.

Each check yields a sentence per disagreement. What is derived from the articles (indexes, counts) is
checked by the module that keeps it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import islice

from crawler.article import JSON_COLUMNS
from crawler.errors import StorageBusy, StorageError
from crawler.report import RunReport
from crawler.text.normalize import content_hash
from db.archive import chain, checking
from db.articles import near_duplicates
from db.crawl import run_parts
from db.crawl.runs import recompute, stored_report
from db.events import check as events
from db.file.connection import prepare_connection, read_transaction
from db.upkeep import facets, search

_EXAMPLE_COUNT = 10
_RESTORE = "Restore a backup."
_REPAIR = "Run `biengioi verify --repair`, which makes it anew from the articles."
_REPAIR_FIRST = "Run `biengioi verify --repair`; if something is missing then still, restore a backup."
_KNOW = "Do not rely on the numbers of these runs; the articles are not affected."
_ARCHIVE = "Put these files back from a copy of the archive; the articles are not affected."
_CHAIN = "From that day on the archive proves nothing; put database and archive back from one backup."
_HARMLESS = "This is harmless, as after a kill: such pages are fetched again."


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the database.

    Args:
        name: what is checked, in a few words.
        find: yields a sentence for everything that is wrong.
        advice: what to do when something is.
        is_harmless: whether what it finds is only worth knowing.
    """

    name: str
    find: Callable[[sqlite3.Connection], Iterator[str]]
    advice: str = _RESTORE
    is_harmless: bool = False


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Args:
        check: its name.
        problem_count: how much is wrong; 0 is good.
        examples: the first of it, a sentence each; or what is worth knowing and not wrong.
        advice: what to do; empty when all is good.
    """

    check: str
    problem_count: int
    examples: tuple[str, ...]
    advice: str

    def to_json(self) -> dict[str, object]:
        """Return it as JSON types."""
        return asdict(self)


def verify(
    conn: sqlite3.Connection, say: Callable[[str], None] = lambda _: None, *, is_quick: bool = False
) -> Iterator[CheckResult]:
    """Yield what each check found; one after the other, each sees one state of the database.

    Args:
        say: told the name of a check before it begins.
        is_quick: of the archive only the newest files are read again.

    Raises:
        StorageBusy: another process locks even readers out.
    """
    conn.execute("PRAGMA temp_store = FILE")  # what is sorted to be compared grows with the collection
    try:
        for check in CHECKS:
            say(f"checking {check.name}")
            yield _run(conn, replace(check, find=look_through) if is_quick and check is ARCHIVE else check)
    finally:
        conn.execute("PRAGMA temp_store = MEMORY")


def _run(conn: sqlite3.Connection, check: Check) -> CheckResult:
    examples: list[str] = []
    count = 0
    try:
        with read_transaction(conn):
            problems = check.find(conn)
            examples.extend(islice(problems, _EXAMPLE_COUNT))
            count = len(examples) + sum(1 for _ in problems)
    except StorageBusy:
        raise
    except (StorageError, sqlite3.DatabaseError) as error:  # what cannot even be read is wrong, too
        examples.append(str(error))
        count = max(count, len(examples))
    examples = examples[:_EXAMPLE_COUNT]
    if check.is_harmless:
        more = [f"… and {count - len(examples)} more"] if count > len(examples) else []
        return CheckResult(check.name, 0, (*examples, *more), check.advice if count else "")
    return CheckResult(check.name, count, tuple(examples), check.advice if count else "")


def _file(conn: sqlite3.Connection) -> Iterator[str]:
    """Ask SQLite about its pages, trees and indexes."""
    for (line,) in conn.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield line


_COMMENT = re.compile(r"--[^\n]*")


def _schema(conn: sqlite3.Connection) -> Iterator[str]:
    """Compare tables, indexes, triggers and views with new ones; what users added is theirs."""
    from db.file.migrations import migrate  # sqlite-utils, which a backup need not load

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        prepare_connection(fresh)
        migrate(fresh)
        wanted = _objects(fresh)
    present = _objects(conn)
    for (kind, name), sql in wanted.items():
        if (kind, name) not in present:
            yield f"The {kind} {name} is missing."
        elif _meaning(present[kind, name]) != _meaning(sql):
            yield f"The {kind} {name} is not as this program makes it."


def _meaning(sql: str | None) -> list[str]:
    """Return a statement's words without its comments, which SQLite keeps as they once were written."""
    return _COMMENT.sub("", sql or "").split()


def _objects(conn: sqlite3.Connection) -> dict[tuple[str, str], str | None]:
    rows = conn.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'")
    return {(row["type"], row["name"]): row["sql"] for row in rows}


def _references(conn: sqlite3.Connection) -> Iterator[str]:
    """Follow every reference from row to row."""
    for table, rowid, parent, _ in conn.execute("PRAGMA foreign_key_check"):
        yield f"Row {rowid} of {table} refers to a row of {parent} that is not there."


def _columns(conn: sqlite3.Connection) -> Iterator[str]:
    """Look at columns that hold JSON arrays, and at dates, which have the form of their precision."""
    for name in JSON_COLUMNS:
        for row in conn.execute(
            f"SELECT id FROM articles WHERE NOT json_valid({name}) OR json_type({name}) <> 'array'"  # noqa: S608
        ):
            yield f"{name} of article {row['id']} is no JSON array."
    for row in conn.execute(
        "SELECT id, published_precision FROM articles WHERE published_at NOT GLOB"
        " CASE published_precision WHEN 'month' THEN ?1 WHEN 'day' THEN ?2 ELSE ?3 END"
        " OR (published_at IS NULL) <> (published_precision IS NULL)",
        (_digits(4, 2), _digits(4, 2, 2), f"{_digits(4, 2, 2)}T*Z"),
    ):
        yield f"published_at of article {row['id']} is no {row['published_precision'] or 'date'}."


def _digits(*counts: int) -> str:
    return "-".join("[0-9]" * count for count in counts)


def _hashes(conn: sqlite3.Connection) -> Iterator[str]:
    """Compute every content hash anew."""
    for row in conn.execute("SELECT id, text, content_hash FROM articles"):
        if content_hash(row["text"]) != row["content_hash"]:
            yield f"The text of article {row['id']} is not what its content hash says."
    for row in conn.execute("SELECT article_id, number, text, content_hash FROM revisions"):
        if content_hash(row["text"]) != row["content_hash"]:
            yield (
                f"The text of version {row['number']} of article {row['article_id']}"
                " is not what its content hash says."
            )


def _originals(conn: sqlite3.Connection) -> Iterator[str]:
    """Make sure that what an article repeats repeats nothing itself."""
    for row in conn.execute(
        "SELECT copy.id, original.id AS original_id, original.duplicate_of FROM articles AS copy"
        " JOIN articles AS original ON original.id = copy.duplicate_of"
        " WHERE original.duplicate_of IS NOT NULL"
    ):
        yield (
            f"Article {row['id']} repeats article {row['original_id']},"
            f" which itself repeats article {row['duplicate_of']}."
        )


def _sightings(conn: sqlite3.Connection) -> Iterator[str]:
    """Make sure that what has an address was seen at one."""
    for row in conn.execute(
        "SELECT id FROM articles WHERE url IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM sightings WHERE article_id = articles.id)"
    ):
        yield f"Article {row['id']} has an address and no sighting."


def _takedowns(conn: sqlite3.Connection) -> Iterator[str]:
    """Make sure that what was taken down is not there."""
    for row in conn.execute("SELECT id FROM articles JOIN forgotten USING (content_hash)"):
        yield f"Article {row['id']} has a text that was taken down."


def _runs(conn: sqlite3.Connection) -> Iterator[str]:
    """Add up every finished run's report, and compare it with the run's rows where they remain."""
    for row in conn.execute("SELECT * FROM runs WHERE status <> 'running'"):
        try:
            report = stored_report(row)
        except StorageError as error:
            yield str(error)
            continue
        yield from _run_problems(conn, row, report)


def _run_problems(conn: sqlite3.Connection, row: sqlite3.Row, report: RunReport) -> Iterator[str]:
    if not report.adds_up:
        yield f"The numbers of run {row['id']} do not add up."
    if run_parts.are_kept(conn, row["id"]) and recompute(conn, row) != report:
        yield f"The report of run {row['id']} is not what its rows say."


def look_through(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the archive as far as that shows without reading all of it again."""
    return checking.damage(conn, is_quick=True)


ARCHIVE = Check("archive", checking.damage, _ARCHIVE)

CHECKS = (
    Check("the file", _file),
    Check("the tables", _schema, _REPAIR_FIRST),
    Check("references", _references),
    Check("columns", _columns),
    Check("content hashes", _hashes),
    Check("duplicates", _originals),
    Check("sightings", _sightings),
    Check("takedowns", _takedowns, "Run `biengioi forget` with the ids."),
    Check("runs", _runs, _KNOW),
    Check("facets and counts", facets.check, _REPAIR),
    Check("near-duplicate index", near_duplicates.check, _REPAIR),
    Check("events", events.check, "Run `biengioi events rebuild --all`, which reads the articles again."),
    Check("search indexes", search.check, _REPAIR),
    ARCHIVE,
    Check("archive chain", chain.breaks, _CHAIN),
    Check("archive without rows", checking.unspoken, _HARMLESS, is_harmless=True),
)
