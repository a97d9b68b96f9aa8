"""Times as Vietnamese sites write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.article import LOCAL_ZONE, Precision, Published, format_instant
from crawler.text.dates import date_from_url, parse_feed_date, read_moment

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def read(text: str, now: datetime | None = NOW) -> Published | None:
    """What is stored of the time that a page's text names."""
    moment = read_moment(text, now)
    return moment.published() if moment else None


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Sun, 23 Aug 2026 02:00:00 +0700", "2026-08-22T19:00:00Z"),
        ("Sun, 23 Aug 26 05:52:00 +0700", "2026-08-22T22:52:00Z"),
        ("Sat, 22 Aug 2026 22:58:22 +07:00", "2026-08-22T15:58:22Z"),
        ("Sat, 22 Aug 2026 23:13:00 +07", "2026-08-22T16:13:00Z"),
        ("Sat, 22 Aug 2026 23:13:00 GMT+7", "2026-08-22T16:13:00Z"),
        ("8/22/2026 11:00:00 PM", "2026-08-22T16:00:00Z"),
        ("8/5/2026 1:02:03 AM", "2026-08-04T18:02:03Z"),
        ("8/23/2026 5:20:00\u202fAM", "2026-08-22T22:20:00Z"),
        ("10/11/2026 11:30:05 PM", "2026-10-11T16:30:05Z"),
        ("Sat, 11 Jul 2026 04:05:09 GMT", "2026-07-11T04:05:09Z"),
        ("Sat, 11 Jul 2026 04:05:09 UT", "2026-07-11T04:05:09Z"),
        ("Sat, 11 Jul 2026 04:05:09 Z", "2026-07-11T04:05:09Z"),
        ("Sat, 11 Jul 2026 04:05:09 EST", "2026-07-11T09:05:09Z"),
        ("Sat, 11 Jul 2026 04:05:09 PDT", "2026-07-11T11:05:09Z"),
        ("Sat, 11 Jul 2026 04:05:09 -0500 (EST)", "2026-07-11T09:05:09Z"),
        ("Sat Jul 11 04:05:09 ICT 2026", "2026-07-10T21:05:09Z"),
        ("Sat Jul 11 04:05:09 GMT+07:00 2026", "2026-07-10T21:05:09Z"),
        ("Sat Jul 11 04:05:09 2026", "2026-07-10T21:05:09Z"),
    ],
)
def test_every_form_of_the_feeds_is_read(text: str, stored: str) -> None:
    published = parse_feed_date(text, NOW)
    assert published is not None
    assert published.at == stored


@pytest.mark.parametrize(
    ("text", "stored", "precision"),
    [
        ("Thứ Sáu, 20/11/2026 08:30 (GMT+7)", "2026-11-20T01:30:00Z", "minute"),
        ("Thứ tư - 27/03/2024 08:42", "2024-03-27T01:42:00Z", "minute"),
        ("Thứ năm, 2/11/2023, 19:20 (GMT+7)", "2023-11-02T12:20:00Z", "minute"),
        ("Thứ Hai, ngày 20/07/2026 - 06:31", "2026-07-19T23:31:00Z", "minute"),
        ("08:30 | 20/11/2026", "2026-11-20T01:30:00Z", "minute"),
        ("8h30 ngày 20-11", "2026-11-20T01:30:00Z", "minute"),
        ("lúc 8 giờ 30 phút ngày 20 tháng 11 năm 2026", "2026-11-20T01:30:00Z", "minute"),
        ("14 giờ ngày 19/11/2026", "2026-11-19T07:00:00Z", "hour"),
        ("24/12/12 11:05 tối", "2012-12-24T16:05:00Z", "minute"),
        ("05-05-2020 | 07:05:11 SA", "2020-05-05T00:05:11Z", "second"),
        ("05-05-2020 | 12:30 CH", "2020-05-05T05:30:00Z", "minute"),
        ("07-03-2026 - 00:01 AM", "2026-03-06T17:01:00Z", "minute"),
        ("15:20 PM | 21/12/2012", "2012-12-21T08:20:00Z", "minute"),
        ("20.11.2026", "2026-11-20", "day"),
        ("20/11/26", "2026-11-20", "day"),
        ("Nov 20, 2026", "2026-11-20", "day"),
        ("tháng 11/2026", "2026-11", "month"),
        ("2024-03-27+0708:42:50", "2024-03-27T01:42:50Z", "second"),
        ("2024-03-27ICT08:42:50", "2024-03-27T01:42:50Z", "second"),
        ("2026-07-17T18:49:00", "2026-07-17T11:49:00Z", "minute"),
        ("2026-11-20T01:30:00.000Z", "2026-11-20T01:30:00Z", "minute"),
        ("1784503916", "2026-07-19T23:31:56Z", "second"),
    ],
)
def test_every_form_of_the_pages_is_read(text: str, stored: str, precision: str) -> None:
    published = read(text)
    assert published is not None
    assert (published.at, published.precision) == (stored, precision)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("20/11/2026 13:05:33 +00:00", "2026-11-20T13:05:33Z"),
        ("20/11/2026 13:05:33Z", "2026-11-20T13:05:33Z"),
        ("20/11/2026T13:05:33 UTC", "2026-11-20T13:05:33Z"),
        ("20-11-2026 13:05:33 +0700", "2026-11-20T06:05:33Z"),
        ("20.11.2026 13:05 GMT+0", "2026-11-20T13:05:00Z"),
        ("13:05:33 +00:00 20/11/2026", "2026-11-20T13:05:33Z"),
        ("11/20/2026 1:05:33 PM +00:00", "2026-11-20T13:05:33Z"),
        ("11/20/2026 13:05:33 -05:00", "2026-11-20T18:05:33Z"),
        ("20/11/2026 1:05:33 CH +00:00", "2026-11-20T13:05:33Z"),
        ("Nov 20, 2026 13:05:33 +0000", "2026-11-20T13:05:33Z"),
        ("November 20, 2026 1:05:33 PM UTC", "2026-11-20T13:05:33Z"),
        ("20 November 2026 13:05:33 GMT", "2026-11-20T13:05:33Z"),
        ("2026-11-20 13:05:33 +0000", "2026-11-20T13:05:33Z"),
        ("2026/11/20 13:05:33 EST", "2026-11-20T18:05:33Z"),
        ("20 Tháng Mười Một, 2026 13:05:33 +0000", "2026-11-20T13:05:33Z"),
    ],
)
def test_a_zone_that_is_said_is_never_dropped(text: str, stored: str) -> None:
    published = read(text)
    assert published is not None
    assert published.at == stored


