"""The content hash is fixed: its vectors, and what must not change it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.identity.content import canonical_text, content_hash


def test_vectors() -> None:
    assert canonical_text("HOÀ BÌNH, quý-báu") == "hòa bình quý báu"
    assert content_hash("HOÀ BÌNH, quý-báu").startswith("2d8d346901ad12f3")
    assert content_hash("diện tích 10 km²").startswith("015805e5c81e1d0a")


def test_vectors_of_the_seeds(shared: Path) -> None:
    record = (shared / "seeds" / "003_1add130850aa5d6e.txt").read_text("utf-8").split("\n")
    assert content_hash(record[4]).startswith("7c60ca1013fc2e32")
    plain = (shared / "seeds" / "000_bf2434454e11219c.txt").read_text("utf-8").split("\n")
    assert content_hash("\n".join(plain[:-4])).startswith("2e6b9783096f7a47")


@pytest.mark.parametrize(
    ("old", "modern"),
    [
        ("hoà", "hòa"), ("hoá", "hóa"), ("thoả", "thỏa"), ("xoã", "xõa"), ("hoạ", "họa"),
        ("loè", "lòe"), ("khoé", "khóe"), ("thuỳ", "thùy"), ("thuý", "thúy"), ("uỷ", "ủy"),
        ("luỹ", "lũy"), ("tuỵ", "tụy"), ("THUÝ HOÀ", "thúy hòa"),
    ],
)  # fmt: skip
def test_old_tone_placement_is_the_same_word(old: str, modern: str) -> None:
    assert canonical_text(old) == modern
    assert content_hash(old) == content_hash(modern)


def test_the_letter_that_old_fonts_wrote_for_d_with_stroke_is_the_same() -> None:
    assert canonical_text("\u00d0ỒNG \u00d0ăng") == canonical_text("Đồng Đăng") == "đồng đăng"


@pytest.mark.parametrize("word", ["hoàn", "quý", "quỳ", "toàn", "khoản", "thuyền", "quả", "loạn"])
def test_words_that_only_look_like_it_stay(word: str) -> None:
    assert canonical_text(word) == word


def _by_the_letter(text: str) -> str:
    """Return the canonical text as the reference words it, character by character; ð (U+00F0) is đ."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    folded = folded.replace("\u00f0", "đ")
    old = ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"]
    modern = ["òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"]
    spelling = dict(zip(old, modern, strict=True))
    tones = re.compile(f"(?<!q)(?:{'|'.join(old)})(?![^\\W\\d_])")
    placed = tones.sub(lambda match: spelling[match.group()], folded)
    kept = (c if (k := unicodedata.category(c))[0] == "L" or k == "Nd" else " " for c in placed)
    return " ".join("".join(kept).split())


_SYLLABLES = st.text("hoàáảãạèéẻẽẹuỳýỷỹỵqn  ,.-2²Ⅷ一\u0300\u0301HOÀQÝ", max_size=40)


@given(st.one_of(st.text(), _SYLLABLES))
def test_the_canonical_text_is_what_the_design_says(text: str) -> None:
    assert canonical_text(text) == _by_the_letter(text)


def test_every_character_is_kept_or_dropped_by_its_category() -> None:
    everything = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    pieces = (everything[start : start + 50] for start in range(0, 0x3400, 50))  # few, as in an article
    for some in (everything, *pieces):
        assert canonical_text("a".join(some)) == _by_the_letter("a".join(some))


def test_typesetting_does_not_change_the_hash() -> None:
    plain = "Hai bên nhất trí mở lại cặp cửa khẩu vào ngày 5 tháng 11"
    reprint = "HAI BÊN nhất trí, mở lại “cặp cửa khẩu”\nvào ngày 5 – tháng 11…"
    assert content_hash(plain) == content_hash(reprint)
    assert content_hash(plain) == content_hash(unicodedata.normalize("NFD", plain))
    assert content_hash(plain) != content_hash(plain.replace("5", "6"))


@given(st.text())
def test_canonical_text_is_a_fixed_point(text: str) -> None:
    once = canonical_text(text)
    assert canonical_text(once) == once
    assert once == once.strip()
    assert "  " not in once
