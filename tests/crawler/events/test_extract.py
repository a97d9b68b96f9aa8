"""Events out of whole articles: what kind, when, where, who, how much; and none where there is none."""

from __future__ import annotations

import unicodedata

import pytest

from crawler.events.event import Event, EventKind, EventStatus, Part, Span
from crawler.events.extract import MAX_EVENTS, extract_events

TALKS_TEXT = (
    "Chiều 27/2, tại thành phố Cao Bằng, đoàn đại biểu tỉnh Cao Bằng do Phó Chủ tịch UBND tỉnh Cao Bằng Nông"
    " Văn Thử dẫn đầu đã hội đàm với đoàn Khu tự trị dân tộc Choang Quảng Tây (Trung Quốc) do ông Lưu Mẫu"
    " Minh, Phó Chủ tịch Chính phủ nhân dân Khu tự trị, làm trưởng đoàn.\n"
    "Hai bên nhất trí kéo dài giờ làm việc. Hai bên đã ký Biên bản hội đàm.\n"
    "Năm 2023, kim ngạch hai chiều đạt 1,2 tỷ USD, tăng 12,5% so với năm trước."
)
TALKS = ("Cao Bằng và Quảng Tây hội đàm về quản lý cửa khẩu", TALKS_TEXT, "2024-02-28")


def one(title: str, text: str, published: str | None = "2024-03-04") -> Event:
    (event, *_) = extract_events(title, text, published)
    return event


def words(span: Span, title: str, text: str) -> str:
    return (title if span.part is Part.TITLE else text)[span.start : span.end]


def test_a_meeting_with_everything() -> None:
    event = one(*TALKS)
    assert (event.kind, event.status, event.date) == (EventKind.MEETING, EventStatus.HELD, "2024-02-27")
    assert event.countries == ("CN",)
    assert [place.name for place in event.places] == ["thành phố Cao Bằng"]
    assert [(person.name, person.post, person.side) for person in event.people] == [
        ("Nông Văn Thử", "Phó Chủ tịch UBND tỉnh Cao Bằng", "VN"),
        ("Lưu Mẫu Minh", "Phó Chủ tịch Chính phủ nhân dân Khu tự trị", "CN"),
    ]
    assert [paper.name for paper in event.agreements] == ["Biên bản hội đàm"]
    trade = next(figure for figure in event.figures if figure.unit == "USD")
    assert (trade.what, trade.value, trade.change) == ("trade", 1_200_000_000, "tăng 12,5%")


def test_every_value_stands_where_its_span_says() -> None:
    title, text, _ = TALKS
    event = one(*TALKS)
    assert words(event.act, title, text).casefold() == "hội đàm"
    assert event.date_span
    assert words(event.date_span, title, text) == "27/2"
    for person in event.people:
        assert words(person.spans[0], title, text) == person.name
        assert person.post_span
        assert words(person.post_span, title, text) == person.post
    for slot in (*event.places, *event.bodies, *event.agreements):
        assert words(slot.span, title, text) == slot.name
    for figure in event.figures:
        assert figure.unit in words(figure.span, title, text) or figure.unit == "USD"


KINDS = {
    EventKind.PATROL: "Đồn biên phòng Sóc Thử và Đại đội biên phòng Trung Quốc tuần tra song phương",
    EventKind.EXERCISE: "Biên phòng Việt - Trung diễn tập chống khủng bố",
    EventKind.EXCHANGE: "Giao lưu hữu nghị biên giới Việt Nam - Lào lần thứ hai",
    EventKind.HANDOVER: "Lào trao trả 12 công dân Việt Nam qua cửa khẩu",
    EventKind.OPERATION: "Biên phòng Nghệ An phối hợp với Công an Lào bắt 3 đối tượng, thu 20 bánh heroin",
    EventKind.GATE: "Nâng cấp cặp cửa khẩu Nậm Cắn - Nậm Cắn lên cửa khẩu quốc tế giữa Việt Nam và Lào",
    EventKind.DEMARCATION: "Việt Nam - Campuchia khánh thành cột mốc 314",
    EventKind.INFRASTRUCTURE: "Khánh thành cầu hữu nghị nối Việt Nam và Lào",
    EventKind.TRADE: "Khai mạc Hội chợ thương mại Việt - Trung",
    EventKind.AID: "Bộ đội Biên phòng trao tặng 200 suất quà cho nhân dân Lào",
    EventKind.AGREEMENT: "Việt Nam và Campuchia ký hiệp định vận tải đường bộ",
    EventKind.MEETING: "Chủ tịch nước tiếp Đại sứ Lào chào từ biệt",
}


