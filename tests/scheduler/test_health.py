"""What is found wrong with a source, and what is not: told histories, no database."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.alert_config import HealthLimits
from crawler.article import LOCAL_ZONE
from crawler.decision import Outcome, Rejection, is_good, may_be_our_line
from crawler.finding import Facts, FindingKind, Found, Severity
from crawler.language import languages
from crawler.report import SourceStatus
from crawler.source import Expect, Schedule, Seed, SeedKind, Source
from db.crawl.leases import Owner
from db.service.history import Part, Repetition, SeedReading, SourceHistory
from db.service.lock import ServiceRecord
from db.service.notifications import Channel
from scheduler.health import assess_source
from scheduler.installation import Installation, assess_installation, without_symptoms
from scheduler.publication_frequency import judge_silence

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
FEED = "https://bao-thu.example/rss.xml"
SECTION = "https://bao-thu.example/thoi-su"
PAPER = Source(
    "bao-thu",
    "Báo Thử",
    "https://bao-thu.example",
    seeds=(Seed(SeedKind.FEED, FEED), Seed(SeedKind.SECTION, SECTION)),
)
LIMITS = HealthLimits()
K = FindingKind


def part(number: int = 0, *outcomes: str, status: SourceStatus | None = None, minutes: int = 2) -> Part:
    """The crawl `number` before the last: its two seeds' outcomes; failed if none is ok."""
    outcomes = outcomes or ("ok", "ok")
    return Part(
        run_id=99 - number,
        status=status or (SourceStatus.DONE if "ok" in outcomes else SourceStatus.FAILED),
        started_at=NOW - timedelta(minutes=30 * number),
        duration=timedelta(minutes=minutes),
        seeds=dict(zip((FEED, SECTION), outcomes, strict=True)),
    )


def history(*parts: Part, **changes: Any) -> SourceHistory:
    values: dict[str, Any] = {
        "last_crawl_at": NOW,
        "last_success_at": NOW,
        "parts": parts or tuple(part(number) for number in range(5)),
        "arrivals": (NOW - timedelta(hours=1),),
        "seeds": {FEED: SeedReading("ok"), SECTION: SeedReading("ok")},
    }
    return SourceHistory("bao-thu", **{**values, **changes})


def failing(count: int, *outcomes: str, **changes: Any) -> SourceHistory:
    parts = tuple(part(number, *outcomes) for number in range(min(count, 5)))
    return history(*parts, failure_count=count, last_success_at=NOW - timedelta(hours=5), **changes)


def found(past: SourceHistory, source: Source = PAPER) -> dict[FindingKind, Found]:
    return told(assess_source(source, past, LIMITS))


def told(findings: list[Found]) -> dict[FindingKind, Found]:
    """Findings by kind; each can be told in both languages, also after it was stored."""
    for one in findings:
        assert one.facts is not None
        assert Facts.from_json(one.facts.to_json()) == one.facts
        assert languages()["en"].say(one.facts.evidence) == one.evidence
        assert languages()["vi"].say(one.facts.advice) != one.advice
    return {one.kind: one for one in findings}


def test_a_healthy_source_has_no_findings() -> None:
    assert found(history()) == {}


def test_a_source_that_was_never_crawled_is_not_judged() -> None:
    assert found(SourceHistory("bao-thu")) == {}


@pytest.mark.parametrize(
    ("outcomes", "kind", "needed"),
    [
        (("dns_failed", "dns_failed"), K.UNREACHABLE, 3),
        (("timed_out", "tls_failed"), K.UNREACHABLE, 3),
        (("server_error", "truncated"), K.SERVER_ERROR, 3),
        (("blocked", "blocked"), K.BLOCKED, 2),
        (("throttled", "blocked"), K.BLOCKED, 2),
        (("robots", "robots"), K.ROBOTS_REFUSED, 2),
        (("offsite_redirect", "offsite_redirect"), K.MOVED, 1),
        (("not_found", "bad_response"), K.SEED_DEAD, 3),
    ],
)
def test_failures_in_a_row_are_named_by_what_the_seeds_answered(
    outcomes: tuple[str, str], kind: FindingKind, needed: int
) -> None:
    """An answer that says what is wrong needs fewer of them than silence, which may pass."""
    assert found(failing(needed - 1, *outcomes)) == {}
    assert list(found(failing(needed, *outcomes))) == [kind]


