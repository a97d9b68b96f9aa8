"""What proves an article, and its page as it was."""

from __future__ import annotations

import pytest

from crawler.config import ArchiveLimits
from crawler.errors import NotFoundError, StorageError
from tests.articles import make_article
from tests.db.archive.pages import html_of
from tests.db.archive.test_writing import folder, run
from tests.db.world import World


@pytest.fixture
def world(world: World) -> World:
    world.archive = ArchiveLimits()
    return world


def test_a_citation_names_the_record_and_its_day_once_that_is_over(world: World) -> None:
    run(world, (1, 0))
    with world.collection() as collection:
        evidence = collection.cite(1).evidence
        assert evidence is not None
        assert (evidence.day, evidence.day_sha256) == ("2026-11-21", None)
    world.pass_time(days=1)
    run(world, (2, 0))
    (row,) = world.rows("SELECT * FROM page_records JOIN archive_digests USING (id) WHERE article_id = 1")
    (day,) = world.rows("SELECT * FROM archive_days")
    with world.collection() as collection:
        cited = collection.cite(1)
    assert cited.evidence is not None
    assert (cited.evidence.file, cited.evidence.offset) == (row["file"], row["offset"])
    assert (cited.evidence.warc_id, cited.evidence.sha256) == (row["warc_id"], row["sha256"])
    assert (cited.evidence.day, cited.evidence.day_sha256) == (day["day"], day["sha256"])
    assert cited.paper == "Báo Thử"


def test_the_page_as_it_was(world: World) -> None:
    run(world, (1, 0))
    with world.collection() as collection:
        assert collection.page_as_it_was(1).body == html_of(make_article(1))
        with pytest.raises(NotFoundError, match="There is no article 9"):
            collection.page_as_it_was(9)
        (path,) = folder(world).iterdir()
        data = bytearray(path.read_bytes())
        data[-40] ^= 1
        path.write_bytes(data)
        with pytest.raises(StorageError, match="is damaged"):
            collection.page_as_it_was(1)
        path.unlink()
        with pytest.raises(StorageError, match="is missing"):
            collection.page_as_it_was(1)


def test_what_was_not_kept_is_said(world: World) -> None:
    world.archive = None
    run(world, (1, 0))
    with world.collection() as collection:
        assert collection.cite(1).evidence is None
        with pytest.raises(NotFoundError, match="was not kept"):
            collection.page_as_it_was(1)
