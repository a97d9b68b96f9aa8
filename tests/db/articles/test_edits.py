"""The edits of all articles: each once, by time, with its size, page after page."""

from __future__ import annotations

import sqlite3
from random import Random

import pytest

from crawler.text.word_diff import changed_words, word_diff
from db.articles.edits import EditPlace, recent_edits
from db.file.connection import write_transaction
from tests.db import messy
from tests.db.world import World


def add(conn: sqlite3.Connection, *versions: tuple[str, str], numbers: list[int] | None = None) -> int:
    """Add an article with (time, text) of each version, the last of which is its row."""
    *earlier, (at, text) = versions
    article_id = messy.insert(conn, text=text, fetched_at=at, title="Tin")
    for number, (seen_at, old) in zip(numbers or range(1, 25), earlier, strict=False):
        conn.execute(
            "INSERT INTO revisions (article_id, number, title, text, content_hash, seen_at)"
            " VALUES (?, ?, 'Tin', ?, ?, ?)",
            (article_id, number, old, f"{article_id}-{number}", seen_at),
        )
    return article_id


def at(minute: int) -> str:
    return f"2026-11-20T02:{minute:02}:00Z"


def test_edits_come_by_time_also_where_they_were_stored_in_another_order(world: World) -> None:
    with world.connection() as conn, write_transaction(conn):
        messy.add_source(conn)
        late = add(conn, (at(1), "một"), (at(30), "một hai"), (at(50), "một hai ba bốn"))
        early = add(conn, (at(2), "một hai"), (at(3), "một"), (at(40), "một năm sáu"), numbers=[1, 5])
        add(conn, (at(59), "chưa sửa lần nào"))
        found = recent_edits(conn, 10)
    assert [(one.place, one.older_number) for one in found.edits] == [
        (EditPlace(at(50), late, 3), 2),
        (EditPlace(at(40), early, 6), 5),
        (EditPlace(at(30), late, 2), 1),
        (EditPlace(at(3), early, 5), 1),
    ]
    assert [(one.added_count, one.removed_count) for one in found.edits] == [(2, 0), (2, 0), (1, 0), (0, 1)]
    assert (found.looked_count, found.next) == (4, None)


@pytest.mark.parametrize("least", [0, 1, 2, 3, 9])
@pytest.mark.parametrize(("count", "looked_count"), [(1, 150), (3, 2), (4, 5), (100, 1)])
def test_page_after_page_shows_each_edit_that_is_large_enough_once(
    world: World, count: int, looked_count: int, least: int
) -> None:
    random = Random(3)
    with world.connection() as conn, write_transaction(conn):
        messy.add_source(conn)
        for _ in range(12):  # few moments, so that several edits share one
            moments = sorted(random.choices(range(6), k=random.randrange(1, 5)))
            add(conn, *((at(one), "từ " * random.randrange(1, 6)) for one in moments))
        all_of_them = recent_edits(conn, 1000, 0).edits
        assert len(all_of_them) == conn.execute("SELECT count(*) FROM revisions").fetchone()[0] > 10
        shown: list[EditPlace] = []
        looked = 0
        before = None
        while True:
            page = recent_edits(conn, count, least, before, looked_count)
            assert len(page.edits) <= count
            assert page.looked_count <= looked_count
            shown += [one.place for one in page.edits]
            looked += page.looked_count
            before = page.next
            if before is None:
                break
    assert shown == [one.place for one in all_of_them if one.size >= least]
    assert shown == sorted(shown, reverse=True)
    assert looked == len(all_of_them)


@pytest.mark.parametrize(
    ("old", "new", "size"),
    [
        ("một hai ba", "một hai ba", (0, 0)),
        ("một hai", "một hai ba bốn", (2, 0)),
        ("một hai ba", "một ba", (0, 1)),
        ("12 chuyến", "13 chuyến", (1, 1)),
        ("", "một\nhai", (2, 0)),
    ],
)
def test_the_size_of_an_edit_is_the_words_that_came_and_went(
    old: str, new: str, size: tuple[int, int]
) -> None:
    assert changed_words(word_diff(old, new)) == size
