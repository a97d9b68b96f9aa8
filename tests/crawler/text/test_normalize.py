"""The one spelling of a string."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from crawler.text.normalize import clean, decode_entities


def test_composed_letters_and_single_spaces() -> None:
    assert clean(unicodedata.normalize("NFD", "  Cửa\u00a0khẩu\n\tLao  Bảo ")) == "Cửa khẩu Lao Bảo"


def test_what_nobody_sees_goes() -> None:
    assert clean("biên\u200b giới\u00ad \ufeffViệt\u2060 – Lào\u202e") == "biên giới Việt – Lào"


def test_entities_are_decoded_twice_and_no_further() -> None:
    assert decode_entities("&amp;quot;hữu nghị&amp;quot;") == '"hữu nghị"'
    assert decode_entities("&amp;amp;amp;lt;") == "&amp;lt;"
    assert clean("AT&T; R&D & hợp tác") == "AT&T; R&D & hợp tác"


def test_nothing_gives_an_empty_line() -> None:
    assert clean(None) == clean("") == clean("\x00\u200b") == ""


@given(st.text())
def test_the_result_can_always_be_written_as_utf_8(text: str) -> None:
    result = clean(text)
    assert result.encode().decode() == result
    assert "\n" not in result
    assert unicodedata.is_normalized("NFC", result)
