"""Days as news writes them, and the years that they get."""

from __future__ import annotations

import pytest

from crawler.events.dates import Calendar, Day, edition_year, find_dates, parse_published, told_year
from crawler.events.extract import Article
from crawler.events.prose import Prose


def resolved(text: str, published: str | None = "2024-03-04") -> list[tuple[str, str | None]]:
    calendar = Calendar(parse_published(published))
    found = [calendar.resolve(one) for one in find_dates(Prose("", text))]
    return [(str(days[0]), str(days[1]) if days[1] else None) for days in found if days]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Chiều 27/2, hai bên hội đàm", "2024-02-27", None),
        ("Ngày 27-2 tại Móng Cái", "2024-02-27", None),
        ("Sáng 27.2, tại Móng Cái", "2024-02-27", None),
        ("ngày 3 tháng 5 năm 2019", "2019-05-03", None),
        ("sáng nay (2.3)", "2024-03-02", None),
        ("Hôm qua, đoàn đã sang", "2024-03-03", None),
        ("hôm nay hội đàm", "2024-03-04", None),
        ("từ ngày 3 đến 5/2", "2024-02-03", "2024-02-05"),
        ("từ 12-14/2", "2024-02-12", "2024-02-14"),
        ("trong hai ngày 5 và 6/2", "2024-02-05", "2024-02-06"),
        ("ngày 15 - 16/2", "2024-02-15", "2024-02-16"),
        ("trong các ngày 5, 6 và 7/2", "2024-02-05", "2024-02-07"),
        ("ngày mùng 3/2", "2024-02-03", None),
        ("hôm thứ Bảy 2/3", "2024-03-02", None),
        ("ngày 3, tháng 2, năm 2024", "2024-02-03", None),
        ("từ ngày 30/12/2023 đến 2/1/2024", "2023-12-30", "2024-01-02"),
        ("cuối tháng 11-2018", "2018-11", None),
        ("vào tháng 2", "2024-02", None),
        ("năm 2019", "2019", None),
        ("ngày 28/12, đoàn", "2023-12-28", None),
        ("trong hai ngày họp (20-21/2), hai bên", "2024-02-20", "2024-02-21"),
        ("lễ khánh thành (3/2) có hai đoàn", "2024-02-03", None),
    ],
)
def test_a_day_is_found_and_gets_its_year(text: str, first: str, last: str | None) -> None:
    assert resolved(text) == [(first, last)]


@pytest.mark.parametrize(
    "text",
    ["hai phần 1/2 dân số", "trực 24/24 giờ", "tăng 3.5%", "Quyết định 12/2020/QĐ", "tỷ số 2-1", "ngày 31/2"],
)
def test_other_numbers_are_no_days(text: str) -> None:
    assert resolved(text) == []


def test_without_a_publication_the_year_is_what_the_text_tells_or_nothing() -> None:
    assert resolved("Ngày 27/2, hai bên", None) == [("--02-27", None)]
    assert resolved("hôm nay hội đàm", None) == []
    prose = Prose("", "Ngày 10/1 bàn giao. Trước đó, ngày 11/10/2018, có đơn")
    dates = find_dates(prose)
    told = (told_year(one, prose.low, is_plan=False, is_head=False) for one in dates)
    calendar = Calendar(None, tuple(filter(None, told)))
    assert [str(calendar.resolve(one)[0]) for one in dates if calendar.resolve(one)] == [  # type: ignore[index]
        "2019-01-10",
        "2018-10-11",
    ]


def test_what_is_to_come_is_in_the_next_year_and_what_was_in_the_last() -> None:
    calendar = Calendar(parse_published("2024-11-20"))
    (words,) = find_dates(Prose("", "ngày 5/2"))
    assert str(calendar.resolve(words, True)[0]) == "2025-02-05"  # type: ignore[index]
    assert str(calendar.resolve(words, False)[0]) == "2024-02-05"  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2017", Day(2017)),
        ("2024-08", Day(2024, 8)),
        ("2024-08-03T10:00:00+07:00", Day(2024, 8, 3)),
        ("Thứ ba, 31/3/2020, 00:00", Day(2020, 3, 31)),
        ("2024-13-40", Day(2024)),
        ("2024-02-31", None),
        ("hôm qua", None),
        ("", None),
        (None, None),
    ],
)
def test_a_publication_is_read_as_far_as_it_goes(text: str | None, wanted: Day | None) -> None:
    assert parse_published(text) == wanted


def test_the_year_of_an_edition_follows_from_the_earlier_ones() -> None:
    text = (
        "Giao lưu lần thứ tư sắp diễn ra. Lần thứ nhất năm 2014, lần thứ hai năm 2015, lần thứ ba năm 2016."
    )
    assert edition_year(Prose("", text)) == 2017
    assert edition_year(Prose("", "Hội chợ lần thứ 20 khai mạc, khác lần thứ hai năm 2012")) is None


