"""One spelling for all: what a reading keeps the same, and how it finds its way back."""

from __future__ import annotations

import unicodedata

import pytest

from crawler.topic.tokens import MAX_CHARS, read, read_article

TEXT = "Uỷ ban tỉnh Hoà An thoả thuận với Cam-pu-chia – hai bên cùng thắng ở Đồng Đăng. Hết câu."


def entities(text: str) -> str:
    return "".join(one if one.isascii() else f"&#{ord(one)};" for one in text)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: unicodedata.normalize("NFD", text),
        entities,
        str.upper,
        lambda text: text.upper().replace("Đ", "\u00d0"),
        lambda text: text.replace("–", "-").replace("-", "—"),
        lambda text: text.replace(" ", "  "),
        lambda text: text.replace("Uỷ", "Ủy").replace("oà", "òa").replace("oả", "ỏa"),
    ],
)
def test_the_same_words_read_the_same_however_they_are_typeset(change) -> None:  # type: ignore[no-untyped-def]
    assert read(change(TEXT)).words == read(TEXT).words


def test_a_sentence_ends_at_a_full_stop_and_not_in_a_number_or_abbreviation() -> None:
    assert read("Có 3.000 xe. Ở TP. Lạng Sơn, T.Ư họp! Xong").words == (
        " có 3 000 xe . ở tp lạng sơn t ư họp . xong "
    )


def test_title_lead_and_body_are_told_apart() -> None:
    reading = read_article("Tiêu đề", "Mở đầu.", "Mở đầu.\nThân bài.")
    zones = {word: reading.zone(reading.words.index(word)) for word in ("tiêu", "mở", "thân")}
    assert zones == {"tiêu": "title", "mở": "lead", "thân": "text"}


def test_without_a_lead_the_first_words_stand_in_to_the_end_of_their_sentence() -> None:
    first = "chữ " * 70 + "cuối. "
    reading = read_article(None, None, first + "Câu sau.")
    assert reading.zone(reading.words.index("cuối")) == "lead"
    assert reading.zone(reading.words.index("sau")) == "text"


@pytest.mark.parametrize("lead", ["Đoàn đến Hà Nội.", None, ""])
def test_a_word_leads_back_to_its_place_and_its_sentence(lead: str | None) -> None:
    reading = read_article("Tin &amp; ảnh", lead, "Đoàn đến Hà Nội. Hoà   Bình &quot;đón&quot; khách.")
    start = reading.words.index("hòa bình")
    assert reading.source[slice(*reading.source_span(start, start + 8))] == "Hoà   Bình"
    assert reading.sentence(start, start + 8) == 'Hoà Bình "đón" khách'


def test_of_a_longer_text_the_beginning_is_read() -> None:
    reading = read_article(None, None, "a " * MAX_CHARS + "cuối")
    assert "cuối" not in reading.sentences_of
    assert len(reading.words) <= MAX_CHARS + 10


@pytest.mark.parametrize("text", ["", " ", "...", "\n\n", "!?"])
def test_nothing_reads_as_nothing(text: str) -> None:
    assert not read_article(text, text, text).sentences_of


def test_of_a_sentence_without_an_end_the_neighbourhood_is_given() -> None:
    reading = read_article(None, None, "chữ " * 500 + "Lào " + "chữ " * 500)
    start = reading.words.index("lào")
    sentence = reading.sentence(start, start + 3)
    assert "Lào" in sentence
    assert len(sentence) < 900


@pytest.mark.parametrize(
    ("title", "text", "form"),
    [
        ("Tin", "chữ " * 80, "article"),
        ("Tin", "Một câu.", "teaser"),
        ("Tin", " ", "title"),
        (None, "chữ " * 80, "untitled"),
        ("", "Một câu.", "untitled"),
    ],
)
def test_what_there_is_of_an_article_is_known(title: str | None, text: str, form: str) -> None:
    assert read_article(title, None, text).form == form