def test_what_is_open_stays_open_until_a_crawl_goes_well() -> None:
    """After a restart of the counting, too: one failure keeps what three opened."""
    assert list(found(failing(1, "timed_out", "timed_out", open=frozenset({K.UNREACHABLE})))) == [
        K.UNREACHABLE
    ]
    assert found(history(open=frozenset({K.UNREACHABLE}))) == {}


def test_being_unreachable_for_days_is_an_error() -> None:
    long_ago = replace(failing(9, "timed_out", "timed_out"), last_success_at=NOW - timedelta(days=3))
    assert found(failing(9, "timed_out", "timed_out"))[K.UNREACHABLE].severity is Severity.WARNING
    assert found(long_ago)[K.UNREACHABLE].severity is Severity.ERROR


def test_the_advice_to_a_paper_that_moved_is_the_line_to_add() -> None:
    seeds = {FEED: SeedReading("offsite_redirect", "whatever it says", redirect_url="https://moi.example/")}
    moved = found(failing(3, "offsite_redirect", "offsite_redirect", seeds=seeds))[K.MOVED]
    assert 'add the line hosts = ["moi.example"] to bao-thu.toml' in moved.advice
    assert "moved to https://moi.example/" in moved.evidence


def test_the_host_of_a_paper_that_moved_is_no_part_of_a_sentence() -> None:
    lie = 'moved to https://moi.example/; if that is the same paper, add hosts = ["khac.example"]'
    for detail in ("", lie):
        reading = SeedReading("offsite_redirect", detail, redirect_url="https://moi.example:8443/x;y")
        moved = found(failing(1, "offsite_redirect", "offsite_redirect", seeds={FEED: reading}))[K.MOVED]
        assert 'hosts = ["moi.example"]' in moved.advice
        assert "khac" not in moved.evidence
    unknown = found(failing(1, "offsite_redirect", "offsite_redirect"))[K.MOVED]
    assert "with its new host" in unknown.advice


def test_most_pages_redirecting_away_is_a_move_too() -> None:
    url = "https://moi.example/a"
    few = history(recent=("offsite_redirect",) * 4 + ("kept",), redirect_url=url)
    many = history(recent=("offsite_redirect",) * 6 + ("kept",), redirect_url=url)
    assert found(few) == {}
    assert 'hosts = ["moi.example"]' in found(many)[K.MOVED].advice


def test_one_dead_seed_among_others_is_found_after_three_crawls() -> None:
    dead = [part(number, "ok", "not_found") for number in range(3)]
    assert found(history(*dead[:2], part(2))) == {}
    seed_dead = found(history(*dead))[K.SEED_DEAD]
    assert SECTION in seed_dead.evidence
    assert FEED not in seed_dead.evidence


def test_a_guess_that_is_not_declared_may_be_dead() -> None:
    bare = replace(PAPER, seeds=())
    dead = [part(number, "not_found", "ok") for number in range(5)]
    assert found(history(*dead), bare) == {}


@pytest.mark.parametrize(
    ("reason", "kind"), [("blocked", K.BLOCKED), ("throttled", K.BLOCKED), ("robots", K.ROBOTS_REFUSED)]
)
def test_pages_may_be_refused_while_seeds_are_read(reason: str, kind: FindingKind) -> None:
    refused = history(recent=(reason,) * 10 + ("off_topic",) * 10)
    assert list(found(refused)) == [kind]
    fading = (reason,) * 7 + ("off_topic",) * 13
    assert found(history(recent=fading)) == {}
    assert list(found(history(recent=fading, open=frozenset({kind})))) == [kind]


def test_crawls_that_do_not_end_are_found_at_the_second() -> None:
    lost = [part(number, status=SourceStatus.UNFINISHED) for number in range(2)]
    assert found(history(lost[0], part(1))) == {}
    assert list(found(history(*lost))) == [K.RUN_FAILED]


def test_a_crawl_that_takes_longer_than_its_interval_is_found() -> None:
    slow = history(*(part(number, minutes=40) for number in range(3)))
    assert list(found(slow)) == [K.OVERLONG_CRAWL]
    assert found(slow, replace(PAPER, schedule=Schedule(every=timedelta(hours=1)))) == {}


# --- silence ----------------------------------------------------------------------------------------

MONDAY = datetime(2026, 9, 28, tzinfo=LOCAL_ZONE).astimezone(UTC)
Rate = Callable[[datetime], float]


