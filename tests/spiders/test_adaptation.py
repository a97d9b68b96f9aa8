"""What a check says about a source's file, case by case."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from crawler.source import ArticleRules, Seed, SeedKind, Source
from spiders.adaptation import Adaptation, Verdict, adapt, is_offline, next_question
from spiders.check_result import SeedCheck, SourceCheck

TODAY = date(2026, 11, 20)
FEED = "https://bao.example/a.rss"
BAO = Source(id="bao", name="Báo", homepage="https://bao.example", seeds=(Seed(SeedKind.FEED, FEED),))
SOURCES = {"bao": BAO, "khac": Source(id="khac", name="Khác", homepage="https://www.khac.example")}
SAMPLE = {"url": "https://bao.example/1.html", "title": "Tin", "published_at": "2026-11-19T08:00:00Z"}


def checked(
    home: str = "ok", feed: str = "ok", *, detail: str = "", sample: bool = True, **more: Any
) -> SourceCheck:
    check = SourceCheck("bao", seeds=[SeedCheck("feed", FEED, feed, link_count=3)], **more)
    check.home = SeedCheck("home", BAO.homepage, home, detail)
    check.sample = SAMPLE if sample else None
    return check


def judged(source: Source, check: SourceCheck) -> Adaptation:
    return adapt(source, check, SOURCES | {source.id: source}, TODAY)


def test_a_living_source_is_left_as_it_is() -> None:
    found = judged(BAO, checked())
    assert (found.verdict, found.is_change) == (Verdict.ALIVE, False)
    assert next_question(BAO, checked(), SOURCES) is None


@pytest.mark.parametrize(
    ("home", "feed", "verdict"),
    [
        ("dns_failed", "dns_failed", Verdict.DEAD),
        ("connection_refused", "not_found", Verdict.DEAD),
        ("dns_silent", "dns_silent", Verdict.UNSURE),
        ("server_error", "server_error", Verdict.UNSURE),
        ("ok", "not_found", Verdict.UNSURE),
        ("blocked", "not_found", Verdict.BLOCKED),
        ("ok", "throttled", Verdict.BLOCKED),
    ],
)
def test_a_source_without_an_article_is_judged_by_its_answers(home: str, feed: str, verdict: Verdict) -> None:
    found = judged(BAO, checked(home, feed, sample=False))
    assert found.verdict is verdict
    assert found.new.enabled == (verdict is not Verdict.DEAD)


def test_a_dead_source_that_was_disabled_keeps_its_reason() -> None:
    unseen = replace(BAO, enabled=False, disabled_because="Chưa thấy.", retry=True)
    assert not judged(unseen, checked("dns_failed", "dns_failed", sample=False)).is_change


def test_what_was_switched_off_on_purpose_is_not_touched() -> None:
    off = replace(BAO, enabled=False, disabled_because="Không cần.")
    assert not judged(off, checked()).is_change
    assert next_question(off, checked("ok", "not_found", sample=False), SOURCES) is None


def moved_to(url: str) -> SourceCheck:
    check = checked("offsite_redirect", "offsite_redirect", sample=False)
    check.home.moved_to = url
    return check


def test_a_redirect_into_a_private_network_is_never_followed() -> None:
    for url in ("http://10.0.0.7/", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/"):
        check = moved_to(url)
        assert next_question(BAO, check, SOURCES) is None
        assert (judged(BAO, check).verdict, judged(BAO, check).is_change) == (Verdict.UNSURE, False)


def test_a_redirect_that_is_not_for_good_is_not_followed() -> None:
    detail = "is redirected for now to https://moi.example/; if"
    check = checked("offsite_redirect", "offsite_redirect", detail=detail, sample=False)
    assert next_question(BAO, check, SOURCES) is None
    assert judged(BAO, check).verdict is Verdict.UNSURE


def test_a_paper_that_leads_to_another_source_has_it_as_successor() -> None:
    found = judged(BAO, moved_to("https://khac.example/trang-chu"))
    assert (found.verdict, found.new.successor, found.new.retry) == (Verdict.JOINED, "khac", False)


def test_a_move_is_followed_with_seeds_hosts_and_pattern() -> None:
    source = replace(BAO, article=ArticleRules(r"bao\.example/.*-\d+$", ("https://bao.example/x-1",)))
    check = moved_to("https://moi.example/")
    asked = next_question(source, check, SOURCES)
    assert asked is not None
    assert (asked.homepage, asked.hosts) == ("https://moi.example", ("bao.example",))
    check.asked, check.again = asked, checked()
    check.again.seeds[0].url = "https://moi.example/a.rss"
    found = judged(source, check)
    assert found.verdict is Verdict.MOVED
    text = (
        f'id = "bao"\nname = "Báo"\nhomepage = "{BAO.homepage}"\n[[seeds]]\nkind = "feed"\nurl = "{FEED}"\n'
    )
    declared = tomllib.loads(found.written(text, TODAY))
    assert declared["homepage"] == "https://moi.example"
    assert declared["seeds"] == [{"kind": "feed", "url": "https://moi.example/a.rss"}]
    assert declared["last_seen"] == "2026-11-19"


def test_a_paper_that_has_not_written_for_two_years_is_asleep() -> None:
    check = checked()
    check.sample = SAMPLE | {"published_at": "2023-05-02T08:00:00Z"}
    found = judged(BAO, check)
    assert (found.verdict, found.new.enabled, found.new.last_seen) == (Verdict.ASLEEP, False, "2023-05-02")


def test_a_network_that_is_away_is_not_a_dead_paper() -> None:
    assert is_offline([checked("dns_silent", "timed_out", sample=False)])
    assert not is_offline([checked("dns_failed", "dns_failed", sample=False), checked("server_error", "ok")])
    assert not is_offline([])
