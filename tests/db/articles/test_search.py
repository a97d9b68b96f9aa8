"""Search in a real database: what finds what, what comes first, and that the indexes stay in step."""

from __future__ import annotations

import asyncio
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.article import EXPORTED_NAMES
from crawler.errors import UsageError
from db.articles import search as searching
from db.articles.query import ArticleFilter
from db.articles.search import Order, facets, search
from db.collection import Collection
from db.file.connection import write_transaction
from db.file.opening import open_database
from db.upkeep.search import catch_up, check, purge, rebuild
from tests.articles import make_article
from tests.db.world import START, World

TODAY = date(2026, 11, 21)
FILLER = "Bà con họp chợ từ sớm, xe tải nối đuôi nhau chờ lấy hàng."
GATE = "Cửa khẩu Trà Lĩnh"


@pytest.fixture
def conn(world: World) -> Iterator[sqlite3.Connection]:
    with world.connection() as conn, write_transaction(conn):
        conn.executemany("INSERT INTO sources (id, name) VALUES (?, ?)", [("bao-thu", "T"), ("bao-hai", "H")])
    with world.connection() as conn:
        yield conn


def insert(conn: sqlite3.Connection, title: str | None, text: str = FILLER, **columns: Any) -> int:
    """Write a row as any program could."""
    count = conn.execute("SELECT count(*) FROM articles").fetchone()[0]
    row = {
        "source_id": "bao-thu", "title": title, "text": text, "fetched_at": "x", "language": "vi",
        "published_at": f"2026-11-{1 + count % 20:02}", "published_precision": "day",
        "content_hash": f"{count}", **columns,
    }  # fmt: skip
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    conn.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", list(row.values()))
    return int(conn.execute("SELECT max(id) FROM articles").fetchone()[0])


def add(conn: sqlite3.Connection, title: str | None, text: str = FILLER, **columns: Any) -> int:
    with write_transaction(conn):
        return insert(conn, title, text, **columns)


def found(conn: sqlite3.Connection, query: str, order: Order = Order.RELEVANCE, **wanted: Any) -> list[int]:
    return [row["id"] for row in search(conn, query, ArticleFilter(**wanted), order, today=TODAY).rows]


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


# --- what finds what ---


@pytest.mark.parametrize("stored", [GATE, GATE.upper(), decomposed(GATE), "cua khau tra linh"])
@pytest.mark.parametrize(
    "query",
    ["cua khau tra linh", GATE, GATE.upper(), "CUA KHAU", decomposed(GATE), f'"{GATE}"', "tra-linh", "lĩn*"],
)
def test_every_way_to_write_a_name_finds_every_other(
    conn: sqlite3.Connection, stored: str, query: str
) -> None:
    article_id = add(conn, None, f"{FILLER}\nHôm nay {stored} thông quan trở lại.")
    add(conn, "Chuyện khác")
    assert found(conn, query) == [article_id]


@pytest.mark.parametrize(
    ("stored", "query"), [("Hòa Bình", "hoà bình"), ("HOÀ BÌNH", "hòa bình"), ("Thuý", "thúy")]
)
def test_both_ways_to_place_a_tone_are_the_same_word(
    conn: sqlite3.Connection, stored: str, query: str
) -> None:
    other = add(conn, f"{stored.casefold().translate(BARE)}")
    same = add(conn, "Tin ngắn", f"Đoàn {stored} đến thăm.")
    assert found(conn, query) == [same, other]
    assert found(conn, f'"đoàn {query}"') == [same]


@pytest.mark.parametrize("stored", ["Ðồng Ðăng", "Đồng Đăng", "ðồng ðăng", "ĐỒNG ÐĂNG"])
@pytest.mark.parametrize("query", ["dong dang", "đồng đăng", "ÐỒNG ÐĂNG", "ðong ðang", '"đồng đăng"'])
def test_the_letter_of_old_fonts_is_the_letter_that_it_looks_like(
    conn: sqlite3.Connection, stored: str, query: str
) -> None:
    article_id = add(conn, None, f"{FILLER}\nChợ {stored} họp lại.")
    add(conn, "Chuyện khác")
    assert found(conn, query) == [article_id]
    with write_transaction(conn):
        conn.execute("UPDATE articles SET text = ? WHERE id = ?", (f"{FILLER}\nChợ Ða Hội.", article_id))
    assert found(conn, query) == []
    assert found(conn, "đa hội") == [article_id]
    assert list(check(conn)) == []


