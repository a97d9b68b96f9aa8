"""What is wrong with a source, judged by its own history alone. Pure.

Everything here depends on what crawls have seen, so it changes with a crawl and not with the clock.
Thresholds come in pairs: what opens a finding is more than what keeps it open, so that it does not
flap; access is judged by several crawls in a row and mended by one that went well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from crawler.alert_config import HealthLimits
from crawler.decision import Rejection, is_good, meaning
from crawler.finding import FindingKind, Found, Severity
from crawler.report import SourceStatus
from crawler.sentence import Sentence, Word, say
from crawler.source import SeedKind, Source
from db.service.history import SourceHistory
from scheduler.evidence import counted, found, is_common, middle
from scheduler.publication_frequency import SURPRISE, judge_silence
from scheduler.reachability import assess_access

_LONGEST_SILENCE = timedelta(days=30)
_SKEW = timedelta(minutes=15)


def assess_source(source: Source, history: SourceHistory, limits: HealthLimits) -> list[Found]:
    """Return what is wrong with a source, as of its last crawl; at most one of each kind."""
    if not history.parts:
        return []
    checks = (
        assess_access(source, history, limits),
        _silence(source, history),
        _quality(source, history),
        _repetition(source, history),
        _nothing_kept(source, history),
        _clock(source, history),
    )
    first: dict[FindingKind, Found] = {}
    for one in (one for check in checks for one in check):
        first.setdefault(one.kind, one)
    return list(first.values())


# --- does it bring anything? ----------------------------------------------------------------------


def _silence(source: Source, history: SourceHistory) -> Iterator[Found]:
    until = history.last_success_at
    if until is None or history.failure_count:
        return
    silent = _silent_source(source, history, until)
    if silent:
        yield silent
        return
    for seed in source.seeds:
        reading = history.seeds.get(seed.url)
        arrivals = history.seed_arrivals.get(seed.url, ())
        if seed.kind not in (SeedKind.FEED, SeedKind.NEWS_SITEMAP) or not arrivals or not reading:
            continue
        pause = judge_silence(arrivals, history.polls, until)
        gap = until - arrivals[-1]
        # Another seed may have become the faster one; only a pause beyond all before is its own.
        if pause and pause.is_too_long and gap > 2 * pause.longest and is_good(reading.outcome):
            yield found(
                source.id,
                FindingKind.FEED_STALE,
                Severity.WARNING,
                say(
                    "evidence.feed_stale",
                    seed=Word("seed_kind", seed.kind),
                    url=seed.url,
                    gap=gap,
                    longest=pause.longest,
                ),
                say("advice.feed_stale", id=source.id),
            )


def _silent_source(source: Source, history: SourceHistory, until: datetime) -> Found | None:
    advice = say("advice.silent", homepage=source.homepage, id=source.id)
    if not history.arrivals:
        good = [part for part in history.parts if part.status is SourceStatus.DONE]
        if len(good) < 3:
            return None
        nothing_yet = say("evidence.nothing_yet", n=len(good))
        return found(source.id, FindingKind.SILENT, Severity.WARNING, nothing_yet, advice)
    last = history.arrivals[-1]
    gap = until - last
    evidence: tuple[Sentence, ...] = (say("evidence.silent", gap=gap, last=last),)
    expected = source.expect.max_silence
    if expected is not None:
        is_silent = gap > expected
        evidence += (say("evidence.silent_expected", expected=expected),)
    else:
        pause = judge_silence(history.arrivals, history.polls, until)
        is_silent = gap > _LONGEST_SILENCE or (pause is not None and pause.is_too_long)
        if pause:
            usual = say("evidence.silent_usual", hours=round(pause.expected_hours), longest=pause.longest)
            evidence += (usual,)
    return found(source.id, FindingKind.SILENT, Severity.WARNING, evidence, advice) if is_silent else None


# --- is it worth anything? ------------------------------------------------------------------------


def _quality(source: Source, history: SourceHistory) -> Iterator[Found]:
    is_open = FindingKind.QUALITY_FELL in history.open
    advice = say("advice.quality_fell", id=source.id)
    bad = [result for result in history.readings if _is_unreadable(result)]
    usual = sum(count for result, count in history.earlier_readings.items() if _is_unreadable(result))
    usual_share = usual / max(sum(history.earlier_readings.values()), 10)
    share = len(bad) / max(len(history.readings), 1)
    if is_common(len(bad), len(history.readings), is_open=is_open) and share >= usual_share + 0.3:
        yield found(
            source.id,
            FindingKind.QUALITY_FELL,
            Severity.WARNING,
            say(
                "evidence.no_usable_text",
                all=len(history.readings),
                count=len(bad),
                results=counted(bad),
                share=float(usual_share),
            ),
            advice,
        )
    if len(history.recent_texts) >= 5 and len(history.earlier_texts) >= 10:
        now, before = median(history.recent_texts), median(history.earlier_texts)
        if now < before * (0.5 if is_open else 0.35):
            yield found(
                source.id,
                FindingKind.QUALITY_FELL,
                Severity.WARNING,
                say("evidence.shorter_articles", now=round(now), before=round(before)),
                advice,
            )


def _is_unreadable(result: str) -> bool:
    return meaning(result).has_text is False


def _repetition(source: Source, history: SourceHistory) -> Iterator[Found]:
    same = history.repetition
    if is_common(same.count, same.of_count, is_open=FindingKind.IDENTICAL_BODIES in history.open):
        yield found(
            source.id,
            FindingKind.IDENTICAL_BODIES,
            Severity.WARNING,
            say(
                "evidence.identical_bodies",
                count=same.count,
                all=same.of_count,
                examples=tuple(same.examples),
            ),
            say("advice.identical_bodies", id=source.id),
        )


def _nothing_kept(source: Source, history: SourceHistory) -> Iterator[Found]:
    newest = history.recent
    refusals = [result for result in newest if result in set(Rejection) - {Rejection.OFF_TOPIC}]
    if len(newest) >= 10 and len(refusals) == len(newest) and len(set(refusals) - {Rejection.ROBOTS}) > 0:
        yield found(
            source.id,
            FindingKind.ALL_REJECTED,
            Severity.WARNING,
            say("evidence.all_rejected", n=len(newest), results=counted(refusals)),
            say("advice.all_rejected", id=source.id),
        )
        return
    share = min(history.kept_share, 0.5)
    if share * history.since_kept_count >= SURPRISE:
        yield found(
            source.id,
            FindingKind.ALL_REJECTED,
            Severity.INFO,
            say("evidence.nothing_kept", n=history.since_kept_count, share=float(history.kept_share)),
            say("advice.nothing_kept", id=source.id),
        )


def _clock(source: Source, history: SourceHistory) -> Iterator[Found]:
    skew = clock_skew(history)
    if skew is not None and abs(skew) >= _SKEW:
        way = "ahead" if skew > timedelta() else "behind"
        yield found(
            source.id,
            FindingKind.CLOCK_SKEW,
            Severity.INFO,
            say(f"evidence.clock_{way}", skew=abs(skew)),
            say("advice.clock_skew"),
        )


def clock_skew(history: SourceHistory) -> timedelta | None:
    """Return the source's clock minus ours; None if its servers do not say."""
    return middle(one.clock_skew for one in history.seeds.values() if one.clock_skew is not None)
