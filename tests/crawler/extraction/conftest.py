"""A small invented page, to be bent by the tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.page import Page

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ADDRESS = "https://bao.example.vn/tin-1.html"
TITLE = "Hai tỉnh thống nhất kéo dài giờ mở cửa khẩu"
LEAD = "Hai tỉnh vừa ký biên bản kéo dài giờ làm việc của cặp cửa khẩu, thử trong ba tháng từ tuần tới."
PARAGRAPHS = (
    "Từ tuần tới, cặp cửa khẩu trên quốc lộ nối hai tỉnh sẽ mở thêm hai giờ mỗi ngày, theo biên bản vừa ký.",
    "Lực lượng kiểm dịch và hải quan hai bên cho biết đã bố trí đủ người làm theo ca, kể cả ngày nghỉ.",
    "Trước đó, nhiều doanh nghiệp vận tải kiến nghị tăng giờ thông quan vì lượng xe cuối năm tăng gấp đôi.",
)


def make_html(
    paragraphs: tuple[str, ...] = PARAGRAPHS,
    *,
    title: str = TITLE,
    head: str = "",
    before: str = "",
    line: str = "",
    after: str = "",
) -> str:
    """Return a plain page; `before` and `after` stand around it, `line` between headline and article."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{before}<h1>{title}</h1>{line}<article>{body}</article>{after}</body></html>"
    )


MENU = (
    '<div id="header"><a href="/"><img src="/logo.png"></a><ul class="menu">'
    '<li><a href="/gt">Giới thiệu</a></li>'
    '<li><a href="/tin-tuc">Tin tức</a></li><li><a href="/van-ban">Văn bản</a></li>'
    '<li><a href="/thu-tuc">Thủ tục</a></li><li><a href="/lien-he">Liên hệ</a></li></ul></div>'
)
IMPRINT = (
    '<div class="footer"><p>Cơ quan chủ quản: Ủy ban nhân dân tỉnh. Giấy phép số 1/GP-TTĐT.</p>'
    "<p>Địa chỉ: số 1 đường Ví Dụ. Điện thoại: 000.000</p></div>"
)


def portal(body: str, *, title: str = TITLE, head: str = "", menu: str = MENU) -> str:
    """Return a page of an office's portal; ``@T``, ``@L``, ``@B`` stand for headline, lead and story."""
    story = "".join(f"<p>{paragraph}</p>\n" for paragraph in PARAGRAPHS)
    content = f"{menu}{body}{IMPRINT}".replace("@T", TITLE).replace("@L", LEAD).replace("@B", story)
    for number, paragraph in enumerate(PARAGRAPHS):
        content = content.replace(f"@{number}", paragraph)
    start = f'<meta charset="utf-8"><title>{title}</title>{head}'.replace("@T", TITLE)
    return f'<!doctype html><html lang="vi"><head>{start}</head><body>{content}</body></html>'


@pytest.fixture
def page() -> Callable[..., Page]:
    """Make a page of text or bytes, fetched at a fixed time."""

    def make(
        content: str | bytes,
        *,
        content_type: str = "text/html",
        url: str = "https://bao.example.vn/tin-1.html",
    ) -> Page:
        body = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        return Page(url, url, body, NOW, headers={"content-type": content_type})

    return make
