"""A loopback server that answers for the whole saved web, and the handler that asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response

from crawler.identity.urls import canonical_url
from tests.mockserver import Answer, Site

FEED_PATH = "/saved-articles.rss"


class SavedWeb:
    """The pages of the corpus' manifest by canonical address, and a feed per host that lists them.

    Args:
        html: the folder ``corpus/html``.
    """

    def __init__(self, html: Path) -> None:
        rows = [json.loads(line) for line in (html / "manifest.jsonl").read_text("utf-8").splitlines()]
        self.pages: dict[str, Path] = {}
        self.articles: dict[str, list[str]] = {}
        self.listings: dict[str, list[str]] = {}
        for row in rows:
            url = canonical_url(row["url"] or "")
            if url is None or url in self.pages:
                continue
            self.pages[url] = html / row["file"]
            host = urlsplit(url).netloc
            if row["kind"] == "article":
                self.articles.setdefault(host, []).append(url)
            elif row["kind"] == "listing":
                self.listings.setdefault(host, []).append(url)

    def answer(self, url: str) -> Answer:
        parts = urlsplit(url)
        if parts.path == FEED_PATH:
            items = "".join(f"<item><link>{escape(one)}</link></item>" for one in self.articles[parts.netloc])
            return Answer(f'<rss version="2.0"><channel>{items}</channel></rss>', content_type="text/xml")
        path = self.pages.get(url)
        return Answer(path.read_bytes(), content_type="text/html") if path else Answer("", 404)


@contextmanager
def serving(web: SavedWeb) -> Iterator[Site]:
    """Serve the saved web on loopback: ``/?url=…``."""

    class AnyPage(dict[str, Answer]):
        def get(self, path: str, default: object = None) -> Answer:  # type: ignore[override]
            return web.answer(parse_qs(urlsplit(path).query)["url"][0])

    with Site() as site:
        site.routes = AnyPage()  # type: ignore[assignment]
        yield site


class ReplayHandler(HTTP11DownloadHandler):
    """Asks the replay server instead of the host, and lets the response keep its own address."""

    server_url = ""

    async def download_request(self, request: Request) -> Response:
        replayed = request.replace(url=f"{self.server_url}/?url={quote(request.url, safe='')}")
        response = await super().download_request(replayed)
        return response.replace(url=request.url)
