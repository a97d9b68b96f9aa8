"""The corpus formats: what is read is written back byte for byte, what is malformed is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import UsageError
from crawler.formats.corpus import (
    RULE,
    CorpusRecord,
    decode_corpus,
    file_name,
    read_corpus,
    write_plain,
    write_record,
)
from tests.articles import make_text

URL = "https://bao-thu.example/tin/1.html"
BODY = make_text(1).replace("\n", " ")
RECORD = f"{URL}\n{RULE}\nCửa khẩu mở lại\n{RULE}\n{BODY}\n{RULE}\n"


def test_a_record_is_read_and_written_back() -> None:
    record = read_corpus(RECORD)
    assert record == CorpusRecord(URL, "Cửa khẩu mở lại", BODY)
    assert write_record(record) == RECORD


def test_what_a_record_does_not_have_is_an_empty_line() -> None:
    record = CorpusRecord(None, None, BODY)
    assert write_record(record) == f"\n{RULE}\n\n{RULE}\n{BODY}\n{RULE}\n"
    assert read_corpus(write_record(record)) == record


def test_paragraphs_and_stray_line_ends_become_spaces_in_a_record() -> None:
    record = CorpusRecord(URL, "Hai\r\ndòng", "Một.\nHai.")
    assert write_record(record).splitlines() == [URL, RULE, "Hai dòng", RULE, "Một. Hai.", RULE]


def test_a_plain_text_is_read_and_written_back() -> None:
    record = read_corpus(make_text(2))
    assert record == CorpusRecord(None, None, make_text(2))
    assert write_plain(record) == make_text(2)


@pytest.mark.parametrize(
    "tail",
    [
        "Tác giả: Nông Văn Sình\nÝ kiến bạn đọc\nNhững tin mới hơn\nNhững tin cũ hơn",
        "TÁC GIẢ: N.S\n",
        " Những tin cũ hơn \n\n",
        "Ý kiến bạn đọc",
    ],
)
def test_furniture_at_the_end_of_a_plain_text_is_cut(tail: str) -> None:
    assert read_corpus(f"{make_text(2)}\n{tail}").text == make_text(2)


def test_furniture_words_within_a_text_stay() -> None:
    text = f"Ý kiến bạn đọc\n{make_text(2)}\nNhững tin mới hơn sẽ được cập nhật."
    assert read_corpus(text).text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no text"),
        ("\n \n", "no text"),
        ("Tác giả: P.V\nÝ kiến bạn đọc", "no text"),
        (RECORD.removesuffix("\n"), "must end with one line end"),
        (RECORD + "\n", "must end with one line end"),
        (RECORD + "thêm\n", "must end with one line end"),
        (RECORD.replace(RULE, RULE[1:], 1), "line 2 must be 17 hyphens"),
        (RECORD.replace("mở lại", "mở\nlại"), "line 4 must be 17 hyphens"),
        (RECORD.replace(BODY, make_text(1)), "line 6 must be 17 hyphens"),
        (f"{URL}\n{RULE}\nTiêu đề", "line 4 must be 17 hyphens"),
        (RECORD.replace(BODY, " "), "line 5, the text, is empty"),
        (RECORD.replace("https:", "javascript:"), "line 1 must be an http or https address"),
    ],
)
def test_what_is_malformed_is_named(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_corpus(text)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbf" + RECORD.encode(), "byte order mark"),
        (RECORD.replace("\n", "\r\n").encode(), "carriage return in line 1"),
        (RECORD.encode().replace("mở".encode(), b"m\xe7"), "not UTF-8 at byte"),
        (RECORD.encode("utf-16-le"), "NUL|not UTF-8"),
        (b"a\0b", "NUL"),
    ],
)
def test_bytes_that_are_not_plain_utf_8_are_named(data: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        decode_corpus(data)


LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda line: line.strip() and "-" * 10 not in line
)


@given(LINE, LINE)
def test_any_record_survives(title: str, body: str) -> None:
    record = CorpusRecord(URL, title, body)
    assert read_corpus(decode_corpus(write_record(record).encode())) == record


def test_files_are_numbered_and_named_by_their_hash() -> None:
    assert file_name(0, "ab" * 32) == "000_abababababababab.txt"
    assert file_name(12_345, "ab" * 32) == "12345_abababababababab.txt"
