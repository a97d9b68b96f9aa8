"""What the reference repeats of the code, written into it by ``./run reference``; the words beside it stay.

A table of the reference belongs to the code where the heading above it says so (`facts`). Which rows it has
and what its own columns say (options and what they take, defaults, bounds, types, labels) comes from there.
The last cells are sentences of people, which are kept with their row; a row that is new has the code's own
words, where there are any.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args, get_origin, get_type_hints

import click

from biengioi.cli import cli
from biengioi.doctor.check import Subject
from biengioi.metrics import Moment, metrics_of
from biengioi.options import LARGEST_NUMBER, Day
from biengioi.streams import INTERRUPTED
from crawler.alert_config import DigestRhythm, MailSecurity
from crawler.config import Config
from crawler.config_bounds import bounds_of
from crawler.decision import Kind, Outcome, Rejection
from crawler.declaration import is_duration, key_of, written
from crawler.errors import BiengioiError
from crawler.families import Family
from crawler.finding import FindingKind, Severity
from crawler.page import PageState
from crawler.report import RunReport, RunStatus, SourceReport, SourceStatus
from crawler.source import SeedKind, Source, TitleUse
from crawler.topic.relevance import Grade
from db.collection import Collection
from db.file.connection import prepare_connection
from db.file.migrations import migrate
from db.schema.comments import read_comments
from db.service.health import ServiceState, SourceState
from db.service.schedule import GapReason
from db.upkeep.verify import CHECKS
from docs.reference_tables import OPEN, OPTION, Row, Table, fill

ROOT = Path(__file__).resolve().parent.parent
REFERENCE, SOURCES, LAYOUTS = (ROOT / "docs" / name for name in ("reference.md", "sources.md", "layouts.md"))

WORDS: Mapping[str, type[StrEnum]] = {
    "Decisions": Kind,
    "Outcomes": Outcome,
    "Rejection reasons": Rejection,
    "Page states": PageState,
    "Run status": RunStatus,
    "Source status": SourceStatus,
    "Topic grades": Grade,
    "Finding kinds": FindingKind,
    "Severities": Severity,
    "Mail security": MailSecurity,
    "Digest rhythms": DigestRhythm,
    "Gap reasons": GapReason,
    "Service state": ServiceState,
    "Source state": SourceState,
    "Checks of `doctor`": Subject,
}
"""Heading of the reference → the words that are stored and shown."""
_OF_SOURCES: Mapping[str, type[StrEnum]] = {"Kinds of seeds": SeedKind, "Uses of titles": TitleUse}


def commands(group: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by the words that call it."""
    if not isinstance(group, click.Group):
        yield " ".join(path), group
        return
    if group.invoke_without_command and path:
        yield " ".join(path), group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from commands(command, *path, name)


def _options(command: click.Command) -> Table:
    options = [one for one in command.params if isinstance(one, click.Option)]
    return Table(tuple(map(_option, options)), ("takes",), OPTION, is_free=command is not cli)


def _option(option: click.Option) -> Row:
    spellings = [*sorted(option.opts, key=len), *option.secondary_opts]
    value = "" if option.is_flag or option.count else f" {_value_of(option)}"
    cell = ", ".join(f"`{name}{value if name == option.opts[-1] else ''}`" for name in spellings)
    return Row(cell, (_taken(option),), frozenset(spellings), option.help or "")


def _value_of(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, Day):
        return "DATE"
    if isinstance(option.type, click.types.IntParamType):
        return "N"
    if isinstance(option.type, click.Path):
        return "FILE" if option.type.file_okay else "DIR"
    return option.opts[-1].lstrip("-").upper()


def _taken(option: click.Option) -> str:
    """Return what an option takes, and what is taken without it."""
    if option.is_flag or option.count:
        return ""
    parts = []
    match option.type:
        case click.Choice(choices=choices):
            parts = [", ".join(f"`{one}`" for one in choices)]
        case click.IntRange(min=least, max=most) if least is not None:
            parts = [f"{least} to {most}" if most and most < LARGEST_NUMBER else f"from {least}"]
    if isinstance(option.default, str | int):
        parts.append(f"`{option.default}` when absent")
    return "; ".join(parts)


@dataclass(frozen=True)
class Key:
    """A key of a file: its type, its default, and whether it is a duration that the program waits."""

    hint: Any
    default: Any
    is_wait: bool = False


def keys(cls: type, prefix: str = "") -> Iterator[tuple[str, Key]]:
    """Yield the dotted keys of a declaration; those of arrays of tables as if there were one table."""
    hints = get_type_hints(cls)
    for field in fields(cls):
        if not field.init:
            continue
        hint, name = hints[field.name], f"{prefix}{key_of(field)}"
        inner = get_args(hint)[0] if get_origin(hint) is tuple else hint
        if is_dataclass(inner):
            assert isinstance(inner, type)
            yield from keys(inner, f"{name}.")
        elif is_duration(field):
            default: Any = field.default
            yield name, Key(timedelta, timedelta(seconds=default), is_wait=True)
        else:
            yield name, Key(hint, field.default)