def on_workdays(local: datetime) -> float:
    return 0.8 if local.weekday() < 5 and 8 <= local.hour < 17 else 0.0


def by_day(local: datetime) -> float:
    return 0.95 if 6 <= local.hour < 22 else 0.1


def now_and_then(local: datetime) -> float:
    return 0.03


def published(rate: Rate, weeks: int = 6) -> tuple[datetime, ...]:
    chance = random.Random(7)
    hours = (MONDAY + timedelta(hours=number) for number in range(weeks * 7 * 24))
    return tuple(hour for hour in hours if chance.random() < rate(hour.astimezone(LOCAL_ZONE)))


def first_alarm(arrivals: tuple[datetime, ...], source: Source = PAPER) -> datetime:
    """When the pause after the last arrival is first called a silence, with a good crawl every hour."""
    for number in range(1, 24 * 60):
        until = arrivals[-1] + timedelta(hours=number)
        if K.SILENT in found(history(arrivals=arrivals, last_success_at=until), source):
            return until
    raise AssertionError("never")


def test_a_paper_that_rests_on_weekends_is_not_silent_on_sunday_but_on_monday() -> None:
    arrivals = published(on_workdays)
    assert arrivals[-1].astimezone(LOCAL_ZONE).weekday() == 4
    alarm = first_alarm(arrivals).astimezone(LOCAL_ZONE)
    assert alarm.weekday() == 0
    assert 12 <= alarm.hour <= 18


def test_a_paper_that_publishes_hourly_is_silent_after_some_hours_of_its_day() -> None:
    arrivals = tuple(hour for hour in published(by_day) if hour.astimezone(LOCAL_ZONE).hour != 23)
    morning = [hour for hour in arrivals if hour.astimezone(LOCAL_ZONE).hour == 9]
    stopped = tuple(hour for hour in arrivals if hour <= morning[-1])
    assert timedelta(hours=5) <= first_alarm(stopped) - stopped[-1] <= timedelta(hours=9)


def test_a_paper_that_publishes_now_and_then_is_given_days() -> None:
    arrivals = published(now_and_then)
    pause = first_alarm(arrivals) - arrivals[-1]
    assert timedelta(days=5) < pause < timedelta(days=20)


def test_no_normal_hour_of_two_further_months_raises_an_alarm() -> None:
    """The same rhythm goes on: whatever it is, its own pauses are no silence."""
    for rate in (on_workdays, by_day, now_and_then):
        arrivals = published(rate, weeks=14)
        begin = MONDAY + timedelta(weeks=6)
        for end in range(0, 8 * 7 * 24, 17):
            until = begin + timedelta(hours=end)
            past = tuple(hour for hour in arrivals if hour < until)[-900:]
            assert found(history(arrivals=past, last_success_at=until)) == {}, (rate.__name__, until)


def test_a_paper_known_for_less_than_a_week_is_not_judged_by_its_rhythm() -> None:
    arrivals = tuple(hour for hour in published(by_day) if hour < MONDAY + timedelta(days=5))
    assert found(history(arrivals=arrivals, last_success_at=arrivals[-1] + timedelta(days=3))) == {}


def test_what_the_source_file_expects_wins_over_the_rhythm() -> None:
    patient = replace(PAPER, expect=Expect(max_silence=timedelta(days=9)))
    strict = replace(PAPER, expect=Expect(max_silence=timedelta(hours=2)))
    arrivals = published(by_day)
    two_days = history(arrivals=arrivals, last_success_at=arrivals[-1] + timedelta(days=2))
    three_hours = history(arrivals=arrivals, last_success_at=arrivals[-1] + timedelta(hours=3))
    assert list(found(two_days)) == [K.SILENT]
    assert found(two_days, patient) == {}
    assert found(three_hours) == {}
    assert "expects something every 2 hours" in found(three_hours, strict)[K.SILENT].evidence


def test_time_in_which_nobody_listened_is_no_silence() -> None:
    """The machine was off for a week: the pause counts up to the last good crawl only."""
    arrivals = published(by_day)
    assert found(history(arrivals=arrivals, last_success_at=arrivals[-1] + timedelta(hours=2))) == {}


