"""Word diff: what it shows, that nothing is lost in it, and that no text makes it slow."""

from __future__ import annotations

import time
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.word_diff import Segment, word_diff


def marked(old: str, new: str) -> str:
    """The diff as ``git diff --word-diff`` writes it."""
    forms = {"equal": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}"}
    return "".join(forms[segment.op].format(segment.text) for segment in word_diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Thông quan 12 xe.", "Thông quan 15 xe.", "Thông quan [-12-]{+15+} xe."),
        ("Hai bên họp.", "Hai bên đã họp.", "Hai bên {+đã +}họp."),
        ("Hai bên đã họp.", "Hai bên họp.", "Hai bên [-đã -]họp."),
        ("Cửa khẩu Trà Lĩnh", "Cửa khẩu Tà Lùng", "Cửa khẩu [-Trà Lĩnh-]{+Tà Lùng+}"),
        ("họp ở xã Lũng Vài", "họp ở xã Nà Sương hôm nay", "họp ở xã [-Lũng Vài-]{+Nà Sương hôm nay+}"),
        ("Kết thúc họp", "Kết thúc, họp", "Kết thúc{+,+} họp"),
        ("Đoạn một.\nĐoạn hai.", "Đoạn một.\nĐoạn mới.\nĐoạn hai.", "Đoạn một.\n{+Đoạn mới.\n+}Đoạn hai."),
        ("Đoạn một.", "Đoạn một.\nĐoạn hai.", "Đoạn một.{+\nĐoạn hai.+}"),
        ("", "Tin mới.", "{+Tin mới.+}"),
        ("Tin cũ.", "", "[-Tin cũ.-]"),
        ("Không đổi.", "Không đổi.", "Không đổi."),
        ("", "", ""),
    ],
)
def test_the_words_that_changed_are_marked(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


_TEXTS = st.text(alphabet="ab, .\n\u0301đ", max_size=60)


@given(_TEXTS, _TEXTS)
def test_both_versions_can_be_read_off(old: str, new: str) -> None:
    segments = word_diff(old, new)
    assert "".join(one.text for one in segments if one.op != "insert") == old
    assert "".join(one.text for one in segments if one.op != "delete") == new
    assert all(one.text for one in segments)
    assert all(one.op != other.op for one, other in pairwise(segments))


def test_an_edit_in_one_paragraph_leaves_the_others_whole() -> None:
    paragraphs = [f"Đoạn {number} của bản tin về cửa khẩu." for number in range(50)]
    edited = [*paragraphs[:20], "Đoạn 20 của bản tin về lối mở.", *paragraphs[21:]]
    segments = word_diff("\n".join(paragraphs), "\n".join(edited))
    assert [one.op for one in segments] == ["equal", "delete", "insert", "equal"]
    assert segments[1:3] == (Segment("delete", "cửa khẩu"), Segment("insert", "lối mở"))


@pytest.mark.parametrize("unit", ["a b ", "a ", "\n", "a\n", "à á"])
def test_texts_that_repeat_themselves_without_end_are_compared_in_bounded_time(unit: str) -> None:
    before = time.process_time()
    word_diff(unit * 30_000, (unit + "x ") * 20_000)
    for count in (100, 150, 200, 400):
        word_diff(unit * count, (unit + "x ") * count)
    assert time.process_time() - before < 8


def test_a_long_text_is_compared_in_bounded_time() -> None:
    random = Random(1)
    words = [f"từ{number}" for number in range(3000)]
    old = " ".join(random.choices(words, k=150_000))
    before = time.process_time()
    word_diff(old, old.replace("từ77 ", "chữ "))
    word_diff(old, " ".join(random.choices(words, k=150_000)))
    assert time.process_time() - before < 8