@pytest.mark.parametrize(("kind", "title"), KINDS.items(), ids=[kind.value for kind in KINDS])
def test_the_title_says_of_what_kind_an_event_is(kind: EventKind, title: str) -> None:
    assert one(title, f"Ngày 2/3, tại khu vực biên giới, {title[0].lower()}{title[1:]}.").kind is kind


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Giá thịt lợn tăng nhẹ", "Sáng 2/3, giá thịt lợn ở chợ đầu mối tăng nhẹ."),
        (
            "Công an Lạng Sơn bắt 3 đối tượng buôn lậu",
            "Ngày 2/3, Công an tỉnh Lạng Sơn bắt giữ 3 đối tượng vận chuyển hàng lậu từ Trung Quốc.",
        ),
        (
            "Vì sao dưa hấu ùn ứ?",
            "Theo thống kê, mỗi ngày có 300 xe dưa hấu chờ xuất khẩu sang Trung Quốc, giá giảm mạnh.",
        ),
        ("Khuyến cáo doanh nghiệp xuất khẩu sang Trung Quốc", "Sở Công Thương khuyến cáo các doanh nghiệp."),
        (
            "Một người nước ngoài bị trục xuất khỏi vùng biên",
            "Chiều 2/3, đồn biên phòng Lao Bảo phạt hành chính và trục xuất một người quốc tịch Trung Quốc.",
        ),
        (
            "Cư dân biên giới Việt - Trung được trả bằng tiền mặt",
            "Từ 2/3, Thông tư 5 về buôn bán biên giới Việt - Trung của Ngân hàng Nhà nước có hiệu lực.",
        ),
        (
            "Du học sinh Việt Nam ở Trung Quốc nhớ nhà",
            "Hôm 2/3, các bạn kể ở Nam Ninh về Tết cổ truyền của Việt Nam và Trung Quốc.",
        ),
        ("", ""),
    ],
)
def test_what_one_side_does_is_no_event(title: str, text: str) -> None:
    assert extract_events(title, text, "2024-03-04") == ()


def test_the_day_of_the_telling_is_not_the_day_of_the_act() -> None:
    event = one(
        "Bắt hai đối tượng vận chuyển ma túy",
        "Ngày 3/3, Bộ Chỉ huy BĐBP tỉnh Thanh Hóa cho biết vừa phối hợp với Công an tỉnh Hủa Phăn (Lào) phá"
        " chuyên án.\n"
        "Theo đó, ngày 28/2, tại bản Na Thử, huyện Viêng Xay, tỉnh Hủa Phăn, lực lượng phối hợp với Công an"
        " Lào bắt quả tang hai đối tượng Thạo Mẫu (SN 1990) và Vàng A Thử (30 tuổi), thu 6.000 viên ma túy.",
    )
    assert (event.kind, event.date) == (EventKind.OPERATION, "2024-02-28")
    assert [place.name for place in event.places] == ["bản Na Thử", "huyện Viêng Xay", "Hủa Phăn"]
    assert event.people == ()
    assert {(figure.what, figure.value, figure.unit) for figure in event.figures} == {
        ("people", 2, "đối tượng"),
        ("drugs", 6000, "viên"),
    }


def test_what_is_announced_is_planned_and_who_only_briefs_the_press_takes_no_part() -> None:
    event = one(
        "Sắp diễn ra giao lưu hữu nghị biên giới Việt Nam - Lào",
        "Sáng 4/3, Đại tá Trần Văn Mẫu, Phó Chủ nhiệm Chính trị, chủ trì họp báo giới thiệu chương trình.\n"
        "Giao lưu sẽ diễn ra từ ngày 20 đến 22/3 tại tỉnh Sơn La, do Đại tướng Lê Văn Thử, Bộ trưởng Bộ Quốc"
        " phòng, dẫn đầu đoàn Việt Nam.",
    )
    assert (event.status, event.date, event.date_end) == (EventStatus.PLANNED, "2024-03-20", "2024-03-22")
    assert [person.name for person in event.people] == ["Lê Văn Thử"]


