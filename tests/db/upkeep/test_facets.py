"""Facets and counts: whatever is written to the articles, they say the same."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from random import Random
from typing import Any

import pytest

from db.schema import counts_within
from db.schema.facets import TRIGGERS, fill
from db.upkeep import facets
from tests.db import messy
from tests.db.world import World

LISTS = {"country": "countries", "place": "places", "field": "fields"}


def expected(conn: sqlite3.Connection) -> tuple[set[tuple[Any, ...]], Counter[tuple[str, str, str]]]:
    """What the tables should hold, by another way than SQL."""
    rows: set[tuple[Any, ...]] = set()
    counts: Counter[tuple[str, str, str]] = Counter()
    for article in conn.execute("SELECT *, published_day FROM articles"):
        chosen = {(kind, value) for kind, column in LISTS.items() for value in json.loads(article[column])}
        rows |= {(kind, value, article["published_at"] or "", article["id"]) for kind, value in chosen}
        if article["duplicate_of"] is None:
            chosen |= {("all", ""), ("source", article["source_id"])}
            chosen |= {("grade", article["topic_grade"])} if article["topic_grade"] else set()
            counts.update((*one, article["published_day"] or "") for one in chosen)
    return rows, counts


def kept(conn: sqlite3.Connection) -> tuple[set[tuple[Any, ...]], Counter[tuple[str, str, str]]]:
    rows = conn.execute("SELECT kind, value, published_at, article_id FROM article_facets")
    counts = conn.execute("SELECT kind, value, day, article_count FROM article_counts").fetchall()
    assert all(row["article_count"] > 0 for row in counts)
    return {tuple(row) for row in rows}, Counter({tuple(row)[:3]: row["article_count"] for row in counts})


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_written_facets_and_counts_follow(world: World, seed: int) -> None:
    random = Random(seed)
    with world.connection() as conn:
        messy.fill(conn, 60, seed)
        for _ in range(120):
            ids = [row[0] for row in conn.execute("SELECT id FROM articles")]
            article_id = random.choice(ids)
            match random.randrange(4):
                case 0:
                    conn.execute("DELETE FROM articles WHERE id = ?", (article_id,))
                case 1:
                    conn.execute(
                        "UPDATE articles SET duplicate_of = ? WHERE id = ?",
                        (random.choice([None, *ids]), article_id),
                    )
                case 2:
                    name, value = random.choice([*messy.some_values(random).items()])
                    if not name.startswith("published"):
                        conn.execute(f"UPDATE articles SET {name} = ? WHERE id = ?", (value, article_id))
                case _:
                    values = messy.some_values(random)
                    assignments = ", ".join(f"{name} = :{name}" for name in values)
                    conn.execute(
                        f"UPDATE articles SET {assignments} WHERE id = :id",
                        {**values, "id": article_id},
                    )
        assert kept(conn) == expected(conn)
        assert kept_within(conn) == expected_within(conn)
        assert list(facets.check(conn)) == []


def expected_within(conn: sqlite3.Connection) -> Counter[tuple[str, ...]]:
    """What is counted within each grade and neighbour, by another way than SQL."""
    counts: Counter[tuple[str, ...]] = Counter()
    for article in conn.execute("SELECT *, published_day FROM articles"):
        day, grade = article["published_day"] or "", article["topic_grade"]
        grades = {("grade", grade)} if grade else set()
        chosen = {(kind, value) for kind, column in LISTS.items() for value in json.loads(article[column])}
        within = grades | {one for one in chosen if one[0] == "country"}
        by = {("all", ""), ("source", article["source_id"])} | grades | chosen
        if article["duplicate_of"] is not None:
            within, by = within | {("all", "")}, {("copy", "")}
        counts.update((*part, *one, day) for part in within for one in by)
    return counts


def kept_within(conn: sqlite3.Connection) -> Counter[tuple[str, ...]]:
    rows = conn.execute("SELECT * FROM article_counts_within").fetchall()
    assert all(row["article_count"] > 0 for row in rows)
    return Counter({tuple(row)[:-1]: row["article_count"] for row in rows})


def test_copies_of_what_is_removed_count_again(world: World) -> None:
    with world.connection() as conn:
        messy.add_source(conn)
        original = messy.insert(conn, countries='["LA"]')
        messy.insert(conn, countries='["LA"]', duplicate_of=original)
        conn.execute("DELETE FROM articles WHERE id = ?", (original,))
        assert kept(conn)[1] == {("all", "", ""): 1, ("source", "bao-thu", ""): 1, ("country", "LA", ""): 1}


def test_a_change_of_the_text_alone_touches_no_facet(world: World) -> None:
    with world.connection() as conn:
        messy.fill(conn, 5)
        before = conn.total_changes
        conn.execute("UPDATE articles SET text = 'Khác', places = places WHERE id = 3")
        assert conn.total_changes == before + 1


def test_articles_from_before_are_filled_in(world: World) -> None:
    with world.connection() as conn:
        for trigger in (*TRIGGERS[:3], *counts_within.TRIGGERS):
            conn.execute(f"DROP TRIGGER {trigger.split()[2]}")
        messy.fill(conn, 80)
        assert (kept(conn), kept_within(conn)) == ((set(), Counter()), Counter())
        fill(conn)
        counts_within.fill(conn)
        assert kept(conn) == expected(conn)
        assert kept_within(conn) == expected_within(conn)
        assert list(facets.check(conn)) == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "DELETE FROM article_facets WHERE kind = 'country'",
            "Article 1 is missing under the country LA.",
        ),
        (
            "INSERT INTO article_facets VALUES ('place', 'cao-bang', '2026', 1, 'bao-thu', NULL, NULL)",
            "Article 1 is under the place cao-bang, and should not be so.",
        ),
        (
            "UPDATE article_facets SET duplicate_of = 1",
            "Article 1 is missing under the country LA.",
        ),
        (
            "UPDATE article_counts SET article_count = 7 WHERE kind = 'all'",
            "article_counts does not say 1 for all '' on 2026-11-01.",
        ),
        (
            "INSERT INTO article_counts VALUES ('grade', 'core', '', 1)",
            "article_counts says 1 for grade 'core' on no day, which is wrong.",
        ),
        (
            "UPDATE article_counts_within SET article_count = 7 WHERE kind = 'all'",
            "article_counts_within is wrong about all '' within country 'LA' on 2026-11-01.",
        ),
        (
            "DELETE FROM article_counts_within WHERE kind = 'source'",
            "article_counts_within is wrong about source 'bao-thu' within country 'LA' on 2026-11-01.",
        ),
        (
            "INSERT INTO article_counts_within VALUES ('grade', 'core', 'copy', '', '', 1)",
            "article_counts_within is wrong about copy '' within grade 'core' on no day.",
        ),
    ],
)
def test_disagreement_is_found(world: World, damage: str, sentence: str) -> None:
    with world.connection() as conn:
        messy.add_source(conn)
        messy.insert(conn, countries='["LA"]', published_at="2026-11", published_precision="month")
        conn.execute(damage)
        assert sentence in list(facets.check(conn))
