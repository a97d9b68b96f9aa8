"""Canonical URLs (RFC 3986) and politeness keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.identity.urls import MAX_URL_CHARS, canonical_url, is_copy, is_mirror, politeness_key


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
        ("https://bao.vn/l'ami?tên='Hà'", "https://bao.vn/l'ami?t%C3%AAn=%27H%C3%A0%27"),
        # sessions
        ("https://bao.vn/a.html;jsessionid=0A1B2C.node1", "https://bao.vn/a.html"),
        ("https://bao.vn/a.html;JSESSIONID=0A1B?id=5", "https://bao.vn/a.html?id=5"),
        ("https://bao.vn/tin;jsessionid_LR=7/a.html;v=1", "https://bao.vn/tin/a.html;v=1"),
        ("https://bao.vn/a.html;sid=5;phpsessid=6", "https://bao.vn/a.html"),
        ("https://bao.vn/a?PHPSESSID=5&id=5", "https://bao.vn/a?id=5"),
        ("https://bao.vn/a?id=5&amp;PHPSESSID=5", "https://bao.vn/a?id=5"),
        ("https://bao.vn/a?jsessionid=5", "https://bao.vn/a"),
        ("https://bao.vn/a?ASPSESSIONIDQQAADBBR=XYZ", "https://bao.vn/a"),
        ("https://bao.vn/a?CFID=5&CFTOKEN=7", "https://bao.vn/a"),
        ("https://bao.vn/a?sid=8f14e45fceea167a5a36dedd4bea2543", "https://bao.vn/a"),
        ("https://bao.vn/a?s=8f14e45fceea167a5a36dedd4bea2543&id=5", "https://bao.vn/a?id=5"),
        ("https://bao.vn/a?session_id=8f14e45fceea167a5a36", "https://bao.vn/a"),
        ("https://bao.vn/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://bao.vn/a.aspx"),
        ("https://bao.vn/(X(1)S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://bao.vn/a.aspx"),
        # slashes
        ("https:\\\\bao.vn\\tin\\a.html", "https://bao.vn/tin/a.html"),
        ("https://bao.vn\\tin\\a.html?x=\\", "https://bao.vn/tin/a.html?x=%5C"),
        ("https:/bao.vn/a", "https://bao.vn/a"),
        ("https:bao.vn/a", "https://bao.vn/a"),
        ("https:///bao.vn/a", "https://bao.vn/a"),
        ("HTTP:/bao.vn:8080/a", "http://bao.vn:8080/a"),
        (" \x00\n https://bao.vn/a\t\n", "https://bao.vn/a"),
        # who brought the reader
        ("https://bao.vn/a?gidzl=x&srsltid=x&mibextid=x&gad_source=1&gad_campaignid=2", "https://bao.vn/a"),
        ("https://bao.vn/a?gbraid=x&wbraid=x&twclid=x&ttclid=x&li_fat_id=x&ysclid=x", "https://bao.vn/a"),
        ("https://bao.vn/a?mtm_campaign=x&mtm_kwd=x&matomo_cid=x&pk_campaign=x", "https://bao.vn/a"),
        ("https://bao.vn/a?id=5&amp;utm_source=x&amp;amp;utm_medium=y", "https://bao.vn/a?id=5"),
        ("https://bao.vn/a?UTM_Source=x&zarsrc=1&zalo_src=2", "https://bao.vn/a"),
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
        ("https://bao.vn/a?zaloai=2", "https://bao.vn/a?zaloai=3"),
        ("https://bao.vn/a?sid=12", "https://bao.vn/a?sid=13"),
        ("https://bao.vn/a?s=bien-gioi-tren-dat-lien", "https://bao.vn/a?s=cua-khau-quoc-te"),
        ("https://bao.vn/a?sid=2026112008304512", "https://bao.vn/a?sid=2026112008304513"),
        ("https://bao.vn/a;v=1", "https://bao.vn/a;v=2"),
        ("https://bao.vn/session;1", "https://bao.vn/session;2"),
        ("https://bao.vn/(a)/b", "https://bao.vn/b"),
        ("https://bao.vn/a?pk_id=1", "https://bao.vn/a?pk_id=2"),
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
        "https://bao.vn/Print.aspx?id=5",
        "https://bao.vn/print.php?id=5",
        "https://bao.vn/PrintPreview.aspx?id=5",
        "https://bao.vn/print-7874.html",
        "https://bao.vn/tin/print_7874.html",
        "https://bao.vn/InBai.aspx?id=5",
        "https://bao.vn/in-bai-viet-123.html",
        "https://bao.vn/tin/ban-in/123",
        "https://bao.vn/ArticlePHoi.aspx?id=5",
        "https://bao.vn/SendMail.aspx?id=5",
        "https://bao.vn/printpdf/123",
        "https://bao.vn/bai?id=5&print=print",
        "https://bao.vn/bai?id=5&print",
        "https://bao.vn/bai?id=5&mode=print",
        "https://bao.vn/index.php?tmpl=component&print=1&layout=default",
        "https://bao.vn/bai?ctl=PRINT",
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
        "https://bao.vn/in-an-va-xuat-ban-12345.html",
        "https://bao.vn/print-media-va-bao-in-12345.html",
        "https://bao.vn/phan-hoi-cua-ban-doc-12345.html",
        "https://bao.vn/bai?type=news&view=article&id=5",
        "https://bao.vn/bai?download=huong-dan-5",
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
        "https://bao.vn/tin-\ud800", "https://bao.vn/?id=\udfff", "https://b\ud800.vn/", "\ud800",
    ],
)  # fmt: skip
def test_what_is_no_address_to_fetch(url: str) -> None:
    assert canonical_url(url) is None


def test_half_a_character_is_in_no_relative_address_either() -> None:
    assert canonical_url("/tin-\ud800.html", "https://bao.vn/") is None


def test_relative_addresses() -> None:
    assert canonical_url("../b-2.html", "https://bao.vn/tin/c/a-1.html") == "https://bao.vn/tin/b-2.html"
    assert canonical_url("//m.bao.vn/x", "https://bao.vn/") == "https://m.bao.vn/x"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\\tin\\b.html", "https://bao.vn/tin/b.html"),
        ("..\\b.html", "https://bao.vn/tin/b.html"),
        ("\\\\m.bao.vn\\x", "https://m.bao.vn/x"),
        ("///m.bao.vn/x", "https://m.bao.vn/x"),
        ("https:/bao.vn/tin/b.html", "https://bao.vn/tin/b.html"),
        ("http:/m.bao.vn/x", "http://m.bao.vn/x"),
        ("https:/tin/b.html", "https://bao.vn/tin/b.html"),
        ("https:b.html", "https://bao.vn/tin/c/b.html"),
        ("?id=5\\6", "https://bao.vn/tin/c/a-1.html?id=5%5C6"),
        ("b.\n html", "https://bao.vn/tin/c/b.%20html"),
    ],
)
def test_slashes_are_read_as_browsers_do(written: str, meant: str) -> None:
    assert canonical_url(written, "https://bao.vn/tin/c/a-1.html") == meant


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("demo.bao.vn", True), ("test.bao.vn", True), ("beta.bao.vn", True), ("www.dev.bao.vn", True),
        ("tin.bao.vn", False), ("demo.khac.vn", False), ("bao.vn", False), ("demobao.vn", False),
    ],
)  # fmt: skip
def test_a_mirror_is_where_the_makers_try_things_out(host: str, expected: bool) -> None:
    assert is_mirror(host, "bao.vn") is expected


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