@pytest.mark.parametrize("text", ["20/11/2026 13:05 - 5 bình luận", "16:05 -20/11/2026", "13:05 -20-11-2026"])
def test_a_number_behind_a_dash_is_no_zone(text: str) -> None:
    published = read(text)
    assert published is not None
    assert published.at.startswith("2026-11-20T0")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("09/10/2026 05:40:12 PM", "2026-10-09T10:40:12Z"),
        ("09/10/2026 17:40:12 PM", "2026-10-09T10:40:12Z"),
        ("9/10/2026 05:40:12 PM", "2026-10-09T10:40:12Z"),
        ("10/11/2026 11:30:05 AM", "2026-11-10T04:30:05Z"),
        ("9/10/2026 5:40:12 PM", "2026-09-10T10:40:12Z"),
        ("9/14/2026 6:44:03 PM", "2026-09-14T11:44:03Z"),
        ("09/14/2026 06:44:03 PM", "2026-09-14T11:44:03Z"),
        ("09-10-2026 05:40:12 p.m.", "2026-10-09T10:40:12Z"),
    ],
)
def test_the_day_comes_first_unless_the_form_is_that_of_dot_net(text: str, stored: str) -> None:
    published = read(text)
    assert published is not None
    assert published.at == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("19 Tháng Mười Một, 2026", "2026-11-19"),
        ("19 Tháng Mười Hai 2025", "2025-12-19"),
        ("Thứ Năm, 19 tháng mười một năm 2026", "2026-11-19"),
        ("19 Th11, 2026", "2026-11-19"),
        ("19 Thg 11, 2026", "2026-11-19"),
        ("Th11 19, 2026", "2026-11-19"),
        ("Tháng 11 19, 2026", "2026-11-19"),
        ("Tháng Mười Một 19, 2026", "2026-11-19"),
        ("Tháng Tư 2, 2026", "2026-04-02"),
        ("2 Tháng Năm, 2026", "2026-05-02"),
        ("2 tháng năm năm 2026", "2026-05-02"),
        ("2 Tháng Giêng, 2026", "2026-01-02"),
        ("ngày 2, tháng 5, năm 2026", "2026-05-02"),
        ("tháng mười một năm 2025", "2025-11"),
        ("Tháng Mười Một 19, 2026 lúc 8:16 sáng", "2026-11-19T01:16:00Z"),
        ("8:16 chiều, 19 Th11, 2026", "2026-11-19T13:16:00Z"),
    ],
)
def test_wordpress_in_vietnamese_is_read(text: str, stored: str) -> None:
    published = read(text)
    assert published is not None
    assert published.at == stored


@pytest.mark.parametrize(
    ("text", "stored", "precision"),
    [
        ("5 phút trước", "2026-11-21T02:55:00Z", "minute"),
        ("21 giờ trước", "2026-11-20T06:00:00Z", "hour"),
        ("21 hours ago", "2026-11-20T06:00:00Z", "hour"),
        ("Cách đây 3 giờ", "2026-11-21T00:00:00Z", "hour"),
        ("2 ngày trước", "2026-11-19", "day"),
        ("Hôm qua 08:16", "2026-11-20T01:16:00Z", "minute"),
        ("Hôm qua, lúc 8h16", "2026-11-20T01:16:00Z", "minute"),
        ("08:16 hôm nay", "2026-11-21T01:16:00Z", "minute"),
        ("Hôm qua", "2026-11-20", "day"),
        ("Đăng 2 giờ trước (20/11/2026 08:30)", "2026-11-20T01:30:00Z", "minute"),
    ],
)
def test_a_time_told_from_now_is_read(text: str, stored: str, precision: str) -> None:
    published = read(text)
    assert published is not None
    assert (published.at, published.precision) == (stored, precision)


