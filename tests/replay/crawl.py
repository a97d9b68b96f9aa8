"""``python -m tests.replay.crawl FOLDER HTML``: crawl the saved pages into FOLDER/biengioi.db."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from biengioi.crawling import CrawlRequest, run_crawl
from biengioi.progress import LogProgress
from crawler.config import Config
from crawler.source import ArticleRules, Politeness, Seed, SeedKind, Source
from crawler.topic.topic import Topic
from spiders.middlewares.address_guard import AddressGuardMiddleware
from spiders.settings import crawl_settings
from tests.replay.server import FEED_PATH, ReplayHandler, SavedWeb, serving

ANYTHING = """
name = "anything in Vietnamese"
[cuts]
related = 1
core = 2
[terms.words]
phrases = ["của", "và", "có", "là", "các", "những", "trong"]
points = 30
"""


def source_of(web: SavedWeb, host: str, number: int) -> Source:
    scheme = urlscheme(web, host)
    seeds = [Seed(SeedKind.FEED, f"{scheme}://{host}{FEED_PATH}")]
    seeds += [Seed(SeedKind.SECTION, url) for url in web.listings.get(host, [])]
    return Source(
        id=f"saved-{number}",
        name=host,
        homepage=f"{scheme}://{host}/",
        seeds=tuple(seeds),
        article=ArticleRules(),
        politeness=Politeness(delay_s=0.0),
    )


def urlscheme(web: SavedWeb, host: str) -> str:
    return web.articles[host][0].partition(":")[0]


def main(folder: Path, html: Path) -> None:
    topic = folder / "anything.toml"
    topic.write_text(ANYTHING, encoding="utf-8")
    web = SavedWeb(html)
    config = Config()
    sources = [source_of(web, host, number) for number, host in enumerate(sorted(web.articles))]
    with serving(web) as site:
        ReplayHandler.server_url = site.url
        settings = crawl_settings(config, sources)
        handlers = {**settings["DOWNLOAD_HANDLERS"], "http": ReplayHandler, "https": ReplayHandler}
        middlewares = {**settings["DOWNLOADER_MIDDLEWARES"], AddressGuardMiddleware: None}
        request = CrawlRequest(folder / "biengioi.db", config, sources, LogProgress(), Topic.load(topic))
        overrides = {"DOWNLOAD_HANDLERS": handlers, "DOWNLOADER_MIDDLEWARES": middlewares}
        result = run_crawl(request, settings=overrides)
    print(json.dumps({"report": result.report.to_json(), "problems": list(map(repr, result.problems))}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
