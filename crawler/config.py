"""The user's configuration: TOML < environment < flags, every limit explicit."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from crawler.alert_config import Alerts, HealthLimits
from crawler.config_bounds import out_of_bounds
from crawler.declaration import (
    convert,
    declare,
    dotted,
    is_duration,
    is_secret,
    key_of,
    read_toml,
    seconds,
    secret,
)
from crawler.errors import DeclarationError
from crawler.language import LanguageCode

DEFAULT_FILE = Path("biengioi.toml")
ENVIRONMENT_PREFIX = "BIENGIOI_"
PATHS_IN_ENVIRONMENT = frozenset(
    {"BIENGIOI_DB", "BIENGIOI_CONFIG", "BIENGIOI_SOURCES", "BIENGIOI_SHARED", "BIENGIOI_PROGRAM"}
)
"""Environment variables with our prefix that are not configuration keys."""

MASK = "********"
"""What is shown in place of a secret that is set."""


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """How far a plain crawl goes.

    Args:
        max_pages: articles fetched per source and run.
        window: section pages are walked back this far.
        max_section_pages: list pages read per section and run.
        max_archive_pages: the same with --since, which walks back through archives.
        revisit_ages: how old an article is each time it is asked for again; empty for never.
        max_requests_per_host: robots.txt, lists, articles and redirects of one paper in one run.
        concurrent_requests: requests in flight in the whole process; one per host.
    """

    max_pages: int = 200
    window: timedelta = timedelta(days=7)
    max_section_pages: int = 20
    max_archive_pages: int = 500
    revisit_ages: tuple[timedelta, ...] = (
        timedelta(hours=1),
        timedelta(hours=6),
        timedelta(days=1),
        timedelta(days=7),
    )
    max_requests_per_host: int = 1000
    concurrent_requests: int = 64


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one request may cost.

    Args:
        delay_s: between two requests to a paper whose source file names none.
        timeout_s: from the request to the last byte, redirects included.
        dns_timeout_s: until a name has an address.
        max_bytes: of a page, after content decoding; of a sitemap or feed, `max_seed_bytes`.
        redirects: hops followed.
        retries: further tries in one run after a passing failure.
        backoff_s: the first pause after a 429 or 503 that names none; it doubles.
        max_pause_s: a longer pause parks the host, and its pages wait for the next run.
        max_crawl_delay_s: a longer robots.txt Crawl-delay means the host is skipped and reported.
    """

    delay_s: float = seconds(2.0)
    timeout_s: float = seconds(30.0)
    dns_timeout_s: float = seconds(10.0)
    max_bytes: int = 8 * 1024 * 1024
    max_seed_bytes: int = 52 * 1024 * 1024
    redirects: int = 5
    retries: int = 1
    backoff_s: float = seconds(10.0)
    max_pause_s: float = seconds(60.0)
    max_crawl_delay_s: float = seconds(60.0)


@dataclass(frozen=True, slots=True)
class ExtractionLimits:
    """What reading one page may cost, in a worker process of its own.

    Args:
        workers: processes, started when the first page needs one.
        deadline_s: after this the worker is killed and the page is lost, not the crawl.
        memory_mb: address space of one worker.
        recycle_after: pages after which a worker is replaced.
    """

    workers: int = 2
    deadline_s: float = seconds(20.0)
    memory_mb: int = 1024
    recycle_after: int = 10_000


@dataclass(frozen=True, slots=True)
class StorageLimits:
    """What the database may cost.

    Args:
        busy_timeout_s: how long to wait while another process writes.
        keep_decisions: of runs that ended longer ago only the last decision on each address is kept.
    """

    busy_timeout_s: float = seconds(10.0)
    keep_decisions: timedelta = timedelta(days=365)


class Keep(StrEnum):
    """Of which pages the archive keeps what came, request and response."""

    STORED = "stored"
    """Of every stored article, of each further address that shows it, and of each change."""
    ALL = "all"
    """Of every page that came."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Pages as they were (WARC), in a folder beside the database.

    Args:
        keep: of which pages.
        max_file_mb: a file that has grown so large gets no more records.
    """

    keep: Keep = Keep.STORED
    max_file_mb: int = 256