BARE = str.maketrans("àòìýú", "aoiyu")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("mận", {1, 2, 4}),
        ("mận đào", {1, 4}),
        ("đào mận", {1, 4}),
        ('"mận đào"', {4}),
        ("mận OR lê", {1, 2, 3, 4}),
        ("mận -đào", {2}),
        ("mận NOT (đào OR sớm)", set()),
        ("(lê OR đào) AND mận", {1, 4}),
        ("lê OR mận đào", {1, 3, 4}),
        ("xuất kh*", {3}),
        ('"đào xu"*', {1}),
        ("vào AND or", set()),
        ("không-có", set()),
    ],
)
def test_operators(conn: sqlite3.Connection, query: str, expected: set[int]) -> None:
    texts = ("Mận và đào xuân", "Mận sớm", "Lê xuất khẩu", "Mận, đào")
    ids = {number: add(conn, None, text) for number, text in enumerate(texts, 1)}
    assert set(found(conn, query)) == {ids[number] for number in expected}


def test_title_lead_and_text_are_searched_and_nothing_else(conn: sqlite3.Connection) -> None:
    ids = [
        add(conn, "Mùa mận"),
        add(conn, None, f"Mận chín.\n{FILLER}", lead="Mận chín."),
        add(conn, None, f"{FILLER}\nMận ngon."),
    ]
    add(conn, None, tags='["mận"]', captions='["mận"]', url="https://x.example/mận")
    assert set(found(conn, "mận")) == set(ids)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.sampled_from("abcửđ \"()*-:^{}+,.'\\;%_\0\n") | st.characters(), max_size=40)
    | st.lists(
        st.sampled_from(["ab", "AND", "OR", "NOT", "NEAR", "(", ")", '"', "*", "-", "title:", "^", "cửa"])
    ).map(" ".join)
)
def test_whatever_is_typed_is_searched_for_or_refused_in_a_sentence(blank: Path, query: str) -> None:
    with closing(open_database(blank)) as conn:
        assert refusal(conn, query).endswith(".")


def refusal(conn: sqlite3.Connection, query: str) -> str:
    """What is said to a query that is none; "." to one that is answered."""
    try:
        search(conn, query, ArticleFilter(), today=TODAY)
        facets(conn, query, ArticleFilter())
    except UsageError as error:
        return str(error)
    return "."


# --- what comes first ---


def test_the_right_marks_come_first_however_often_others_occur(conn: sqlite3.Connection) -> None:
    folded = [add(conn, "Duong", "duong dương dưỡng " * 9), add(conn, "Đương dương", "Dương " * 20)]
    exact = add(conn, None, f"{FILLER}\nXe chạy trên đường mới, rất xa. {FILLER * 9}")
    assert found(conn, "đường")[0] == exact
    assert set(found(conn, "đường")) == {exact, *folded}
    assert found(conn, "duong")[-1] == exact


def test_words_that_stand_together_come_before_scattered_ones(conn: sqlite3.Connection) -> None:
    scattered = add(conn, "Hợp lý, tác động: hợp và tác", "Hợp ý. Tác giả. " * 9)
    together = add(conn, None, f"{FILLER * 9} Hai bên hợp tác. {FILLER * 9}")
    for query in ("hợp tác", "hop tac"):
        assert found(conn, query) == [together, scattered]
    assert found(conn, '"hợp tác"') == [together]


def test_a_word_in_the_title_counts_more_than_in_the_lead_than_in_the_text(conn: sqlite3.Connection) -> None:
    text = f"{FILLER * 3}\nXe chở mận."
    in_text = add(conn, "Tin trong ngày", text)
    in_title = add(conn, "Mận vào vụ", FILLER * 3)
    in_lead = add(conn, "Tin trong ngày", f"Xe chở mận.\n{FILLER * 3}", lead="Xe chở mận.")
    assert found(conn, "mận") == [in_title, in_lead, in_text]


