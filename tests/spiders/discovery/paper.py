"""Pages of an invented newspaper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from crawler.extraction import Document, read_document
from crawler.page import Page
from crawler.source import Source

NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
HOME = "https://bao.vn/"
PAPER = Source(id="bao", name="Báo", homepage=HOME)

HEADLINES = (
    "Hội chợ thương mại khai mạc bên cửa khẩu",
    "Hai tỉnh tuần tra chung dọc đường biên",
    "Đoàn công tác sang thăm huyện kết nghĩa",
    "Lớp học tiếng Lào mở cho cán bộ xã",
    "Thông quan trở lại sau mùa mưa lũ",
    "Đường nối hai bản được rải nhựa xong",
)
SLUGS = (
    "hoi-cho-thuong-mai-khai-mac-ben-cua-khau",
    "hai-tinh-tuan-tra-chung-doc-duong-bien",
    "doan-cong-tac-sang-tham-huyen-ket-nghia",
    "lop-hoc-tieng-lao-mo-cho-can-bo-xa",
    "thong-quan-tro-lai-sau-mua-mua-lu",
    "duong-noi-hai-ban-duoc-rai-nhua-xong",
)
MENU = {
    "/thoi-su": "Thời sự",
    "/kinh-te": "Kinh tế",
    "/the-thao": "Thể thao",
    "/bien-gioi": "Biên giới",
    "/video": "Video",
    "/en/": "English",
    "/dang-nhap": "Đăng nhập",
    "/lien-he": "Liên hệ",
}


def document(body: str, url: str = HOME, head: str = "") -> Document:
    html = f"<html><head>{head}</head><body>{body}</body></html>".encode()
    found = read_document(Page(url, url, html, NOW, headers={"content-type": "text/html; charset=utf-8"}))
    assert isinstance(found, Document)
    return found


def menu() -> str:
    return "<nav>" + "".join(f'<a href="{path}">{name}</a>' for path, name in MENU.items()) + "</nav>"


def story_list(addresses: Iterable[str]) -> str:
    """A list of stories under the addresses, with the invented headlines in turn."""
    return "".join(
        f'<div class="item"><a href="{address}"><img src="/a.jpg" alt=""></a>'
        f'<h3><a href="{address}">{HEADLINES[n % len(HEADLINES)]}</a></h3></div>'
        for n, address in enumerate(addresses)
    )