def test_an_earlier_act_with_its_date_is_an_event_of_its_own() -> None:
    first, second, *_ = extract_events(
        "Thông xe cầu hữu nghị Việt - Trung",
        "Ngày 2/3, tại cầu Thử Mẫu, tỉnh Lào Cai và tỉnh Vân Nam (Trung Quốc) tổ chức lễ thông xe cầu.\n"
        "Trước đó, ngày 5/6/2021, hai bên khởi công xây dựng cầu này.",
        "2024-03-04",
    )
    assert (first.kind, first.date) == (EventKind.INFRASTRUCTURE, "2024-03-02")
    assert (second.kind, second.date) == (EventKind.INFRASTRUCTURE, "2021-06-05")


def test_the_same_words_give_the_same_events_in_any_form() -> None:
    title, text, published = TALKS
    wanted = [event.to_json() for event in extract_events(title, text, published)]
    decomposed = unicodedata.normalize("NFD", text)
    assert [event.to_json() for event in extract_events(title, decomposed, published)] == wanted


def test_there_are_no_more_than_the_most() -> None:
    days = "\n".join(
        f"Ngày {day}/2/2024, tại cửa khẩu Tà Lùng, Việt Nam và Trung Quốc hội đàm." for day in range(1, 20)
    )
    assert len(extract_events("Hội đàm Việt - Trung", days, "2024-03-04")) <= MAX_EVENTS


@pytest.mark.parametrize(
    "text", ["\0" * 50, "İ" * 300, "ngày " * 3000, "1.000." * 2000, "(((((" * 2000, "A" * 9000]
)
def test_nothing_breaks_it(text: str) -> None:
    for title in ("Hội đàm Việt - Trung", text):
        extract_events(title, text, text[:50])
        extract_events(title, f"Hội đàm với Lào ngày {text} tại {text}", "2024-03-04")


def test_a_meeting_of_other_countries_is_none_of_ours() -> None:
    text = "Ngày 2/3, đoàn Thái Lan và đoàn Campuchia hội đàm về biên giới chung."
    assert extract_events("Thái Lan và Campuchia hội đàm", text, "2024-03-04") == ()
    assert extract_events("Việt Nam và Campuchia hội đàm", text.replace("Thái Lan", "Việt Nam"), "2024-03-04")


def test_a_conference_is_a_meeting_whatever_it_is_about() -> None:
    text = "Ngày 2/3, tại Hà Nội, hai nước Việt Nam, Lào tổ chức hội nghị xúc tiến thương mại biên giới."
    assert one("Hội nghị xúc tiến thương mại Việt - Lào", text).kind is EventKind.MEETING


def test_the_day_of_a_decision_is_not_that_of_the_act() -> None:
    event = one(
        "Khai trương tuyến xe du lịch tự lái Việt - Trung",
        "Theo Quyết định số 12 ngày 5/1/2024, xe du lịch tự lái Trung Quốc được vào Việt Nam từ ngày 1/3.",
    )
    assert (event.kind, event.date) == (EventKind.TRADE, "2024-03-01")


def test_the_credit_of_a_picture_ends_its_caption() -> None:
    event = one(
        "Hội đàm Việt - Lào",
        "Quang cảnh hội đàm. Ảnh: Trần Ví/TTXVN Ngày 2/3, tại thành phố Vinh, hai bên Việt Nam, Lào hội đàm.",
    )
    assert (event.date, [place.name for place in event.places]) == ("2024-03-02", ["thành phố Vinh"])


def test_where_a_suspect_lives_is_not_where_he_is_caught() -> None:
    event = one(
        "Phối hợp với Công an Lào bắt đối tượng vận chuyển ma túy",
        "Ngày 2/3, tại bản Na Thử, huyện Viêng Xay, biên phòng phối hợp với Công an Lào bắt Thạo Mẫu, trú tại"
        " bản Pha Ví, huyện Sốp Bâu, tỉnh Hủa Phăn.",
    )
    assert [place.name for place in event.places] == ["bản Na Thử", "huyện Viêng Xay", "Hủa Phăn"]


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ("hai mươi tám đại biểu", 28),
        ("mười hai đại biểu", 12),
        ("hai mươi lăm đại biểu", 25),
        ("ba mươi đại biểu", 30),
        ("mười đại biểu", 10),
        ("năm đại biểu", 5),
        ("bốn mươi mốt đại biểu", 41),
    ],
)
def test_numbers_that_are_written_out_are_read_whole(told: str, counted: int) -> None:
    text = f"{TALKS_TEXT}\nĐoàn Quảng Tây có {told} dự hội đàm."
    event = one(TALKS[0], text, TALKS[2])
    assert [figure.value for figure in event.figures if figure.what == "people"] == [counted]


