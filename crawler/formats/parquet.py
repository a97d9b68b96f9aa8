"""Parquet for data frames and query engines; pyarrow is an extra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from crawler.article import Column, Kind, Storage
from crawler.errors import UsageError

ROW_GROUP_COUNT = 2000
ROW_GROUP_CHARS = 4_000_000
"""At most so many articles, or so much of their text, are in memory and in a row group at a time."""


def write_parquet(columns: Iterable[Column], articles: Iterable[Mapping[str, Any]], file: BinaryIO) -> int:
    """Write articles in row groups, and return how many.

    Args:
        columns: in order; numbers and lists have types of their own, the rest is text.
        articles: rows with their JSON columns as lists.

    Raises:
        UsageError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(
            "Parquet needs pyarrow; install it with `pip install 'biengioi[parquet]'`."
        ) from error

    types = {Storage.INTEGER: pa.int64(), Storage.REAL: pa.float64(), Storage.TEXT: pa.string()}

    def type_of(kind: Kind) -> Any:
        if kind.members is None:
            return types[kind.storage]
        members = {name: types[storage] for name, storage in kind.members.items()}
        return pa.list_(pa.struct(members) if members else pa.string())

    schema = pa.schema([(column.name, type_of(column.kind)) for column in columns])
    count = 0
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(articles):
            writer.write_table(pa.Table.from_pylist(group, schema))
            count += len(group)
    return count


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
