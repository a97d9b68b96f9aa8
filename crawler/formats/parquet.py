"""Parquet for data frames and query engines; pyarrow is an extra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

from crawler.article import INSTANT, Column, Precision, Published, Storage, parse_instant
from crawler.errors import StorageError, UsageError

Kind = str | Mapping[str, str]
"""What a column holds: int, float, bool, text, list (of text); or the members of a list of records."""

ROW_GROUP_COUNT = 2000
ROW_GROUP_CHARS = 4_000_000
"""At most so many articles, or so much of their text, are in memory and in a row group at a time."""


def write_parquet(columns: Iterable[Column], articles: Iterable[Mapping[str, Any]], file: BinaryIO) -> int:
    """Write articles in row groups, and return how many.

    Args:
        columns: in order; moments, days, numbers and lists have types of their own, the rest is text.
        articles: rows with their JSON columns as lists; `published_day` is made here.

    Raises:
        UsageError: pyarrow is not installed.
        StorageError: a date is none.
    """
    pa, parquet = _library()
    types = {Storage.INTEGER: pa.int64(), Storage.REAL: pa.float64(), Storage.TEXT: pa.string()}

    def type_of(column: Column) -> Any:
        if column.name == "published_day":
            return pa.date32()
        if column.name == "published_at" or column.kind is INSTANT:
            return pa.timestamp("us", "UTC")
        if column.kind.members is None:
            return types[column.kind.storage]
        members = {name: types[storage] for name, storage in column.kind.members.items()}
        return pa.list_(pa.struct(members) if members else pa.string())

    chosen = tuple(columns)
    instants = [column.name for column in chosen if column.kind is INSTANT]
    schema = pa.schema([(column.name, type_of(column)) for column in chosen])
    count = 0
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(_dated(one, instants) for one in articles):
            writer.write_table(pa.Table.from_pylist(group, schema))
            count += len(group)
    return count


def write_rows(columns: Mapping[str, Kind], rows: Iterable[Mapping[str, Any]], file: BinaryIO) -> int:
    """Write plain rows in row groups, and return how many.

    Args:
        columns: name → what it holds.

    Raises:
        UsageError: pyarrow is not installed.
    """
    pa, parquet = _library()
    types = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "text": pa.string(),
        "list": pa.list_(pa.string()),
    }

    def type_of(kind: Kind) -> Any:
        if isinstance(kind, str):
            return types[kind]
        return pa.list_(pa.struct({name: types[of] for name, of in kind.items()}))

    schema = pa.schema([(name, type_of(kind)) for name, kind in columns.items()])
    count = 0
    waiting = iter(rows)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(waiting, ROW_GROUP_COUNT)):
            writer.write_table(pa.Table.from_pylist(group, schema))
            count += len(group)
    return count


def _library() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(
            "Parquet needs pyarrow; install it with `pip install 'biengioi[parquet]'`."
        ) from error
    return pa, parquet


def _dated(article: Mapping[str, Any], instants: Iterable[str]) -> Mapping[str, Any]:
    """Return a row with its times as such: of a day or month that is known its first moment.

    A month has no `published_day`: whoever groups by day must not find all of it on its first.
    """
    at, precision = article["published_at"], article["published_precision"]
    try:
        published = Published(at, Precision(precision)) if at else None
        is_day_known = published is not None and published.precision is not Precision.MONTH
        return {
            **article,
            **{name: parse_instant(article[name]) for name in instants},
            "published_at": published and published.first_moment,
            "published_day": published.local_day if published and is_day_known else None,
        }
    except ValueError as error:
        raise StorageError(
            f"A date of article {article['id']} is damaged ({error}); see `biengioi verify`."
        ) from error


def _groups(articles: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    group: list[Mapping[str, Any]] = []
    char_count = 0
    for article in articles:
        group.append(article)
        char_count += len(article["text"]) + len(article["title"] or "")
        if len(group) == ROW_GROUP_COUNT or char_count >= ROW_GROUP_CHARS:
            yield group
            group, char_count = [], 0
    if group:
        yield group
