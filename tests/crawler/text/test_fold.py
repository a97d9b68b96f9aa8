"""Folding for search."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.fold import fold, has_marks


def plainly(text: str) -> str:
    """The rule, word for word: fold case, decompose, drop the marks, đ and ð are d, compose."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("ð", "d"))


def test_marks_and_the_barred_d_go() -> None:
    assert fold("Đường biên giới Hòa Bình – QUẢNG TRỊ") == "duong bien gioi hoa binh – quang tri"


def test_the_letter_that_old_fonts_wrote_for_d_with_stroke_is_the_same() -> None:
    assert fold("\u00d0ồng \u0110ăng") == "dong dang"


def test_both_spellings_of_a_letter_fold_alike() -> None:
    text = "Thừa Thiên Huế, Đắk Lắk"
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_letter_by_letter_is_as_good_as_the_whole_text(text: str) -> None:
    assert fold(text) == plainly(text)


def test_every_character_folds_as_the_rule_says() -> None:
    letters = [chr(code) for code in range(0x80, 0x3400)]
    assert [char for char in letters if fold(char) != plainly(char)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("cua khau", False), ("CUA KHAU", False), ("cửa", True), ("di", False), ("đi", True), ("Đ", True)],
)
def test_marks_are_noticed_and_case_is_not(text: str, expected: bool) -> None:
    assert has_marks(text) is expected
    assert has_marks(unicodedata.normalize("NFD", text)) is expected
