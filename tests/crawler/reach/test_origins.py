"""Whom a text names as its origin; names and hosts are invented."""

from __future__ import annotations

import time

import pytest

from crawler.reach.origins import (
    is_never_a_paper,
    name_keys,
    named_origins,
    registrable,
)


def names(line: str) -> list[str]:
    return [one.name or one.host or "" for one in named_origins([line])]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Theo Báo Suối Bạc, hai bên đã thống nhất mở thêm một phiên chợ.", "Báo Suối Bạc"),
        ("Hai bên sẽ gặp lại sau mùa mưa, theo báo Suối Bạc.", "báo Suối Bạc"),
        ("Báo Người lính biên thùy đưa tin đoàn đã về tới cửa khẩu.", "Báo Người lính biên thùy"),
        ("Theo Tạp chí Rừng núi và biên cương thì đường đã thông.", "Tạp chí Rừng núi và biên cương"),
        ("Theo trang tin điện tử Bến Nước, chợ họp lại từ sáng nay.", "Bến Nước"),
        ("Đài PT-TH Suối Bạc cho biết cầu đã xong.", "Đài PT-TH Suối Bạc"),
        ("Theo báo “Vùng Cao Hôm Nay”, xe hàng đã qua.", "báo Vùng Cao Hôm Nay"),
        ("(Nguồn: suoibac.com.vn)", "suoibac.com.vn"),
        ("Xem thêm tại www.suoibac.vn.", "www.suoibac.vn"),
        ("(Theo TTXVN)", "Thông tấn xã Việt Nam"),
    ],
)
def test_an_origin_is_read_in_sentences_credits_and_hosts(line: str, name: str) -> None:
    assert names(line) == [name]


@pytest.mark.parametrize(
    "line",
    [
        "Theo báo cáo của UBND tỉnh, kim ngạch tăng hai phần ba.",
        "Cơ quan chức năng thông báo Công ty Suối Bạc được mở lại.",
        "Theo báo chí nước bạn, đường đã thông.",
        "Theo Sở Ngoại vụ, đoàn có ba mươi người.",
        "(Theo Sở Ngoại vụ)",
        "Trang phục của bà con hai bản giống nhau.",
        "Gửi về banbientap@suoibac.vn hoặc gọi số máy trực.",
        "Hết quý II.Vn chỉ còn ba điểm.t.la là gõ nhầm.",
        "Bán kính 3.5 km quanh mốc 605.",
        "Đại diện Báo Suối Bạc trao quà cho bà con.",
    ],
)
def test_what_only_sounds_like_one_is_none(line: str) -> None:
    assert names(line) == []


@pytest.mark.parametrize(
    "unit",
    ["Báo Ví Dụ (", "báo A ", "theo   ", "Theo báo ", "(theo ", "a.vn.", " a.vn", "báo Ví Dụ cho biết (x "],
)
def test_lines_of_nothing_else_are_read_in_time_that_grows_with_their_length(unit: str) -> None:
    start = time.process_time()
    for _ in named_origins([unit * (200_000 // len(unit))]):
        pass
    assert time.process_time() - start < 4


def test_a_credit_without_a_word_for_a_paper_may_be_a_person() -> None:
    (one,) = named_origins(["(Theo Lò Văn Pấng)"])
    assert (one.name, one.is_certain) == ("Lò Văn Pấng", False)


def test_the_words_around_a_name_are_shown_and_cut_at_spaces() -> None:
    line = "Mở đầu là một câu rất dài. " * 12 + "Theo Báo Suối Bạc, chợ đã mở. " + "Hết là câu dài nữa. " * 12
    (one,) = named_origins([line])
    assert "Theo Báo Suối Bạc, chợ đã mở." in one.words
    assert one.words.startswith("…")
    assert one.words.endswith("…")
    assert len(one.words) < 200
    assert all(word in line.split() for word in one.words.strip("…").split())


def test_spellings_of_one_name_share_a_key() -> None:
    spellings = (
        "Báo Suối Bạc",
        "báo điện tử Suối Bạc",
        "SUỐI BẠC",
        "Báo và Phát thanh, Truyền hình Suối Bạc",
    )
    assert frozenset.intersection(*map(name_keys, spellings)) == {"suoibac"}
    assert not name_keys("Báo Suối Bạc") & name_keys("Cổng thông tin điện tử Suối Bạc")
    assert "suoibac" in name_keys("Suối Bạc – Tiếng nói vùng biên")


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("tin.suoibac.vn", "suoibac.vn"),
        ("tin.suoibac.com.vn", "suoibac.com.vn"),
        ("suoibac.com", "suoibac.com"),
        ("songoaivu.suoibac.gov.vn", "songoaivu.suoibac.gov.vn"),
        ("127.0.0.19", "127.0.0.19"),
    ],
)
def test_what_one_house_has_registered(host: str, registered: str) -> None:
    assert registrable(host) == registered


def test_networks_and_shops_are_no_papers() -> None:
    assert is_never_a_paper("l.facebook.com")
    assert is_never_a_paper("maps.google.com.vn")
    assert not is_never_a_paper("suoibac.vn")
