"""The gate's small judgements, and what an address may ask for."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import UsageError
from db.articles.query import ArticleFilter
from db.web.gate import host_name, password_matches
from db.web.page import legible, web_address
from db.web.query_params import Asked


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"localhost", "localhost"),
        (b"LocalHost:80", "localhost"),
        (b"[::1]:8001", "::1"),
        (b"127.0.0.1:", "127.0.0.1"),
        (b"", ""),
        (b"::1", ""),
        (b"localhost:80@evil.example", ""),
        (b"[::1].evil.example", ""),
        (b"localhost.", "localhost."),
        (b"\xff", "\xff"),
    ],
)
def test_the_name_in_a_host_header(header: bytes, name: str) -> None:
    assert host_name(header) == name


def basic(text: str) -> bytes:
    return b"Basic " + base64.b64encode(text.encode())


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Basic",
        b"Basic x",
        b"Basic \xff",
        b"Bearer abc",
        b"Basic " + b"=" * 9,
        basic("mật"),
        basic("a:mậ"),
        basic("a:mật "),
    ],
)
def test_a_wrong_password_is_none(header: bytes) -> None:
    assert not password_matches(header, "mật")


def test_the_right_password_goes_with_any_name() -> None:
    assert password_matches(basic("ai:mật"), "mật")
    assert password_matches(basic(":a:b"), "a:b")
    assert password_matches(basic(":mật").replace(b"Basic", b"bAsIc"), "mật")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/b?c=d#e", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https:a", False),
        ("https://", False),
        ("https://a b", False),
        ("https://a.example/\n", False),
        ("vbscript:x", False),
        ("\x01https://a", False),
        ("https://[::1", False),
        (None, False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, link: bool) -> None:
    assert web_address(url) == (url if link else None)


def test_scraped_text_is_made_legible() -> None:
    assert legible("a\u202eb\x1b[31mc\nd") == "ab [31mc d"
    assert legible("một hai ba", 7) == "một hai…"
    assert legible(None) == ""


def test_an_address_asks_for_what_it_says() -> None:
    asked = Asked.read(
        {"q": "  hợp  tác ", "country": "CN", "since": "2026-01-01", "copies": "1", "page": "3", "x": "y"}
    )
    assert asked.query == "hợp tác"
    assert asked.wanted == ArticleFilter(country="CN", since=date(2026, 1, 1), include_duplicates=True)
    assert asked.page == 3
    assert Asked.read(asked.parameters()) == Asked(asked.query, asked.wanted, 1)


@given(
    st.dictionaries(
        st.sampled_from(["q", "source", "since", "until", "page", "place", "grade", "copies"]),
        st.text(max_size=40),
    )
)
def test_any_address_asks_for_something_or_is_refused(parameters: dict[str, str]) -> None:
    try:
        asked = Asked.read(parameters)
    except UsageError:
        return
    assert Asked.read(asked.parameters()).wanted == asked.wanted
