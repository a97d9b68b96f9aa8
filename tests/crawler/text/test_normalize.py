"""The spellings of a text, and whether it is Vietnamese."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.normalize import (
    canonical_text,
    clean,
    content_hash,
    decode_entities,
    detect,
    fold,
    has_marks,
)


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


VIETNAMESE = (
    "Đoàn đại biểu hai tỉnh đã khảo sát tuyến đường nối cửa khẩu với bãi trung chuyển hàng hóa, "
    "sau đó làm việc với lực lượng kiểm dịch và hải quan."
)


def test_vietnamese_is_recognised_with_foreign_names_in_it() -> None:
    assert detect(VIETNAMESE) == "vi"
    assert detect(VIETNAMESE + " Savannakhet, Champasak, Khammouane, Houaphanh, Phongsaly") == "vi"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12/11/2026 08:30",
        fold(VIETNAMESE),
        "The two provinces agreed to open the border gate for longer hours in December.",
        "Les deux provinces ont décidé d'élargir la coopération frontalière à l'été prochain.",
        "ສອງແຂວງຕົກລົງເຫັນດີເປີດດ່ານຊາຍແດນສາກົນໃຫ້ດົນຂຶ້ນ",
        "两省一致同意延长口岸通关时间，加强边境合作。",
        "ខេត្តទាំងពីរបានព្រមព្រៀងគ្នាបើកច្រកទ្វារព្រំដែន",
    ],
)
def test_other_texts_are_not(text: str) -> None:
    assert detect(text) == "und"


def test_ordinary_articles_are_all_recognised(shared: Path) -> None:
    missed = seen = 0
    with gzip.open(shared / "corpus/relevance/background.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)["text"]
            if len(text) > 200 and seen < 3000:
                seen += 1
                missed += detect(text) != "vi"
    assert seen == 3000
    assert missed <= 3, "donor lists of names without marks are the only ones known"


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


def test_canonically_that_letter_of_old_fonts_is_the_same_too() -> None:
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


@pytest.mark.slow
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