@dataclass(frozen=True, slots=True)
class ScheduleLimits:
    """How the service works (`biengioi schedule`).

    Args:
        tick_s: between two looks at what is due.
        workers: crawl processes at a time; while some of them are overdue, up to twice as many.
        sources_per_crawl: the most that one crawl process takes.
        patience: a crawl that takes longer no longer counts as one of the workers.
        deadline: a crawl that takes longer is ended; what it did not reach stays pending.
        memory_mb: resident memory of a crawl process and its readers; over it they are ended.
        niceness: by how much crawl processes are nicer than the service, see nice(1).
        spread: sources that share a cron time start within this much after it.
        min_free_mb: with less space on the database's disk the service starts no crawl; with less than a
            fifth of it a crawl that is at work ends.
    """

    tick_s: float = seconds(5.0)
    workers: int = 2
    sources_per_crawl: int = 20
    patience: timedelta = timedelta(minutes=5)
    deadline: timedelta = timedelta(hours=1)
    memory_mb: int = 2000
    niceness: int = 10
    spread: timedelta = timedelta(minutes=2)
    min_free_mb: int = 500

    @property
    def least_free_mb(self) -> float:
        """With less space a crawl that is at work ends, before the database cannot grow any more."""
        return self.min_free_mb / 5

    def __post_init__(self) -> None:
        for name in ("tick_s", "workers", "sources_per_crawl", "deadline", "memory_mb"):
            if not getattr(self, name) > type(getattr(self, name))(0):
                raise ValueError(f"{name.removesuffix('_s')} must be more than zero")


@dataclass(frozen=True, slots=True)
class WebLimits:
    """What the web pages may cost, and who may see them (`biengioi serve`).

    Args:
        password: asked of everyone, with any user name; without one only this machine is answered.
        page_time_limit_s: a page whose questions take longer is given up.
        sql_time_limit_s: the same for a question typed into the SQL console.
        sql_rows: the most rows that such a question gives.
        exports: results that are taken home at the same time; a further one has to wait.
    """

    password: str = secret("")
    page_time_limit_s: float = seconds(5.0)
    sql_time_limit_s: float = seconds(2.0)
    sql_rows: int = 1000
    exports: int = 2


class LogFormat(StrEnum):
    """How the log is written on stderr."""

    TEXT = "text"
    """A line for people, with the time in Viet Nam."""
    JSON = "json"
    """An object for programs, with the time in UTC."""


@dataclass(frozen=True, slots=True)
class Log:
    """The log of `crawl`, `backfill`, `serve` and the service."""

    format: LogFormat = LogFormat.TEXT


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """Which topic file decides; empty for the built-in one."""

    file: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """Every value that a user may set.

    Args:
        contact: a URL or mail address that goes into the User-Agent, so that a site can reach you.
        language: of what the service tells people: findings, alerts, digests.
    """

    contact: str = ""
    language: LanguageCode = LanguageCode.EN
    crawl: CrawlLimits = CrawlLimits()
    fetch: FetchLimits = FetchLimits()
    extraction: ExtractionLimits = ExtractionLimits()
    storage: StorageLimits = StorageLimits()
    archive: ArchiveLimits = ArchiveLimits()
    schedule: ScheduleLimits = ScheduleLimits()
    topic: TopicChoice = TopicChoice()
    log: Log = Log()
    web: WebLimits = WebLimits()
    health: HealthLimits = field(default_factory=HealthLimits)
    alerts: Alerts = field(default_factory=Alerts)
    origins: Mapping[str, str] = field(default_factory=dict, init=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), init=False, compare=False)
    """What was passed over, a sentence each."""

    def values(self) -> Iterator[tuple[str, object, str]]:
        """Yield (dotted key, value, where it comes from) of every effective value, secrets masked.

        Durations are `timedelta`, those that are kept as seconds too.
        """
        for key, value in _leaves(self):
            yield key, value, self.origins.get(key, "default")

    def secrets(self) -> Iterator[str]:
        """Yield every secret that is set, for whoever has to keep it out of what he writes."""
        yield from _secrets(self)


def _secrets(node: Any) -> Iterator[str]:
    for one in fields(node):
        value = getattr(node, one.name)
        if is_dataclass(value):
            yield from _secrets(value)
        elif is_secret(one):
            yield from filter(None, map(str, value if isinstance(value, tuple) else (value,)))


