"""A short run of what `./run fuzz` goes on with: the same inputs each time."""

from __future__ import annotations

import time

import pytest
from hypothesis import strategies as st

from tests.fuzz.catalogue import FOUND, PROPERTIES, Property
from tests.fuzz.run import TooSlow, bounded, fault_of, find_fault

SEED = 2026
INPUTS = 30


@pytest.mark.parametrize("one", PROPERTIES, ids=lambda one: one.name)
def test_nothing_foreign_breaks_a_reader(one: Property) -> None:
    fault = find_fault(one, size="short", inputs=INPUTS, round_seed=SEED)
    assert fault is None, fault


@pytest.mark.parametrize("number", range(len(FOUND)))
def test_what_broke_a_reader_once_breaks_none(number: int) -> None:
    name, value = FOUND[number]
    (one,) = [one for one in PROPERTIES if one.name == name]
    bounded(one.check, value)


def test_an_exception_is_found_with_the_smallest_input_that_raises_it() -> None:
    def check(text: str) -> None:
        if len(text) > 3 and "đ" in text:
            raise ValueError(text)

    fault = fault_of(st.text("abđ"), check, inputs=200, round_seed=SEED)
    assert fault is not None
    assert "ValueError: aaađ" in fault or "ValueError: đaaa" in fault


def test_an_input_that_takes_too_long_for_its_size_is_found() -> None:
    def check(text: str) -> None:
        stop = time.process_time() + 0.3
        while time.process_time() < stop:
            pass

    with pytest.raises(TooSlow, match="for 7 characters"):
        bounded(check, "bảy chữ", short_limit_s=0.1)
    bounded(check, "bảy chữ" * 10_000, short_limit_s=0.1)


def test_a_check_that_holds_finds_nothing() -> None:
    assert fault_of(st.text(), lambda text: None, inputs=20, round_seed=SEED) is None
