"""A newspaper's declaration: load, validate, lint (docs/sources.md has every key)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from crawler.cron import parse_cron
from crawler.declaration import check_pattern, declare_file
from crawler.errors import DeclarationError
from crawler.identity.urls import politeness_key

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
WEB_PORTS = {"http": 80, "https": 443}
"""Of one host, the two are one site."""
BORDERS = ("CN", "LA", "KH")
IMPORT = "import"
"""The source of imported files, which no file declares. They are records: no crawl changes them."""
ARCHIVE = "archive"
"""Under which a backfill counts the records that belong to no source; no article is of it."""


class SeedKind(StrEnum):
    """How the page behind a seed's URL is read."""

    FEED = "feed"
    NEWS_SITEMAP = "news_sitemap"
    SITEMAP = "sitemap"
    SECTION = "section"
    TAG = "tag"
    SEARCH = "search"


PLACEHOLDER = re.compile(r"\{(YYYY|MM?|DD|D1|D2)\}")
"""Parts of a date in the address of a sitemap that is cut by date."""


class TitleUse(StrEnum):
    """What a candidate's title may do before its page is fetched."""

    ORDER = "order"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class Seed:
    """An address where new articles of a source are announced.

    Args:
        url: of a sitemap cut by date it may be a template with ``{YYYY}``, ``{M}``, ``{MM}``,
            ``{DD}``, and ``{D1}`` and ``{D2}`` for the ends of a block of five days.
        verified: when somebody saw it answer ("2026-07-17"); empty: never checked here,
            `biengioi sources check` does it.
    """

    kind: SeedKind
    url: str
    verified: str = ""

    def __post_init__(self) -> None:
        is_sitemap = self.kind in (SeedKind.SITEMAP, SeedKind.NEWS_SITEMAP)
        if "{" in (PLACEHOLDER.sub("", self.url) if is_sitemap else self.url):
            raise ValueError(
                f"{self.url!r} has braces; only the address of a sitemap may have placeholders, and "
                "they are {YYYY}, {M}, {MM}, {DD}, {D1} and {D2}"
            )


@dataclass(frozen=True, slots=True)
class ArticleRules:
    """What an article's address looks like on this source.

    Args:
        url_pattern: a regular expression searched in the whole URL; learned when absent.
        examples: real article addresses that the pattern must match (checked by the lint).
    """

    url_pattern: str | None = None
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_pattern("url_pattern", self.url_pattern)


