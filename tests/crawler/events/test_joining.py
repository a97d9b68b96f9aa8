"""One event, many reports: invented acts are told from their twins, whatever came first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from random import Random
from typing import Any

import pytest

from crawler.events.event import Body, Event, EventKind, EventStatus, NamedObject, Person, Place
from crawler.events.joining import Said, groups, likeness
from crawler.events.profile import Profile, body_key, gazetteer, heard, place_name, profile
from crawler.events.report import Report
from tests.crawler.events.invented import HERE, invented

LEAST_PRECISION = 0.99
LEAST_RECALL = 0.9

Groups = set[frozenset[int]]


@pytest.fixture(scope="module")
def acts() -> Sequence[Sequence[Report]]:
    return invented()


def joined(reports: Iterable[Report]) -> Groups:
    """The articles of each event, found as the collection does: by what reports are filed under."""
    profiles = [profile(one) for one in reports]
    filed: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, one in enumerate(profiles):
        for key, time in one.filed():
            filed[key].append((time, number))
    component = list(range(len(profiles)))

    def root(number: int) -> int:
        while component[number] != number:
            number = component[number]
        return number

    for number, one in enumerate(profiles):
        found = {
            other
            for key, first, last in one.looked_up()
            for time, other in filed[key]
            if first <= time <= last and other != number
        }
        for other in found:
            strength = likeness(one, profiles[other])
            if strength is not None and strength >= 0:
                component[root(number)] = root(other)
    parts: dict[int, list[Profile]] = defaultdict(list)
    for number, one in enumerate(profiles):
        parts[root(number)].append(one)
    return {
        frozenset(one.report.article_id for one in group) for part in parts.values() for group in groups(part)
    }


def pairs(found: Iterable[Iterable[int]]) -> set[tuple[int, int]]:
    return {pair for group in found for pair in combinations(sorted(group), 2)}


def test_reports_of_one_act_are_joined_and_those_of_its_twin_are_not(
    acts: Sequence[Sequence[Report]],
) -> None:
    true = pairs([one.article_id for one in reports] for reports in acts)
    found = pairs(joined(one for reports in acts for one in reports))
    precision, recall = len(true & found) / len(found), len(true & found) / len(true)
    assert precision >= LEAST_PRECISION, precision
    assert recall >= LEAST_RECALL, recall


def test_which_report_came_first_makes_no_difference(acts: Sequence[Sequence[Report]]) -> None:
    reports = [one for some in acts[::4] for one in some]
    shuffled = Random(5).sample(reports, len(reports))
    assert joined(shuffled) == joined(reports)
    profiles = [profile(one) for one in reports[:60]]
    assert groups(reversed(profiles)) == groups(profiles)


def test_what_is_likely_is_so_from_either_side(acts: Sequence[Sequence[Report]]) -> None:
    profiles = [profile(one) for some in acts[:40] for one in some]
    for one, other in combinations(profiles, 2):
        assert likeness(one, other) == likeness(other, one)


PLACE = Place("cửa khẩu Lũng Vài", HERE)
ONE = Event(
    EventKind.MEETING, EventStatus.HELD, HERE, "2024-05-16", None, None, ("CN",), (PLACE,),
    (Person("Lường Văn Khoan", "Chủ tịch UBND tỉnh", "VN", (HERE,)),),
    (Body("UBND tỉnh Cao Bằng", "VN", HERE),),
)  # fmt: skip


def verdict(event: Event, other: Event, **values: Any) -> bool:
    """Whether two reports are of one act; `values` are those of the second."""
    reports = Report(1, 1, 0, event, date(2024, 5, 17)), Report(2, 2, 0, other, date(2024, 5, 18))
    strength = likeness(profile(reports[0]), profile(replace(reports[1], **values)))
    return strength is not None and strength >= 0


@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        ({}, True),
        ({"kind": EventKind.AGREEMENT}, True),
        ({"kind": EventKind.OPERATION}, False),
        ({"date": "2024-05-17"}, True),
        ({"date": "2024-05-18"}, False),
        ({"date": "2024-05-14", "date_end": "2024-05-18"}, True),
        ({"date": "2025-05-16"}, False),
        ({"date": None}, True),
        ({"date": "--05-16"}, True),
        ({"date": "2024-05"}, True),
        ({"date": "2024-06"}, False),
        ({"date": "2024"}, False),
        ({"date": "2024-02-30"}, True),  # as good as none
        ({"countries": ("LA",)}, False),
        ({"people": (), "bodies": ()}, False),  # the same place, and nothing else
        ({"places": (), "bodies": ()}, False),  # the same person, and nothing else
        ({"places": (Place("cửa khẩu Tà Lùng", HERE, "ta-lung-gate"),)}, False),
        ({"bodies": (Body("Ủy ban nhân dân Cao Bằng", "VN", HERE),)}, True),
    ],
)
def test_what_speaks_for_one_act_and_what_against(change: dict[str, Any], is_one: bool) -> None:
    assert verdict(ONE, replace(ONE, **change)) is is_one


def test_two_gates_or_two_provinces_are_two_acts() -> None:
    here = replace(ONE, places=(Place("cửa khẩu Tà Lùng", HERE, "ta-lung-gate"),))
    there = replace(ONE, places=(Place("cửa khẩu Sóc Giang", HERE, "soc-giang-gate"),))
    elsewhere = replace(ONE, places=(Place("Lạng Sơn", HERE),))
    assert {"ta-lung-gate", "soc-giang-gate"} <= gazetteer().places.keys()
    assert verdict(here, here)
    assert not verdict(here, there)
    assert not verdict(here, elsewhere)


def test_a_copy_is_of_the_same_act_although_it_names_nobody() -> None:
    bare = replace(ONE, places=(), people=(), bodies=())
    keys = tuple(bytes([number] * 6) for number in range(48))
    report = Report(1, 1, 0, bare, date(2024, 5, 17), keys)
    for shared, is_one in ((40, True), (6, True), (3, False)):
        other = Report(
            2, 2, 0, bare, date(2024, 5, 18), (*keys[:shared], *(bytes([99, n] * 3) for n in range(9)))
        )
        strength = likeness(profile(report), profile(other))
        assert (strength is not None and strength >= 0) is is_one, shared


def test_a_copy_of_an_undated_report_may_be_printed_days_later() -> None:
    undated = replace(ONE, date=None)
    keys = tuple(bytes([number] * 6) for number in range(48))
    report = profile(Report(1, 1, 0, undated, date(2024, 5, 17), keys))
    for day, shared, is_one in ((21, keys, True), (21, (), False), (25, keys, False)):
        other = profile(Report(2, 2, 0, undated, date(2024, 5, day), shared))
        strength = likeness(report, other)
        assert (strength is not None and strength >= 0) is is_one, (day, len(shared))
        is_found = any(
            number == filed and first <= time <= last
            for number, first, last in report.looked_up()
            for filed, time in other.filed()
        )
        assert is_found or not is_one  # the database is asked for nothing else


def test_another_edition_of_a_series_is_another_act() -> None:
    sixth = replace(ONE, objects=(NamedObject("Gặp gỡ đầu Xuân", "series:gặp gỡ đầu xuân", HERE, 6),))
    seventh = replace(ONE, objects=(NamedObject("Gặp gỡ đầu Xuân", "series:gặp gỡ đầu xuân", HERE, 7),))
    assert verdict(sixth, sixth)
    assert not verdict(sixth, seventh)


def test_one_article_never_reports_one_act_twice() -> None:
    reports = [profile(Report(number, 7, number, ONE, date(2024, 5, 17))) for number in (0, 1)]
    assert [len(group) for group in groups(reports)] == [1, 1]


def test_what_a_person_said_counts_more() -> None:
    far = replace(ONE, date="2024-09-02")
    reports = [Report(1, 1, 0, ONE, None), Report(2, 2, 0, ONE, None), Report(3, 3, 0, far, None)]
    profiles = [profile(one) for one in reports]
    assert [[one.report.id for one in group] for group in groups(profiles)] == [[1, 2], [3]]
    apart, together = Said(apart=frozenset({((1, 0), (2, 0))})), Said(together=frozenset({((1, 0), (3, 0))}))
    assert [[one.report.id for one in group] for group in groups(profiles, apart)] == [[1], [2], [3]]
    assert [one.report.id for one in groups(profiles, together)[0]][:1] == [1]
    assert {1, 3} <= {one.report.id for one in groups(profiles, together)[0]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bộ đội Biên phòng tỉnh Thanh Hóa", "BĐBP Thanh Hoá"),
        ("UBND tỉnh Cao Bằng", "Ủy ban nhân dân Cao Bằng"),
    ],
)
def test_a_body_is_one_however_its_name_is_shortened(one: str, other: str) -> None:
    assert body_key(one) == body_key(other)


def test_foreign_names_are_compared_by_ear() -> None:
    assert heard("Bounthan Keokhamla") == heard("Bun-than Kẹo-khăm-la")
    assert heard("Prum Sovannara") != heard("Kong Vibol")
    assert place_name("Cặp cửa khẩu quốc tế Lũng Vài") == "lũng vài"
