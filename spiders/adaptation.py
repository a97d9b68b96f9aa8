"""What a check of a source says about its file: which lines to change, and why.

Pure functions of a source, its check and the registry; `biengioi sources check --apply` writes.
A paper that refuses us is reported, never worked around; one that is only broken today is left alone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from crawler.decision import Outcome, Rejection, Reply, is_line_down, meaning
from crawler.identity.urls import politeness_key
from crawler.source import ArticleRules, Seed, SeedKind, Source
from crawler.source_edit import SourceText, Value
from spiders.check_result import SeedCheck, SourceCheck
from spiders.declare import worthwhile
from spiders.discovery.article_shape import learn
from spiders.discovery.links import Link

LONGEST_SLEEP_YEARS = 2
"""A paper whose newest article is older is taken for dead."""

_REFUSING = frozenset({Reply.REFUSED, Reply.FORBIDDEN})


class Verdict(StrEnum):
    """What a source is, by its check."""

    ALIVE = "alive"
    """An article of it could be read."""
    RENAMED = "renamed"
    """So it could, at other addresses than the file names."""
    MOVED = "moved"
    """So it could, on another host."""
    JOINED = "joined"
    """It leads to another source."""
    ASLEEP = "asleep"
    """Its newest article is older than two years."""
    DEAD = "dead"
    """Nothing is there any more."""
    BLOCKED = "blocked"
    """It does not want us."""
    UNSURE = "unsure"
    """None of these; a person has to look."""


@dataclass(frozen=True, slots=True)
class Adaptation:
    """How a source's file has to change.

    Args:
        evidence: why, a sentence each, without the date.
        new: what the file declares afterwards; as before where nothing changes.
        moved_seeds: old address → new one.
        dropped_seeds: address → why it goes.
        added_seeds: what was found instead.
    """

    source: Source
    verdict: Verdict
    evidence: tuple[str, ...]
    new: Source
    moved_seeds: Mapping[str, str] = field(default_factory=dict)
    dropped_seeds: Mapping[str, str] = field(default_factory=dict)
    added_seeds: tuple[Seed, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether the file has to change."""
        return self.new != self.source

    def written(self, text: str, today: date) -> str:
        """Return the source file `text`, changed; what goes stays as a comment, with the evidence."""
        file = SourceText(text)
        reason = f"{today}, sources check --apply: {{}}".format
        file.set(_top_changes(self.source, self.new))
        if self.new.article != self.source.article:
            file.comment_out("article", "url_pattern")
            file.comment_out("article", "examples")
            if self.new.article.url_pattern:
                file.set({"url_pattern": self.new.article.url_pattern}, table="article")
        for url, to in self.moved_seeds.items():
            file.move_seed(url, to, reason(f"was {url}"))
        for url, why in self.dropped_seeds.items():
            file.drop_seed(url, reason(why))
        file.add_seeds(self.added_seeds, reason("found there"))
        for sentence in reversed(self.evidence):
            file.note(reason(sentence))
        return file.text


def may_change(source: Source) -> bool:
    """Whether a check may change the file: not where somebody switched the source off on purpose."""
    return source.enabled or source.retry


def is_offline(checks: Iterable[SourceCheck]) -> bool:
    """Whether not one server was reached, so that the network is more likely to be away than the papers."""
    return is_line_down([one.outcome for check in checks for one in (check.home, *check.seeds)])


def next_question(source: Source, check: SourceCheck, sources: Mapping[str, Source]) -> Source | None:
    """Return the source as it should be asked once more, or None where the check says enough.

    Asked are a new host, and what a home page offers instead of addresses that are gone.
    """
    if not may_change(source) or _is_refused(check):
        return None
    if target := _new_home(check):
        owner = _owner(target, source, sources)
        return _on_new_host(source, target) if owner is None and _may_follow(source, target) else None
    if check.home.outcome != Outcome.OK:
        return None
    absent = _absent_seeds(source, check)
    if not absent and check.is_good:
        return None
    living = tuple(seed for seed in source.seeds if seed.url not in absent)
    advertised = tuple(Seed(SeedKind.FEED, url) for url in check.advertised)
    if absent and (living or advertised) and (advertised or not check.is_good):
        return replace(source, seeds=(*living, *advertised))
    if check.is_good or not (source.seeds or source.article.url_pattern):
        return None
    return replace(source, seeds=(), article=ArticleRules())


def adapt(source: Source, check: SourceCheck, sources: Mapping[str, Source], today: date) -> Adaptation:
    """Return how the file of `source` has to change after its check."""
    found = _judged(source, check, sources, today)
    if not may_change(source):
        return Adaptation(source, found.verdict, found.evidence, source)
    return found


