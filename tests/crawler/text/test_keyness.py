"""What stands out: against numbers worked out by hand, and against what it must never say."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from crawler.text.keyness import Standout, standouts, without_overlaps, words_of


def test_log_odds_and_z_are_those_of_the_paper() -> None:
    # n = 100 and 300, so the prior weighs 100; of "x" it is 100 x (40 + 20) / 400 = 15.
    (found,) = standouts({"x": 40, "y": 60}, {"x": 20, "y": 280})
    odds_here = (40 + 15) / (100 + 100 - 40 - 15)
    odds_there = (20 + 15) / (300 + 100 - 20 - 15)
    assert found.term == "x"
    assert (found.count, found.other_count) == (40, 20)
    assert found.log_odds == pytest.approx(math.log(odds_here / odds_there))
    assert found.z == pytest.approx(math.log(odds_here / odds_there) / math.sqrt(1 / 55 + 1 / 35))


def test_what_both_sides_have_alike_does_not_stand_out_and_what_one_has_does() -> None:
    here = {"và": 200, "của": 190, "cách ly": 30, "một lần": 1}
    there = {"và": 400, "của": 385, "sân bay": 60}
    assert [one.term for one in standouts(here, there)] == ["cách ly"]
    assert [one.term for one in standouts(there, here)] == ["sân bay"]


def test_a_chance_find_of_few_articles_is_not_sure() -> None:
    assert standouts({"a": 2, "và": 300}, {"a": 1, "và": 300}) == []


@pytest.mark.parametrize(("here", "there"), [({}, {}), ({"a": 5}, {}), ({}, {"a": 5}), ({"a": 9}, {"a": 9})])
def test_without_anything_to_compare_nothing_stands_out(here: dict[str, int], there: dict[str, int]) -> None:
    assert standouts(here, there) == []


def test_words_are_syllables_and_pairs_that_no_sign_number_or_line_divides() -> None:
    found = words_of("Hoà bình, hợp tác\nbiên giới 20 năm")
    assert {"hòa bình", "hợp tác", "biên giới", "năm", "giới"} <= found
    assert not {"bình hợp", "tác biên", "giới năm", "giới 20", "20"} & found


def ranked(*terms: str) -> list[Standout]:
    return [Standout(term, 9, 0, 1.0, 9.0 - number) for number, term in enumerate(terms)]


def test_a_word_that_only_repeats_a_stronger_one_is_left_out() -> None:
    found = without_overlaps(ranked("cửa khẩu", "khẩu", "khẩu quốc", "quốc tế", "tế cửa", "tại cửa", "bến"))
    assert [one.term for one in found] == ["cửa khẩu", "quốc tế", "bến"]


@pytest.mark.parametrize("said", ["hợp tác", "hop tac", '"Hợp tác"'])
def test_what_was_asked_for_is_no_news(said: str) -> None:
    found = without_overlaps(ranked("hợp tác", "tổ hợp", "tác xã", "tác", "lao động"), said)
    assert [one.term for one in found] == ["lao động"]


def test_counters_will_do() -> None:
    assert standouts(Counter(["a"] * 50 + ["b"]), Counter(["b"] * 50))[0].term == "a"
