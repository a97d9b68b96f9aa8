"""Folding for search."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from crawler.text.fold import fold


def test_marks_and_the_barred_d_go() -> None:
    assert fold("Đường biên giới Hòa Bình – QUẢNG TRỊ") == "duong bien gioi hoa binh – quang tri"


def test_both_spellings_of_a_letter_fold_alike() -> None:
    text = "Thừa Thiên Huế, Đắk Lắk"
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