def test_figures_have_their_factor_unit_and_period() -> None:
    event = one(
        "Việt Nam và Lào hội đàm về thương mại biên giới",
        "Ngày 2/3, hai bên hội đàm. Mỗi ngày 1.250 lượt xe và 15,6 tấn hàng qua cửa khẩu cách thị trấn 12 km."
        " Kim ngạch phấn đấu đạt hơn 2,5 tỷ USD, đường biên giới dài 300 km, khóa 35 học viên 20 tuổi.",
    )
    assert {(one.what, one.value, one.unit, one.period, one.is_plan) for one in event.figures} == {
        ("vehicles", 1250, "lượt xe", "Mỗi ngày", False),
        ("goods", 15.6, "tấn", "Mỗi ngày", False),
        ("trade", 2_500_000_000, "USD", None, True),
    }


def test_what_follows_an_arrest_is_not_its_day() -> None:
    text = (
        "Ngày 14/1, Đồn Biên phòng Một bàn giao hai đối tượng cho Công an huyện Hai tiếp tục điều tra."
        " Trước đó, ngày 10/1, đồn phối hợp với Công an tỉnh Khăm Muộn (Lào) bắt giữ hai đối tượng này."
    )
    event = one("Phối hợp với công an Lào bắt hai đối tượng buôn ma túy", text, "2024-01-15")
    assert (event.kind, event.date) == (EventKind.OPERATION, "2024-01-10")


def test_a_visit_that_is_going_on_is_not_the_day_of_a_meeting() -> None:
    text = (
        "Trong khuôn khổ chuyến thăm Lào từ ngày 25 đến 27/6, chiều 26/6, Thủ tướng Lào Xổm Một đã tiếp đoàn"
        " Việt Nam."
    )
    assert one("Thủ tướng Lào tiếp đoàn Việt Nam", text, "2024-06-27").date == "2024-06-26"


def test_organisations_end_where_the_next_begins() -> None:
    text = (
        "Ngày 3/3, tại Trụ sở Tỉnh ủy, Công an tỉnh Lai Châu và Cục Công an châu Hồng Hà (Trung Quốc)"
        " đã hội đàm, theo Bộ Ngoại giao."
    )
    names = [body.name for body in one("Lai Châu và Hồng Hà hội đàm", text).bodies]
    assert names == ["Công an tỉnh Lai Châu", "Cục Công an châu Hồng Hà"]


def test_a_chinese_name_shows_its_side_and_a_speed_is_no_length() -> None:
    text = (
        "Ngày 3/3, Đại tướng Trần Văn Một và Thượng tướng Đổng Hai dự lễ khởi công đường cao tốc nối cửa khẩu"
        " với Trung Quốc, dài 12 km, cho xe chạy 80 km/h."
    )
    event = one("Khởi công đường cao tốc nối Trung Quốc", text)
    assert [(person.name, person.side) for person in event.people] == [
        ("Trần Văn Một", "VN"),
        ("Đổng Hai", "CN"),
    ]
    assert [figure.value for figure in event.figures if figure.unit == "km"] == [12]


def test_a_visit_of_some_days_around_a_meeting_is_no_further_event() -> None:
    events = extract_events(
        "Chủ tịch tỉnh Cao Bằng hội đàm với Chủ tịch tỉnh Xiêng Khoảng",
        "Sáng 27/2, tại Cao Bằng, Chủ tịch tỉnh Cao Bằng đã hội đàm với Tỉnh trưởng Xiêng Khoảng (Lào).\n"
        "Tỉnh trưởng Xiêng Khoảng thăm Cao Bằng từ ngày 26 đến 28/2.\n"
        "Ngày 20/1, hai bên đã hội đàm tại Xiêng Khoảng.",
        "2024-02-28",
    )
    assert [event.date for event in events] == ["2024-02-27", "2024-01-20"]


