"""What a server may answer instead of an article, so that a crawl hangs, swells, stumbles or is fooled."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler

import brotli
from backports import zstd

from benchmarks.stories import tell
from tests.articles import make_text
from tests.mockserver import Answer, Request, Route

GIBIBYTE = 1 << 30
_TOPIC = "Hai bên hội đàm về hợp tác thương mại qua cửa khẩu biên giới giữa Việt Nam và Trung Quốc."


@dataclass(frozen=True, slots=True)
class Trick:
    """One page that means harm.

    Args:
        answer: what its address answers.
        is_kept: whether it must end as an article under its own address; None if either is well.
        reasons: of which its reason must be one; empty for any.
    """

    name: str
    answer: Route
    is_kept: bool | None = None
    reasons: frozenset[str] = frozenset()


def article(number: int, *, head: str = "", before: str = "", after: str = "") -> str:
    """Return the page of an invented story about cooperation at the border, unlike any other number's.

    Args:
        head, before, after: markup for the head, and around the paragraphs.
    """
    told = tell(str(number), number)
    title = f"Hợp tác biên giới Việt Nam - Trung Quốc: {told.title} ({number})"
    paragraphs = (*make_text(number).split("\n"), _TOPIC, *told.paragraphs)
    body = "".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    return (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}'
        f"</head><body><article><h1>{escape(title)}</h1>{before}{body}{after}</article></body></html>"
    )


# --- written by hand ------------------------------------------------------------------------------------


def _written(parts: Callable[[], Iterator[bytes]], pause_s: float = 0.0) -> Route:
    def write(_: Request, handler: BaseHTTPRequestHandler) -> None:
        try:
            for part in parts():
                handler.wfile.write(part)
                handler.wfile.flush()
                if pause_s:
                    time.sleep(pause_s)
        except OSError:
            return  # the crawl has hung up, as it should

    return write


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def _stream(head: bytes, part: bytes, count: int, pause_s: float = 0.0) -> Route:
    def parts() -> Iterator[bytes]:
        yield head
        for _ in range(count):
            yield part

    return _written(parts, pause_s)


@cache
def _zeros(size: int) -> bytes:
    return b"<p>" + bytes(size)


@cache
def _bomb(coding: str, size: int) -> bytes:
    """Return a body of `size` bytes, packed."""
    if coding == "br":
        return brotli.compress(_zeros(size), quality=1)
    if coding == "zstd":
        return zstd.compress(_zeros(size))
    pack = gzip.compress if coding.startswith("gzip") else zlib.compress
    packed = pack(_zeros(size))
    return gzip.compress(packed) if coding == "gzip, gzip" else packed


def _redirect(to: str | None, status: int = 302) -> Answer:
    return Answer("", status, {} if to is None else {"Location": to})


def _chain(request: Request, _: BaseHTTPRequestHandler) -> Answer:
    path, _, step = request.path.partition("?buoc=")
    return _redirect(f"{path}?buoc={int(step or 0) + 1}")


# --- the whole list ---------------------------------------------------------------------------------------


def tricks(seed: int, *, size: int, patience_s: float, victim: str) -> list[Trick]:
    """Return one of each.

    Args:
        seed: of the stories that are told among the tricks.
        size: bytes of the largest page that is allowed; bombs unpack to four times as much.
        patience_s: of a request; the slow take twice as long.
        victim: the address of a good paper's article, which others claim to be.
    """
    slow = max(1, int(8 * patience_s))
    too_large = frozenset({"too_large"})
    endless = too_large | {"timed_out"}
    cut = frozenset({"truncated", "connection_lost", "too_large", "bad_response"})
    no_way = frozenset({"bad_redirect", "redirect_loop", "offsite_redirect"})
    many = size // 40
    host = victim.partition("//")[2].partition("/")[0]

    def story(number: int, **more: str) -> str:
        return article(seed + number, **more)

    def bad(name: str, answer: Route, reasons: frozenset[str] = frozenset()) -> Trick:
        return Trick(name, answer, False, reasons)

    def packed(coding: str) -> Trick:
        return bad(
            f"bomb {coding}", Answer(_bomb(coding, 4 * size), headers={"Content-Encoding": coding}), too_large
        )

    return [
        *map(packed, ("gzip", "deflate", "br", "zstd", "gzip, gzip")),
        bad("stream without an end", _stream(_HEAD + b"\r\n", b"x" * 65_536, 10**9), endless),
        bad(
            "stream of a gibibyte",
            _stream(_HEAD + b"Content-Length: %d\r\n\r\n" % GIBIBYTE, b"x" * 65_536, GIBIBYTE // 65_536),
            endless,
        ),
        bad("slow body", _stream(_HEAD + b"\r\n", b"x", slow, 0.25), frozenset({"timed_out"})),
        bad("slow head", _stream(b"HTTP/1.1 200 OK\r\n", b"X", slow, 0.25), frozenset({"timed_out"})),
        bad("silence", _stream(b"", b"", 1, 2 * patience_s), frozenset({"timed_out"})),
        bad("cut body", _stream(_HEAD + b"Content-Length: 9999\r\n\r\n", b"<p>Tin", 1), cut),
        bad(
            "broken chunks",
            _stream(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n<p>\r\n", 3),
            cut,
        ),
        bad("no HTTP", _stream(b"SSH-2.0-OpenSSH_9.6\r\n", b"", 1)),
        bad("head without an end", _stream(_HEAD, b"X-Rac: " + b"a" * 9_000 + b"\r\n", 3_000), too_large),
        bad("status of no meaning", Answer(story(1), 999)),
        bad("not modified, unasked", Answer("", 304)),
        bad("a part, unasked", Answer(story(2), 206, {"Content-Range": "bytes 0-99/100000"})),
        bad("robots' challenge", Answer("<title>Just a moment...</title><div id=cf-wrapper>", 403)),
        # redirects
        bad("loop", lambda request, _: _redirect(request.path), no_way),
        bad("chain without an end", _chain, no_way),
        *(
            bad(f"redirect to {to}", _redirect(to))
            for to in (
                "file:///etc/passwd",
                "ftp://127.0.0.1/tin.html",
                "data:text/html,<p>Tin",
                "javascript:alert(1)",
                "http://127.0.0.1:22/",
                "http://169.254.169.254/latest/meta-data/",
                "http://[::1]/",
                "http://[::1",
                "http://0x7f000001/",
                f"http://x@{host}/",
                f"http://{host}:99999/",
                "//",
                victim,
                "\x00/a",
            )
        ),
        bad("redirect to nowhere", _redirect(None)),
        bad("page that only sends on", Answer('<meta http-equiv="refresh" content="0; url=?">')),
        # encodings
        Trick("packed, it says", Answer(story(3), headers={"Content-Encoding": "gzip"})),
        Trick("packed unheard of", Answer(story(4), headers={"Content-Encoding": "khong-co"})),
        Trick("wrong charset", Answer(story(5), content_type="text/html; charset=utf-16")),
        Trick("no charset", Answer(story(6), content_type="text/html; charset=unicode_escape")),
        Trick("two charsets", Answer(story(7, head='<meta charset="gb2312">'))),
        Trick("picture", Answer(story(8), content_type="image/png")),
        # what a parser chokes on
        Trick("deep tags", Answer(story(9, before="<div>" * 100_000))),
        Trick("deep tags, closed", Answer(story(10, before="<b>" * 1_000, after="</b>" * 1_000))),
        Trick("table", Answer(story(11, after=f"<table>{'<tr><td>1<td>2' * min(50_000, many)}</table>"))),
        Trick("attribute", Answer(story(12, before=f'<p title="{"a" * min(10**6, size // 2)}">'))),
        Trick("script", Answer(story(13, head=f"<script>{'var a=1;' * (size // 9)}</script>"))),
        *(
            Trick(f"thousands of {unit!r}", Answer(story(14 + number, after=unit * (size // 8 // len(unit)))))
            for number, unit in enumerate(
                ("<a ", "<!--", "<!-", "&", "<p>a", "(", " \t", "[[", "{{", "<b><i>")
            )
        ),
        Trick("years", Answer(story(30, after="<p>" + "20/11/2026 - " * many))),
        Trick("nested JSON-LD", Answer(story(31, head=_json_ld("[" * 50_000)))),
        Trick("large JSON-LD", Answer(story(32, head=_json_ld(f"[{'0,' * many}0]")))),
        Trick("entities", Answer(_ENTITIES, content_type="application/xhtml+xml")),
        Trick("outside entities", Answer(_OUTSIDE, content_type="application/xhtml+xml")),
        # what fools people
        Trick("another's canonical", Answer(story(40, head=f'<link rel="canonical" href="{victim}">')), True),
        Trick(
            "another's og:url", Answer(story(41, head=f'<meta property="og:url" content="{victim}">')), True
        ),
        Trick(
            "unseen signs",
            Answer(story(42).replace("biên giới", "bi\u200bê\u00adn\u2060 giới\u202e\u2066").encode()),
            True,
        ),
        Trick("NULs", Answer(story(43).replace("</p>", "\x00</p>&#0;").encode()), True),
        Trick(
            "halves of characters",
            Answer(story(44, after="<p>Vui &#55357; quá \ud83d\udc4d.</p>").encode("utf-8", "surrogatepass")),
            True,
        ),
        Trick(
            "half a character in UTF-8",
            Answer(story(45).encode().replace(b"</h1>", b"\xed\xa0\xbd\xf0</h1>")),
        ),
    ]


def _json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


_ENTITIES = (
    "<?xml version='1.0'?><!DOCTYPE html ["
    "<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(12))
    + "]><html xmlns='http://www.w3.org/1999/xhtml'><head><title>&a12;</title></head><body><p>&a12;</p></body></html>"
)
_OUTSIDE = (
    "<?xml version='1.0'?><!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>"
    "<!ENTITY % y SYSTEM 'http://127.0.0.1:9/a.dtd'> %y;]><html><head><title>&x;</title></head>"
    "<body><article><p>&x;</p></article></body></html>"
)


# --- seeds and robots.txt ---------------------------------------------------------------------------------


def feed(*items: str) -> Answer:
    """Return a feed of these addresses, with a title each that is about the topic."""
    told = "".join(
        f"<item><title>Hợp tác biên giới ở cửa khẩu, tin {number}</title><link>{url}</link></item>"
        for number, url in enumerate(items)
    )
    return Answer(
        f'<rss version="2.0"><channel><title>Tin</title>{told}</channel></rss>', content_type="text/xml"
    )


def hostile_seeds(origin: str, *, size: int, patience_s: float, items: int) -> dict[str, Route]:
    """Return path → answer of seeds that mean harm.

    Args:
        origin: of their paper.
        size: bytes of the largest seed that is allowed.
        items: of the feed that offers far too many; half of them are another host's.
    """
    index = "".join(f"<sitemap><loc>{origin}/sitemap-{n % 7}.xml</loc></sitemap>" for n in range(50))
    loop = Answer(f"<sitemapindex>{index}</sitemapindex>", content_type="text/xml")
    pages = "".join(f"<url><loc>{origin}/trang-{n}-post{n}.html</loc></url>" for n in range(items))
    many = [f"{origin if n % 2 else 'http://ngoai.example'}/nhieu-post{n}.html" for n in range(items)]
    lol = _ENTITIES.partition("<html")[0].replace("DOCTYPE html", "DOCTYPE rss")
    return {
        "/rss-bom": Answer(
            _bomb("gzip", 4 * size), headers={"Content-Encoding": "gzip"}, content_type="text/xml"
        ),
        "/rss-vo-tan": _stream(
            _HEAD + b"\r\n<rss><channel>", b"<item><title>a</title></item>" * 2_000, 10**9
        ),
        "/rss-cham": _stream(_HEAD + b"\r\n<rss>", b" ", max(1, int(8 * patience_s)), 0.25),
        "/rss-thuc-the": Answer(f"{lol}<rss><channel><item><title>&a12;</title></item></channel></rss>"),
        "/rss-nhieu": feed(*many),
        "/rss-trang-loi": Answer("<html><title>Lỗi</title><h1>Bảo trì</h1></html>"),
        "/sitemap.xml": loop,
        **{f"/sitemap-{n}.xml": loop for n in range(7)},
        "/sitemap-bom.xml.gz": Answer(
            gzip.compress(_bomb("gzip", 4 * size)), content_type="application/gzip"
        ),
        "/sitemap-trang.xml": Answer(f"<urlset>{pages}</urlset>", content_type="text/xml"),
    }


def changing_robots() -> Route:
    """Return a robots.txt that says another thing each time it is asked for."""
    told = iter(
        [
            Answer(
                "User-agent: *\nDisallow: /cam/\nCrawl-delay: 0\n" + "# rác\n" * 30_000,
                content_type="text/plain",
            ),
            Answer("User-agent: *\nDisallow: /\n", content_type="text/plain"),
            Answer("", 500),
        ]
    )
    last = Answer("User-agent: *\nDisallow: /\n", content_type="text/plain")
    return lambda _, __: next(told, last)
