"""Near-duplicates in the collection: found by the index, clustered under the earliest, kept in step."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.near_duplicates import quality
from benchmarks.reprints import copies
from benchmarks.stories import stories, tell, twins
from crawler.article import Article, Precision, Published
from crawler.decision import Decision, Kind
from crawler.source import IMPORT
from db.articles import keeping, near_duplicates
from db.articles.near_duplicates import MAX_POSTINGS
from db.collection import Collection
from db.file.connection import write_transaction
from db.file.opening import open_database
from db.schema import near
from db.upkeep.repair import repair
from tests.articles import CORE
from tests.db.articles.test_keeping import visits
from tests.db.world import OTHER, PAPER, World
from tests.scale import count

STORY, UNRELATED = stories(2, seed=5)
COPIES = dict(copies(STORY))
TWINS = dict(twins(STORY, 5 << 32))
SEEN_AT = "2026-11-21T02:00:00Z"
EARLY, LATE = (Published(f"2026-11-{day}", Precision.DAY) for day in ("18", "20"))


def article(text: str, name: str, published: Published | None = LATE) -> Article:
    return Article(f"https://bao-thu.example/{name}.html", f"Tin {name}", text, published=published)


ORIGINAL = article(STORY.text, "goc")
COPY = article(COPIES["cut"].text, "chep")


def keep(world: World, *brought: Article, source_id: str = PAPER.id) -> list[Decision]:
    """Keep articles as a crawl does, and make sure that the index agrees with them afterwards."""
    with closing(open_database(world.path)) as conn:
        conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES (?1, ?1)", (source_id,))
        with write_transaction(conn):
            kept = [keeping.keep(conn, source_id, one, CORE, None, SEEN_AT) for one in brought]
        assert list(near_duplicates.check(conn)) == []
    return kept


def originals(world: World) -> dict[str, str | None]:
    """Return the name of every article's original, by the name of the article."""
    rows = world.rows(
        "SELECT copy.title, original.title AS of FROM articles AS copy"
        " LEFT JOIN articles AS original ON original.id = copy.duplicate_of"
    )
    return {row["title"].removeprefix("Tin "): row["of"] and row["of"].removeprefix("Tin ") for row in rows}


def test_a_copy_is_kept_under_its_original_and_the_reason_is_told(world: World) -> None:
    mirror = replace(COPY, url=f"{OTHER.homepage}/chep.html")
    new, copy = visits(world, ORIGINAL, mirror)
    assert (new.kind, copy.kind, copy.reason) == (Kind.NEW, Kind.NEAR_DUPLICATE, "near_text")
    with world.collection() as collection:
        assert [row["id"] for row in collection.list()] == [new.article_id]
        (listed,) = collection.show(new.article_id or 0)["duplicates"]
        assert (listed["id"], listed["url"]) == (copy.article_id, mirror.url)
        (told,) = collection.explain(str(mirror.url))["decisions"]
    assert told["detail"] == f"100 % of its text is in article {new.article_id}"


def test_another_story_of_the_template_is_new(world: World) -> None:
    brought = [article(one.text, name) for name, one in TWINS.items()]
    assert {decision.kind for decision in keep(world, ORIGINAL, *brought)} == {Kind.NEW}


def test_the_earliest_print_stands_for_all_and_later_ones_do_not_take_its_place(world: World) -> None:
    keep(world, ORIGINAL, COPY)
    (first,) = keep(world, article(COPIES["prefixed"].text, "som", EARLY))
    assert (first.kind, first.reason) == (Kind.NEW, "published_first")
    assert "of its text is in article 1" in first.detail
    assert originals(world) == {"goc": "som", "chep": "som", "som": None}
    keep(world, article(COPIES["inserted"].text, "them"), article(COPIES["subedited"].text, "sua", None))
    assert originals(world) == {"goc": "som", "chep": "som", "som": None, "them": "som", "sua": "som"}


def test_the_order_of_arrival_makes_no_difference(tmp_path: Path) -> None:
    prints = [
        article(STORY.text, "goc", Published("2026-11-20T03:00:00Z", Precision.MINUTE)),
        article(COPIES["cut"].text, "chep", Published("2026-11-20", Precision.DAY)),
        article(COPIES["inserted"].text, "them", Published("2026-11-20T02:00:00Z", Precision.HOUR)),
        article(COPIES["other_lead"].text, "khac", None),
    ]
    for number, order in enumerate(itertools.permutations(prints)):
        (folder := tmp_path / str(number)).mkdir()
        world = World(folder)
        keep(world, *order)
        assert originals(world) == {"goc": "them", "chep": "them", "them": None, "khac": "them"}


