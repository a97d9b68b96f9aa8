"""What is no page: feeds, sitemaps, robots.txt and headers, and what is nearly one."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.fuzz import words
from tests.fuzz.markup import fragments, markup
from tests.fuzz.material import addresses, date_texts, mixed, moments, repeated, texts

_escapes = st.sampled_from(("plain", "cdata", "escaped"))


def _put(text: str, how: str) -> str:
    if how == "cdata":
        return f"<![CDATA[{text}]]>"
    return text.replace("&", "&amp;").replace("<", "&lt;") if how == "escaped" else text


_contents = st.builds(_put, st.one_of(texts, date_texts, addresses, markup), _escapes)


def _element(name: str, space: str, content: str, end: str) -> str:
    return f"<{name}{space}>{content}{end.format(name=name)}"


def _elements(names: Sequence[str], contents: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    ends = st.sampled_from(("</{name}>",) * 12 + ("", "</x>"))
    return st.builds(
        _element, st.sampled_from(names), st.sampled_from(("",) * 8 + words.SPACES), contents, ends
    )


def _document(start: str, space: str, root: str, before: str, items: str, end: bool) -> str:
    return f"{start}<{root}{space}>{before}{items}" + (f"</{root}>" if end else "")


def _documents(
    roots: Sequence[str],
    before: st.SearchStrategy[str],
    items: st.SearchStrategy[str],
    soup: Sequence[str],
    size: str,
) -> st.SearchStrategy[str]:
    many = st.one_of(
        st.lists(items, max_size=6).map("".join), repeated(items | st.sampled_from(soup), size=size)
    )
    return st.builds(
        _document,
        st.sampled_from(words.XML_STARTS),
        st.sampled_from(words.SPACES),
        st.sampled_from(roots),
        before,
        many,
        st.sampled_from((True, True, True, False)),
    )


_stories = st.integers(100_000, 999_999).map("https://bao.example.vn/hai-tinh-hoi-dam-{}.html".format)
_links = addresses.map(lambda url: f'<link href="{url}" rel="alternate"/>') | _elements(
    ("link", "guid", "id"), addresses
)
_item_parts = st.one_of(
    _elements(
        ("title", "description", "summary", "content", "content:encoded", "author", "dc:creator", "category"),
        _contents,
    ),
    _links,
    _elements(("pubDate", "updated", "published", "dc:date"), date_texts),
    fragments,
    texts,
)


def feeds(*, size: str) -> st.SearchStrategy[str]:
    """Return RSS, Atom and RDF feeds, and what is nearly one."""
    items = st.builds(
        lambda name, link, parts: f"<{name}>{link}{parts}</{name}>",
        st.sampled_from(("item", "entry")),
        st.one_of(_stories.map("<link>{}</link>".format), _stories.map("<link href='{}'/>".format), _links),
        mixed(_item_parts, most=6),
    ) | _elements(("item", "entry"), mixed(_item_parts, most=6))
    soup = (
        "<item><title>",
        "<b>",
        "&lt;b&gt;",
        "<![CDATA[",
        "&",
        "<item>",
        "‹",
        "<a ",
        "]]>",
        "<item><link>https://bao.example.vn/tin-410376.html</link></item>",
    )
    return _documents(
        ("rss><channel", 'rss version="2.0"', "feed", "rdf:RDF", "channel", "html"),
        mixed(_item_parts, most=3),
        items,
        soup,
        size,
    )


_sitemap_parts = st.one_of(
    _elements(("loc", "image:loc", "sm:loc"), addresses),
    _elements(("lastmod", "publication_date", "news:publication_date"), date_texts),
    _elements(
        ("news:news", "image:image", "video:video"),
        _elements(("news:title", "news:publication_date", "image:loc", "title"), _contents),
    ),
    fragments,
    texts,
)


def sitemaps(*, size: str) -> st.SearchStrategy[str]:
    """Return sitemaps, indexes of sitemaps, sitemaps as text, and what is nearly one."""
    items = st.builds(
        lambda url, parts: f"<url><loc>{url}</loc>{parts}</url>", _stories, mixed(_sitemap_parts, most=5)
    ) | _elements(("url", "sitemap", "sm:url"), mixed(_sitemap_parts, most=5))
    soup = (
        "<url>",
        "<url><loc>",
        "<a ",
        "<loc>",
        "</url>",
        "<url><loc>https://bao.example.vn/tin-410376.html</loc></url>",
        "<sitemap><loc>/s.xml</loc></sitemap>",
        "&a;",
        "<!--",
    )
    lines = st.lists(addresses | texts, max_size=12).map("\n".join)
    return (
        _documents(("urlset", "sitemapindex", "sm:urlset", "URLSET"), st.just("") | texts, items, soup, size)
        | lines
    )


robots_lines = st.builds(
    lambda key, sign, value, end: f"{key}{sign}{value}{end}",
    st.sampled_from(
        (
            "User-agent",
            "user agent",
            "Disallow",
            "Allow",
            "Crawl-delay",
            "Sitemap",
            "Dissalow",
            "Host",
            "#",
            "\ufeffUser-agent",
        )
    ),
    st.sampled_from((":", ": ", " ", " : ", "")),
    st.sampled_from(
        (
            "*",
            "biengioi",
            "biengioi/0.1",
            "/",
            "/*.pdf$",
            "/$",
            "10",
            "1e400",
            "-1",
            "nan",
            "inf",
            "99999",
            "https://bao.example.vn/sitemap.xml",
        )
    )
    | addresses
    | texts,
    st.sampled_from(("\n", "\r", "\r\n", "\n\n", "", " # x\n")),
)


def robots(*, size: str) -> st.SearchStrategy[str]:
    """Return robots.txt files."""
    return mixed(robots_lines, most=16) | repeated(robots_lines, size=size)


_numbers = st.integers(-1, 10**30).map(str) | st.sampled_from(
    ("", "0", "1.5", "1e9", "٣", "²", "nan", "inf", "0x10", "1" * 400)
)
_header_dates = moments.map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT")) | date_texts
headers = st.lists(
    st.one_of(
        st.tuples(
            st.just("Content-Type"),
            st.builds(
                lambda kind, charset: f"{kind}; charset={charset}",
                st.sampled_from(words.CONTENT_TYPES),
                st.sampled_from(words.ENCODINGS) | texts,
            ),
        ),
        st.tuples(
            st.just("Content-Encoding"),
            st.sampled_from(
                (
                    "gzip",
                    "x-gzip",
                    "deflate",
                    "br",
                    "zstd",
                    "identity",
                    "none",
                    "utf-8",
                    "gzip, gzip",
                    "",
                    ",",
                )
            )
            | texts,
        ),
        st.tuples(st.just("Location"), addresses),
        st.tuples(st.sampled_from(("Retry-After", "Age")), _numbers | _header_dates),
        st.tuples(st.sampled_from(("Date", "Last-Modified", "Expires")), _header_dates),
        st.tuples(st.just("ETag"), st.sampled_from(('"a"', 'W/"a"', "")) | texts),
        st.tuples(st.just("Set-Cookie"), st.sampled_from(("a=b; path=/", "=;", "D1N=abc")) | texts),
        st.tuples(
            st.sampled_from(("Link", "X-Robots-Tag", "Content-Length", "cf-mitigated", "Refresh")),
            texts | _numbers,
        ),
    ),
    max_size=6,
)
"""Header fields as bytes of a wire would be; names may repeat."""
statuses = st.sampled_from(
    (200, 200, 200, 206, 204, 301, 302, 303, 307, 308, 304, 404, 410, 429, 503, 500, 999, 100, 299)
) | st.integers(100, 999)
