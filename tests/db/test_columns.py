"""The columns of an article against everything that has them: table, lists, JSON Lines, Parquet, CSV."""

from __future__ import annotations

import csv
import io
import json

from pyarrow import parquet, types

from crawler.article import COLUMNS, EXPORTED_NAMES, Column, Storage
from db.collection import ArticleFilter
from tests.articles import make_article
from tests.db.export.test_corpus import crawl
from tests.db.world import World

ALL = ArticleFilter(include_duplicates=True)
GENERATED = 2
"""What PRAGMA table_xinfo says of a virtual column (sqlite.org/pragma.html)."""


def declared(column: Column) -> tuple[str, str, bool, str | None]:
    """Name, type, whether it is never NULL, and the default, as the table must have them."""
    return (
        column.name,
        column.kind.storage.value,
        column.required or column.is_json,
        "'[]'" if column.is_json else None,
    )


def test_the_columns_that_are_declared_are_those_of_the_table_and_of_every_format(world: World) -> None:
    crawl(world, make_article(1))
    table = world.rows("PRAGMA table_xinfo(articles)")
    made = {
        row["name"]: (row["name"], row["type"], bool(row["notnull"] or row["pk"]), row["dflt_value"])
        for row in table
    }
    assert made == {column.name: declared(column) for column in COLUMNS}
    assert not {row["name"] for row in table if row["hidden"] == GENERATED} & set(EXPORTED_NAMES)
    with world.collection() as collection:
        files = {layout: io.BytesIO() for layout in ("jsonl", "csv", "parquet")}
        for layout, file in files.items():
            assert collection.export(layout, file, ALL) == 1
        (row,) = collection.list(ALL)
    line = json.loads(files["jsonl"].getvalue())
    (header, _) = csv.reader(io.StringIO(files["csv"].getvalue().decode("utf-8-sig"), newline=""))
    schema = parquet.read_schema(io.BytesIO(files["parquet"].getvalue()))
    assert tuple(row) == tuple(header) == EXPORTED_NAMES
    assert tuple(schema.names) == tuple(column.name for column in COLUMNS)
    assert tuple(line) == (*EXPORTED_NAMES, "sources", "sightings", "revisions")
    for column in COLUMNS:
        if column.is_exported:
            assert column.fits(row[column.name]), column.name
            assert isinstance(row[column.name], list) == column.is_json
            type_ = schema.field(column.name).type
            assert types.is_list(type_) == column.is_json
            assert types.is_int64(type_) == (column.kind.storage is Storage.INTEGER)
