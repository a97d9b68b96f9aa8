"""Parquet for data frames and query engines; pyarrow is an extra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from crawler.errors import UsageError

ROW_GROUP_COUNT = 2000
ROW_GROUP_CHARS = 4_000_000
"""At most so many articles, or so much of their text, are in memory and in a row group at a time."""


def write_parquet(columns: Iterable[str], articles: Iterable[Mapping[str, Any]], file: BinaryIO) -> int:
    """Write articles in row groups, and return how many.

    Args:
        columns: their names, in order; numbers and lists have types of their own, the rest is text.
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

    texts = pa.list_(pa.string())
    types = {
        **dict.fromkeys(("id", "duplicate_of"), pa.int64()),
        "topic_score": pa.int64(),
        **dict.fromkeys(("captions", "authors", "tags", "countries", "places", "fields"), texts),
        "topic_terms": pa.list_(
            pa.struct({"term": pa.string(), "zone": pa.string(), "weight": pa.float64()})
        ),
        "evidence": pa.list_(pa.struct({"id": pa.string(), "sentence": pa.string()})),
    }
    schema = pa.schema([(name, types.get(name, pa.string())) for name in columns])
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
