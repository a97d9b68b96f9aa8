"""The spellings of a text, and whether it is Vietnamese."""

from __future__ import annotations

import gzip
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.normalize import clean, decode_entities, detect, fold, has_marks


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