def test_the_orders(conn: sqlite3.Connection) -> None:
    old = add(conn, "Mận mận", published_at="2019-01-01T00:00:00Z", published_precision="minute")
    new = add(conn, None, "Mận " + FILLER, published_at="2026-11-20")
    undated = add(conn, "Mận", published_at=None, published_precision=None)
    month = add(conn, None, f"Mận {FILLER * 2}", published_at="2026-10", published_precision="month")
    folded = add(conn, None, "Man", published_at="2026-11-21")
    assert found(conn, "mận", Order.NEWEST) == [new, month, old, undated, folded]
    assert found(conn, "man", Order.NEWEST) == [folded, new, month, old, undated]
    assert set(found(conn, "mận")[:2]) == {old, undated}
    assert found(conn, "mận", Order.RECENT)[:2] == [new, month]
    assert found(conn, "mận", Order.RECENT)[-1] == folded


def test_pages_follow_each_other_without_gap_or_repetition(conn: sqlite3.Connection) -> None:
    with write_transaction(conn):
        for number in range(8):
            insert(conn, f"Hợp tác {number}", published_at=f"2026-10-{number + 1:02}")
            insert(conn, None, f"hop {number} tac")
            insert(conn, None, f"Hợp lý {number}, tác giả", published_at=None, published_precision=None)
            insert(conn, "Hop tac")
    for order in Order:
        whole = found(conn, "hợp tác", order)
        assert len(whole) == len(set(whole)) == 32
        for limit in (1, 5, 7):
            pages = [
                found(conn, "hợp tác", order, limit=limit, offset=offset) for offset in range(0, 40, limit)
            ]
            assert [article_id for page in pages for article_id in page] == whole


def test_of_very_many_hits_the_newest_are_ranked_and_the_result_says_so(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "RANKED_AMONG", 10)
    with write_transaction(conn):
        ids = [
            insert(conn, "Cửa khẩu", published_at=f"2026-{12 - n // 28:02}-{28 - n % 28:02}")
            for n in range(30)
        ]
        insert(conn, "Của khau")
    result = search(conn, "cửa khẩu", ArticleFilter(limit=4), today=TODAY)
    assert (result.ranked_among, result.total_count) == (10, None)
    assert {row["id"] for row in result.rows} <= set(ids[-10:])
    assert set(found(conn, "cửa khẩu", limit=20)) == set(ids[-10:])
    by_date = search(conn, "cửa khẩu", ArticleFilter(limit=12), Order.NEWEST, today=TODAY)
    assert [row["id"] for row in by_date.rows] == ids[:12]
    assert by_date.ranked_among is None
    assert facets(conn, "cửa khẩu", ArticleFilter()).counted_among == 10
    assert facets(conn, "cửa khẩu", ArticleFilter()).counts["source"] == [("bao-thu", 10)]


def test_few_hits_are_counted(conn: sqlite3.Connection) -> None:
    for _ in range(3):
        add(conn, "Mận")
    assert search(conn, "man", ArticleFilter(limit=2), today=TODAY).total_count is None
    for limit in (3, 20):
        whole = search(conn, "man", ArticleFilter(limit=limit), today=TODAY)
        assert (len(whole.rows), whole.total_count, whole.ranked_among) == (3, 3, None)
    assert search(conn, "đào", ArticleFilter(), today=TODAY).total_count == 0


# --- filters and facets ---


