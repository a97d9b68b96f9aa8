"""The pattern language: what it finds, what it refuses, and that it cannot run away."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.topic.mentions import sentence_around
from crawler.topic.pattern import compile_phrase
from crawler.topic.phrase import MAX_CHARS, SENTENCE_BITS, PhraseIndex, Reading, read, read_article
from tests.scale import count

LISTS = {"neighbour": ("lào", "trung quốc", "cam pu chia")}


def found(pattern: str, text: str) -> list[str]:
    reading = read(text)
    return [reading.words[start:end] for start, end in compile_phrase(pattern, LISTS).find(reading)]


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

    def seconds(words: int) -> float:
        reading = Reading("", " " + "a " * words)
        began = time.process_time()
        assert not list(phrase.find(reading))
        return time.process_time() - began

    assert seconds(8_000) < 8 * seconds(2_000)


WORDS = st.sampled_from(["lào", "cửa", "khẩu", "biên", "giới", "phối", "hợp", "công", "an"])


# A busy machine may take its time: what is found is asked, not how fast.
@settings(deadline=None)
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
    assert sorted(span for _, *span in found) == sorted(map(list, phrase.find(reading)))


def test_a_phrase_is_possible_only_where_its_words_stand_in_a_row() -> None:
    index = PhraseIndex([("x", compile_phrase("cửa khẩu ...5 {neighbour}", LISTS))])
    assert not index.possible(read("Khẩu hiệu về Lào treo trên cửa."))
    assert not index.possible(read("Đường đến cửa khẩu. Hàng sang Lào."))
    assert index.possible(read("Ùn tắc! Hàng qua cửa khẩu sang Lào."))


def expression(pattern: str) -> str:
    """Return a pattern of words, brackets and gaps as the regular expression that it stands for."""
    said = {"(": "(?:", "|": "|", ")": ")", ")?": ")?"}
    pieces = re.findall(r"\.\.\.\d|[^\W_]+|\)\?|[(|)]", pattern)
    return "".join(
        f"(?: [^ .]+){{0,{piece[3:]}}}?" if piece[0] == "." else said.get(piece, f" {piece}")
        for piece in pieces
    )


PIECES = st.deferred(
    lambda: st.one_of(WORDS, st.builds("({}){}".format, CHOICES, st.sampled_from(["", "?"])))
)
ROWS = st.lists(PIECES, min_size=1, max_size=3).map(" ".join)
CHOICES = st.lists(ROWS, min_size=1, max_size=3).map("|".join)


@pytest.mark.slow
@settings(deadline=None, max_examples=count(100, 300))
@given(
    rows=st.lists(ROWS, min_size=1, max_size=3),
    gap=st.integers(1, 4),
    sentences=st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=3),
)
def test_a_phrase_finds_what_its_regular_expression_finds(
    rows: list[str], gap: int, sentences: list[str]
) -> None:
    pattern = f" ...{gap} ".join(rows)
    try:
        phrase = compile_phrase(pattern)
    except ValueError:
        return  # nothing of it must occur
    reading = read("! ".join(sentences))
    expected = re.finditer(expression(pattern) + "(?= )", reading.words)
    assert list(phrase.find(reading)) == [(one.start() + 1, one.end()) for one in expected if one[0]]


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
    assert sentence_around(reading, start, start + 8) == 'Hoà Bình "đón" khách'


@pytest.mark.parametrize("title", ["Tin: TP. Lào Cai", None])
def test_each_word_is_kept_as_it_is_written(title: str | None) -> None:
    reading = read_article(title, "Đoàn đến Hoà Bình.", "Đoàn đến Hoà Bình. Ở U-đôm-xay; 5.000 người\nvề!")
    assert len(reading.written) == len(reading.tokens) - 1 == len(reading.spans)
    assert [word.casefold()[:1] for word in reading.written if word.isalpha()] == [
        word[:1] for word in reading.tokens if word.isalpha()
    ]


def test_of_a_longer_text_the_beginning_is_read() -> None:
    reading = read_article(None, None, "a " * MAX_CHARS + "cuối")
    assert "cuối" not in reading.tokens
    assert len(reading.words) <= MAX_CHARS + 10


@pytest.mark.parametrize("text", ["", " ", "...", "\n\n", "!?"])
def test_nothing_reads_as_nothing(text: str) -> None:
    assert not read_article(text, text, text).has_words


def test_of_a_sentence_without_an_end_the_neighbourhood_is_given() -> None:
    reading = read_article(None, None, "chữ " * 500 + "Lào " + "chữ " * 500)
    start = reading.words.index("lào")
    sentence = sentence_around(reading, start, start + 3)
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
