"""Near-duplicates through the database: copies are found, other events in the same words are not."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from benchmarks.near_duplicates import MIN_PRECISION, MIN_RECALL, Print, cluster, family, quality
from benchmarks.stories import stories
from db import near_duplicates
from db.connection import open_database, write_transaction

STORY = next(stories(1))
PRINTS = list(family(0, STORY))


def clusters(path: Path, prints: list[Print]) -> dict[str, set[str]]:
    """The slugs that stand together, by the slug that stands for them."""
    with closing(open_database(path, create=True)) as conn:
        root = cluster(conn, prints)
        assert list(near_duplicates.check(conn)) == []
        urls = dict(conn.execute("SELECT id, url FROM articles").fetchall())
    found: dict[str, set[str]] = {}
    for slug, article_id in root.items():
        found.setdefault(urls[article_id].rpartition("/")[2], set()).add(slug)
    return found


def test_copies_are_found_and_template_twins_kept_apart(tmp_path: Path) -> None:
    """The benchmark does the same with 2,000 stories; their known variants are in benchmarks/stories.py."""
    found = quality(tmp_path / "quality.db", 40)
    assert found.precision >= MIN_PRECISION
    assert found.recall >= MIN_RECALL
    assert found.twins_joined == 0


def test_the_earliest_stands_for_its_cluster_whatever_the_order(tmp_path: Path) -> None:
    by_text = {one.story.article().content_hash: one for one in PRINTS if one.original is STORY}
    copies = list(by_text.values())[:4]
    dated = [
        one._replace(story=replace(one.story, published=STORY.published + timedelta(hours=7 * hour % 5)))
        for hour, one in enumerate(copies)
    ]
    seen = [
        clusters(tmp_path / f"{number}.db", list(order)) for number, order in enumerate(permutations(dated))
    ]
    assert len(seen) == 24
    assert all(one == seen[0] for one in seen)
    assert len(seen[0]) == 1


@pytest.mark.parametrize("variant", ["elsewhere original", "later original"])
def test_another_event_in_the_same_words_is_another_article(tmp_path: Path, variant: str) -> None:
    twin = next(one for one in PRINTS if one.variant == variant)
    assert len(clusters(tmp_path / "twins.db", [PRINTS[0], twin])) == 2


def test_the_check_names_what_is_out_of_step(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "check.db", create=True)) as conn:
        cluster(conn, PRINTS[:1])
        with write_transaction(conn):
            conn.execute("DELETE FROM near_keys WHERE key = (SELECT min(key) FROM near_keys)")
        assert ["is missing" in problem for problem in near_duplicates.check(conn)] == [True]
        with write_transaction(conn):
            conn.execute("UPDATE near_sketches SET keys = '[1]'")
        assert any("is not that of its text" in problem for problem in near_duplicates.check(conn))


def test_a_lookup_reads_the_index_and_no_more(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "plan.db", create=True)) as conn:
        plan = conn.execute(
            "EXPLAIN QUERY PLAN SELECT article_id FROM near_keys WHERE key = ? LIMIT ?", (1, 50)
        ).fetchall()
    assert [row["detail"] for row in plan] == ["SEARCH near_keys USING PRIMARY KEY (key=?)"]