def test_of_two_that_appeared_at_the_same_time_the_first_kept_stands(world: World) -> None:
    keep(world, COPY, ORIGINAL)
    assert originals(world) == {"chep": None, "goc": "chep"}


def test_a_print_that_is_near_to_two_clusters_makes_them_one(world: World) -> None:
    beginning = article("\n".join(STORY.paragraphs[:2]), "dau")
    with_other_lead = article(COPIES["other_lead"].text, "khac")
    keep(world, with_other_lead, beginning)
    assert originals(world) == {"khac": None, "dau": None}
    keep(world, article("\n".join(STORY.paragraphs[:5]), "giua"))
    assert originals(world) == {"khac": None, "dau": "khac", "giua": "khac"}


def test_a_copy_whose_text_becomes_another_story_stands_alone(world: World) -> None:
    keep(world, ORIGINAL, COPY)
    (edited,) = keep(world, replace(COPY, text=COPY.text + "\nTin đang được cập nhật từ cửa khẩu."))
    assert edited.kind is Kind.REVISED
    assert originals(world) == {"goc": None, "chep": "goc"}
    keep(world, replace(COPY, text=UNRELATED.text))
    assert originals(world) == {"goc": None, "chep": None}
    keep(world, COPY)
    assert originals(world) == {"goc": None, "chep": "goc"}


def test_the_copies_of_a_revised_original_stay_with_it(world: World) -> None:
    keep(world, ORIGINAL, COPY)
    keep(world, replace(ORIGINAL, text=UNRELATED.text))
    assert originals(world) == {"goc": None, "chep": "goc"}


def test_a_new_title_leaves_a_copy_where_it_is(world: World) -> None:
    keep(world, ORIGINAL, COPY)
    keep(world, replace(COPY, title="Tin moi"))
    assert originals(world) == {"goc": None, "moi": "goc"}


def test_an_edit_that_makes_a_text_near_to_an_earlier_one_joins_its_cluster(world: World) -> None:
    keep(world, ORIGINAL, article(UNRELATED.text, "rieng"), article(COPIES["cut"].text, "chep"))
    keep(world, article(COPIES["prefixed"].text, "rieng"))
    assert originals(world) == {"goc": None, "rieng": "goc", "chep": "goc"}


def test_a_page_that_shows_its_own_text_again_is_judged_again(world: World) -> None:
    became = replace(COPY, text=UNRELATED.text)
    visits(world, ORIGINAL, article(UNRELATED.text, "rieng"), COPY, became)
    assert originals(world) == {"goc": None, "rieng": None, "chep": "rieng"}
    visits(world, COPY)
    assert originals(world) == {"goc": None, "rieng": None, "chep": "goc"}


def test_copies_stay_together_when_their_original_comes_to_show_another_articles_text(world: World) -> None:
    more = article(COPIES["subedited"].text, "sua")
    became = replace(ORIGINAL, text=UNRELATED.text)
    visits(world, ORIGINAL, COPY, more, article(UNRELATED.text, "rieng"), became)
    assert originals(world) == {"goc": "rieng", "rieng": None, "chep": None, "sua": "chep"}


def test_the_earliest_copy_stands_for_the_others_when_the_original_is_forgotten(world: World) -> None:
    keep(world, ORIGINAL, COPY, article(COPIES["inserted"].text, "them", None))
    keep(world, article(COPIES["subedited"].text, "sua", Published("2026-11-20T03:00:00Z", Precision.HOUR)))
    assert originals(world) == {"goc": "sua", "chep": "sua", "them": "sua", "sua": None}
    with world.collection() as collection:
        assert collection.forget(4).copy_ids == (1, 2, 3)
        assert originals(world) == {"goc": None, "chep": "goc", "them": "goc"}
        collection.forget(1)
    assert originals(world) == {"chep": None, "them": "chep"}
    with world.connection() as conn:
        assert list(near_duplicates.check(conn)) == []


