"""Snippets: the passage that shows why, and the words in it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.query import parse_query
from crawler.text.snippet import LENGTH, make_snippet

FILLER = "Chợ phiên sáng nay đông người bán rau của bản trên và bản dưới. "


def shown(query: str, text: str, title: str = "") -> list[str]:
    """What is highlighted in the title, then in the passage."""
    snippet = make_snippet(title, text, parse_query(query))
    return [
        *(title[start:end] for start, end in snippet.title_highlights),
        *(snippet.text[start:end] for start, end in snippet.highlights),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cửa khẩu", ["Cửa khẩu"]),
        ("cua khau", ["Cửa khẩu"]),
        ("CUA KHAU", ["Cửa khẩu"]),
        (unicodedata.normalize("NFD", "cửa khẩu"), ["Cửa khẩu"]),
        ("đường", ["Đường"]),
        ("duong", ["Đường", "dương"]),
        ("hòa bình", ["Hoà Bình"]),
        ("khẩu cửa", ["Cửa", "khẩu"]),
        ('"khẩu cửa"', []),
        ("thông qu*", ["thông quan"]),
        ("xe -Hoà", ["Xe"]),
        ("dương OR khau", ["khẩu", "dương"]),
        ("lung-vai", ["Lũng Vài"]),
    ],
)
def test_the_words_are_found_as_the_search_finds_them(query: str, expected: list[str]) -> None:
    text = "Cửa khẩu Lũng Vài thông quan. Đường Hoà Bình hợp tác. Xe ra đại dương."
    assert shown(query, text) == expected
    decomposed = unicodedata.normalize("NFD", text)
    assert shown(query, decomposed) == [unicodedata.normalize("NFD", one) for one in expected]


def test_a_word_with_other_marks_is_no_hit_where_the_right_one_is() -> None:
    assert shown("cửa khẩu", FILLER, title="Thông xe qua cửa khẩu") == ["cửa khẩu"]
    assert shown("cửa", FILLER, title="Thông xe qua cửa khẩu") == ["cửa"]
    assert shown("cửa", FILLER) == ["của"]


def test_the_passage_with_most_of_the_words_is_chosen() -> None:
    text = FILLER * 5 + "Xe chở mận.\n" + FILLER * 5 + "Xe chở mận qua cầu Nà Sương." + FILLER * 5
    snippet = make_snippet("", text, parse_query("(xe OR cầu) mận"))
    assert "Nà Sương" in snippet.text
    assert snippet.text.startswith("… ")
    assert snippet.text.endswith(" …")
    assert "\n" not in snippet.text


def test_without_a_hit_in_the_text_its_beginning_is_shown() -> None:
    snippet = make_snippet("Cửa khẩu", FILLER * 9, parse_query("cửa khẩu"))
    assert (snippet.text[:9], snippet.highlights, snippet.title_highlights) == ("Chợ phiên", (), ((0, 8),))


LETTERS = st.text(st.characters(categories=["L", "Nd"]), max_size=20)


@given(st.text(max_size=900), LETTERS, st.text(max_size=20))
def test_highlights_lie_in_the_passage_in_order_and_apart(text: str, word: str, title: str) -> None:
    snippet = make_snippet(title, f"{text} {word} {text}", parse_query(f"cửa OR {word} OR lối"))
    assert len(snippet.text) <= LENGTH + 4
    for spans, length in ((snippet.highlights, len(snippet.text)), (snippet.title_highlights, len(title))):
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(set(edges))
        assert all(0 <= edge <= length for edge in edges)