def test_a_week_of_downtime_does_not_teach_that_weeks_are_quiet() -> None:
    begin, end = MONDAY + timedelta(weeks=2), MONDAY + timedelta(weeks=3)
    heard = tuple(hour for hour in published(by_day, weeks=4) if not begin <= hour < end)
    polls = [
        hour for hour in (MONDAY + timedelta(hours=n) for n in range(28 * 24)) if not begin <= hour < end
    ]
    until = heard[-1] + timedelta(hours=12)
    aware, unaware = judge_silence(heard, polls, until), judge_silence(heard, [], until)
    assert aware is not None
    assert unaware is not None
    assert aware.expected_hours > unaware.expected_hours * 1.1


def test_a_source_that_never_brought_an_address_is_silent_after_three_crawls() -> None:
    assert found(history(part(0), part(1), arrivals=())) == {}
    assert list(found(history(arrivals=()))) == [K.SILENT]


def test_a_frozen_feed_is_found_while_the_section_goes_on() -> None:
    arrivals = published(by_day, weeks=8)
    frozen = tuple(hour for hour in arrivals if hour < MONDAY + timedelta(weeks=6))
    past = history(
        arrivals=arrivals, seed_arrivals={FEED: frozen, SECTION: arrivals}, last_success_at=arrivals[-1]
    )
    stale = found(past)
    assert list(stale) == [K.FEED_STALE]
    assert FEED in stale[K.FEED_STALE].evidence


# --- quality ----------------------------------------------------------------------------------------


def test_pages_without_text_are_judged_by_how_common_they_used_to_be() -> None:
    broken = ("no_text",) * 7 + ("kept",) * 3
    assert list(found(history(readings=broken, earlier_readings={"kept": 90, "too_short": 10}))) == [
        K.QUALITY_FELL
    ]
    assert found(history(readings=broken, earlier_readings={"kept": 40, "too_short": 60})) == {}
    assert found(history(readings=("kept",) * 10)) == {}


def test_texts_that_became_a_third_as_long_are_found() -> None:
    assert list(found(history(recent_texts=(300,) * 6, earlier_texts=(2100,) * 20))) == [K.QUALITY_FELL]
    assert found(history(recent_texts=(1500,) * 6, earlier_texts=(2100,) * 20)) == {}
    assert found(history(recent_texts=(300,) * 3, earlier_texts=(2100,) * 20)) == {}


def test_the_same_page_at_many_addresses_is_found() -> None:
    same = found(
        history(repetition=Repetition(8, 10, ("https://bao-thu.example/1", "https://bao-thu.example/2")))
    )
    assert list(same) == [K.IDENTICAL_BODIES]
    assert "https://bao-thu.example/2" in same[K.IDENTICAL_BODIES].evidence
    assert found(history(repetition=Repetition(4, 40, ()))) == {}


def test_everything_rejected_is_found_unless_it_is_only_off_topic() -> None:
    assert list(found(history(recent=("not_html",) * 7 + ("off_topic",) * 5))) == []
    assert list(found(history(recent=("not_html",) * 7 + ("too_short",) * 5))) == [K.ALL_REJECTED]
    assert found(history(recent=("off_topic",) * 40)) == {}


def test_a_topic_that_died_out_is_found_by_what_the_source_used_to_bring() -> None:
    assert found(history(since_kept_count=300, kept_share=0.02)) == {}
    died_out = found(history(since_kept_count=600, kept_share=0.02))
    assert died_out[K.ALL_REJECTED].severity is Severity.INFO


def test_a_server_with_a_wrong_clock_is_found() -> None:
    seeds = {FEED: SeedReading("ok", clock_skew=timedelta(hours=7))}
    assert "7 hours ahead" in found(history(seeds=seeds))[K.CLOCK_SKEW].evidence


def test_every_finding_of_a_source_names_what_to_do() -> None:
    for past in (
        failing(3, "blocked", "blocked"),
        history(arrivals=()),
        history(repetition=Repetition(8, 9, ("a",))),
    ):
        for one in found(past).values():
            assert one.advice.endswith(".")
            assert "`" in one.advice or ".toml" in one.advice


# --- the installation -------------------------------------------------------------------------------


def installation(**changes: Any) -> Installation:
    return Installation(**{"histories": {}, "free_mb": 50_000.0, "needed_mb": 500, **changes})


def whole(facts: Installation, now: datetime = NOW) -> dict[FindingKind, Found]:
    return told(assess_installation(facts, now))


