"""A release of data: a folder of tables, as CSV and Parquet, with all that describes them.

All of it is read in one transaction, so that every reference leads somewhere. The same data give the
same bytes. The folder is made beside its place and moved there when it is whole.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson

from crawler.errors import UsageError
from crawler.formats import release as documents
from crawler.formats.parquet import write_rows
from crawler.formats.release import Changes, DataFile, Release, Table
from crawler.formats.spreadsheet import write_csv
from db.events.query import EventFilter
from db.export.release_tables import ReleaseTables
from db.file.connection import read_transaction

SUMS = "SHA256SUMS"
CHANGES = "CHANGES.md"
_DATA = "data"
_VERSION_CHARS = 8
"""Of the hash of the data, in hex."""
_MOST_CELL_CHARS = 1 << 30


@dataclass(frozen=True, slots=True)
class Released:
    """What was written.

    Args:
        rows: table → its rows.
        before: the version that it was compared with; None for a first release.
        is_new: whether its data are others than those that were there.
    """

    version: str
    before: str | None
    rows: Mapping[str, int]
    is_new: bool


def export_release(
    conn: sqlite3.Connection,
    dest: Path,
    wanted: EventFilter,
    *,
    with_text: bool = False,
    since: Path | None = None,
) -> Released:
    """Write a release into the folder `dest`, in place of an earlier one.

    Args:
        with_text: whether articles have their text.
        since: the release that it is compared with; the one in `dest` when None.

    Raises:
        UsageError: `dest` holds anything else, or cannot be written; `since` is no release; Parquet needs a
            library that is not installed; the query is none.
    """
    there = _version_in(dest)
    earlier = since or (dest if there else None)
    before = _version_in(since) if since else there
    if since and before is None:
        raise UsageError(f"{since} holds no release to compare with.")
    try:
        dest = dest.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{dest} can be no folder; choose another name.") from error
    part = dest.with_name(f".{dest.name}.{token_hex(4)}.part")
    try:
        (part / _DATA).mkdir(parents=True)
        with read_transaction(conn):
            release = _write_data(conn, part, wanted, with_text=with_text)
        is_new = there != release.version
        if is_new or since:
            changes = _compare(earlier, part, release.tables) if earlier else {}
            text = documents.changelog(release.version, before, changes)
        else:
            text = (dest / CHANGES).read_bytes()  # it is the release that is there
        (part / CHANGES).write_bytes(text)
        _describe(part, release)
        _move(part, dest)
    except OSError as error:
        raise UsageError(f"{dest} cannot be written ({error.strerror}).") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    rows = {name: file.row_count for name, file in release.csv.items()}
    return Released(release.version, before, rows, is_new)


def _version_in(folder: Path) -> str | None:
    """Return the version of the release in a folder; None where nothing is.

    Raises:
        UsageError: something else is there, or a release that was changed or cannot be read.
    """
    try:
        if not folder.is_symlink() and (not folder.exists() or not any(folder.iterdir())):
            return None
        if folder.is_symlink() or not (folder / SUMS).is_file():
            raise UsageError(f"{folder} holds what is no release; name another folder.")
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        sums = {path: digest for digest, path in (line.split("  ") for line in lines)}
        for path in folder.rglob("*"):
            name = path.relative_to(folder).as_posix()
            if path.is_dir() or name == SUMS:
                continue
            if name not in sums or not path.is_file() or _sha256(path) != sums[name]:
                raise UsageError(
                    f"{folder} holds {name}, which is not as a release wrote it; name another folder."
                )
        return str(orjson.loads((folder / "datapackage.json").read_bytes())["version"])
    except OSError as error:
        raise UsageError(f"{folder} cannot be read ({error.strerror}); name another folder.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{folder} holds what is no release; name another folder.") from error


def _write_data(conn: sqlite3.Connection, part: Path, wanted: EventFilter, *, with_text: bool) -> Release:
    tables = ReleaseTables(conn, wanted, with_text=with_text)
    tables.check_sum()
    as_csv: dict[str, DataFile] = {}
    as_parquet: dict[str, DataFile] = {}
    for table in tables.tables:
        columns = {column.name: column.kind for column in table.columns}
        path = f"{_DATA}/{table.name}.csv"
        with (part / path).open("wb") as file:
            cells = ([_cell(value) for value in row.values()] for row in tables.rows(table))
            count = write_csv(tuple(columns), cells, file, has_mark=False)
        as_csv[table.name] = _file(part, path, table, count)
        path = f"{_DATA}/{table.name}.parquet"
        with (part / path).open("wb") as file:
            write_rows(columns, tables.rows(table), file)
        as_parquet[table.name] = _file(part, path, table, count)
    newest = tables.newest()
    day = newest[: len("YYYY-MM-DD")] if newest else None
    digest = hashlib.sha256("".join(file.sha256 for file in as_csv.values()).encode()).hexdigest()
    numbers = ".".join(str(int(one)) for one in (day or "0-0-0").split("-"))  # semver.org, §2 and §10
    version = f"{numbers}+{digest[:_VERSION_CHARS]}"
    return Release(version, day, tables.tables, as_csv, as_parquet, wanted.question(), with_text)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, list) else value


def _file(part: Path, path: str, table: Table, count: int) -> DataFile:
    return DataFile(path, table, count, (part / path).stat().st_size, _sha256(part / path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _describe(part: Path, release: Release) -> None:
    for name, content in (
        ("croissant.json", documents.croissant(release)),
        ("datapackage.json", documents.datapackage(release)),
        ("CITATION.cff", documents.citation(release)),
        ("README.md", documents.datasheet(release)),
    ):
        (part / name).write_bytes(content)
    paths = sorted(one.relative_to(part).as_posix() for one in part.rglob("*") if one.is_file())
    sums = "".join(f"{_sha256(part / path)}  {path}\n" for path in paths)
    (part / SUMS).write_text(sums, encoding="utf-8")


def _move(part: Path, dest: Path) -> None:
    """Put a folder in the place of an earlier one, which is there until the new one is."""
    for path in part.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    if not dest.exists():
        part.rename(dest)
        return
    old = dest.with_name(f"{part.name}.old")
    dest.rename(old)
    part.rename(dest)
    shutil.rmtree(old)


def _compare(old: Path, new: Path, tables: tuple[Table, ...]) -> dict[str, Changes]:
    """Return what is other in each table, by the columns that both releases have."""
    csv.field_size_limit(_MOST_CELL_CHARS)
    found = {}
    for table in tables:
        paths = [folder / _DATA / f"{table.name}.csv" for folder in (old, new)]
        if not paths[0].is_file():
            continue
        shared = set(_header(paths[0])) & set(_header(paths[1]))
        before, after = (dict(_digests(path, table.key, shared)) for path in paths)
        found[table.name] = Changes(
            [key for key in after if key not in before],
            [key for key in before if key not in after],
            [key for key in after if key in before and before[key] != after[key]],
        )
    return found


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])


def _digests(path: Path, key: tuple[str, ...], columns: set[str]) -> Iterator[tuple[str, bytes]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = "\0".join(str(row[name]) for name in sorted(columns))
            name = " ".join(str(row.get(part)) for part in key)
            yield name, hashlib.sha256(values.encode()).digest()
