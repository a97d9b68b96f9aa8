"""The run's identity."""

from __future__ import annotations

from dataclasses import replace

from crawler.report import RunReport, RunStatus, SourceReport, Tally, total

TALLY = Tally(
    considered=12,
    known_count=40,
    stored=3,
    revised=1,
    unchanged=1,
    duplicate=1,
    rejected={"off_topic": 3, "robots": 1},
    failed={"timed_out": 1},
    pending=1,
)


def test_every_considered_url_is_counted_once() -> None:
    assert TALLY.adds_up
    assert not replace(TALLY, pending=0).adds_up
    assert not replace(TALLY, considered=13).adds_up


def test_the_sum_of_sources_adds_reasons() -> None:
    both = total([TALLY, replace(TALLY, rejected={"off_topic": 4})])
    assert both.rejected == {"off_topic": 7, "robots": 1}
    assert both.considered == 24


def test_two_wrongs_do_not_make_a_right() -> None:
    more, less = replace(TALLY, considered=13), replace(TALLY, considered=11)
    sources = {"a": SourceReport(more), "b": SourceReport(less)}
    report = RunReport(1, "crawl", RunStatus.DONE, "2026-11-20T00:00:00Z", None, sources)
    assert report.tally.adds_up
    assert not report.adds_up


def test_the_json_has_the_fixed_keys() -> None:
    report = RunReport(1, "crawl", RunStatus.DONE, "2026-11-20T00:00:00Z", None, {"a": SourceReport(TALLY)})
    document = report.to_json()
    fixed = {"run_id", "kind", "status", "started_at", "ended_at", "considered", "known_count", "stored"}
    fixed |= {"revised", "unchanged", "duplicate", "near_duplicate", "rejected", "failed", "pending"}
    assert fixed | {"sources"} <= set(document)
    assert document["sources"]["a"]["considered"] == 12
    assert "sources" not in report.to_json(with_sources=False)
