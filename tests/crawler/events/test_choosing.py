"""Which kind of event an article tells of: by its words, its parties and the weights of both."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from crawler.events.choosing import kind_features, none_features, weights
from crawler.events.event import EventKind
from crawler.events.extract import Article, extract_events
from crawler.events.kinds import Tie

HEADLINES = tomllib.loads(Path(__file__).with_name("headlines.toml").read_text(encoding="utf-8"))
LEAST_RIGHT = 0.88
"""Share of the headlines, a little under what is reached: a title alone says little."""


def kind(title: str, text: str = "") -> str | None:
    """Return the kind of the main event."""
    events = extract_events(title, text or f"{title}.")
    return events[0].kind.value if events else None


def ties(text: str) -> list[Tie]:
    """Return what each sentence of a text says of the other side."""
    return [scene.tie for scene in Article("", text, None).scenes.scenes]


def test_headlines_of_all_kinds_are_told_apart() -> None:
    said = [(wanted, kind(title)) for wanted, titles in HEADLINES.items() for title in titles]
    assert {wanted for wanted, _ in said} == {one.value for one in EventKind}
    assert sum(wanted == found for wanted, found in said) >= LEAST_RIGHT * len(said)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Đoàn công an tỉnh Hủa Phăn đã đến chào.", Tie.TOGETHER),
        ("Hai bên thống nhất ba việc.", Tie.TOGETHER),
        ("Cảnh sát Việt - Trung lập đội chung.", Tie.TOGETHER),
        ("Anh Nam từ Campuchia về quê ăn tết.", Tie.NAMED),
        ("Một người quốc tịch Lào trú tại Savannakhet bị phạt.", Tie.NAMED),
        ("Tuyến biên giới Việt - Lào có mưa lớn.", Tie.NAMED),
        ("Xã Tam Hợp trồng rừng.", Tie.ALONE),
    ],
)
def test_who_takes_part_is_told_from_where_somebody_comes_from(text: str, wanted: Tie) -> None:
    assert ties(text) == [wanted]


def test_an_occasion_is_not_what_happened() -> None:
    lead = (
        "Trong khuôn khổ Giao lưu hữu nghị biên giới Việt Nam - Lào, Đại tướng Trần Văn Một đã có buổi"
        " hội đàm với Bộ trưởng Quốc phòng Lào."
    )
    assert kind("Bộ trưởng Quốc phòng hai nước gặp nhau tại Sơn La", lead) == "meeting"


def test_a_gate_or_bridge_tells_the_neighbour() -> None:
    (event, *_) = extract_events("Hợp long cầu Bắc Luân II", "Hợp long cầu Bắc Luân II hôm qua.")
    assert (event.kind, event.countries) == (EventKind.INFRASTRUCTURE, ("CN",))


@pytest.mark.parametrize(
    "text",
    [
        "Công an huyện Kỳ Sơn bàn giao hai đối tượng vận chuyển ma túy từ Lào cho Công an tỉnh Nghệ An.",
        "Ba người từng bị bắt khi trốn sang Campuchia làm việc.",
        "Thái Lan và Campuchia hội đàm về biên giới chung, hai bên nhất trí ngừng bắn.",
        "Trung Quốc và Campuchia ký thỏa thuận hợp tác về cảng biển.",
    ],
)
def test_what_one_side_or_others_do_is_no_event(text: str) -> None:
    assert kind(text) is None


def test_weights_are_of_features_that_there_are() -> None:
    known = weights()
    titles = [title for rows in HEADLINES.values() for title in rows]
    articles = [Article(title, f"{title}. Một. Hai. Ba. Hai bên hội đàm.", None).scenes for title in titles]
    assert known.kind.keys() <= {
        name for one in articles for features in kind_features(one).values() for name in features
    }
    assert {"bias"} <= known.none.keys()
    assert all(value >= 0 for name, value in known.kind.items() if name != "lead_alone")
    assert all(none_features(one)["bias"] == 1 for one in articles)
