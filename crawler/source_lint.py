"""What a person gets wrong in a source file although it loads: one small rule, one function.

Nothing is fetched here: whether an address still answers is for `biengioi sources check`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from crawler.cron import parse_cron
from crawler.declaration import unknown
from crawler.source import Source

# The countries that each province touches; those joined to another in July 2025 are kept, because
# their papers' archives are about them.
BORDERS_OF_PROVINCE: Mapping[str, tuple[str, ...]] = {
    "Quảng Ninh": ("CN",),
    "Lạng Sơn": ("CN",),
    "Cao Bằng": ("CN",),
    "Hà Giang": ("CN",),
    "Tuyên Quang": ("CN",),
    "Lào Cai": ("CN",),
    "Lai Châu": ("CN",),
    "Điện Biên": ("CN", "LA"),
    "Sơn La": ("LA",),
    "Thanh Hóa": ("LA",),
    "Nghệ An": ("LA",),
    "Hà Tĩnh": ("LA",),
    "Quảng Bình": ("LA",),
    "Quảng Trị": ("LA",),
    "Huế": ("LA",),
    "Quảng Nam": ("LA",),
    "Đà Nẵng": ("LA",),
    "Kon Tum": ("LA", "KH"),
    "Quảng Ngãi": ("LA", "KH"),
    "Gia Lai": ("KH",),
    "Đắk Lắk": ("KH",),
    "Đắk Nông": ("KH",),
    "Lâm Đồng": ("KH",),
    "Bình Phước": ("KH",),
    "Đồng Nai": ("KH",),
    "Tây Ninh": ("KH",),
    "Long An": ("KH",),
    "Đồng Tháp": ("KH",),
    "Kiên Giang": ("KH",),
    "An Giang": ("KH",),
}
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_AGE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


@dataclass(frozen=True, slots=True, order=True)
class LintProblem:
    """One thing to mend in a source file, or in a family (``families/NAME``); `problem` is a clause."""

    source_id: str
    problem: str


def lint(sources: Mapping[str, Source], families: Collection[str] = ()) -> list[LintProblem]:
    """Return what is wrong with `sources`, in the order of their ids.

    Args:
        sources: by id, as `load_sources` gives them.
        families: the known CMS families; empty: families are not checked.
    """
    findings = [
        LintProblem(source.id, problem)
        for source in sources.values()
        for problem in _problems(source, sources, families)
    ]
    return sorted([*findings, *_shared_addresses(sources.values())])


def _problems(source: Source, sources: Mapping[str, Source], families: Collection[str]) -> Iterator[str]:
    yield from _pattern(source)
    yield from _examples(source)
    yield from _hosts(source)
    yield from _disabled(source)
    yield from _successor(source, sources)
    yield from _province(source)
    yield from _plain_http(source)
    yield from _verified(source)
    yield from _duration(source)
    yield from _cron(source)
    if families and source.family is not None and source.family not in families:
        yield unknown("family", source.family, sorted(families))


def _shared_addresses(sources: Iterable[Source]) -> Iterator[LintProblem]:
    """Two sources may share a host, but no address: each candidate has one owner."""
    owners: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        seeds = [seed.url.rstrip("/") for seed in source.seeds]
        homepage = source.homepage.rstrip("/")
        for url in seeds if homepage in seeds else [homepage, *seeds]:
            owners[url].append(source.id)
    for url, ids in owners.items():
        for later in ids[1:]:
            where = "twice in this file" if later == ids[0] else f"in {ids[0]!r} as well"
            yield LintProblem(later, f"{url} is {where}")


def _pattern(source: Source) -> Iterator[str]:
    if source.article.url_pattern is None:
        return
    pattern = re.compile(source.article.url_pattern)
    for url in source.article.examples:
        if not pattern.search(url):
            yield f"article.url_pattern does not match the example {url}"
    for url in (source.homepage, *(seed.url for seed in source.seeds)):
        if pattern.search(url):
            yield f"article.url_pattern matches {url}, which is no article"


def _examples(source: Source) -> Iterator[str]:
    for url in source.article.examples:
        if not source.owns(url):
            yield f"the example {url} is on no host of this source"


def _hosts(source: Source) -> Iterator[str]:
    for host in source.hosts:
        if urlsplit(f"//{host}").netloc != host or "." not in host:
            yield f'hosts must hold bare names like "www.example.vn", not {host!r}'


def _disabled(source: Source) -> Iterator[str]:
    if not source.enabled and not source.disabled_because:
        yield "is disabled and does not say why (disabled_because)"
    if source.enabled and source.disabled_because:
        yield "is enabled, so disabled_because must go"
    if source.retry and source.enabled:
        yield "is enabled, so retry must go"
    if source.retry and source.successor:
        yield "has a successor, so a check must not enable it: remove retry"


def _successor(source: Source, sources: Mapping[str, Source]) -> Iterator[str]:
    if source.successor is None:
        return
    if source.enabled:
        yield f"is enabled although {source.successor!r} is its successor"
    if source.successor == source.id:
        yield "is its own successor"
    elif source.successor not in sources:
        yield f"successor {source.successor!r} is no known source"


def _province(source: Source) -> Iterator[str]:
    if source.kind.startswith("provincial") and not source.province:
        yield "is provincial and does not name its province"
    borders = BORDERS_OF_PROVINCE.get(source.province)
    if borders is not None and set(source.borders) != set(borders):
        yield f"borders of {source.province} are {', '.join(borders)}"


def _plain_http(source: Source) -> Iterator[str]:
    for url in (source.homepage, *(seed.url for seed in source.seeds)):
        if url.startswith("http:") and "http" not in source.note:
            yield f"{url} is not https, and the note does not say why"


def _verified(source: Source) -> Iterator[str]:
    if source.last_seen and not _AGE.fullmatch(source.last_seen):
        yield f'last_seen must be a date like "2026", "2026-11" or "2026-11-20", not {source.last_seen!r}'
    for seed in source.seeds:
        if seed.verified and not _DATE.fullmatch(seed.verified):
            yield f'verified must be a date like "2026-07-17", not {seed.verified!r}'


def _duration(source: Source) -> Iterator[str]:
    silence = source.expect.max_silence
    if silence is not None and silence < source.schedule.every:
        yield "expect.max_silence is shorter than schedule.every, so it would always be too long"


def _cron(source: Source) -> Iterator[str]:
    cron = source.schedule.cron
    if cron is not None and parse_cron(cron).next_after(datetime(2026, 1, 1)) is None:  # noqa: DTZ001
        yield f"schedule.cron {cron!r} names no time at all"