def test_imported_texts_take_part_and_stand_for_nothing_that_has_a_date(world: World) -> None:
    dated = replace(COPY, published=Published("2026-11-20", Precision.DAY))
    (imported,) = keep(world, replace(ORIGINAL, published=None), source_id=IMPORT)
    (copy,) = keep(world, dated)
    (same,) = keep(world, replace(ORIGINAL, url="https://bao-thu.example/lai.html"))
    assert (imported.kind, copy.kind) == (Kind.NEW, Kind.NEW)
    assert (same.kind, same.article_id) == (Kind.DUPLICATE, imported.article_id)
    rows = {row["id"]: row["duplicate_of"] for row in world.rows("SELECT id, duplicate_of FROM articles")}
    assert rows == {imported.article_id: copy.article_id, copy.article_id: None}


def test_a_wire_story_is_found_however_many_papers_print_it(world: World) -> None:
    ends = (tell("", number).paragraphs[0] for number in range(MAX_POSTINGS + 10))
    prints = [article(f"{STORY.text}\n{end}", str(number)) for number, end in enumerate(ends)]
    keep(world, *prints)
    assert set(originals(world).values()) == {None, "0"}
    assert list(originals(world).values()).count(None) == 1


def test_refused_and_forgotten_texts_are_not_looked_up(world: World) -> None:
    keep(world, ORIGINAL)
    with world.collection() as collection:
        collection.forget(1)
    (again,) = keep(world, replace(ORIGINAL, url="https://bao-thu.example/lai.html"))
    assert again.reason == "forgotten"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DELETE FROM near_sketches WHERE article_id = 1", "Article 1 has no sketch"),
        ("UPDATE near_sketches SET keys = x'0102' WHERE article_id = 1", "The sketch of article 1 is not"),
        ("DELETE FROM near_keys WHERE article_id = 1", "is missing"),
        ("INSERT INTO near_keys VALUES (x'0102', 1)", "Article 1 is found by the key 0102"),
        ("INSERT INTO near_sketches VALUES (9, x'')", "no such article"),
    ],
)
def test_the_check_tells_every_disagreement_and_repair_ends_it(
    world: World, damage: str, sentence: str
) -> None:
    keep(world, ORIGINAL, COPY)
    with world.connection() as conn:
        conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES ('import', 'Tệp')")
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute(damage)
        assert any(sentence in problem for problem in near_duplicates.check(conn))
        repair(conn, [near])
        assert list(near_duplicates.check(conn)) == []


def plan(conn: sqlite3.Connection, sql: str, *values: Any) -> str:
    return " ".join(row["detail"] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", values))


def test_no_statement_of_a_lookup_reads_a_table_through(world: World) -> None:
    keep(world, ORIGINAL, COPY)
    statements: list[str] = []
    with world.connection() as conn:
        conn.set_trace_callback(statements.append)
        assert near_duplicates.find(conn, COPY.text, COPY.sketch)
        conn.set_trace_callback(None)
        assert len(statements) < 40
        plans = [plan(conn, statement).replace("SCAN (subquery", "") for statement in set(statements)]
        assert not [one for one in plans if "SCAN" in one]


def test_copies_are_found_and_template_twins_are_kept_apart(tmp_path: Path) -> None:
    measured = quality(tmp_path / "quality.db", count(12, 30))
    assert measured.twins_joined == 0
    assert measured.precision >= 0.99
    assert measured.recall >= 0.97, measured.missed


def test_an_abridged_story_is_shown_beside_the_copies(world: World) -> None:
    _, *middle, last = STORY.text.split("\n")
    news = [one.split("\n")[0] for one in (UNRELATED.text, *(story.text for story in stories(6, seed=9)))]
    retold = article("\n".join([*news[:3], *middle, *news[3:], last]), "ke-lai")
    keep(world, ORIGINAL, retold, COPY)
    with Collection.open(world.path) as collection:
        shown = {one["title"]: collection.show(one["id"])["abridged"] for one in collection.list()}
    told = {name: [(one["title"], one["is_fuller"]) for one in found] for name, found in shown.items()}
    assert told.pop("Tin goc") == [("Tin ke-lai", True)]
    ((name, is_fuller),) = told.pop("Tin ke-lai")  # of a cluster one
    assert name in ("Tin goc", "Tin chep")
    assert not is_fuller
