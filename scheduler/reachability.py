"""Can a source be read: its seeds, its pages, its crawls? Judged by its last crawls. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from crawler.alert_config import HealthLimits
from crawler.decision import Rejection, Reply, is_good, may_be_our_line, meaning
from crawler.finding import FindingKind, Found, Severity
from crawler.report import SourceStatus
from crawler.sentence import Sentence, Word, say
from crawler.source import Source
from db.service.history import SourceHistory
from scheduler.evidence import counted, found, is_common

_FINDINGS = {
    Reply.SILENT: FindingKind.UNREACHABLE,
    Reply.BROKEN: FindingKind.SERVER_ERROR,
    Reply.REFUSED: FindingKind.BLOCKED,
    Reply.FORBIDDEN: FindingKind.ROBOTS_REFUSED,
    Reply.MOVED: FindingKind.MOVED,
}
"""What a paper of which no seed can be read suffers from; for all other replies, from dead seeds."""

_CLEAR = {FindingKind.MOVED: 1, FindingKind.BLOCKED: 2, FindingKind.ROBOTS_REFUSED: 2}
"""Failed crawls that are enough where the answer itself says what is wrong."""

_DEAD_FOR = timedelta(days=2)


def assess_access(source: Source, history: SourceHistory, limits: HealthLimits) -> Iterator[Found]:
    """Yield what keeps us from reading a source."""
    yield from _access(source, history, limits)
    yield from _moved(source, history)
    yield from _dead_seeds(source, history, limits)
    yield from _crawls(source, history)
    yield from _refused_pages(source, history)


def may_be_offline(history: SourceHistory) -> bool:
    """Whether our own network would explain why the source's last crawl read nothing."""
    last = history.parts[0] if history.parts else None
    return last is not None and last.status is SourceStatus.FAILED and may_be_our_line(last.seeds.values())


def _why_failed(history: SourceHistory) -> FindingKind | None:
    """Return why the last crawl read no seed, by what most of them answered; None if one was read."""
    last = history.parts[0]
    if last.status is not SourceStatus.FAILED:
        return None
    replies = (meaning(outcome).reply for outcome in last.seeds.values())
    kinds = Counter(_FINDINGS.get(reply, FindingKind.SEED_DEAD) for reply in replies)
    return kinds.most_common(1)[0][0] if kinds else FindingKind.SEED_DEAD


def _advice(kind: FindingKind, source: Source) -> Sentence:
    return say(f"advice.{kind}", id=source.id, homepage=source.homepage)


def _access(source: Source, history: SourceHistory, limits: HealthLimits) -> Iterator[Found]:
    kind = _why_failed(history)
    if kind is None:
        return
    needed = min(limits.failures, _CLEAR.get(kind, limits.failures))
    if history.failure_count < needed and kind not in history.open:
        return
    last = history.parts[0]
    evidence = say(
        "evidence.no_seed_read",
        crawls=say("evidence.crawls_in_a_row", n=history.failure_count),
        results=counted(last.seeds.values()) or last.message,
        last=history.last_success_at,
    )
    if kind is FindingKind.MOVED:
        urls = (reading.redirect_url for reading in history.seeds.values() if reading.redirect_url)
        yield _move(source, next(urls, None), evidence, Severity.ERROR)
        return
    reference = history.last_success_at or history.parts[-1].started_at
    is_lasting = last.started_at - reference >= _DEAD_FOR
    severity = Severity.ERROR if is_lasting or kind is FindingKind.SEED_DEAD else Severity.WARNING
    yield found(source.id, kind, severity, evidence, _advice(kind, source))


def _moved(source: Source, history: SourceHistory) -> Iterator[Found]:
    """Find a seed, or most pages, that lead to a host that the source file does not name."""
    newest = history.recent[:20]
    count = newest.count(Rejection.OFFSITE_REDIRECT)
    if is_common(count, len(newest), is_open=FindingKind.MOVED in history.open):
        evidence = say("evidence.pages_redirect", count=count, all=len(newest))
        yield _move(source, history.redirect_url, evidence, Severity.WARNING)
    for seed in source.seeds:
        reading = history.seeds.get(seed.url)
        if reading and reading.outcome == Rejection.OFFSITE_REDIRECT and not _why_failed(history):
            evidence = say("evidence.seed_redirects", url=seed.url)
            yield _move(source, reading.redirect_url, evidence, Severity.WARNING)


def _move(source: Source, url: str | None, evidence: Sentence, severity: Severity) -> Found:
    host = urlsplit(url or "").hostname
    line = f"hosts = {json.dumps([host])}" if host else say("advice.new_host")
    return found(
        source.id,
        FindingKind.MOVED,
        severity,
        (evidence, say("evidence.moved_to", url=url)) if url else evidence,
        say("advice.moved", line=line, id=source.id),
    )


def _dead_seeds(source: Source, history: SourceHistory, limits: HealthLimits) -> Iterator[Found]:
    if _why_failed(history):
        return
    needed = 1 if FindingKind.SEED_DEAD in history.open else limits.failures
    dead = []
    for seed in source.seeds:
        answers = [part.seeds[seed.url] for part in history.parts if seed.url in part.seeds][:needed]
        is_elsewhere = answers[:1] == [Rejection.OFFSITE_REDIRECT]
        if len(answers) == needed and not any(map(is_good, answers)) and not is_elsewhere:
            dead.append(say("evidence.seed", url=seed.url, answer=Word("reason", answers[0])))
    if dead:
        yield found(
            source.id,
            FindingKind.SEED_DEAD,
            Severity.WARNING,
            say(
                "evidence.dead_seeds",
                count=len(dead),
                all=len(source.seeds),
                crawls=needed,
                seeds=tuple(dead[:3]),
            ),
            say("advice.some_seeds_dead", id=source.id),
        )


def _crawls(source: Source, history: SourceHistory) -> Iterator[Found]:
    needed = 1 if FindingKind.RUN_FAILED in history.open else 2
    last = history.parts[:needed]
    if len(last) == needed and all(part.status is SourceStatus.UNFINISHED for part in last):
        run = str(last[0].run_id)
        crawls = say("evidence.crawls_in_a_row", n=needed)
        yield found(
            source.id,
            FindingKind.RUN_FAILED,
            Severity.WARNING,
            say("evidence.run_failed", crawls=crawls, run=run, begun=last[0].started_at),
            say("advice.run_failed", run=run, id=source.id),
        )
    durations = [part.duration for part in history.parts[:3] if part.duration is not None]
    if len(durations) == 3 and source.schedule.cron is None and min(durations) > source.schedule.every:
        yield found(
            source.id,
            FindingKind.OVERLONG_CRAWL,
            Severity.INFO,
            say("evidence.overlong_crawl", shortest=min(durations), every=source.schedule.every),
            say("advice.overlong_crawl", id=source.id),
        )


def _refused_pages(source: Source, history: SourceHistory) -> Iterator[Found]:
    """Find a paper whose seeds can be read and whose pages are refused."""
    newest = history.recent[:20]
    for reply in (Reply.REFUSED, Reply.FORBIDDEN):
        kind = _FINDINGS[reply]
        refused = [result for result in newest if meaning(result).reply is reply]
        if is_common(len(refused), len(newest), is_open=kind in history.open):
            yield found(
                source.id,
                kind,
                Severity.WARNING,
                say("evidence.pages_refused", count=len(refused), all=len(newest), results=counted(refused)),
                _advice(kind, source),
            )
