"""What a terminal, a mail header or a page would obey is no part of scraped text any more."""

from __future__ import annotations

import unicodedata
from itertools import chain

from crawler.text.harmless import one_line


def test_every_character_is_kept_or_dropped_by_its_category() -> None:
    by_category: dict[str, list[str]] = {}
    for char in map(chr, chain(range(0x11000), range(0xE0000, 0xE0200))):
        by_category.setdefault(unicodedata.category(char), []).append(char)
    for category, chars in by_category.items():
        found = {one_line(char) for char in chars if char not in "\u200c\u200d"}
        if category in ("Cc", "Zl", "Zp"):
            assert found == {" "}, category
        elif category in ("Cf", "Cs"):
            assert found == {""}, category
        else:
            assert "".join(one_line(char) for char in chars) == "".join(chars), category


def test_joiners_and_words_around_what_is_dropped_stay() -> None:
    assert one_line("cửa khẩu\n\u202eHữu\u200dNghị\x1b[31m") == "cửa khẩu Hữu\u200dNghị [31m"
    assert one_line(None) == ""
    assert one_line(7) == "7"