def add_all(conn: sqlite3.Connection) -> list[int]:
    lao = {"countries": '["LA"]', "places": '["sop-xan"]', "fields": '["crime"]', "topic_grade": "core"}
    both = {"countries": '["CN", "LA"]', "source_id": "bao-hai", "topic_grade": "related"}
    eve = {"published_at": "2025-12-31T18:00:00Z", "published_precision": "minute"}
    return [
        add(conn, "Mận", **lao, published_at="2026-01-01"),
        add(conn, "Mận", **both, published_at="2025-12-31"),
        add(conn, "Man", **eve),
        add(conn, "Mận", duplicate_of=1, published_at="2026-02", published_precision="month"),
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, {1, 2, 3}),
        ({"include_duplicates": True}, {1, 2, 3, 4}),
        ({"source": "bao-hai"}, {2}),
        ({"country": "LA"}, {1, 2}),
        ({"country": "CN"}, {2}),
        ({"place": "sop-xan"}, {1}),
        ({"field": "crime"}, {1}),
        ({"grade": "related"}, {2}),
        ({"since": date(2026, 1, 1)}, {1, 3}),
        ({"until": date(2025, 12, 31)}, {2}),
        ({"country": "LA", "source": "bao-thu"}, {1}),
    ],
)
@pytest.mark.parametrize("order", Order)
def test_filters_are_those_of_lists(
    conn: sqlite3.Connection, wanted: dict[str, Any], expected: set[int], order: Order,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    add_all(conn)
    assert set(found(conn, "mận", order, **wanted)) == expected
    monkeypatch.setattr(searching, "RANKED_AMONG", 0)  # as when there are too many to look at
    assert order is not Order.NEWEST or set(found(conn, "man", order, limit=9, **wanted)) == expected


def test_hits_are_counted_by_what_they_can_be_narrowed_to(conn: sqlite3.Connection) -> None:
    add_all(conn)
    counted = facets(conn, "mận", ArticleFilter(limit=1))
    assert counted.counted_among is None
    assert counted.counts == {
        "source": [("bao-thu", 2), ("bao-hai", 1)],
        "grade": [("core", 1), ("related", 1)],
        "year": [("2026", 2), ("2025", 1)],
        "country": [("LA", 2), ("CN", 1)],
        "place": [("sop-xan", 1)],
        "field": [("crime", 1)],
    }
    assert facets(conn, "mận", ArticleFilter(country="CN")).counts["source"] == [("bao-hai", 1)]


def test_a_hit_is_the_whole_row_with_its_snippet(conn: sqlite3.Connection) -> None:
    add(conn, "Thông quan", f"{FILLER}\nXe qua {GATE}.", countries='["CN"]')
    (row,) = search(conn, "cua khau", ArticleFilter(), today=TODAY).rows
    assert row["countries"] == ["CN"]
    assert row["snippet"] == f"{FILLER} Xe qua {GATE}."
    assert [row["snippet"][start:end] for start, end in row["highlights"]] == ["Cửa khẩu"]
    assert row["title_highlights"] == []


# --- in step with the articles ---


def problems(conn: sqlite3.Connection) -> list[str]:
    return list(check(conn))


def test_edits_and_removals_reach_the_index_with_their_transaction(conn: sqlite3.Connection) -> None:
    first, second = add(conn, "Mận"), add(conn, "Đào")
    with write_transaction(conn):
        conn.execute(
            "UPDATE articles SET title = 'Lê', lead = 'Xe chở lê', text = 'Xe chở lê qua cầu' WHERE id = ?",
            (first,),
        )
        conn.execute("DELETE FROM articles WHERE id = ?", (second,))
        third = insert(conn, "Hồng")
        conn.execute("UPDATE articles SET text = 'Quả hồng giòn' WHERE id = ?", (third,))
        conn.execute("DELETE FROM articles WHERE id = ?", (insert(conn, "Đào phai"),))
    assert [found(conn, query) for query in ("mận", "đào", "lê qua cầu", "hồng giòn")] == [
        [],
        [],
        [first],
        [third],
    ]
    assert problems(conn) == []
    with pytest.raises(ZeroDivisionError), write_transaction(conn):
        insert_and_fail(conn)
    assert found(conn, "mơ") == []
    assert problems(conn) == []


def insert_and_fail(conn: sqlite3.Connection) -> None:
    insert(conn, "Mơ")
    raise ZeroDivisionError


def test_what_crawls_keep_revise_and_forget_is_in_step(world: World) -> None:
    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number in range(12):
                await crawl.keep(make_article(number))
        world.pass_time(hours=2)
        async with world.crawl() as crawl:
            await crawl.keep(make_article(3, edit=1, title="Cầu mới ở Lũng Vài"))

    asyncio.run(scenario())
    with world.collection() as collection:
        (row,) = collection.search("cau moi", ArticleFilter()).rows
        collection.forget(row["id"])
        assert collection.search("cầu mới").rows == []
        assert collection.facets("cửa khẩu").counts["source"] == [("bao-thu", 11)]
    with world.connection() as conn:
        assert problems(conn) == []


def test_another_program_may_write_articles(conn: sqlite3.Connection, world: World) -> None:
    add(conn, "Mận")
    with closing(sqlite3.connect(world.path)) as foreign:  # without anything of ours
        foreign.execute("PRAGMA foreign_keys = ON")
        foreign.execute("UPDATE articles SET title = 'Đào'")
        foreign.execute(
            "INSERT INTO articles (source_id, title, text, fetched_at, language, content_hash)"
            " VALUES ('bao-thu', 'Lê', 'Lê chín', 'x', 'vi', 'y')"
        )
        foreign.commit()
    (problem,) = problems(conn)
    assert "not indexed yet" in problem
    with Collection.open(world.path, clock=lambda: START) as collection:
        assert [row["title"] for row in collection.search("le OR dao OR man").rows] == ["Lê", "Đào"]
    assert problems(conn) == []


AS_ANOTHER = {"id": "9", "content_hash": "'another hash'"}
VALUES = ", ".join(AS_ANOTHER.get(name, name) for name in EXPORTED_NAMES)
COPY = f"INSERT INTO articles ({', '.join(EXPORTED_NAMES)}) SELECT {VALUES} FROM articles WHERE id = 1"


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM search_words_docsize WHERE id = 2",
        "DELETE FROM search_letters_data WHERE id > 10",
        "INSERT INTO search_words (search_words, rowid, title, body) VALUES ('delete', 2, 'Mận', 'x')",
        "INSERT INTO search_letters (rowid, title, lead, body) VALUES (99, 'a', 'b', 'c')",
        "DROP TRIGGER search_changed; UPDATE articles SET title = 'Khác' WHERE id = 1",
        "DROP TRIGGER search_removed; DELETE FROM articles WHERE id = 1",
        f"DROP TRIGGER search_added; {COPY}",
    ],
)
def test_an_index_out_of_step_is_noticed_and_made_anew(conn: sqlite3.Connection, damage: str) -> None:
    for title in ("Mận", "Mận", "Đào"):
        add(conn, title, "x")
    assert problems(conn) == []
    conn.executescript(damage)
    assert any("does not say what the articles say" in problem for problem in problems(conn))
    rebuild(conn)
    assert problems(conn) == []


