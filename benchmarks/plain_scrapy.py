"""What a crawl is measured against: ``python -m benchmarks.plain_scrapy bare|inline PORT``.

bare: Scrapy fetches every page of the mirror and reads none. inline: trafilatura reads each in Scrapy's
callback and SQLite keeps it, which is how such a program is usually written.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

from benchmarks.mirror import HOSTS, host

SETTINGS = {
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": True,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "ERROR",
    "LOGSTATS_INTERVAL": 0,
}


class Bare(scrapy.Spider):
    """Follows every item of every paper's feed."""

    name = "bare"
    port = ""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.page_count = 0

    async def start(self) -> Any:
        for number in range(HOSTS):
            yield scrapy.Request(f"http://{host(number)}:{self.port}/rss", self.parse_feed)

    def parse_feed(self, response: Any) -> Iterator[scrapy.Request]:
        for url in response.xpath("//link/text()").getall():
            yield scrapy.Request(url, self.parse_page)

    def parse_page(self, _response: Any) -> None:
        self.page_count += 1

    def closed(self, _reason: str) -> None:
        print(json.dumps({"pages": self.page_count}))


class Inline(Bare):
    """The same, and trafilatura's text and metadata into a table."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.conn = sqlite3.connect("articles.db")
        self.conn.execute("PRAGMA journal_mode = WAL")
        self.conn.execute("CREATE TABLE articles (url PRIMARY KEY, title, author, date, text)")

    def parse_page(self, response: Any) -> None:
        from trafilatura import bare_extraction

        super().parse_page(response)
        if found := bare_extraction(response.text, url=response.url, with_metadata=True):
            row = (response.url, found.title, found.author, found.date, found.text)
            with self.conn:
                self.conn.execute("INSERT INTO articles VALUES (?, ?, ?, ?, ?)", row)


if __name__ == "__main__":
    process = AsyncCrawlerProcess(SETTINGS)
    process.crawl({"bare": Bare, "inline": Inline}[sys.argv[1]], port=sys.argv[2])
    process.start()