def test_what_is_announced_keeps_its_day_though_another_act_stands_nearer_to_it() -> None:
    event = one(
        "Biên phòng Việt - Lào sắp tuần tra chung",
        "Biên phòng hai nước tuần tra chung trên sông và diễn tập cứu nạn ngày 12/3 tại Lao Bảo.",
    )
    assert (event.kind, event.status, event.date) == (EventKind.PATROL, EventStatus.PLANNED, "2024-03-12")


def test_a_deadline_is_no_day_of_a_further_event() -> None:
    events = extract_events(
        "Cao Bằng và Quảng Tây hội đàm về cửa khẩu",
        "Chiều 27/2, tại Cao Bằng, lãnh đạo Cao Bằng hội đàm với lãnh đạo Quảng Tây (Trung Quốc).\n"
        "Hai bên hoàn thành xây dựng cầu nối hai tỉnh đến năm 2030.",
        "2024-02-28",
    )
    assert [event.date for event in events] == ["2024-02-27"]


def test_where_a_ship_lands_and_the_gate_of_a_handover_are_where_and_abbreviations_are_whole() -> None:
    port = one(
        "Hải quân Việt - Trung diễn tập chung", "Ngày 2/3, tàu Việt Nam cập cảng Phòng Thành (Trung Quốc)."
    )
    assert [place.name for place in port.places] == ["cảng Phòng Thành"]
    gate = one(
        "Campuchia trao trả 20 lao động Việt Nam qua cửa khẩu Xa Mát",
        "Ngày 2/3, những người làm thuê tại TP Phnom Penh được phía Campuchia trao trả.",
    )
    assert [place.name for place in gate.places] == ["cửa khẩu Xa Mát"]
    seat = one("Việt Nam và Lào hội đàm", "Sáng 2/3, tại trụ sở T.Ư Đảng, lãnh đạo Việt Nam và Lào hội đàm.")
    assert [place.name for place in seat.places] == ["trụ sở T.Ư Đảng"]


def test_the_day_of_what_was_agreed_upon_is_not_that_of_the_talks() -> None:
    event = one(
        "Việt Nam - Campuchia phối hợp quản lý biên giới",
        "Thủ tướng Việt Nam trao đổi với Thủ tướng Campuchia về biên giới.\n"
        "Theo thông cáo, hai Thủ tướng bàn về ba việc.\n"
        "Thủ tướng Việt Nam ngày 2/3 gặp Thủ tướng Campuchia tại Siem Reap.\n"
        "Hai bên nhất trí tổ chức tốt Kỳ họp lần thứ 16 tại Hà Nội ngày 16 - 18/4.",
        None,
    )
    assert event.date == "--03-02"


def test_who_takes_people_over_may_stand_far_behind_them() -> None:
    event = one(
        "12 ngư dân Trung Quốc được bàn giao trên biển",
        "Sáng 2/3, biên phòng bàn giao 12 ngư dân trôi dạt ba ngày trên biển cho một tàu của Trung Quốc.",
    )
    assert (event.kind, event.date, event.countries) == (EventKind.HANDOVER, "2024-03-02", ("CN",))


def test_what_has_happened_has_no_day_after_it_was_told() -> None:
    event = one(
        "Hai cửa khẩu Việt Nam - Trung Quốc hội đàm về phí bến bãi",
        "Hai cửa khẩu của Việt Nam và Trung Quốc vừa hội đàm và thống nhất giảm phí bến bãi.\n"
        "Phí bến bãi từ tháng sau chỉ thu một lần.",
    )
    assert (event.kind, event.status, event.date) == (EventKind.MEETING, EventStatus.HELD, None)


def test_what_is_told_of_today_has_the_month_of_its_visit() -> None:
    lines = [
        "Tổng Bí thư Nguyễn Văn Thử hôm nay hội kiến Thủ tướng Trung Quốc Lý Mẫu Minh.",
        *("Hai bên trao đổi về quan hệ hai nước." for _ in range(6)),
        "Ông Thử đang thăm chính thức Trung Quốc từ ngày 12 đến 15/1.",
    ]
    event = one("Tổng Bí thư hội kiến Thủ tướng Trung Quốc", "\n".join(lines), None)
    assert (event.kind, event.date) == (EventKind.MEETING, "--01")