def _judged(source: Source, check: SourceCheck, sources: Mapping[str, Source], today: date) -> Adaptation:
    if target := _new_home(check):
        return _adapt_to_move(source, check, target, sources)
    good = check if check.is_good else check.again if check.again and check.again.is_good else None
    if good is not None:
        newest = _newest(good)
        if newest and newest < today.replace(year=today.year - LONGEST_SLEEP_YEARS, day=1).isoformat():
            return _disabled(source, Verdict.ASLEEP, f"its newest article is of {newest}", newest)
        return _adapt_living(source, check, good, today)
    if _is_refused(check):
        detail = check.robots if check.robots != "allows" else check.home.detail
        return Adaptation(source, Verdict.BLOCKED, (f"it refuses us ({detail})",), source)
    outcomes = {one.outcome for one in (check.home, *check.seeds)}
    is_gone = all(meaning(one).reply in (Reply.SILENT, Reply.ABSENT) for one in outcomes)
    if is_gone and Outcome.DNS_SILENT not in outcomes:  # a name server that keeps silent says nothing of it
        return _disabled(
            source, Verdict.DEAD, f"nothing is there ({check.home.outcome}: {check.home.detail})"
        )
    counted = ", ".join(sorted(outcomes))
    return Adaptation(source, Verdict.UNSURE, (f"no article could be read ({counted})",), source)


def _adapt_to_move(
    source: Source, check: SourceCheck, target: str, sources: Mapping[str, Source]
) -> Adaptation:
    if owner := _owner(target, source, sources):
        why = f"its home page leads to {target}, which the source {owner.id} reads"
        return _disabled(source, Verdict.JOINED, why, successor=owner.id)
    if not _may_follow(source, target):
        why = f"its home page leads to {target}, an address of a private network"
        return Adaptation(source, Verdict.UNSURE, (why,), source)
    if check.again is None or check.asked is None or not check.again.is_good:
        if check.again and _is_refused(check.again):
            return Adaptation(
                source, Verdict.BLOCKED, (f"it moved to {target} and refuses us there",), source
            )
        return _disabled(source, Verdict.DEAD, f"it moved to {target}, where no article could be read")
    moved = {
        old.url: new.url
        for old, new in zip(source.seeds, check.asked.seeds, strict=True)
        if old.url != new.url
    }
    back = {new: old for old, new in moved.items()}
    absent = _absent_seeds(check.asked, check.again)
    dropped = {back.get(url, url): why for url, why in absent.items()}
    kept = tuple(seed for seed in check.asked.seeds if seed.url not in absent)
    new = replace(check.asked, seeds=kept, article=_fitting(source, check.again))
    return Adaptation(
        source,
        Verdict.MOVED,
        (f"it moved from {source.homepage} to {target}; {_read(check.again)}",),
        _awake(new, check.again),
        moved_seeds={url: to for url, to in moved.items() if url not in dropped},
        dropped_seeds=dropped,
    )


def _adapt_living(source: Source, check: SourceCheck, good: SourceCheck, today: date) -> Adaptation:
    absent = _absent_seeds(source, check)
    again = check.again if check.again and check.again.is_good else None
    if again is None and len(absent) == len(source.seeds):
        absent = {}
    declared = {seed.url for seed in source.seeds}
    if good is not check and not absent:  # its seeds answered and led to nothing that could be read
        absent = {seed.url: "no article could be read from it" for seed in source.seeds}
    moved = {
        one.url: one.moved_to for one in check.seeds if one.url in declared - set(absent) and one.moved_to
    }
    moved = {url: to for url, to in moved.items() if source.owns(to) and to not in declared}
    kept = [
        replace(seed, url=moved.get(seed.url, seed.url)) for seed in source.seeds if seed.url not in absent
    ]
    known = {seed.url for seed in kept}
    found = (
        [] if again is None else [one for one in worthwhile(again.seeds) if one.url not in known | declared]
    )
    added = tuple(Seed(SeedKind(one.kind), one.url, today.isoformat()) for one in found)
    new = replace(source, seeds=(*kept, *added), article=_fitting(source, good))
    is_renamed = new != source
    return Adaptation(
        source,
        Verdict.RENAMED if is_renamed else Verdict.ALIVE,
        (_read(good),),
        _awake(new, good) if is_renamed or not source.enabled else source,
        moved_seeds=moved,
        dropped_seeds=absent,
        added_seeds=added,
    )


