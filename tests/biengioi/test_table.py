"""Tables that fit: every width, no word cut, no number lost."""

from __future__ import annotations

import re

import pytest

from biengioi.table import char_width, lay_out, wrap

COLUMNS = ("id", "published", "source", "grade", "score", "title")
RIGHT = ("id", "score")
ROWS = [
    ["3", "2026-11-30 07:11", "bao-bien", "related", "100", "Hai bên mở thêm làn xe ở cặp cửa khẩu vùng cao"],
    ["1234567", "2026-11-29", "bao-rat-dai-ten", "core", "7", "Ngắn"],
    ["12", "", "bao", "", "0", "越南 và 老挝 ký"],
]


@pytest.mark.parametrize("width", [200, 120, 80, 60, 40, 20, 5])
def test_every_word_and_number_is_there_whole(width: int) -> None:
    lines = list(lay_out(COLUMNS, ROWS, RIGHT, width))
    words = set(re.split(r"\s+", " ".join(lines)))
    assert {word for row in ROWS for cell in row for word in cell.split()} <= words
    longest = max(char_width(word) for word in words)
    assert all(char_width(line) <= max(width, longest + 8) for line in lines)
    assert width < longest or all(char_width(line) <= width for line in lines) or width < 30


def test_a_wide_terminal_has_one_line_for_each_row() -> None:
    lines = list(lay_out(COLUMNS, ROWS, RIGHT, 200))
    assert len(lines) == len(ROWS) + 1
    assert lines[0].index("grade") == lines[1].index("related") == lines[2].index("core")
    assert lines[1].index("3") == lines[0].index("id") + 1  # numbers end where their name ends


def test_the_longest_text_is_wrapped_first_and_between_words() -> None:
    head, first, *_ = lay_out(COLUMNS, ROWS, RIGHT, 90)
    assert head.startswith("     id  published")
    assert "2026-11-30 07:11" in first
    assert "cặp cửa khẩu" not in first


def test_a_narrow_terminal_has_records() -> None:
    assert list(lay_out(COLUMNS, ROWS, RIGHT, 40))[:4] == [
        "id 3",
        "  published 2026-11-30 07:11",
        "  source bao-bien · grade related",
        "  score 100",
    ]


def test_names_of_columns_may_be_marked() -> None:
    assert list(lay_out(("a", "b"), [["1", "2"]], (), 80, head=str.upper)) == ["A  B", "1  2"]
    assert list(lay_out(("a", "b"), [], (), 80)) == ["a  b"]


def test_colours_take_no_room() -> None:
    assert char_width("\x1b[31mđỏ\x1b[0m") == 2
    assert list(wrap("\x1b[1mhai chữ\x1b[0m", 7)) == ["\x1b[1mhai chữ\x1b[0m"]


def test_a_word_that_is_too_long_stays_whole() -> None:
    url = "https://bao.example/" + "a" * 60
    assert list(wrap(f"xem {url} nhé", 20, "  ", "    ")) == ["  xem", f"    {url}", "    nhé"]