def test_today_is_not_dated_by_a_day_long_ago() -> None:
    event = one(
        "Tổng Bí thư hội kiến Thủ tướng Lào",
        "Tổng Bí thư Nguyễn Văn Thử hôm nay hội kiến Thủ tướng Lào.\n"
        "Hai nước lập quan hệ ngày 5/9/1962 và đã có nhiều hợp tác.",
        None,
    )
    assert event.date is None


def test_a_source_at_the_end_of_a_sentence_does_not_make_its_day_one_of_telling() -> None:
    event = one(
        "Việt - Trung giao lưu quốc phòng biên giới",
        "Bộ trưởng Trung Quốc thăm Việt Nam từ ngày 18/2, sau đó hai nước giao lưu hữu nghị từ 20 đến 22/2,"
        " TTXVN đưa tin.",
    )
    assert (event.date, event.date_end) == ("2024-02-20", "2024-02-22")


@pytest.mark.parametrize(
    ("title", "text", "places"),
    [
        (
            "Việt - Lào hội đàm",
            "Sáng 2/3, tại khu vực giáp ranh giữa huyện Thử Một và huyện Mường Hai (Lào), hai bên hội đàm.",
            ["huyện Thử Một", "huyện Mường Hai"],
        ),
        (
            "Đón hài cốt liệt sĩ từ Lào",
            "Ngày 2/3, tại nghĩa trang liệt sỹ quốc gia Thử (huyện Mẫu, Hà Tĩnh), bàn giao hài cốt từ Lào.",
            ["nghĩa trang liệt sỹ quốc gia Thử", "huyện Mẫu", "Hà Tĩnh"],
        ),
        (
            "Trung Quốc giúp chữa cháy ở Quảng Ninh",
            "Chiều 2/3, phía Trung Quốc giúp dập lửa tại KCN Thử Mẫu.",
            ["KCN Thử Mẫu", "Quảng Ninh"],
        ),
        (
            "Mở cửa khẩu Việt - Lào",
            "Ngày 2/3, hai nước mở cửa khẩu Thử Mẫu thuộc địa bàn xã Mẫu Hai, tỉnh Quảng Trị.",
            ["cửa khẩu Thử Mẫu", "xã Mẫu Hai", "Quảng Trị"],
        ),
        (
            "Chủ tịch Quốc hội gặp đoàn Lào",
            "Ngày 2/3, Đại sứ Việt Nam tại Lào Nguyễn Thử Mẫu cùng đoàn Lào gặp Chủ tịch Quốc hội.",
            [],
        ),
        (
            "Nâng cấp cặp cửa khẩu Thử Mẫu - Mường Hai của Việt Nam và Lào",
            "Ngày 2/3, hai nước công bố nâng cấp cửa khẩu Thử Mẫu thành cửa khẩu quốc tế.",
            ["cặp cửa khẩu Thử Mẫu - Mường Hai"],
        ),
        (
            "Khai mạc Hội chợ Việt - Trung",
            "Ngày 2/3, Hội chợ Việt - Trung khai mạc tại Trung tâm Thử Mẫu, tỉnh Lào Cai.",
            ["Trung tâm Thử Mẫu", "Lào Cai"],
        ),
        (
            "Việt - Lào hội đàm",
            "Sáng 2/3, tại thành phố Mường-thử Hai, tỉnh Mường Ba (Lào), hai bên hội đàm.",
            ["thành phố Mường-thử Hai", "Mường Ba"],
        ),
        (
            "Tặng quà biên phòng Lào",
            "Sáng 2/3, tại khu vực cột mốc 543, Đồn Biên phòng Thử Mẫu trao tặng quà cho biên phòng Lào.",
            ["cột mốc 543"],
        ),
        (
            "Việt - Trung hội đàm",
            "Sáng 2/3, tại trung tâm huyện Thử Mẫu, biên phòng hai bên Việt - Trung hội đàm.",
            ["huyện Thử Mẫu"],
        ),
        (
            "Việt - Trung hội đàm",
            "Sáng 2/3, tại cửa khẩu đường bộ số II Thử Mẫu, biên phòng hai bên Việt - Trung hội đàm.",
            ["cửa khẩu đường bộ số II Thử Mẫu"],
        ),
        (
            "Thủ tướng thăm Campuchia",
            "Ngày 2/3, Thủ tướng Nguyễn Văn Thử tới thủ đô Phnom Penh, hội đàm với Thủ tướng Campuchia.",
            ["thủ đô Phnom Penh"],
        ),
        (
            "Thủ tướng hội đàm với Thủ tướng Lào",
            "Sau lễ đón tại Hà Nội, hai Thủ tướng đi bộ.\nHai Thủ tướng Việt Nam và Lào hội đàm ngày 2/3.",
            ["Hà Nội"],
        ),
        (
            "Đồn biên phòng Việt - Lào hội đàm",
            "Sáng 2/3, tại Bộ Chỉ huy Quân sự (CHQS) tỉnh Salavan (Lào), hai bên Việt - Lào hội đàm.",
            ["Salavan"],
        ),
        (
            "Việt - Lào tuần tra chung",
            "Ngày 2/3, đồn (đóng tại Tây Giang) tuần tra chung với phía Lào từ mốc số 2 đến mốc số 3.",
            ["mốc số 2", "mốc số 3"],
        ),
        (
            "Việt - Lào khởi công chợ Thử",
            "Ngày 2/3, tại xã Thử Hai, giáp cửa khẩu La Lay, Việt Nam và Lào khởi công chợ Thử Mẫu.",
            ["chợ Thử Mẫu", "xã Thử Hai"],
        ),
        (
            "Tàu liên vận Việt - Trung đầu tiên tại ga Thử Mẫu",
            "Ngày 2/3, tàu liên vận đầu tiên sang Trung Quốc rời ga Thử Mẫu (xã Thử An, huyện Thử Giang).",
            ["ga Thử Mẫu", "xã Thử An", "huyện Thử Giang"],
        ),
        (
            "Đồn biên phòng Việt - Lào hội đàm",
            "Ngày 2/3, tại tỉnh Salavan, Đội Quy tập Một và phía Lào hội đàm.",
            ["Salavan"],
        ),
        (
            "Đồn biên phòng Việt - Lào hội đàm",
            "Ngày 2/3, tại thực địa gần trung tâm huyện Thử Giang (Lào), hai bên Việt - Lào hội đàm.",
            ["huyện Thử Giang"],
        ),
        (
            "Đồn biên phòng Việt - Lào hội đàm",
            "Ngày 2/3, tại cuộc làm việc với lãnh đạo tỉnh Salavan, hai bên Việt - Lào hội đàm.",
            [],
        ),
        (
            "Đồn biên phòng Việt - Lào hội đàm",
            "Ngày 2/3, hai bên Việt - Lào hội đàm tại điểm cầu Hà Nội.",
            ["Hà Nội"],
        ),
        (
            "Việt - Lào bắt hai đối tượng",
            "Ngày 2/3, tại Km 32 Quốc lộ 13, thuộc bản Na Thử, công an hai nước bắt giữ hai người Lào.",
            ["bản Na Thử"],
        ),
    ],
)
def test_where_it_was_stands_in_many_forms(title: str, text: str, places: list[str]) -> None:
    assert [place.name for place in one(title, text).places] == places


def test_a_gate_that_opens_for_a_time_and_a_school_that_is_given_are_known() -> None:
    gate = one(
        "Hai lối mở biên giới Trung Quốc - Việt Nam tạm thời mở để chở khách",
        "Ngày 2/3, lối mở Thử Mẫu (Việt Nam) tạm thời mở để chở khách sang Trung Quốc.",
    )
    assert gate.kind is EventKind.GATE
    patrol = one(
        "Tuần tra, kiểm soát song phương Việt - Trung",
        "Ngày 2/3, Đồn Biên phòng Thử Mẫu và phía Trung Quốc tuần tra, kiểm soát song phương.",
    )
    assert patrol.kind is EventKind.PATROL
    school = one(
        "Bàn giao trường học cho nhân dân Lào",
        "Ngày 2/3, Việt Nam bàn giao trường học cho huyện Mường Hai (Lào).",
    )
    assert school.kind is EventKind.AID
