"""The notebooks, run from their first cell to their last on a collection that holds what they ask for.

They need pandas and DuckDB (``./run notebooks`` installs them); without these only what they say is checked.
"""

from __future__ import annotations

import ast
import json
import runpy
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from db.collection import Collection
from db.file.opening import open_database
from tests.db.earlier_releases import add_stories

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "docs" / "notebooks").glob("*.py"))
STORY_COUNT = 40
EVENT = """INSERT INTO events (kind, status, date_start, date_precision, first_day, last_day, countries,
 places, provinces, title, report_count, source_count, is_dropped)
 VALUES (?, 'held', ?, 'day', ?, ?, '["CN"]', ?, '[]', ?, 2, 1, ?)"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection, its Parquet file, and the gate that most of its articles name."""
    path = tmp_path / "biengioi.db"
    with closing(open_database(path, create=True)) as conn:
        add_stories(conn, STORY_COUNT)
        (gate,) = conn.execute(
            "SELECT value FROM article_counts WHERE kind = 'place' GROUP BY 1"
            " ORDER BY sum(article_count) DESC"
        ).fetchone()
        for kind, day, is_dropped in (
            ("patrol", "2026-05-17", 0),
            ("meeting", "2026-02-03", 0),
            ("aid", "2026-03-01", 1),
        ):
            places = json.dumps([gate])
            conn.execute(EVENT, (kind, day, day, day, places, f"Tin {kind}", is_dropped))
    with Collection.open(path) as collection:
        collection.export("parquet", tmp_path / "articles.parquet")
    monkeypatch.setenv("BIENGIOI_FOLDER", str(tmp_path))
    monkeypatch.setenv("BIENGIOI_GATE", gate)
    return tmp_path


def counted(folder: Path) -> tuple[dict[tuple[str, str], int], int]:
    """What is so: articles of each paper and month, and those that name the gate."""
    with closing(open_database(folder / "biengioi.db")) as conn:
        papers = conn.execute(
            "SELECT source_id, month, article_count FROM articles_by_month WHERE month <> ''"
        )
        by_paper = {(row[0], row[1]): row[2] for row in papers}
        (named,) = conn.execute(
            "SELECT count(*) FROM article_facets WHERE kind = 'place' AND value ="
            " (SELECT place_id FROM event_areas LIMIT 1) AND duplicate_of IS NULL AND day <> ''"
        ).fetchone()
    return by_paper, named


def test_a_gate_and_the_papers_are_read_with_pandas_and_duckdb(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("duckdb")
    names: dict[str, Any] = runpy.run_path(str(next(one for one in NOTEBOOKS if one.stem == "corpus")))
    assert list(names["timeline"]["kind"]) == ["meeting", "patrol"], "in order, without what was dropped"
    by_paper, named = counted(folder)
    assert int(names["gate_by_month"].sum()) == named > 0
    table = names["papers"]
    assert {key: int(table.loc[key]) for key in by_paper} == by_paper
    assert int(table.to_numpy().sum()) == sum(by_paper.values()) == STORY_COUNT
    assert "Tin patrol" in capsys.readouterr().out


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_cells_and_what_it_asks_is_there(folder: Path, notebook: Path) -> None:
    """Without pandas too: every question in SQL that is a constant has an answer."""
    text = notebook.read_text("utf-8")
    assert text.startswith("# %% [markdown]\n# # ")
    values = [node.value for node in ast.parse(text).body if isinstance(node, ast.Assign)]
    constants = [str(one.value) for one in values if isinstance(one, ast.Constant)]
    assert len(constants) > 1
    with closing(open_database(folder / "biengioi.db")) as conn:
        (gate,) = conn.execute("SELECT place_id FROM event_areas").fetchone()
        assert all(conn.execute(one, (gate,)).fetchall() for one in constants)