def _leaves(node: Any, prefix: str = "") -> Iterator[tuple[str, object]]:
    hints = get_type_hints(type(node))
    for one in fields(node):
        if not one.init:
            continue
        value, key = getattr(node, one.name), dotted(prefix, key_of(one))
        if is_dataclass(value):
            yield from _leaves(value, key)
        elif any(map(is_dataclass, get_args(hints[one.name]))):  # an array of tables
            for number, table in enumerate(value):
                yield from _leaves(table, f"{key}[{number}]")
        elif is_duration(one):
            yield key, timedelta(seconds=value)
        else:
            yield key, MASK if value and is_secret(one) else value


def _spellings(cls: type, prefix: str = "") -> Iterator[tuple[str, tuple[str, Any]]]:
    """Yield every dotted key that holds one value, with its key of today and the type of what is written."""
    hints = get_type_hints(cls)
    for one in fields(cls):
        key, hint = dotted(prefix, key_of(one)), hints[one.name]
        if is_dataclass(hint):
            yield from _spellings(hint, key)  # type: ignore[arg-type]
        elif one.init and not any(map(is_dataclass, get_args(hint))):
            yield key, (key, timedelta if is_duration(one) else hint)
            if is_duration(one):
                yield dotted(prefix, one.name), (key, hint)


def load_config(path: Path | None, environment: Mapping[str, str] | None = None) -> Config:
    """Return the effective configuration.

    Args:
        path: the file the user named; None for ``./biengioi.toml``, which need not exist.
        environment: by default the process's; ``BIENGIOI_FETCH_TIMEOUT=20s`` sets ``fetch.timeout``.

    A variable with our prefix that sets nothing is no mistake of the file: it may be of another release
    or program, and is told in `Config.warnings`.

    Raises:
        DeclarationError: a file that does not exist, an unknown key, a value of the wrong type or one
            that is out of bounds.
    """
    environment = os.environ if environment is None else environment
    table: dict[str, Any] = {}
    origins: dict[str, str] = {}
    spellings = dict(_spellings(Config))
    if path is None and DEFAULT_FILE.is_file():
        path = DEFAULT_FILE
    if path is not None:
        table = read_toml(path)
        declare(Config, table, path)
        origins.update({spellings.get(key, (key,))[0]: str(path) for key in _table_keys(table)})
    keys = {ENVIRONMENT_PREFIX + key.replace(".", "_").upper(): key for key in spellings}
    given: dict[str, str] = {}
    warnings: list[str] = []
    for name, text in environment.items():
        if not name.startswith(ENVIRONMENT_PREFIX) or name in PATHS_IN_ENVIRONMENT:
            continue
        if name not in keys:
            near = difflib.get_close_matches(name, keys, n=1, cutoff=0.8)
            hint = f"did you mean {near[0]}?" if near else "`biengioi config show` lists the keys."
            warnings.append(f"The environment variable {name} sets nothing; {hint}")
            continue
        key, hint = spellings[keys[name]]
        if key in given:
            raise DeclarationError(None, name, f"says the same as {given[key]}; keep one of them")
        given[key] = name
        _set(table, keys[name], _parse(hint, text, name))
        origins[key] = f"environment {name}"
    config = declare(Config, table, path)
    object.__setattr__(config, "origins", origins)
    object.__setattr__(config, "warnings", tuple(warnings))
    _check_bounds(config, path, given)
    return config


def _check_bounds(config: Config, path: Path | None, variables: Mapping[str, str]) -> None:
    waits = {key for spelling, (key, _) in _spellings(Config) if spelling != key}
    for key, value in _leaves(config):
        for one in value if isinstance(value, tuple) else (value,):
            if problem := out_of_bounds(key, one, is_of_request=key in waits):
                variable = variables.get(key)
                raise DeclarationError(None if variable else path, variable or key, problem)


def _table_keys(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        key = dotted(prefix, name)
        if isinstance(value, dict):
            yield from _table_keys(value, key)
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for number, table in enumerate(value):
                yield from _table_keys(table, f"{key}[{number}]")
        else:
            yield key


def _set(table: dict[str, Any], key: str, value: object) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
    table.pop(last.removesuffix("_s") if last.endswith("_s") else f"{last}_s", None)  # the other spelling
    table[last] = value


def _parse(hint: Any, text: str, name: str) -> object:
    if hint in (int, float):
        try:
            return hint(text)
        except ValueError:
            raise DeclarationError(None, name, f"must be a number, not {text!r}") from None
    is_array = get_origin(hint) is tuple
    value = [part.strip() for part in text.split(",") if part.strip()] if is_array else text
    convert(hint, value, None, name)
    return value
