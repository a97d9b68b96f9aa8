"""A small invented page, to be bent by the tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.page import Page

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ADDRESS = "https://bao.example.vn/tin-1.html"
TITLE = "Hai tỉnh thống nhất kéo dài giờ mở cửa khẩu"
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