@dataclass(frozen=True, slots=True)
class Politeness:
    """How a source wants to be visited; robots.txt may only make it slower.

    Args:
        delay_s: between two requests; None for the configuration's `fetch.delay`.
    """

    delay_s: float | None = None

    def __post_init__(self) -> None:
        if self.delay_s is not None and not 0 <= self.delay_s < math.inf:
            raise ValueError(f"delay_s must be a number of seconds from 0 up, not {self.delay_s}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a source is crawled: a cron expression, or an interval that adapts within bounds."""

    every: timedelta = timedelta(minutes=30)
    cron: str | None = None
    min_every: timedelta = timedelta(minutes=10)
    max_every: timedelta = timedelta(days=1)

    def __post_init__(self) -> None:
        if not self.every or not self.min_every:
            raise ValueError("every and min_every must not be zero")
        if self.min_every > self.max_every:
            raise ValueError("min_every must not be longer than max_every")
        if self.cron is not None:
            parse_cron(self.cron)


@dataclass(frozen=True, slots=True)
class Expect:
    """What is normal for a source, so that its absence is noticed."""

    max_silence: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """How this source is fetched.

    Args:
        titles: "order": a title decides when its page is fetched; "gate": whether it is.
        cookies: whether what the site sets is sent back within a run; some feeds need it.
    """

    titles: TitleUse = TitleUse.ORDER
    cookies: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One newspaper.

    Args:
        id: short name, lower case; the name of its file.
        hosts: further hosts of the same paper, beside those of `homepage` and `seeds`; with a port where
            theirs is not the usual one.
        kind, province, borders: facts about the paper; they steer nothing.
        family: the CMS family that gives the defaults for everything not said here.
        last_seen: when the newest page or address that somebody saw was published, as exactly as
            it is known ("2026", "2026-11", "2026-11-20"); empty: never.
        disabled_because: why `enabled` is false, in words.
        retry: it is disabled only because nobody saw it alive, so a check may enable it.
        note: what the next maintainer should know.
        path: the file it was read from.
    """

    id: str
    name: str
    homepage: str
    hosts: tuple[str, ...] = ()
    kind: str = ""
    province: str = ""
    borders: tuple[str, ...] = ()
    language: str = "vi"
    family: str | None = None
    last_seen: str = ""
    enabled: bool = True
    disabled_because: str = ""
    retry: bool = False
    successor: str | None = None
    note: str = ""
    seeds: tuple[Seed, ...] = ()
    article: ArticleRules = ArticleRules()
    politeness: Politeness = Politeness()
    schedule: Schedule = Schedule()
    expect: Expect = Expect()
    fetch: Fetch = Fetch()
    path: Path | None = field(default=None, init=False, compare=False)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"id {self.id!r} must be of a-z, 0-9, - and _, at most 64 of them")
        for url in (self.homepage, *(seed.url for seed in self.seeds)):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{url!r} is not an http or https address")
        self.doors  # noqa: B018 - a port that is none is said here, not in a crawl
        for border in self.borders:
            if border not in BORDERS:
                raise ValueError(f"borders may hold {', '.join(BORDERS)}, not {border!r}")

    @property
    def host_names(self) -> frozenset[str]:
        """The hosts that may be fetched for this source, without ``www.``, ``m.`` and ``amp.``."""
        return frozenset(host for host, _ in self.doors)

    @property
    def seed_host_names(self) -> frozenset[str]:
        """Those of its hosts that a crawl begins with: of its seeds, or of its home page without any."""
        urls = [seed.url for seed in self.seeds] or [self.homepage]
        return frozenset(politeness_key(urlsplit(url).hostname or "") for url in urls)

    @property
    def doors(self) -> frozenset[tuple[str, int]]:
        """The hosts and ports that may be fetched for this source, as `door_of` tells them of an address."""
        return _doors((self.homepage, *(seed.url for seed in self.seeds)), self.hosts)

    def owns(self, url: str) -> bool:
        """Whether `url` is on a host and port of this source (each with or without www., m., amp.)."""
        try:
            return door_of(url) in self.doors
        except ValueError:
            return False


def door_of(url: str) -> tuple[str, int]:
    """Return where an address knocks: politeness key and port.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url)
    return politeness_key(parts.hostname or ""), _port(parts)


@cache
def _doors(urls: tuple[str, ...], hosts: tuple[str, ...]) -> frozenset[tuple[str, int]]:
    """Return the hosts and ports that may be asked; the two ports of the web go together.

    Raises:
        ValueError: a port is none.
    """
    named = [urlsplit(url) for url in urls]
    named += [urlsplit(f"{named[0].scheme}://{host}") for host in hosts]
    found: set[tuple[str, int]] = set()
    for parts in named:
        ports = WEB_PORTS.values() if _port(parts) in WEB_PORTS.values() else (_port(parts),)
        found |= {(politeness_key(parts.hostname or ""), port) for port in ports}
    return frozenset(found)


def _port(parts: SplitResult) -> int:
    return WEB_PORTS.get(parts.scheme, 0) if parts.port is None else parts.port


def load_source(path: Path) -> Source:
    """Return the source declared in the TOML file at `path`.

    Raises:
        DeclarationError: the file is unreadable, a key is unknown, missing or of the wrong type.
    """
    source = declare_file(Source, path, "id")
    object.__setattr__(source, "path", path)
    return source


def load_sources(folders: Iterable[Path]) -> dict[str, Source]:
    """Return the sources of `folders` by id, a later folder's file replacing an earlier one's.

    Raises:
        DeclarationError: a folder does not exist, or a file in it is wrong.
    """
    sources: dict[str, Source] = {}
    for folder in folders:
        if not folder.is_dir():
            raise DeclarationError(
                folder,
                "",
                "is not a folder of source files; `biengioi sources add URL` makes ./sources with the first",
            )
        for path in sorted(folder.glob("*.toml")):
            sources[path.stem] = load_source(path)
    return dict(sorted(sources.items()))
