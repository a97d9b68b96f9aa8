"""Canonical URLs (RFC 3986) and politeness keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.identity.urls import MAX_URL_CHARS, canonical_url, is_copy, politeness_key


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Bao.VN:443/Tin/Bai-1.html#binh-luan", "https://bao.vn/Tin/Bai-1.html"),
        ("http://bao.vn:80", "http://bao.vn/"),
        ("http://bao.vn:8080/a", "http://bao.vn:8080/a"),
        ("https://bao.vn/a/./b/../c", "https://bao.vn/a/c"),
        ("https://bao.vn/bài viết", "https://bao.vn/b%C3%A0i%20vi%E1%BA%BFt"),
        ("https://bao.vn/%7euser/%c3%a0", "https://bao.vn/~user/%C3%A0"),
        ("https://bao.vn/a?utm_source=x&id=5&fbclid=y", "https://bao.vn/a?id=5"),
        ("https://bao.vn/a?at_medium=RSS&at_campaign=rss", "https://bao.vn/a"),
        ("https://bao.vn/a?b=2&a=1", "https://bao.vn/a?b=2&a=1"),
        ("https://bao.vn/a-1.html&mobile=yes&amp=1", "https://bao.vn/a-1.html"),
        ("https://bao.vn/a-1.html&mobile=yes&=1", "https://bao.vn/a-1.html"),
        ("https://bao.vn/a-1.html?mobile=yes&amp=1", "https://bao.vn/a-1.html"),
        ("https://bao.vn/a-1.html?outputType=amp", "https://bao.vn/a-1.html"),
        ("https://bao.vn/a?amp", "https://bao.vn/a"),
        ("https://bao.vn/a?amp=12&mobile=0912", "https://bao.vn/a?amp=12&mobile=0912"),
        ("https://bao.vn./a", "https://bao.vn/a"),
        ("https://báo.vn/", "https://xn--bo-mia.vn/"),
    ],
)
def test_one_spelling(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://bao.vn/A", "https://bao.vn/a"),
        ("https://bao.vn/?ItemID=1", "https://bao.vn/?ItemID=2"),
        ("https://bo.vn/home/detail?urile=wcm:path:/a", "https://bo.vn/home/detail?urile=wcm:path:/b"),
        ("https://bao.vn/detail.aspx?id=1", "https://bao.vn/detail.aspx?id=2"),
        ("https://bao.vn/tin/429917.html", "https://bao.vn/tin-post429917.html"),
        ("https://bao.vn/a?page=1", "https://bao.vn/a?page=2"),
    ],
)
def test_identity_is_kept(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "url",
    [
        "https://bao.vn/news/print/tin/bai-1.html",
        "https://bao.vn/news/savefile/tin/bai-1.html",
        "https://bao.vn/news/sendmail/tin/bai-1.html",
        "https://bao.vn/amp/bai-1.html",
        "https://bao.vn/bai-1/amp",
        "https://bao.vn/bai-1/AMP/",
        "https://bao.vn/bai-1.amp",
        "https://bao.vn/bai?id=5&print=1",
        "https://bao.vn/?download=1&id=5",
        "https://bao.vn/bai?action=print",
    ],
)
def test_a_copy_says_so(url: str) -> None:
    assert is_copy(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://bao.vn/bai-1.html",
        "https://bao.vn/may-in-print-3d-1.html",
        "https://bao.vn/ampe-ke-1.html",
        "https://bao.vn/bai?id=5&blueprint=1",
    ],
)
def test_an_ordinary_address_is_no_copy(url: str) -> None:
    assert not is_copy(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:void(0)", "mailto:a@bao.vn", "ftp://bao.vn/", "file:///etc/passwd", "//", "http://",
        "http://169.254.169.254:8888\\@example.com/", "http://nguoi:mat-khau@bao.vn/", "http://bao.vn:99999/",
        "http://[::1", "https://bao vn/", "https://bao.vn/" + "a" * MAX_URL_CHARS,
    ],
)  # fmt: skip
def test_what_is_no_address_to_fetch(url: str) -> None:
    assert canonical_url(url) is None


def test_relative_addresses() -> None:
    assert canonical_url("../b-2.html", "https://bao.vn/tin/c/a-1.html") == "https://bao.vn/tin/b-2.html"
    assert canonical_url("//m.bao.vn/x", "https://bao.vn/") == "https://m.bao.vn/x"


paths = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(paths, paths)
def test_canonical_url_is_a_fixed_point(path: str, query: str) -> None:
    once = canonical_url(f"https://bao.vn/{path}?{query}")
    if once is not None:
        assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("www.bao.vn", "bao.vn"), ("m.bao.vn", "bao.vn"), ("amp.bao.vn", "bao.vn"), ("WWW.Bao.vn.", "bao.vn"),
        ("dongkhoi.bao.vn", "dongkhoi.bao.vn"), ("m.vn", "m.vn"), ("127.0.0.11", "127.0.0.11"),
    ],
)  # fmt: skip
def test_front_doors_share_one_key(host: str, key: str) -> None:
    assert politeness_key(host) == key
