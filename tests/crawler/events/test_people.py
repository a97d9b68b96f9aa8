"""Who is named with which post, on which side."""

from __future__ import annotations

import pytest

from crawler.events.landscape import Landscape
from crawler.events.lexicon import Lexicon
from crawler.events.people import PeopleReader
from crawler.events.posts import PostReader
from crawler.events.prose import Prose


def people(text: str) -> list[tuple[str, str | None, str]]:
    lexicon = Lexicon.load()
    prose = Prose("", text)
    land = Landscape(prose, lexicon)
    found = []
    for one in PeopleReader(prose, land, lexicon, PostReader(prose, land, lexicon)).people():
        posts = [mention.post for mention in one.mentions if mention.post and not mention.post.is_peer]
        post = max(posts, key=lambda post: post.end - post.first, default=None)
        name = prose.text(one.main.first, one.main.end)
        found.append((name, prose.text(post.first, post.end) if post else None, one.side))
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Ủy viên Trung ương Đảng, Bí thư Tỉnh ủy, Chủ tịch HĐND tỉnh Cao Bằng Nông Văn Thử chủ trì.",
            ("Nông Văn Thử", "Ủy viên Trung ương Đảng, Bí thư Tỉnh ủy, Chủ tịch HĐND tỉnh Cao Bằng", "VN"),
        ),
        (
            "Đại tá Lò Văn Mẫu, Phó Chỉ huy trưởng BĐBP tỉnh Điện Biên, dẫn đầu đoàn.",
            ("Lò Văn Mẫu", "Phó Chỉ huy trưởng BĐBP tỉnh Điện Biên", "VN"),
        ),
        (
            "Ông Khăm Phết Xay-nha-sỏn - Phó Tỉnh trưởng tỉnh Hủa Phăn - phát biểu.",
            ("Khăm Phết Xay-nha-sỏn", "Phó Tỉnh trưởng tỉnh Hủa Phăn", "LA"),
        ),
        (
            "Thủ tướng Campuchia Samdech Sok Vannara tiếp đoàn.",
            ("Sok Vannara", "Thủ tướng Campuchia", "KH"),
        ),
        (
            "Phó Thủ tướng kiêm Bộ trưởng Ngoại giao Trần Thị Mẫu đến dự.",
            ("Trần Thị Mẫu", "Phó Thủ tướng kiêm Bộ trưởng Ngoại giao", "VN"),
        ),
        (
            "Bộ trưởng Bộ Nông nghiệp và Phát triển nông thôn Lê Văn Thử ký.",
            ("Lê Văn Thử", "Bộ trưởng Bộ Nông nghiệp và Phát triển nông thôn", "VN"),
        ),
        (
            "Đại sứ Lào tại Việt Nam Bun Thoong Mẫu cùng dự.",
            ("Bun Thoong Mẫu", "Đại sứ Lào tại Việt Nam", "LA"),
        ),
        (
            "Quyền Chủ tịch UBND huyện Mường Lát Hà Văn Thử tiếp khách.",
            ("Hà Văn Thử", "Quyền Chủ tịch UBND huyện Mường Lát", "VN"),
        ),
        (
            "Bà Vi Thị Thử, Phó Chủ tịch UBND tỉnh Lạng Sơn (Việt Nam), có mặt.",
            ("Vi Thị Thử", "Phó Chủ tịch UBND tỉnh Lạng Sơn", "VN"),
        ),
        (
            "Đoàn Trung Quốc do Thượng tướng Trương Mẫu Lâm, Bộ trưởng Quốc phòng, dẫn đầu.",
            ("Trương Mẫu Lâm", "Bộ trưởng Quốc phòng", "CN"),
        ),
        (
            "Phó Bí thư Khu ủy Khu tự trị dân tộc Choang Quảng Tây Lưu Thử Minh thăm.",
            ("Lưu Thử Minh", "Phó Bí thư Khu ủy Khu tự trị dân tộc Choang Quảng Tây", "CN"),
        ),
        (
            "Ông gặp người đồng cấp Campuchia Prak Samnang.",
            ("Prak Samnang", None, "KH"),
        ),
    ],
)
def test_post_name_and_side(text: str, wanted: tuple[str, str | None, str]) -> None:
    assert people(text) == [wanted]


def test_second_mentions_are_the_same_person() -> None:
    found = people(
        "Thứ trưởng Bộ Công an Nguyễn Văn Mẫu tiếp đoàn. Ông Mẫu cảm ơn."
        " Thứ trưởng Mẫu và đồng chí Nguyễn Văn Mẫu nói."
    )
    assert found == [("Nguyễn Văn Mẫu", "Thứ trưởng Bộ Công an", "VN")]


def test_several_people_in_a_list() -> None:
    found = people(
        "Tham dự có Chủ tịch UBND tỉnh Sơn La Hoàng Quốc Thử; Tỉnh trưởng Luông Pha Băng Khăm Mẫu Vông-xay; "
        "ông Tòng Văn Mẫu, Giám đốc Sở Ngoại vụ."
    )
    assert [(name, side) for name, _, side in found] == [
        ("Hoàng Quốc Thử", "VN"),
        ("Khăm Mẫu Vông-xay", "LA"),
        ("Tòng Văn Mẫu", "VN"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Công an bắt giữ Vàng A Mẫu (SN 1990, trú tại bản Na Thử).",
        "Đối tượng Nguyễn Văn Thử khai nhận.",
        "Nguyên Chủ tịch UBND tỉnh Lào Cai Đỗ Văn Mẫu cũng đến.",
        "Bộ trưởng nhấn mạnh quan hệ hai nước Việt Nam - Lào.",
        "Chủ tịch UBND tỉnh Cao Bằng và lãnh đạo các sở đến dự.",
        "Đại sứ quán Trung Quốc tại Việt Nam gửi lời chúc.",
    ],
)
def test_who_has_no_post_or_holds_it_no_longer_is_nobody(text: str) -> None:
    assert people(text) == []