def _disabled(
    source: Source, verdict: Verdict, why: str, seen: str = "", successor: str | None = None
) -> Adaptation:
    if not source.enabled and successor is None:
        return Adaptation(source, verdict, (why,), source)
    new = replace(
        source,
        enabled=False,
        disabled_because=f"{why[0].upper()}{why[1:]}.",
        retry=successor is None,
        successor=successor,
        last_seen=max(seen, source.last_seen),
    )
    return Adaptation(source, verdict, (why,), new)


def _awake(source: Source, check: SourceCheck) -> Source:
    """Return the source enabled, with the day of its newest article."""
    newest = _newest(check)
    seen = newest if newest[: len(source.last_seen)] >= source.last_seen else source.last_seen
    return replace(source, enabled=True, disabled_because="", retry=False, last_seen=seen)


def _fitting(source: Source, check: SourceCheck) -> ArticleRules:
    """Return the declared rules of its addresses, or what was learned where they match none of them."""
    pattern = source.article.url_pattern
    urls = [one.url for one in check.candidates]
    if pattern is None or not urls or any(re.search(pattern, url) for url in urls):
        return source.article
    examples = [Link(one.url, one.title, True) for one in check.candidates if one.title]
    shape = learn(examples, check.home.url)
    return ArticleRules(shape.pattern if shape else None)


def _absent_seeds(source: Source, check: SourceCheck) -> dict[str, str]:
    """Return the declared seeds that are gone, with what was answered."""
    declared = {seed.url for seed in source.seeds}
    gone = [one for one in check.seeds if one.url in declared and one.is_absent]
    return {one.url: f"{one.outcome} ({one.detail})" for one in gone}


def _is_refused(check: SourceCheck) -> bool:
    answers: list[SeedCheck] = [check.home, *check.seeds]
    return not check.is_good and (
        check.robots != "allows" or any(meaning(one.outcome).reply in _REFUSING for one in answers)
    )


def _new_home(check: SourceCheck) -> str:
    """Return where the home page moved to for good, on another host; else an empty text."""
    return check.home.moved_to if check.home.outcome == Rejection.OFFSITE_REDIRECT else ""


def _owner(url: str, source: Source, sources: Mapping[str, Source]) -> Source | None:
    """Return the source that reads the host of `url` already, an enabled one first."""
    owners = [one for one in sources.values() if one.id != source.id and one.owns(url)]
    return min(owners, key=lambda one: (not one.enabled, one.id), default=None)


def _may_follow(source: Source, url: str) -> bool:
    """Whether a redirect may lead there: to an address of a private network only from the same kind.

    A *name* with a private address is refused by the address guard.
    """
    return not _is_private(url) or _is_private(source.homepage)


def _is_private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _on_new_host(source: Source, target: str) -> Source:
    """Return the source with its home page and seeds on the host of `target`; it keeps the old host."""
    old_home, new_home = urlsplit(source.homepage), urlsplit(target)
    old_host = old_home.hostname or ""

    def carried(url: str) -> str:
        parts = urlsplit(url)
        if politeness_key(parts.hostname or "") != politeness_key(old_host):
            return url
        return urlunsplit((new_home.scheme, new_home.netloc, parts.path, parts.query, ""))

    homepage = urlunsplit((new_home.scheme, new_home.netloc, new_home.path.rstrip("/"), "", ""))
    seeds = tuple(replace(seed, url=carried(seed.url)) for seed in source.seeds)
    moved = replace(source, homepage=homepage, seeds=seeds)
    hosts = tuple(dict.fromkeys((*source.hosts, old_host)))
    return replace(moved, hosts=tuple(host for host in hosts if host != new_home.hostname))


def _newest(check: SourceCheck) -> str:
    """Return the day of the newest article that was announced or read, or an empty text."""
    dates = [one.newest for one in check.seeds if one.newest]
    if check.sample and check.sample.get("published_at"):
        dates.append(check.sample["published_at"])
    return max(dates, default="")[:10]


def _read(check: SourceCheck) -> str:
    newest = _newest(check)
    url = check.sample["url"] if check.sample else ""
    return f"{url} could be read" + (f"; its newest article is of {newest}" if newest else "")


def _top_changes(old: Source, new: Source) -> dict[str, Value | None]:
    """Return the keys at the top of the file that differ; None for one that is to go."""
    changes: dict[str, Value | None] = {}
    if new.enabled != old.enabled:
        changes["enabled"] = None if new.enabled else False
    for key in ("homepage", "hosts", "last_seen", "disabled_because", "retry", "successor"):
        value = getattr(new, key)
        if value != getattr(old, key):
            changes[key] = value or None
    return changes
