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
from crawler.source import Source
from db.service.history import SourceHistory
from scheduler.evidence import counted, is_common, local, span

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


_ACCESS_ADVICE = {
    FindingKind.UNREACHABLE: "Open {homepage} in a browser. If it works there, run `biengioi sources check"
    " {id}`; if the paper has gone, run `biengioi sources disable {id}`.",
    FindingKind.SERVER_ERROR: "Wait: the paper answers, and its server fails. If {homepage} works in a"
    " browser meanwhile, run `biengioi sources check {id}`.",
    FindingKind.BLOCKED: 'Set `contact` in biengioi.toml, raise delay_s under [politeness] in {id}.toml, or'
    " ask the paper; biengioi does not dress up as a browser.",
    FindingKind.ROBOTS_REFUSED: "Its robots.txt is obeyed. Look for another seed with `biengioi sources check"
    " {id}`, ask the paper, or run `biengioi sources disable {id}`.",
    FindingKind.SEED_DEAD: "The paper was probably rebuilt: run `biengioi sources check {id}` and correct the"
    " seeds in {id}.toml.",
}  # fmt: skip


def _access(source: Source, history: SourceHistory, limits: HealthLimits) -> Iterator[Found]:
    kind = _why_failed(history)
    if kind is None:
        return
    needed = min(limits.failures, _CLEAR.get(kind, limits.failures))
    if history.failure_count < needed and kind not in history.open:
        return
    last = history.parts[0]
    evidence = (
        f"{_in_a_row(history.failure_count)} could read none of its seeds"
        f" ({counted(last.seeds.values()) or last.message}); the last good crawl was"
        f" {local(history.last_success_at)}."
    )
    if kind is FindingKind.MOVED:
        urls = (reading.redirect_url for reading in history.seeds.values() if reading.redirect_url)
        yield _move(source, next(urls, None), evidence, Severity.ERROR)
        return
    reference = history.last_success_at or history.parts[-1].started_at
    is_lasting = last.started_at - reference >= _DEAD_FOR
    severity = Severity.ERROR if is_lasting or kind is FindingKind.SEED_DEAD else Severity.WARNING
    advice = _ACCESS_ADVICE[kind].format(id=source.id, homepage=source.homepage)
    yield Found(source.id, kind, severity, evidence, advice)


def _in_a_row(count: int) -> str:
    return "The last crawl" if count == 1 else f"{count} crawls in a row"


def _moved(source: Source, history: SourceHistory) -> Iterator[Found]:
    """Find a seed, or most pages, that lead to a host that the source file does not name."""
    newest = history.recent[:20]
    count = newest.count(Rejection.OFFSITE_REDIRECT)
    if is_common(count, len(newest), is_open=FindingKind.MOVED in history.open):
        evidence = f"{count} of its {len(newest)} newest pages redirect to a host that it does not name."
        yield _move(source, history.redirect_url, evidence, Severity.WARNING)
    for seed in source.seeds:
        reading = history.seeds.get(seed.url)
        if reading and reading.outcome == Rejection.OFFSITE_REDIRECT and not _why_failed(history):
            yield _move(
                source, reading.redirect_url, f"The seed {seed.url} redirects away.", Severity.WARNING
            )


def _move(source: Source, url: str | None, evidence: str, severity: Severity) -> Found:
    host = urlsplit(url or "").hostname
    line = f"hosts = {json.dumps([host])}" if host else "hosts = [...] with its new host"
    return Found(
        source.id,
        FindingKind.MOVED,
        severity,
        f"{evidence} It has moved to {url}." if url else evidence,
        f"If that is the same paper, add the line {line} to {source.id}.toml; then correct its homepage"
        " and seeds.",
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
            dead.append(f"{seed.url} ({answers[0]})")
    if dead:
        yield Found(
            source.id,
            FindingKind.SEED_DEAD,
            Severity.WARNING,
            f"{len(dead)} of its {len(source.seeds)} seeds could not be read in {needed} crawls or more:"
            f" {', '.join(dead[:3])}.",
            f"Run `biengioi sources check {source.id}`, then correct or remove them in {source.id}.toml.",
        )


def _crawls(source: Source, history: SourceHistory) -> Iterator[Found]:
    needed = 1 if FindingKind.RUN_FAILED in history.open else 2
    last = history.parts[:needed]
    if len(last) == needed and all(part.status is SourceStatus.UNFINISHED for part in last):
        yield Found(
            source.id,
            FindingKind.RUN_FAILED,
            Severity.WARNING,
            f"{needed} crawls in a row ended before this source was done; the last was run {last[0].run_id},"
            f" begun {local(last[0].started_at)}.",
            f"Look at `biengioi runs {last[0].run_id}`, then try `biengioi crawl {source.id}` by hand.",
        )
    durations = [part.duration for part in history.parts[:3] if part.duration is not None]
    if len(durations) == 3 and source.schedule.cron is None and min(durations) > source.schedule.every:
        yield Found(
            source.id,
            FindingKind.OVERLONG_CRAWL,
            Severity.INFO,
            f"Its last three crawls took {span(min(durations))} or more; it should be crawled every"
            f" {span(source.schedule.every)}.",
            f"Raise `every` under [schedule] in {source.id}.toml, or lower crawl.max_pages.",
        )


def _refused_pages(source: Source, history: SourceHistory) -> Iterator[Found]:
    """Find a paper whose seeds can be read and whose pages are refused."""
    newest = history.recent[:20]
    for reply in (Reply.REFUSED, Reply.FORBIDDEN):
        kind = _FINDINGS[reply]
        refused = [result for result in newest if meaning(result).reply is reply]
        if is_common(len(refused), len(newest), is_open=kind in history.open):
            yield Found(
                source.id,
                kind,
                Severity.WARNING,
                f"{len(refused)} of its {len(newest)} newest pages were refused ({counted(refused)}).",
                _ACCESS_ADVICE[kind].format(id=source.id, homepage=source.homepage),
            )
