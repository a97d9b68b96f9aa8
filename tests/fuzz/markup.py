"""Pages: invented stories with soup around and in them, and the project's own pages, damaged."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.fuzz import words
from tests.fuzz.material import LARGEST, addresses, dates, mixed, repeated, texts

_attributes = st.one_of(
    st.builds(
        lambda key, name: f' {key}="{name}"',
        st.sampled_from(("class", "id", "itemprop", "rel", "property", "name", "role")),
        st.sampled_from(words.NAMES),
    ),
    st.builds(
        lambda key, url: f' {key}="{url}"', st.sampled_from(("href", "src", "content", "data-src")), addresses
    ),
    st.builds(lambda text: f" content='{text}'", texts | dates),
    st.sampled_from(
        (
            ' style="display:none"',
            " hidden",
            ' rel="alternate" type="application/rss+xml"',
            " =",
            ' a="',
            " <",
            ' colspan="9999999"',
        )
    ),
)
open_tags = st.builds(
    lambda tag, attributes, end: f"<{tag}{''.join(attributes)}{end}",
    st.sampled_from(words.TAGS),
    st.lists(_attributes, max_size=3),
    st.sampled_from((">", ">", ">", "/>", "", " >")),
)
close_tags = st.sampled_from(words.TAGS).map(lambda tag: f"</{tag}>")
paragraphs = st.builds(
    lambda tag, text: f"<{tag}>{text}</{tag}>",
    st.sampled_from(("p", "div", "h1", "li", "td", "a href='/x'")),
    texts | dates,
)
metas = st.builds(
    lambda key, text: f'<meta property="{key}" name="{key}" content="{text}">',
    st.sampled_from(words.METAS),
    texts | dates | addresses,
)
json_values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | dates | addresses,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                (
                    "@type",
                    "@graph",
                    "headline",
                    "author",
                    "name",
                    "datePublished",
                    "dateModified",
                    "keywords",
                    "articleBody",
                    "url",
                    "image",
                )
            )
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def _json_ld(value: object, kind: str, cut: int) -> str:
    if isinstance(value, dict):
        value = {"@type": kind, **value}
    return f'<script type="application/ld+json">{json.dumps(value)[: cut or None]}</script>'


json_ld = st.builds(
    _json_ld,
    json_values,
    st.sampled_from(("NewsArticle", "Article", "BreadcrumbList", "WebSite")),
    st.sampled_from((0, 0, 0, -1, -5, 20)),
)
_oddities = st.sampled_from(
    (
        "<!-- ",
        " -->",
        "<![CDATA[",
        "]]>",
        "<?xml version='1.0' encoding='utf-16'?>",
        "<?php echo 1 ?>",
        "<!doctype html>",
        "<",
        ">",
        "</",
        "<a <a <a ",
        "<plaintext>",
        "<textarea>",
        "<frameset>",
        "<meta charset=utf-16>",
        "<base href='//other.vn/'>",
        "<meta http-equiv=refresh content='0;url=/x'>",
    )
)
fragments = st.one_of(open_tags, close_tags, paragraphs, paragraphs, metas, texts, json_ld, _oddities)
markup = mixed(fragments, most=24)


def _page(head: str, title: str, before: str, story: str, after: str) -> str:
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{before}<h1>{title}</h1><article>{story}</article>{after}</body></html>"
    )


def pages(*, size: str) -> st.SearchStrategy[str]:
    """Return pages: nothing but soup, a story with soup around and in it, and one thing again and again."""
    soup = repeated(st.sampled_from(words.SOUP) | fragments, size=size)
    nested = st.builds(
        lambda tag, depth, inner: f"<{tag}>" * min(depth, LARGEST[size] // 40) + inner,
        st.sampled_from(words.TAGS),
        st.integers(1, 1_900),
        repeated(paragraphs, size=size),
    )
    stories = st.lists(
        paragraphs | st.sampled_from(words.SENTENCES).map("<p>{}</p>".format) | fragments, max_size=14
    )
    whole = st.builds(
        _page, mixed(metas, json_ld, fragments, most=6), texts, markup, stories.map("".join), markup
    )
    return st.one_of(
        markup,
        nested,
        whole,
        whole,
        whole,
        st.builds(_page, metas | soup, texts, markup | soup, stories.map("".join) | soup, markup | soup),
    )


@cache
def saved_pages() -> tuple[bytes, ...]:
    """Return the invented pages of this project: of every family, and the templates of the demo."""
    folders = (ROOT / "tests/crawler/extraction/fixtures", ROOT / "spiders/demo/templates")
    paths = (path for folder in folders for path in sorted(folder.rglob("*.html")))
    return tuple(path.read_bytes() for path in paths)


def _damaged(whole: bytes, wounds: Sequence[tuple[str, int, int, bytes]]) -> bytes:
    for kind, at, length, garbage in wounds:
        start = at % (len(whole) + 1)
        piece = whole[start : start + length]
        rest = whole[start + length :]
        if kind == "cut":
            whole = whole[:start] + rest
        elif kind == "again":
            whole = whole[:start] + piece * 3 + rest
        elif kind == "end":
            whole = whole[:start]
        elif kind == "swap":
            whole = whole[:start] + rest[:length] + piece + rest[length:]
        else:
            whole = whole[:start] + garbage + rest
    return whole


_wounds = st.tuples(
    st.sampled_from(("cut", "again", "swap", "put", "put", "end")),
    st.integers(0, 2**20),
    st.integers(0, 2_000),
    st.binary(max_size=24) | fragments.map(lambda text: text.encode("utf-8", "surrogatepass")),
)


def damaged(wholes: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return files that were cut, shuffled and written into, in a few places each."""
    numbers = st.integers(0, len(wholes) - 1)
    return st.builds(
        lambda number, wounds: _damaged(wholes[number], wounds),
        numbers,
        st.lists(_wounds, min_size=1, max_size=4),
    )


def in_windows_1258(text: str) -> bytes:
    """Return Vietnamese as the old code page has it: base letter, then the tone mark."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    parts: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        marks = unicodedata.normalize("NFD", char)
        base = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones))
        parts += [base, *(mark for mark in marks if mark in tones)]
    return "".join(parts).encode("cp1258", "replace")
