"""Every Scrapy setting that matters, none inherited silently: its defaults are unsafe here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib.metadata import version
from typing import Any

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.dupefilters import BaseDupeFilter
from scrapy.exceptions import (
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.extensions.corestats import CoreStats
from scrapy.settings.default_settings import DOWNLOADER_MIDDLEWARES_BASE

from crawler.config import Config
from crawler.source import Source
from spiders.middlewares.address_guard import AddressGuardMiddleware, GuardedResolver
from spiders.middlewares.compression import BoundedCompressionMiddleware
from spiders.middlewares.host_rules import HostRulesMiddleware, SourceRedirectMiddleware
from spiders.middlewares.pauses import PauseMiddleware
from spiders.middlewares.robots import PRODUCT_TOKEN, RobotsMiddleware
from spiders.scrapy_slots import slot_settings

_NO_CONTACT = "no contact configured"
_MOST_UNDECIDED_BYTES = 16_000_000
"""Pages that are read, or whose decision is not committed yet; above that nothing more is fetched.

Huge ones do not count: their own slots wait for them (`held_slot`)."""


def user_agent(contact: str) -> str:
    """Return what we call ourselves, with the address where a site can complain."""
    return f"{PRODUCT_TOKEN}/{version('biengioi')} (+{contact or _NO_CONTACT})"


def _base_middlewares(sources: Collection[Source]) -> dict[str, int]:
    """Return Scrapy's own; where nobody keeps cookies without theirs, which imports another HTTP client."""
    keeps_cookies = not sources or any(source.fetch.cookies for source in sources)
    return {
        path: order
        for path, order in DOWNLOADER_MIDDLEWARES_BASE.items()
        if keeps_cookies or not path.endswith(".CookiesMiddleware")
    }


def crawl_settings(config: Config, sources: Iterable[Source] = ()) -> dict[str, Any]:
    """Return the Scrapy settings of a crawl.

    Args:
        sources: those that may be crawled; each politeness key gets a slot with the slowest pace
            that a source on it asks for.
    """
    fetch = config.fetch
    sources = tuple(sources)
    return {
        "BOT_NAME": PRODUCT_TOKEN,
        "USER_AGENT": user_agent(config.contact),
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "vi,en;q=0.5",
        },
        "ADDONS": {},
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "DNS_TIMEOUT": fetch.dns_timeout_s,
        # What may be opened: http and https, certificates verified, nothing listening.
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None},
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "TELNETCONSOLE_ENABLED": False,
        # A proxy from the environment would make the address guard judge the wrong machine.
        "HTTPPROXY_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        # What one request may cost.
        "DOWNLOAD_TIMEOUT": fetch.timeout_s,
        "DOWNLOAD_MAXSIZE": fetch.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": _MOST_UNDECIDED_BYTES,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "REDIRECT_MAX_TIMES": fetch.redirects,
        "RETRY_TIMES": fetch.retries,
        "RETRY_EXCEPTIONS": [DownloadTimeoutError, DownloadFailedError, ResponseDataLossError],
        "RETRY_HTTP_CODES": [408, 500, 502, 504],
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        # Scrapy starts so many tasks for every answer; ours give requests alone, one after another.
        "CONCURRENT_ITEMS": 1,
        "URLLENGTH_LIMIT": 0,  # `canonical_url` has the limit; this one would drop silently
        # Politeness: one request at a time per paper, at its pace.
        "CONCURRENT_REQUESTS": max(config.crawl.concurrent_requests, 4 * len(sources)),
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_SLOTS": slot_settings(sources, fetch.delay_s),
        "DOWNLOAD_DELAY": 1.0,
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "ROBOTSTXT_OBEY": True,
        "MAX_CRAWL_DELAY": fetch.max_crawl_delay_s,
        "MAX_PAUSE": fetch.max_pause_s,
        "BACKOFF": fetch.backoff_s,
        "MAX_REQUESTS_PER_HOST": config.crawl.max_requests_per_host,
        "COOKIES_ENABLED": True,  # `HostRulesMiddleware` keeps them to the sources that ask for it
        "DOWNLOADER_MIDDLEWARES_BASE": _base_middlewares(sources),
        # The frontier deduplicates and says so; Scrapy's filter would drop silently.
        "DUPEFILTER_CLASS": BaseDupeFilter,
        "HTTPERROR_ALLOW_ALL": True,
        "METAREFRESH_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": {
            HostRulesMiddleware: 90,
            PauseMiddleware: 95,  # before robots.txt, which is part of what a paper is spared
            RobotsTxtMiddleware: None,
            RobotsMiddleware: 100,
            MetaRefreshMiddleware: None,
            RedirectMiddleware: None,
            SourceRedirectMiddleware: 600,
            HttpCompressionMiddleware: None,
            BoundedCompressionMiddleware: 590,
            AddressGuardMiddleware: 800,
        },
        # Each crawl is a process that starts anew: what it never uses is not even imported.
        "EXTENSIONS_BASE": {CoreStats: 0},
        "REFERRER_POLICY": "no-referrer",
        "LOGSTATS_INTERVAL": 0,
        "LOG_LEVEL": "WARNING",
    }
