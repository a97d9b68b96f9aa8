"""Reading anew from the archive: corrections are told, kept, and never taken for edits of the paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.article import Precision, Published
from crawler.config import ArchiveLimits
from crawler.decision import Decision, Outcome, Rejection
from crawler.events.reading import read_events
from crawler.extraction import EXTRACTOR_VERSION
from crawler.reading import PageReader, Reading, Story
from crawler.topic.topic import Topic
from db.articles.edits import recent_edits
from db.upkeep.rereading import KeptPage, RereadReport
from tests.articles import CORE, make_article
from tests.db.archive.test_writing import folder, run
from tests.db.world import PAPER, World

Change = Callable[[KeptPage], Reading | Decision]


@pytest.fixture
def world(world: World) -> World:
    world.archive = ArchiveLimits()
    run(world, (1, 0), (2, 0), (3, 0))
    return world


def number_of(kept: KeptPage) -> int:
    return int(kept.page.url.rpartition("/")[2].removesuffix(".html"))


def as_before(kept: KeptPage, edit: int = 0, **changes: object) -> Reading:
    article = make_article(number_of(kept), edit=edit)
    return Reading(Story(replace(article, **changes), CORE, None))  # type: ignore[arg-type]


def reread(
    world: World, change: Change = as_before, *, dry_run: bool = False, **wanted: object
) -> RereadReport:
    def read_all(pages: Sequence[KeptPage]) -> list[Reading | Decision]:
        return [change(one) for one in pages]

    with world.collection() as collection:
        return collection.reextract(read_all, dry_run=dry_run, **wanted)  # type: ignore[arg-type]


def mended(kept: KeptPage) -> Reading:
    """As a mended reader reads: more of the text of 1, other authors of 2, nothing else of 3."""
    if number_of(kept) == 1:
        return as_before(kept, edit=1)
    return as_before(kept, authors=("Giàng Thị Mai",)) if number_of(kept) == 2 else as_before(kept)


def test_what_comes_to_the_same_is_left_alone(world: World) -> None:
    before = world.rows("SELECT * FROM articles")
    report = reread(world)
    assert (report.read_count, report.unchanged_count, report.fields) == (3, 3, {})
    assert world.rows("SELECT * FROM articles") == before


def test_a_dry_run_says_all_and_changes_nothing(world: World) -> None:
    before = world.rows("SELECT * FROM articles"), world.rows("SELECT * FROM page_records")
    report = reread(world, mended, dry_run=True)
    assert (report.read_count, report.unchanged_count, report.changed_count) == (3, 1, 2)
    assert {name: one.count for name, one in report.fields.items()} == {"text": 1, "authors": 1}
    (example,) = report.fields["authors"].examples
    assert (example.article_id, example.before, example.after) == (2, ["Lò Thị Mẩy"], ["Giàng Thị Mai"])
    (example,) = report.fields["text"].examples
    assert example.after.endswith("xã Nà Sương.")
    assert (world.rows("SELECT * FROM articles"), world.rows("SELECT * FROM page_records")) == before
    assert world.rows("SELECT * FROM revisions") == []


def test_a_correction_is_kept_and_is_no_edit(world: World) -> None:
    report = reread(world, mended)
    assert report.changed_count == 2
    assert [row["authors"] for row in world.rows("SELECT authors FROM articles WHERE id = 2")] == [
        '["Giàng Thị Mai"]'
    ]
    (revision,) = world.rows("SELECT article_id, number, text, kind FROM revisions")
    assert revision == {"article_id": 1, "number": 1, "text": make_article(1).text, "kind": "reread"}
    with world.collection() as collection:
        shown = collection.show(1)
        assert shown["text"] == make_article(1, edit=1).text
        assert shown["revisions"][0]["kind"] == "reread"
        assert [one.kind for one in collection.versions(1)] == ["reread", None]
        assert not [one for one in collection.verify() if one.problem_count]
    with world.connection() as conn:
        assert recent_edits(conn, 10).edits == []
    assert reread(world, mended).changed_count == 0, "it is done"


def test_edits_before_and_after_a_correction_stay_edits(world: World) -> None:
    world.pass_time(hours=1)
    run(world, (1, 1))
    reread(world, lambda kept: as_before(kept, edit=2 if number_of(kept) == 1 else 0))
    world.pass_time(hours=1)
    run(world, (1, 3))
    assert [row["kind"] for row in world.rows("SELECT kind FROM revisions ORDER BY number")] == [
        "edited", "reread", "edited",
    ]  # fmt: skip
    with world.connection() as conn:
        found = recent_edits(conn, 10).edits
    assert [(one.place.number, one.older_number) for one in found] == [(4, 3), (2, 1)]


def test_what_the_page_is_silent_about_stays(world: World) -> None:
    report = reread(world, lambda kept: as_before(kept, title=None, published=None))
    assert report.fields == {}
    report = reread(world, lambda kept: as_before(kept, published=Published("2026-11-19", Precision.DAY)))
    assert {name: one.count for name, one in report.fields.items()} == {
        "published_at": 3, "published_precision": 3,
    }  # fmt: skip
    assert world.rows("SELECT DISTINCT published_at FROM articles") == [{"published_at": "2026-11-19"}]
    assert world.rows("SELECT * FROM revisions") == []


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (Reading(Decision.rejected(Rejection.TOO_SHORT)), "too_short"),
        (
            Reading(Story(make_article(2), CORE, Decision.rejected(Rejection.NOT_VIETNAMESE))),
            "not_vietnamese",
        ),
        (Reading(Story(make_article(2), CORE, None)), "same_text"),
    ],
)
def test_what_comes_to_no_article_of_its_own_is_counted_and_stays(
    world: World, reading: Reading, reason: str
) -> None:
    before = world.rows("SELECT * FROM articles")
    report = reread(world, lambda kept: reading if number_of(kept) == 1 else as_before(kept))
    assert (report.refused, report.unchanged_count) == ({reason: 1}, 2)
    assert world.rows("SELECT * FROM articles") == before


def test_a_grade_that_is_gone_does_not_take_an_article_away(world: World) -> None:
    off_topic = Decision.rejected(Rejection.OFF_TOPIC)

    def change(kept: KeptPage) -> Reading:
        return Reading(Story(make_article(number_of(kept), edit=5), CORE, off_topic))

    assert reread(world, change).changed_count == 3
    assert world.rows("SELECT count(*) AS n FROM articles") == [{"n": 3}]


def test_only_what_is_asked_for_is_read(world: World) -> None:
    assert reread(world, source_id="bao-khac").read_count == 0
    assert reread(world, older_than=EXTRACTOR_VERSION).read_count == 0
    assert reread(world, older_than=EXTRACTOR_VERSION + 1).read_count == 3
    with world.connection() as conn:
        conn.execute("UPDATE page_records SET extractor_version = NULL WHERE article_id = 2")
    assert reread(world, older_than=EXTRACTOR_VERSION).read_count == 1
    assert reread(world, older_than=EXTRACTOR_VERSION).read_count == 0, "the version is noted"


def test_what_cannot_be_read_is_said(world: World) -> None:
    def change(kept: KeptPage) -> Reading | Decision:
        lost = Decision.failed(Outcome.EXTRACTION_FAILED, "the worker died on this page")
        return lost if number_of(kept) == 3 else as_before(kept)

    (path,) = folder(world).iterdir()
    data = bytearray(path.read_bytes())
    (row,) = world.rows("SELECT offset FROM page_records WHERE article_id = 1")
    data[row["offset"] + 200] ^= 1
    path.write_bytes(data)
    report = reread(world, change)
    assert (report.read_count, report.unchanged_count, report.failed_count) == (3, 1, 2)
    assert "is damaged" in report.problems[0]
    assert "the worker died" in report.problems[1]


def test_articles_without_a_page_are_counted(world: World) -> None:
    world.archive = None
    run(world, (9, 0))
    assert reread(world).missing_count == 1


def test_the_real_reader_comes_to_the_same_twice(world: World) -> None:
    read = PageReader(Topic.load())

    def change(kept: KeptPage) -> Reading:
        return read(kept.page, PAPER, kept.entry, kept.shared_titles)

    reread(world, change)
    report = reread(world, change)
    assert (report.read_count, report.unchanged_count + sum(report.refused.values())) == (3, 3)


def test_the_kind_of_a_version_goes_along_with_an_export(world: World, tmp_path: Path) -> None:
    reread(world, mended)
    with world.collection() as collection:
        collection.export("jsonl", tmp_path / "all.jsonl")
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other")
    with other.collection() as collection:
        collection.import_paths([tmp_path / "all.jsonl"])
        assert [one.kind for one in collection.versions(1)] == ["reread", None]
    with other.connection() as conn:
        assert recent_edits(conn, 10).edits == []


def test_events_are_those_of_the_corrected_text(world: World) -> None:
    meeting = (
        "Chiều 20/11/2026, tại thành phố Cao Bằng, Bí thư Tỉnh ủy Cao Bằng hội đàm với Bí thư Thị ủy Bách Sắc"
        " (Quảng Tây, Trung Quốc) về hợp tác qua biên giới."
    )

    def change(kept: KeptPage) -> Reading:
        article = make_article(number_of(kept))
        text = f"{meeting}\n{article.text}"
        events = read_events(article.title, text, article.published)
        assert events
        return Reading(Story(replace(article, text=text, lead=None), CORE, None, events))

    assert world.rows("SELECT * FROM event_reports") == []
    assert reread(world, change).changed_count == 3
    assert len(world.rows("SELECT DISTINCT article_id FROM event_reports")) == 3
    with world.collection() as collection:
        assert not [one for one in collection.verify() if one.problem_count]