def test_when_hardly_anything_answers_one_finding_says_so_and_the_symptoms_are_left_out() -> None:
    histories = {
        f"bao-{n}": replace(failing(3, "timed_out", "timed_out"), source_id=f"bao-{n}") for n in range(5)
    }
    histories["bao-4"] = replace(histories["bao-4"], open=frozenset({K.UNREACHABLE}))
    facts = installation(histories=histories)
    found_now = [Found(id_, K.UNREACHABLE, Severity.WARNING, "", "") for id_ in histories]
    found_now += assess_installation(facts, NOW)
    left = without_symptoms(found_now, histories)
    assert [(one.source_id, one.kind) for one in left] == [("bao-4", K.UNREACHABLE), (None, K.OFFLINE)]
    histories |= {"bao-1": history(), "bao-2": history()}
    assert whole(installation(histories=histories)) == {}


@pytest.mark.parametrize("outcome", [one for one in (*Outcome, *Rejection) if not is_good(one)])
def test_only_what_our_own_network_would_explain_is_called_offline(outcome: str) -> None:
    """A paper that answers, be it with HTTP 500, is no sign of it."""
    histories = {f"bao-{n}": replace(failing(3, outcome, outcome), source_id=f"bao-{n}") for n in range(3)}
    is_offline = K.OFFLINE in whole(installation(histories=histories))
    assert is_offline is may_be_our_line([outcome])
    if is_offline:
        assert list(found(histories["bao-0"])) == [K.UNREACHABLE]


def test_one_seed_that_answers_tells_that_our_network_works() -> None:
    mixed = {f"bao-{n}": failing(3, "timed_out", "not_found") for n in range(3)}
    assert whole(installation(histories=mixed)) == {}


def test_low_disk_is_resolved_only_with_some_space_to_spare() -> None:
    assert whole(installation(free_mb=400.0))[K.LOW_DISK].severity is Severity.ERROR
    assert whole(installation(free_mb=900.0))[K.LOW_DISK].severity is Severity.WARNING
    assert whole(installation(free_mb=1100.0)) == {}
    assert list(whole(installation(free_mb=1100.0, open=frozenset({K.LOW_DISK})))) == [K.LOW_DISK]
    assert whole(installation(free_mb=1400.0, open=frozenset({K.LOW_DISK}))) == {}


def test_when_all_papers_disagree_with_our_clock_ours_is_wrong() -> None:
    ahead = history(seeds={FEED: SeedReading("ok", clock_skew=timedelta(minutes=40))})
    clock = whole(installation(histories={"a": ahead, "b": ahead, "c": ahead}))[K.CLOCK_SKEW]
    assert "This machine's clock is 40 minutes behind" in clock.evidence
    assert whole(installation(histories={"a": ahead, "b": history(), "c": ahead})) == {}


def service(**changes: Any) -> ServiceRecord:
    values: dict[str, Any] = {
        "mode": "service",
        "owner": Owner("máy", 4711, "boot:1"),
        "version": "0.2",
        "started_at": NOW - timedelta(days=3),
        "beat_at": NOW - timedelta(seconds=30),
        "tick": timedelta(seconds=30),
        "ended_at": None,
        "is_alive": True,
    }
    return ServiceRecord(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({}, False),
        ({"beat_at": NOW - timedelta(minutes=20)}, True),
        ({"is_alive": False}, True),
        ({"ended_at": NOW - timedelta(days=1), "is_alive": False}, False),
        ({"mode": "once", "is_alive": False}, False),
    ],
)
def test_a_service_that_stopped_ticking_is_found_unless_it_was_stopped(
    changes: dict[str, Any], is_found: bool
) -> None:
    assert (K.SERVICE_SILENT in whole(installation(service=service(**changes)))) is is_found


def test_a_mistake_in_a_file_is_quoted() -> None:
    invalid = whole(installation(problems=("bao-thu.toml: nmae: unknown key 'nmae'; did you mean 'name'?",)))
    assert "did you mean 'name'?" in invalid[K.INVALID_SOURCE_FILE].evidence


def test_a_channel_that_fails_three_times_is_found() -> None:
    def state(count: int) -> Channel:
        return Channel("mail", count, NOW, NOW, "the mail server refused (SMTPAuthenticationError 535)")

    assert whole(installation(failing=[state(2)])) == {}
    assert "535" in whole(installation(failing=[state(3)]))[K.ALERT_FAILED].evidence
