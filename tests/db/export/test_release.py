"""A release of data: tables that add up and refer to each other, as the standards describe, byte for byte."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pyarrow import parquet

from crawler.errors import UsageError
from db.events.query import EVERY_EVENT, EventFilter
from db.export.release import export_release
from db.file.connection import write_transaction
from db.file.opening import open_database
from tests.db.web.told_events import add_articles


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "told.db", create=True)) as conn:
        add_articles(conn)
        with write_transaction(conn):
            conn.execute("UPDATE articles SET title = '=1+1 \"trích\", và\nxuống dòng' WHERE id = 1")
        yield conn


def files(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_two_releases_of_the_same_data_are_the_same_bytes(conn: sqlite3.Connection, tmp_path: Path) -> None:
    first = export_release(conn, tmp_path / "one", EVERY_EVENT)
    second = export_release(conn, tmp_path / "two", EVERY_EVENT)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert (first.version, first.is_new, first.before) == (second.version, True, None)
    again = export_release(conn, tmp_path / "one", EVERY_EVENT)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert not again.is_new
    assert [one.name for one in tmp_path.glob(".*")] == []


def test_every_file_has_its_sum_and_every_reference_leads_somewhere(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "release"
    done = export_release(conn, folder, EVERY_EVENT)
    found = files(folder)
    sums = dict(line.split("  ")[::-1] for line in found.pop("SHA256SUMS").decode().splitlines())
    assert sums == {path: hashlib.sha256(content).hexdigest() for path, content in found.items()}
    package = json.loads(found["datapackage.json"])
    keys: dict[tuple[str, str], set[str]] = {}
    for resource in package["resources"]:
        own = rows(folder, resource["name"])
        schema = resource["schema"]
        names = [one["name"] for one in schema["fields"]]
        assert all(one["description"] for one in schema["fields"]), resource["name"]
        assert resource["bytes"] == len(found[resource["path"]])
        assert len(own) == done.rows[resource["name"]]
        assert len({tuple(row[name] for name in schema["primaryKey"]) for row in own}) == len(own)
        table = parquet.read_table(folder / "data" / f"{resource['name']}.parquet")
        assert (table.column_names, table.num_rows) == (names, len(own))
        keys |= {(resource["name"], name): {row[name] for row in own} for name in names}
    links = [
        (resource["name"], link["fields"], link["reference"])
        for resource in package["resources"]
        for link in resource["schema"]["foreignKeys"]
    ]
    assert len(links) > 15
    for name, column, target in links:
        assert keys[name, column] - {""} <= keys[target["resource"], target["fields"]], (name, column)
    assert sum(int(row["report_count"]) for row in rows(folder, "events")) == done.rows["reports"] == 4
    assert str(done.rows["figures"]) in found["README.md"].decode().partition("`figures` |")[2][:4]


def test_croissant_names_each_column_where_it_is(conn: sqlite3.Connection, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    export_release(conn, folder, EVERY_EVENT)
    document = json.loads((folder / "croissant.json").read_bytes())
    paths = {one["@id"]: one["sha256"] for one in document["distribution"]}
    assert paths == {path: hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in paths}
    for record_set in document["recordSet"]:
        for field in record_set["field"]:
            table = parquet.read_schema(folder / field["source"]["fileObject"]["@id"])
            assert field["source"]["extract"]["column"] in table.names


def test_the_words_of_a_span_are_those_of_the_value(conn: sqlite3.Connection, tmp_path: Path) -> None:
    export_release(conn, tmp_path / "release", EVERY_EVENT, with_text=True)
    texts = {row["id"]: row for row in rows(tmp_path / "release", "articles")}
    for name in ("people", "bodies", "agreements", "places"):
        for row in rows(tmp_path / "release", name):
            words = texts[row["article_id"]][row["span_part"]]
            assert words[int(row["span_start"]) : int(row["span_end"])] == row["name"]
    assert texts["1"]["title"].startswith("'=1+1")
    export_release(conn, tmp_path / "bare", EVERY_EVENT)
    assert "text" not in rows(tmp_path / "bare", "articles")[0]


def test_what_changed_is_told_against_the_release_before(conn: sqlite3.Connection, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    first = export_release(conn, folder, EVERY_EVENT)
    assert "The first release." in (folder / "CHANGES.md").read_text(encoding="utf-8")
    with write_transaction(conn):
        conn.execute("UPDATE events SET kind = 'exchange' WHERE id = 1")
        conn.execute("UPDATE events SET is_dropped = 1 WHERE id = 3")
    second = export_release(conn, folder, EVERY_EVENT)
    assert (second.before, second.is_new) == (first.version, True)
    changes = (folder / "CHANGES.md").read_text(encoding="utf-8")
    assert "| `events` | 0 | 1 | 1 |" in changes
    assert "Events removed: 3." in changes
    assert "Events changed: 1." in changes
    assert f"Against {first.version}:" in changes


def test_a_filtered_release_holds_what_its_events_need(conn: sqlite3.Connection, tmp_path: Path) -> None:
    done = export_release(conn, tmp_path / "release", EventFilter(kind="meeting"))
    assert (done.rows["events"], done.rows["reports"], done.rows["articles"]) == (1, 2, 2)
    empty = export_release(conn, tmp_path / "none", EventFilter(kind="aid"))
    assert (empty.rows["events"], empty.rows["articles"], empty.version[:6]) == (0, 0, "0.0.0+")


def test_a_folder_of_others_is_left_alone(conn: sqlite3.Connection, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to(other)
    for dest in (other, tmp_path / "link", other / "thesis.txt"):
        with pytest.raises(UsageError):
            export_release(conn, dest, EVERY_EVENT)
    for earlier in (tmp_path / "nowhere", other):
        with pytest.raises(UsageError, match="no release"):
            export_release(conn, tmp_path / "new", EVERY_EVENT, since=earlier)
    assert files(other) == {"thesis.txt": b"mine"}
    assert not (tmp_path / "new").exists()


def test_the_standards_own_validators_accept_it(conn: sqlite3.Connection, tmp_path: Path) -> None:
    """Where they are installed: together they are too large for every run."""
    frictionless = pytest.importorskip("frictionless")
    mlcroissant = pytest.importorskip("mlcroissant")
    folder = tmp_path / "release"
    export_release(conn, folder, EVERY_EVENT)
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.to_summary()
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert len(list(dataset.records("events"))) == 3