def told(*texts: str, day: str = "5/6") -> str:
    """Return the day that a text says of a day without a year."""
    prose = Prose("", " ".join((f"Ngày {day}, hai bên hội đàm.", *texts)))
    dates = find_dates(prose)
    years = (told_year(one, prose.low, is_plan=False, is_head=False) for one in dates)
    days = Calendar(None, tuple(filter(None, years))).resolve(dates[0])
    assert days
    return str(days[0])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Từ đầu năm 2019 đến nay đã có ba lần như vậy.", "2019-06-05"),
        ("Cuộc gặp ngày 5/6/2020 là lần thứ hai, sau lần của năm 2014.", "2020-06-05"),
        ("Con số này tăng 10% so với cùng kỳ năm 2021. Lần trước là tháng 10/2021.", "2022-06-05"),
        ("Ông sinh năm 2001.", "--06-05"),
        ("Hai bên dẫn Nghị định 2015.", "--06-05"),
    ],
)
def test_without_a_publication_the_likeliest_year_is_said(text: str, wanted: str) -> None:
    assert told(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ngày 12/3, hai bên thông xe cầu. Cuối tháng 5/2019, tỉnh sẽ khởi công đường dẫn.", "2019-03-12"),
        ("Ngày 12/6, hai bên hội đàm, kỷ niệm 50 năm quan hệ (24/6/1967 - 24/6/2017).", "2017-06-12"),
        ("Ngày 12/9, hai bên hội đàm nhân kỷ niệm 55 năm quan hệ (1962-2017).", "2017-09-12"),
        ("Ngày 12/12, hai bên hội đàm, hướng tới kỷ niệm 40 năm (7/1/1979 - 7/1/2019).", "2018-12-12"),
        ("Ngày 12/3, hai bên hội đàm. Nhiệm kỳ của họ là 2011-2016.", "--03-12"),
        ("Ngày 12/3, hai bên ôn lại kỷ niệm đẹp của những năm 2003-2006.", "--03-12"),
    ],
)
def test_a_plan_soon_after_and_a_jubilee_tell_the_year(text: str, wanted: str) -> None:
    article = Article("", text, None)
    dated = article.dating.dates[0]
    days = article.dating.calendar.resolve(dated.words)
    assert days is not None
    assert str(days[0]) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Ngày 15/5, tỉnh đón 12 hài cốt liệt sĩ được tìm thấy trong mùa khô 2017-2018 tại Lào.",
            "2018-05-15",
        ),
        ("Ngày 15/5, tỉnh đón 12 hài cốt, sau mùa khô năm 2016 – 2017 tại Lào.", "2017-05-15"),
        ("Ngày 15/11, hai tỉnh mở lớp học tiếng của năm học 2017-2018.", "2017-11-15"),
        ("Ngày 29/1, hai đồn biên phòng hội đàm định kỳ quý IV/2025.", "2026-01-29"),
        ("Ngày 18/11, hai đồn biên phòng hội đàm định kỳ quý 3 năm 2025.", "2025-11-18"),
        ("Sáng 12/5, hai bên dự Tọa đàm kinh tế Việt Nam - Trung Quốc 2017.", "2017-05-12"),
        ("Ngày 12/12, tỉnh họp bàn về Hội chợ Việt - Trung lần thứ 20 năm 2020.", "2020-12-12"),
        (
            "Ngày 13/11, hai bên khánh thành trường học, khởi công tháng 6/2018, xong tháng 7/2019.",
            "2019-11-13",
        ),
        ("Ngày 12/5, hai bên nói về 2018 tấn hàng.", "--05-12"),
        ("Ngày 12/5, hai bên bàn quy hoạch 2021-2030.", "--05-12"),
    ],
)
def test_seasons_quarters_and_names_tell_the_year(text: str, wanted: str) -> None:
    dating = Article("", text, None).dating
    days = dating.calendar.resolve(dating.dates[0].words)
    assert days is not None
    assert str(days[0]) == wanted


def test_the_first_quarter_that_is_planned_is_not_that_of_the_news() -> None:
    text = "Ngày 30/5, hai bên hội đàm. Lễ động thổ vào ngày 18/7/2017. Cầu sẽ chạy thử trong quý I/2020."
    dating = Article("", text, None).dating
    days = dating.calendar.resolve(dating.dates[0].words)
    assert days is not None
    assert str(days[0]) == "2017-05-30"


def test_days_of_several_years_are_no_jubilee() -> None:
    assert resolved("mở từ 1/6/2018 - 31/12/2019") == [("2018-06-01", "2019-12-31")]


def test_the_years_of_a_jubilee_are_no_days() -> None:
    assert resolved("kỷ niệm 50 năm quan hệ (24/6/1967 - 24/6/2017)") == []
