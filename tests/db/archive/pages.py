"""Invented pages for the tests of the archive."""

from __future__ import annotations

from datetime import datetime

from crawler.article import Article
from crawler.page import Exchange, Page
from tests.db.world import Crawl

SENT = (("Host", "bao-thu.example"), ("User-Agent", "biengioi/0.1"))


def html_of(article: Article, *, note: str = "") -> bytes:
    """A page that holds an article, as a paper may show it."""
    paragraphs = "".join(f"<p>{line}</p>\n" for line in article.text.split("\n"))
    return (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{article.title}</title></head>'
        f"<body><article><h1>{article.title}</h1>\n{paragraphs}</article><!-- {note} --></body></html>"
    ).encode()


def page_of(article: Article, at: datetime, *, note: str = "") -> Page:
    """What a server answered when it was asked for an article."""
    assert article.url
    received = (("Content-Type", "text/html; charset=utf-8"),)
    return Page(
        article.url,
        article.url,
        html_of(article, note=note),
        at,
        headers={"content-type": received[0][1]},
        exchange=Exchange("GET", SENT, received),
    )


async def bring(crawl: Crawl, article: Article, *, note: str = "", **more: object) -> None:
    """Bring an article with its page."""
    await crawl.keep(article, page=page_of(article, crawl.world.now, note=note), **more)  # type: ignore[arg-type]
