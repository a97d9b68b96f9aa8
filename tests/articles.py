"""Invented Vietnamese articles for tests: numbered, distinct, long enough to be kept."""

from __future__ import annotations

from typing import Any

from crawler.article import Article, Precision, Published
from crawler.topic.relevance import Evidence, Grade, MatchedTerm, Relevance

_PLACES = ("Lũng Vài", "Nà Sương", "Pắc Thẩu", "Khuổi Mây", "Bản Lằn", "Tả Chải", "Sông Thia")
_TOPICS = ("nông sản", "vật liệu xây dựng", "hoa quả tươi", "hàng dệt may", "linh kiện điện tử")

CORE = Relevance(
    score=72,
    grade=Grade.CORE,
    terms=(MatchedTerm("hợp tác biên giới", "title", 12.0), MatchedTerm("cửa khẩu", "text", 3.5)),
    countries=("CN",),
    places=("cua-khau-lung-vai",),
    fields=("trade-customs",),
    evidence=(Evidence("CN", "Hai bên thống nhất duy trì đường dây nóng."),),
)
"""A verdict for tests that are not about the topic."""

COFFEE = """
name = "coffee"
[cuts]
related = 4
core = 8
[terms.coffee]
phrases = ["cà phê"]
points = 1
cap = 100
"""
"""A topic that a text can be about a little: a point for each time that it says so."""


def make_text(number: int, *, edit: int = 0) -> str:
    """Return lead and body of invented story `number`; every `edit` of it is another text."""
    place, goods = _PLACES[number % len(_PLACES)], _TOPICS[number % len(_TOPICS)]
    paragraphs = [
        f"Ngày làm việc thứ {number + 1}, đoàn công tác xã {place} đã trao đổi với phía bạn về {goods}.",
        f"Theo ban quản lý cửa khẩu {place}, trong tháng có {number + 120} chuyến xe chở {goods} đi qua.",
        "Hai bên thống nhất duy trì đường dây nóng và luân phiên tổ chức gặp gỡ hằng quý.",
        "Lực lượng tuần tra chung tiếp tục giữ gìn an ninh trật tự khu vực cột mốc.",
    ]
    if edit:
        paragraphs.append(f"Bản tin được bổ sung lần {edit} với ý kiến của người dân xã {place}.")
    return "\n".join(paragraphs)


def make_article(number: int = 0, *, edit: int = 0, **changes: Any) -> Article:
    """Return invented article `number` of the paper "bao-thu"; `changes` replace its fields."""
    text = make_text(number, edit=edit)
    values: dict[str, Any] = {
        "url": f"https://bao-thu.example/tin/{number}.html",
        "title": f"Cửa khẩu {_PLACES[number % len(_PLACES)]} thông quan chuyến hàng thứ {number}",
        "text": text,
        "lead": text.partition("\n")[0],
        "captions": ("Xe hàng chờ làm thủ tục.",),
        "authors": ("Lò Thị Mẩy",),
        "published": Published("2026-11-20T01:30:00Z", Precision.MINUTE),
    }
    return Article(**{**values, **changes})
