"""The page as it was, on the web: as text, of which nothing is run or loaded."""

from __future__ import annotations

import pytest

from crawler.config import ArchiveLimits
from crawler.errors import NotFoundError
from crawler.topic.topic import Topic
from db.web import article_page
from db.web.i18n import languages
from db.web.page import TEXT, Site, WebRequest
from tests.articles import make_article
from tests.db.archive.pages import html_of
from tests.db.archive.test_writing import run
from tests.db.world import World


def test_an_article_leads_to_its_page_where_there_is_one(world: World) -> None:
    world.archive = ArchiveLimits()
    run(world, (1, 0))
    world.archive = None
    run(world, (2, 0))
    site = Site(Topic.load())
    visit = WebRequest(languages()["vi"], "articles/1", {}, world.now)
    with world.connection() as conn:
        page = article_page.page_as_it_was(conn, site, visit, 1)
        assert (page.body, page.content_type) == (html_of(make_article(1)).decode(), TEXT)
        assert "/vi/articles/1/page.txt" in article_page.article(conn, site, visit, 1).body
        assert "page.txt" not in article_page.article(conn, site, visit, 2).body
        with pytest.raises(NotFoundError):
            article_page.page_as_it_was(conn, site, visit, 2)