@pytest.mark.parametrize(
    "text",
    ["3 tuần trước", "2 tháng trước", "90 ngày trước", "Tin hôm nay", "trước 3 ngày", "Xong trong 5 phút"],
)
def test_a_vague_time_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text", ["", "Thời sự", "5.000 đồng", "24/7", "99/99/2026", "12:30", "Tin 20/11/1812", "1/2/3"]
)
def test_what_is_no_time_gives_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", ["22/11/2026", "2026-11-21T10:16:00+07:00", "30/12/2027 08:00"])
def test_the_future_is_refused(text: str) -> None:
    assert read(text) is None
    assert read(text, None) is not None


def test_a_clock_that_is_minutes_ahead_is_not_the_future() -> None:
    assert read("21/11/2026 10:10") is not None


def test_midnight_means_that_only_the_day_is_known() -> None:
    published = read("2026-03-07T00:00:00+07:00")
    assert published is not None
    assert (published.at, published.precision) == ("2026-03-07", Precision.DAY)


def test_a_day_without_its_year_is_a_recent_one() -> None:
    assert read("08:30 ngày 3/2") is None
    january = datetime(2027, 1, 3, tzinfo=UTC)
    published = read("08:30 ngày 30/12", january)
    assert published is not None
    assert published.at == "2026-12-30T01:30:00Z"


def test_nukeviets_feed_is_right_to_the_hour_only() -> None:
    published = parse_feed_date("Wed, 27 Mar 2024 01:03:50 GMT", NOW, finest=Precision.HOUR)
    assert published is not None
    assert (published.at, published.precision) == ("2024-03-27T01:00:00Z", Precision.HOUR)


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://a.example.vn/tin-20260716171712046.htm", "2026-07-16"),
        ("https://a.example.vn/tin-102260719072934089.htm", "2026-07-19"),
        ("https://a.example.vn/tin-18826030622484142.chn", "2026-03-06"),
        ("https://a.example.vn/tin-1922607190831577.htm", "2026-07-19"),
        ("https://a.example.vn/2026/07/19/tin/", "2026-07-19"),
        ("https://a.example.vn/muc/20150323/tin/724115.html", "2015-03-23"),
        ("https://a.example.vn/muc/202607/tin-5f3a2b1/", "2026-07"),
        ("https://a.example.vn/muc/202607/tin-12345.html", "2026-07"),
        ("https://a.example.vn/2026/07/tin-noi-tiep.html", "2026-07"),
        ("https://a.example.vn/muc/201905/hoi-dam-cap-cao.html", None),  # a running number
        ("https://a.example.vn/muc/201905/ke-hoach-nam-2026.html", None),
        ("https://a.example.vn/201905/", None),
        ("https://a.example.vn/tin-5047363.html", None),
        ("https://a.example.vn/tin-post1125113.html", None),
        ("https://a.example.vn/tin-20261399171712046.htm", None),
        ("https://a.example.vn/tin-20271116171712046.htm", None),
    ],
)
def test_an_address_gives_no_more_than_the_day(url: str, stored: str | None) -> None:
    published = date_from_url(url, NOW)
    assert (published.at if published else None) == stored


times = st.datetimes(datetime(1995, 1, 1), datetime(2026, 11, 20)).map(  # noqa: DTZ001
    lambda naive: naive.replace(second=naive.second or 1, microsecond=0, tzinfo=LOCAL_ZONE)
)


@given(times)
def test_what_is_written_is_read_back(moment: datetime) -> None:
    for form in ("%Y-%m-%dT%H:%M:%S+07:00", "%d/%m/%Y %H:%M:%S", "%a, %d %b %Y %H:%M:%S +0700"):
        published = read(moment.strftime(form))
        assert published is not None
        if moment.hour or moment.minute:
            assert published.at == format_instant(moment)
            assert published.precision is Precision.SECOND


@pytest.mark.parametrize(
    "text", ["31/12/9999 23:59", "9999-12-31T23:59:59Z", "31 Dec 9999 23:59:00 -1200", "12/9999"]
)
def test_the_last_year_of_the_calendar_is_none(text: str) -> None:
    assert read_moment(text) is None
    assert parse_feed_date(text) is None


@given(st.text(max_size=400))
def test_no_text_breaks_the_parser(text: str) -> None:
    published = read(text)
    assert published is None or published.local_day <= (NOW + timedelta(days=1)).date()
