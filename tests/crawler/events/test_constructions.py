"""Constructions that any Vietnamese paper uses, each with an invented sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.events.event import Event, EventKind
from crawler.events.extract import extract_events
from crawler.topic.phrase import PhraseIndex, Reading


def events(title: str, text: str, published: str | None = None) -> tuple[Event, ...]:
    return extract_events(title, text, published)


def one(title: str, text: str, published: str | None = None) -> Event:
    (event, *_) = events(title, text, published)
    return event


TALKS = "Đồn biên phòng Việt - Lào hội đàm"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # The year that stands beside a day is its own, though another is told more often.
        (
            "Chiều 9/12, hai bên Việt - Lào hội đàm năm 2025. Theo biên bản năm 2024, việc này là thứ hai.",
            "2025-12-09",
        ),
        # A feast is named by a day of the moon.
        ("Tết mùng 3 tháng 3 năm nay, ngày 21/4, hai bên Việt - Lào hội đàm.", "--04-21"),
        # A jubilee of years long gone.
        (
            "Nhân kỷ niệm 70 năm (20/1/1949 - 20/1/2019), ngày 18/1, hai bên Việt - Lào hội đàm.",
            "2019-01-18",
        ),
        # Who was born in a year.
        ("Ngày 20/4, hai bên Việt - Lào hội đàm về vụ của Nông Thị Thử (SN 2001).", "--04-20"),
        # What was asked for on a day was asked for then.
        (
            "Ngày 27/9, hai bên Việt - Lào hội đàm. Ngày 20/8/2025, phía Lào gửi công hàm đề nghị việc này.",
            "2025-09-27",
        ),
        # What has been since a day was not on it.
        (
            "Hai bên Việt - Lào hội đàm, lần đầu kể từ ngày 5/11/2017. Ngày 2/3/2020, đoàn về nước.",
            "2020-03-02",
        ),
        # A protocol is no decree, whose day would be its own.
        ("Nghị định thư được hai bên Việt - Lào thông qua tại hội đàm ngày 26/4/2017.", "2017-04-26"),
        # A picture's day is not that of the news.
        (
            "Hai bên hội đàm, sáng 9/7/2013. Ảnh: Văn Thử\nNgày 16/3/2016, hai bên Việt - Lào hội đàm.",
            "2016-03-16",
        ),
    ],
)
def test_the_day_of_talks(text: str, wanted: str) -> None:
    assert one(TALKS, text).date == wanted


def test_what_lasts_from_a_time_on_is_no_event() -> None:
    text = (
        "Ngày 28/10/2025, hai bên Việt - Lào hội đàm. Từ tháng 9/2024 cho đến nay, hai bên Việt - Lào đã"
        " tuần tra chung nhiều lần. Từ ngày 3/9/2025 đến nay, hai bên Việt - Lào tuần tra chung được một lần."
    )
    assert [event.date for event in events(TALKS, text)] == ["2025-10-28"]


def test_some_months_are_one_time() -> None:
    text = "Cuối tháng 9, đầu tháng 10/2009, Việt Nam và Lào khánh thành cầu Thử Mẫu nối hai tỉnh."
    (event,) = events("Việt - Lào khánh thành cầu Thử Mẫu", text)
    assert (event.date, event.date_end) == ("2009-09", "2009-10")


@pytest.mark.parametrize(
    "further",
    [
        "Đoàn chúc mừng Lào nhân dịp Quốc khánh (9/11).",
        "Phía Lào đề nghị hai bên Việt - Lào hội đàm lần sau ngày 3/12/2024.",
        "Tháng 10/2023, hai bên Việt - Lào hội đàm lần trước.",
    ],
)
def test_occasions_wishes_and_months_are_no_further_events(further: str) -> None:
    assert len(events(TALKS, f"Ngày 7/11/2024, hai bên Việt - Lào hội đàm. {further}")) == 1


def test_acts_on_one_day_at_two_gates_are_two() -> None:
    text = (
        "Ngày 2/3/2024, Việt Nam và Campuchia khánh thành cột mốc 30 tại cửa khẩu Lệ Thanh."
        " Cùng ngày, Việt Nam và Campuchia khánh thành cột mốc 275 tại cửa khẩu Tịnh Biên."
    )
    found = events("Việt Nam - Campuchia khánh thành hai cột mốc", text)
    assert [event.kind for event in found] == [EventKind.DEMARCATION] * 2
    assert [event.date for event in found] == ["2024-03-02"] * 2


def test_the_day_on_which_a_handover_is_told_of_is_not_its_own() -> None:
    text = (
        "Ngày 20/10, Bộ đội Biên phòng tỉnh Thử cho biết vừa tiếp nhận 15 công dân do phía Campuchia bàn giao"
        " tại cửa khẩu Xa Mát."
    )
    event = one("Tiếp nhận 15 công dân do Campuchia bàn giao", text)
    assert (event.kind, event.date) == (EventKind.HANDOVER, None)


def test_talks_are_not_at_the_gates_that_they_speak_of() -> None:
    text = (
        "Ngày 2/3, hai bên Việt - Lào hội đàm. Hai bên Việt - Lào trao đổi về việc nâng cấp cửa khẩu La Lay."
    )
    assert one(TALKS, text).places == ()


@pytest.mark.parametrize("title", ["Lễ hội ba nước Việt - Lào - Trung", "Lễ hội Trung - Việt và Lào"])
def test_a_row_of_countries(title: str) -> None:
    text = f"Tối 29/12, {title} khai mạc."
    assert set(one(title, text).countries) == {"CN", "LA"}


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        (
            "Việt Nam - Campuchia cùng khánh thành cột mốc",
            "Ngày 2/3, Thủ tướng Việt Nam và Thủ tướng Campuchia dự lễ khánh thành cột mốc 30.",
            EventKind.DEMARCATION,
        ),
        (
            "Cầu Thử Mẫu nối Việt Nam - Trung Quốc hoạt động trở lại",
            "Ngày 2/3, cầu Thử Mẫu nối Việt Nam và Trung Quốc chính thức hoạt động trở lại.",
            EventKind.GATE,
        ),
        (
            "Phía Trung Quốc tạm dừng hoạt động xuất nhập khẩu",
            "Ngày 2/3, phía Trung Quốc tạm dừng hoạt động xuất nhập khẩu tại cửa khẩu Tân Thanh.",
            EventKind.GATE,
        ),
        (
            "Biên phòng trao hai ngôi nhà cho hộ nghèo Lào",
            "Ngày 2/3, Bộ đội Biên phòng trao hai ngôi nhà mới cho hai gia đình người Lào.",
            EventKind.AID,
        ),
        (
            "Tạm dừng tàu liên vận Việt - Trung",
            "Ngày 2/3, đường sắt hai nước Việt Nam và Trung Quốc tạm dừng tàu liên vận.",
            EventKind.TRADE,
        ),
        (
            "Gặp gỡ hữu nghị thanh niên Việt - Lào",
            "Ngày 2/3, thanh niên hai nước Việt - Lào gặp gỡ hữu nghị.",
            EventKind.EXCHANGE,
        ),
    ],
)
def test_which_act(title: str, text: str, kind: EventKind) -> None:
    assert one(title, text).kind is kind


def test_the_order_in_which_words_are_found_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked up in sets, whose order differs from process to process."""
    title = "Việt - Lào gặp gỡ hữu nghị"
    text = "Ngày 2/3, Việt Nam bàn giao trường học cho huyện Mường Hai (Lào) và gặp gỡ hữu nghị với bạn."
    said = events(title, text)
    find = PhraseIndex.find

    def find_backwards(self: PhraseIndex, reading: Reading) -> Iterator[tuple[str, int, int]]:
        return reversed([*find(self, reading)])

    monkeypatch.setattr(PhraseIndex, "find", find_backwards)
    assert events(title, text) == said