def _keys(cls: type, *, with_bounds: bool) -> Table:
    rows = []
    for name, key in keys(cls):
        cells = (_default(key), _bounds(name, key)) if with_bounds else (_default(key),)
        rows.append(Row(f"`{name}`", cells, frozenset({name})))
    return Table(tuple(rows), ("default", "bounds") if with_bounds else ("default",))


def _default(key: Key) -> str:
    if key.default is MISSING:
        return "—"
    return OPEN if key.default is None else f"`{written(key.default)}`"


def _bounds(name: str, key: Key) -> str:
    """Return what a value may be: the ends of its range, or the words that there are."""
    if isinstance(key.hint, type) and issubclass(key.hint, StrEnum):
        return ", ".join(f"`{written(one.value)}`" for one in key.hint)
    value = key.default[0] if isinstance(key.default, tuple) and key.default else key.default
    bounds = bounds_of(name, value, is_of_request=key.is_wait)
    if bounds is None:
        return ""
    over = "over " if bounds.is_open else ""
    return f"{over}`{written(bounds.least)}` to `{written(bounds.most)}`"


def _words(names: Iterable[object]) -> Table:
    return Table(tuple(Row(f"`{name}`", (), frozenset({str(name)})) for name in names))


def _exit_statuses() -> Table:
    return _words(sorted({0, INTERRUPTED, *(error.exit_status for error in descendants(BiengioiError))}))


def descendants(kind: type[BiengioiError]) -> Iterator[type[BiengioiError]]:
    """Yield an error and all that are one."""
    yield kind
    for one in kind.__subclasses__():
        yield from descendants(one)


def _metrics() -> Table:
    with TemporaryDirectory() as folder, Collection.open(Path(folder) / "biengioi.db", create=True) as empty:
        moment = Moment(empty.status(), empty.numbers(), "", needs_person=False)
        told = metrics_of(moment, datetime.now(UTC))
    rows = (
        Row(f"`{one.name}`", (_codes(one.labels),), frozenset({one.name}), one.told.removesuffix("."))
        for one in told
    )
    return Table(tuple(rows), ("labels",))


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@dataclass(frozen=True)
class _Column:
    name: str
    type: str
    words: str


def _schema() -> dict[str, list[_Column]]:
    """Every table and view with its columns; those inside a full-text index are SQLite's own."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        prepare_connection(conn)
        migrate(conn)
        comments = read_comments(conn)
        types = {
            row["name"]: row["type"]
            for row in conn.execute("PRAGMA table_list")
            if row["type"] != "shadow" and not re.match(r"sqlite_|_sqlite", row["name"])
        }
        found = {}
        for name, kind in sorted(types.items()):
            told = comments[name].columns if name in comments else {}
            found[name] = [
                _Column(row[1], _type_of(row) if kind == "table" else "", told.get(row[1], ""))
                for row in conn.execute(f"PRAGMA table_xinfo({name})")
            ]
    return found


def _type_of(column: tuple[Any, ...]) -> str:
    """Return the type of a row of ``PRAGMA table_xinfo``; a primary key holds no NULL in a strict table."""
    _, _, kind, is_filled, _, key_part, *_ = column
    return f"{kind} or NULL" if kind and not is_filled and not key_part else kind


def _table(rows: list[_Column]) -> Table:
    is_typed = any(row.type for row in rows)
    return Table(
        tuple(
            Row(f"`{row.name}`", (row.type,) if is_typed else (), frozenset({row.name}), row.words)
            for row in rows
        ),
        ("type",) if is_typed else (),
    )


def facts() -> dict[Path, dict[str, Table]]:
    """Return of each page the tables that belong to the code, by the headings above them."""
    report = RunReport(1, "crawl", RunStatus.DONE, "", None, {"one": SourceReport()}).to_json()
    of_source = [key for key in report["sources"]["one"] if key not in report or key == "status"]
    return {
        REFERENCE: {
            "Global options": _options(cli),
            "Exit statuses": _exit_statuses(),
            "Metrics": _metrics(),
            "Configuration keys": _keys(Config, with_bounds=True),
            "The run report": _words(report),
            "One source in a report": _words(of_source),
            **{f"`biengioi {name}`": _options(command) for name, command in commands(cli)},
            **{title: _words(one.value for one in words) for title, words in WORDS.items()},
            "Checks of `verify`": _words(check.name for check in CHECKS),
            **{f"Table `{name}`": _table(rows) for name, rows in _schema().items()},
        },
        SOURCES: {
            "Every key": _keys(Source, with_bounds=False),
            **{title: _words(one.value for one in words) for title, words in _OF_SOURCES.items()},
        },
        LAYOUTS: {"Every key": _keys(Family, with_bounds=False)},
    }


def main(argv: list[str]) -> int:
    """Write the pages anew; with ``--check`` only say which would change."""
    status = 0
    for page, tables in facts().items():
        text = page.read_text("utf-8")
        filled, problems = fill(text, tables)
        for problem in problems:
            print(f"{page.name}: {problem}", file=sys.stderr)  # noqa: T201
        if filled != text:
            print(f"{page.name}: {'differs from the code' if argv else 'written anew'}", file=sys.stderr)  # noqa: T201
            if not argv:
                page.write_text(filled, encoding="utf-8", newline="\n")
        status |= bool(problems or (argv and filled != text))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
