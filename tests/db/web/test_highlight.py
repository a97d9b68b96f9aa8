"""The marked text: joined again it is what is stored, and the marks are where the words are."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.topic.phrase import MAX_CHARS
from crawler.topic.topic import Topic
from db.web.highlight import Marked, Paragraph, marked

TITLE = "Cửa khẩu Trà Lĩnh thông quan trở lại"
LEAD = "Sáng nay, lực lượng hai nước Việt Nam - Trung Quốc gặp gỡ tại cửa khẩu Trà Lĩnh."
BODY = "Hai bên ký biên bản hợp tác biên giới.\nTỉnh Quảng Tây cử đoàn sang Cao Bằng."
WORDS = st.sampled_from(
    [
        "cửa khẩu",
        "Trà Lĩnh",
        "Lào",
        "Lào Cai",
        "a",
        ".",
        "\n",
        " ",
        "hợp tác",
        "&amp;",
        "đ",
        "\u0301",
        "x" * 30,
    ]
)


@cache
def topic() -> Topic:
    return Topic.load()


def joined(paragraphs: tuple[Paragraph, ...]) -> str:
    return "\n".join("".join(piece.text for piece in paragraph) for paragraph in paragraphs)


def shown(article: Marked) -> tuple[str, str]:
    return "".join(piece.text for piece in article.title), joined((*article.lead, *article.body))


def test_terms_and_places_are_marked_where_they_stand() -> None:
    article = marked(topic(), title=TITLE, lead=LEAD, text=f"{LEAD}\n{BODY}")
    assert shown(article) == (TITLE, f"{LEAD}\n{BODY}")
    pieces = [
        piece for part in ((article.title,), article.lead, article.body) for one in part for piece in one
    ]
    places = {piece.place.id: piece.text for piece in pieces if piece.place}
    assert places["tra-linh-gate"] == "Trà Lĩnh"
    assert places["quang-tay"] == "Quảng Tây"
    assert places["CN"] == "Trung Quốc"
    assert any(piece.terms and "hợp tác" in piece.text for piece in pieces)
    assert len(article.lead) == 1
    assert len(article.body) == 2


@pytest.mark.parametrize("title", [None, "", TITLE])
@pytest.mark.parametrize("lead", [None, LEAD, "A lead that the text does not begin with."])
def test_missing_parts_are_no_trouble(title: str | None, lead: str | None) -> None:
    text = f"{LEAD}\n{BODY}"
    assert shown(marked(topic(), title=title, lead=lead, text=text)) == (title or "", text)


def test_of_a_very_long_text_nothing_is_lost() -> None:
    text = f"{LEAD}\n" + "Trà Lĩnh và Móng Cái. " * (MAX_CHARS // 12)
    assert len(text) > MAX_CHARS * 1.5
    assert shown(marked(topic(), title=TITLE, lead=LEAD, text=text))[1] == text


@given(st.lists(WORDS, max_size=25).map("".join), st.lists(WORDS, max_size=8).map("".join))
@settings(max_examples=60, deadline=None)
def test_no_text_is_changed_by_marking_it(text: str, title: str) -> None:
    seen_title, seen = shown(marked(topic(), title=title, lead=None, text=text))
    assert seen_title == title
    assert seen == "\n".join(line for line in text.split("\n") if line)
