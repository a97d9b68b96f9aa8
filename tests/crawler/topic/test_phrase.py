"""The pattern language: what it finds, what it refuses, and that it cannot run away."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.topic.phrase import PhraseIndex, compile_phrase
from crawler.topic.tokens import SENTENCE_BITS, read

LISTS = {"neighbour": ("lào", "trung quốc", "cam pu chia")}


def found(pattern: str, text: str) -> list[str]:
    words = read(text).words
    return [words[start:end] for start, end in compile_phrase(pattern, LISTS).find(words)]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("cửa khẩu", "Cửa khẩu Hữu Nghị"),
        ("thỏa thuận", "Hai bên ký THOẢ THUẬN"),
        ("việt trung", "quan hệ Việt – Trung"),
        ("(thăm|tiếp) đoàn", "ông tiếp đoàn"),
        ("thăm (chính thức)? lào", "thăm Lào"),
        ("thăm (chính thức)? lào", "thăm chính thức Lào"),
        ("phối hợp ...5 {neighbour}", "phối hợp với công an tỉnh bạn Lào"),
        ("sang {neighbour}", "sang Cam-pu-chia"),
    ],
)
def test_a_pattern_finds_what_it_says(pattern: str, text: str) -> None:
    assert found(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("lào", "làoi"),
        ("lào", "phào"),
        ("thông quan", "thông quang"),
        ("phối hợp ...2 lào", "phối hợp với công an tỉnh Lào"),
        ("phối hợp ...9 lào", "Hai bên phối hợp. Lào là nước bạn"),
        ("cửa khẩu", "đóng cửa\nkhẩu đội"),
    ],
)
def test_words_end_where_vietnamese_words_end(pattern: str, text: str) -> None:
    assert not found(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(a+)+", "'+'"),
        ("a.*b", "'.'"),
        ("[ab]", "'['"),
        ("(lào", "never closed"),
        ("lào)", "outside brackets"),
        ("lào|trung quốc", "outside brackets"),
        ("(lào|)", "empty"),
        ("{nowhere} x", "no list 'nowhere'"),
        ("...5 lào", "begins or ends with a gap"),
        ("lào ...99 lào", "1 to 15"),
        ("a ...5 b ...5 c ...5 d", "more than 2 gaps"),
        ("(lào)?", "no word that must occur"),
        ("", "no word that must occur"),
    ],
)
def test_a_wrong_pattern_is_refused_with_its_reason(pattern: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        compile_phrase(pattern, LISTS)
    assert problem in str(caught.value)


def test_the_worst_pattern_is_linear_in_the_text() -> None:
    phrase = compile_phrase("(a|a a) ...15 (a|a a) ...15 b")
    words = " " + "a " * 20_000
    began = time.perf_counter()
    assert not list(phrase.find(words))
    assert time.perf_counter() - began < 10


WORDS = st.sampled_from(["lào", "cửa", "khẩu", "biên", "giới", "phối", "hợp", "công", "an"])


@given(
    left=st.lists(WORDS, min_size=1, max_size=3),
    right=st.lists(WORDS, min_size=1, max_size=3),
    sentences=st.lists(st.lists(WORDS, max_size=8), max_size=5),
    gap=st.integers(1, 5),
)
def test_the_index_finds_what_the_phrase_finds_in_however_many_sentences(
    left: list[str], right: list[str], sentences: list[list[str]], gap: int
) -> None:
    phrase = compile_phrase(f"({' '.join(left)}|{' '.join(right)}) ...{gap} {right[0]}")
    # Behind the first few sentences come more than have a bit of their own.
    reading = read(f"{'! '.join(map(' '.join, sentences))}{'! a' * SENTENCE_BITS}! {' '.join(left + right)}!")
    found = PhraseIndex([("x", phrase)]).find(reading)
    assert sorted(span for _, *span in found) == sorted(map(list, phrase.find(reading.words)))