def test_checking_holds_up_no_writer_and_leaves_no_file(conn: sqlite3.Connection, world: World) -> None:
    add(conn, "Mận")
    with world.connection() as writer, write_transaction(writer):
        insert(writer, "Đào")
        assert problems(conn) == []
    assert {path.name for path in world.path.parent.iterdir()} <= {"test.db", "test.db-wal", "test.db-shm"}


def test_a_purge_leaves_nothing_of_what_was_removed(conn: sqlite3.Connection, world: World) -> None:
    conn.execute("PRAGMA secure_delete = ON")
    for number in range(40):
        add(conn, f"Mận zqx{number}y", f"Xe zqx{number}z qua cầu.")
    with write_transaction(conn):
        conn.execute("DELETE FROM articles WHERE id = 7")
    purge(conn)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = world.path.read_bytes()
    assert b"zqx6y" not in file
    assert b"zqx6z" not in file
    assert found(conn, "zqx5y") == [6]
    assert problems(conn) == []
    purge(conn)  # with nothing to do


def test_queues_of_others_are_taken_in_before_a_search(conn: sqlite3.Connection) -> None:
    insert(conn, "Mận")
    assert found(conn, "mận") == []
    catch_up(conn)
    assert found(conn, "mận") == [1]


# --- how it is asked ---


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize(
    "wanted",
    [
        ArticleFilter(),
        ArticleFilter(country="LA", source="bao-thu", since=date(2026, 1, 1), grade="core", limit=5),
    ],
)
@pytest.mark.parametrize("ranked_among", [0, 5_000])
def test_no_search_reads_all_articles(
    conn: sqlite3.Connection, wanted: ArticleFilter, order: Order, ranked_among: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(searching, "RANKED_AMONG", ranked_among)
    for _ in range(30):
        add(conn, "Cửa khẩu", countries='["LA"]', topic_grade="core")
    asked: list[str] = []
    conn.set_trace_callback(asked.append)
    search(conn, "cửa khẩu", wanted, order, today=TODAY)
    facets(conn, "cửa khẩu", wanted)
    conn.set_trace_callback(None)
    selects = [sql for sql in asked if sql.startswith("SELECT")]
    plans = [step["detail"] for sql in selects for step in conn.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert plans
    scans = [step for step in plans if step.startswith("SCAN ") and "INDEX" not in step]
    assert scans == []
