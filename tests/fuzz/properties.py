"""What must hold of every reader, whatever comes: it ends, in time, with a result or a declared refusal."""

from __future__ import annotations

import gzip
import html
import io
import json
import tempfile
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
from protego import Protego
from scrapy import Request
from scrapy.http import Response
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import http_block, warc
from crawler.archive.byte_file import ByteFile
from crawler.archive.record import Record
from crawler.article import Article, Published, parse_instant
from crawler.block_pages import recognise
from crawler.config import FetchLimits
from crawler.decision import Decision
from crawler.events.event import Part, Span
from crawler.events.extract import MAX_EVENTS, extract_events
from crawler.extraction import Document, Refused, extract_article, read_document, visible_text
from crawler.extraction.article import MAX_TEXT
from crawler.extraction.document import decode, decode_markup, decode_utf8
from crawler.extraction.result import Markup
from crawler.formats.warc import pack, unpack
from crawler.identity.urls import MAX_URL_CHARS, canonical_url, is_copy, is_mirror, politeness_key
from crawler.page import FrontierEntry, Page
from crawler.reach.origins import leading_away, story_outlinks
from crawler.source import Seed, SeedKind, Source
from crawler.text.dates import FIRST_YEAR, SKEW, date_from_url, parse_feed_date, read_moment, without_times
from crawler.text.harmless import bare_url, one_line, without_markup
from crawler.text.normalize import canonical_text, clean, fold, mend_references
from crawler.topic.topic import Topic
from crawler.unpacking import Unreadable, unpacked
from spiders.discovery.address import read_address
from spiders.discovery.article_links import looks_like_article
from spiders.discovery.home_seeds import home_seeds
from spiders.discovery.seed_page import read_seed
from spiders.discovery.sitemap import MAX_OFFERED
from spiders.discovery.unpacking import unpacked as unpacked_seed
from spiders.middlewares.compression import BoundedCompressionMiddleware
from spiders.middlewares.host_rules import SourceRedirectMiddleware
from spiders.middlewares.pauses import MAX_PAUSE, pause_wanted
from spiders.middlewares.robots import our_rules
from spiders.outcomes import Landings, RequestRefused, answer_of, http_date
from tests.fuzz import markup, material
from tests.warcs import record

NOW = material.NOW
PAPER = Source(id="bao", name="Báo", homepage="https://bao.example.vn/")
MAX_UNPACKED = 1_000_000
EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - timedelta(days=1)


def page_of(
    body: str | bytes, content_type: str = "text/html; charset=utf-8", url: str = material.ADDRESS
) -> Page:
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return Page(url, url, data, NOW, headers={"content-type": content_type})


# --- what texts, times and addresses are --------------------------------------------------------------


def is_unicode(text: str) -> bool:
    """Whether a text can be stored: it has no lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def is_kept_line(text: str) -> bool:
    """Whether a text is one line in the form that is kept: NFC, single spaces, nothing unseen."""
    categories = {unicodedata.category(char) for char in text}
    is_normal = unicodedata.is_normalized("NFC", text) and " ".join(text.split()) == text
    return is_normal and categories.isdisjoint({"Cc", "Cs"})


@cache
def _topic() -> Topic:
    return Topic.load()


def check_text(text: str) -> None:
    cleaned = clean(text)
    assert is_kept_line(cleaned), cleaned
    assert "&" in cleaned or clean(cleaned) == cleaned
    assert fold(fold(text)) == fold(text)
    canonical = canonical_text(text)
    assert " ".join(canonical.split()) == canonical
    for harmless in (one_line(text), without_markup(text), bare_url(text)):
        assert not {"Cc", "Cs"} & {unicodedata.category(char) for char in harmless}, harmless
        assert one_line(harmless) == harmless
    mended = mend_references(text)
    assert is_unicode(mended)
    _topic().may_match(cleaned)
    assert 0 <= _topic().score(title=cleaned[:200], lead=None, text=cleaned).score <= 100


def check_published(published: Published | None, now: datetime | None) -> None:
    if published is None:
        return
    assert FIRST_YEAR - 1 <= published.local_day.year <= 9999
    if published.at.endswith("Z"):
        assert parse_instant(published.at) >= EARLIEST
    if now is not None:
        assert published.local_day <= (now + SKEW + timedelta(hours=14)).date()
        assert not published.at.endswith("Z") or parse_instant(published.at) <= now + SKEW


def check_date(text: str) -> None:
    for now in (NOW, None):
        moment = read_moment(text, now)
        if moment is not None:
            assert moment.aware().utcoffset() is not None
            check_published(moment.published(), now)
        check_published(parse_feed_date(text, now), now)
        check_published(date_from_url(text, now), now)
    without_times(text)
    found = http_date(text)
    assert found is None or found.tzinfo is not None


def check_written_date(moment: datetime) -> None:
    """A time with its zone, in the usual forms, is that instant."""
    for form in (
        "%Y-%m-%dT%H:%M:%S%z",
        "%a, %d %b %Y %H:%M:%S %z",
        "%d %b %Y %H:%M:%S %z",
        "%d/%m/%Y %H:%M:%S %z",
    ):
        written = moment.strftime(form)
        found = read_moment(written, NOW)
        is_future = moment > NOW + SKEW
        assert (found is None) == is_future, written
        if found and (moment.hour, moment.minute, moment.second) != (0, 0, 0):
            assert found.aware() == moment, written


def check_address(pair: tuple[str, str | None]) -> None:
    written, base = pair
    url = canonical_url(written, base)
    is_mirror(written, "bao.example.vn")
    PAPER.owns(written)
    if url is None:
        return
    check_canonical(url)
    is_copy(url)
    read_address(url)
    looks_like_article(url)
    check_published(date_from_url(url, NOW), NOW)
    landed = replace(page_of("", url=material.ADDRESS), final_url=url)
    Landings().gone(landed, looks_like_article)


def check_canonical(url: str) -> None:
    parts = urlsplit(url)
    assert url.isascii(), url
    assert url.isprintable(), url
    assert " " not in url, url
    assert parts.scheme in ("http", "https"), url
    assert parts.hostname, url
    assert not parts.fragment, url
    assert "@" not in parts.netloc, url
    assert len(url) <= MAX_URL_CHARS
    assert canonical_url(url) == url, (url, canonical_url(url))
    assert politeness_key(parts.hostname) == politeness_key(parts.hostname.upper())
    assert Request(url).url == url, (url, Request(url).url)


# --- what bytes are -----------------------------------------------------------------------------------


def check_decoding(given: tuple[bytes, str]) -> None:
    body, content_type = given
    page = page_of(body, content_type)
    decoded = decode(page)
    read = (decoded.characters,) if isinstance(decoded, Markup) else ()
    for characters in (*read, decode_markup(page), decode_utf8(body)):
        assert is_unicode(characters)
        assert len(characters) <= len(body)


def check_encoding(given: tuple[str, str, str]) -> None:
    """A Vietnamese page in any of the usual encodings is what it was."""
    text, encoding, declared = given
    html = (
        f'<html><head><meta charset="{declared}"><title>Tin</title></head><body><p>{text}</p></body></html>'
    )
    body = markup.in_windows_1258(html) if encoding == "cp1258" else html.encode(encoding)
    read = decode(page_of(body, "text/html"))
    assert isinstance(read, Markup), read
    assert unicodedata.normalize("NFC", read.characters) == unicodedata.normalize("NFC", html)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": lambda data: _zstd(data),
}


def _zstd(data: bytes) -> bytes:
    from crawler.unpacking import zstd

    return bytes(zstd.compress(data))


def check_packed(given: tuple[bytes, str, int, bytes]) -> None:
    """What is packed is unpacked; what is cut or written into is that, or is refused by name."""
    data, coding, cut, garbage = given
    packed = PACKERS[coding](data)
    assert unpacked(packed, coding, MAX_UNPACKED) == data
    at = cut % (len(packed) + 1)
    for broken in (packed[:at], packed[:at] + garbage + packed[at:], garbage):
        for name in PACKERS:
            try:
                found = unpacked(broken, name, MAX_UNPACKED)
            except Unreadable:
                continue
            assert len(found) <= MAX_UNPACKED
        seed = unpacked_seed(page_of(broken), MAX_UNPACKED)
        assert isinstance(seed, str) or len(seed.body) <= max(MAX_UNPACKED, len(broken))


def check_archive(given: tuple[list[tuple[bytes, bool]], int, bytes, int]) -> None:
    """Whatever an archive holds, each record is a page or says why not; parts of it bring all of it."""
    blocks, cut, garbage, border = given
    url = material.ADDRESS
    whole = [(record(url, block), is_packed) for block, is_packed in blocks]
    parts = [gzip.compress(one) if is_packed else one for one, is_packed in whole]
    with tempfile.NamedTemporaryFile() as file:
        path = Path(file.name)

        def read(data: bytes, *borders: int) -> list[Record]:
            path.write_bytes(data)
            ends = [0, *sorted(one % (len(data) + 1) for one in borders), len(data)]
            with ByteFile(path) as opened:
                return [
                    one
                    for start, end in pairwise(ends)
                    for one in warc.records(opened, start, end, lambda _: None, MAX_UNPACKED)
                ]

        data = b"".join(parts)
        assert [one.block for one in read(data, border)] == [block for block, _ in blocks]
        at = cut % (len(data) + 1)
        for broken in (data[:at], data[:at] + garbage + data[at:], garbage):
            for one in read(broken, border):
                came = http_block.page_of(one.headers, one.block, url, NOW, MAX_UNPACKED)
                assert isinstance(came, Decision) or len(came.body) <= MAX_UNPACKED


# --- what servers say ---------------------------------------------------------------------------------


class _Settings:
    """What Scrapy's redirect middleware asks of a crawler."""

    spider = None

    def __init__(self) -> None:
        from scrapy.settings import Settings

        self.settings = Settings()


def _redirects() -> SourceRedirectMiddleware:
    middleware = SourceRedirectMiddleware(_Settings().settings)
    middleware.crawler = _Settings()  # type: ignore[assignment]
    return middleware


REDIRECTS = _redirects()
COMPRESSION = BoundedCompressionMiddleware(MAX_UNPACKED)


def check_headers(given: tuple[int, list[tuple[str, str]], bytes]) -> None:
    """Whatever the headers say, the answer is a page, another request on the paper's hosts, or a reason."""
    status, pairs, body = given
    request = Request(
        material.ADDRESS, meta={"download_timeout": 20.0, "source": PAPER, "dont_merge_cookies": True}
    )
    response = Response(material.ADDRESS, status=status, body=body, request=request)
    for name, value in pairs:
        response.headers.appendlist(name, "".join(value.splitlines()).encode("utf-8", "surrogatepass"))
    came: Any = response
    try:
        came = COMPRESSION.process_response(request, response)
        came = REDIRECTS.process_response(request, came)
    except RequestRefused:
        return
    if isinstance(came, Request):
        assert PAPER.owns(came.url), came.url
        return
    came.request = request
    pause_s = pause_wanted(came, 5.0, NOW)
    assert pause_s is None or 0 <= pause_s <= MAX_PAUSE.total_seconds()
    answer = answer_of(came, material.ADDRESS, NOW)
    assert "could not be read" not in getattr(answer.result, "detail", ""), answer
    assert answer.clock_skew_s is None or abs(answer.clock_skew_s) < 10**8
    for validator in (answer.etag, answer.last_modified):
        assert validator is None or not any(char < " " or char == "\x7f" for char in validator)
    if isinstance(answer.result, Decision):
        assert answer.result.detail == one_line(answer.result.detail)
    else:
        read_document(answer.result)
        decode_markup(answer.result)
        titles = (value.encode("utf-8", "replace").decode() for _, value in pairs)
        check_archived(answer.result, next((one for one in titles if one.strip()), None))


def check_archived(page: Page, title: str | None) -> None:
    """Whatever was sent, the page that is kept is read again as it came, by us and by warcio."""
    told = FrontierEntry(page.url, title)
    packed = pack(page, told)
    again = unpack(packed.data)
    assert (again.page.url, again.page.final_url) == (page.url, page.final_url)
    assert (again.page.status, again.page.body) == (page.status, page.body)
    assert again.entry.title == (title and " ".join(title.split()))
    assert again.page.headers.get("content-type", "") == page.headers.get("content-type", "")
    types = []
    for one in ArchiveIterator(io.BytesIO(packed.data), check_digests="raise"):
        one.content_stream().read()
        types.append(one.rec_type)
    assert types == ["response", "request"]


def check_robots(text: str) -> None:
    rules = our_rules(decode_utf8(text.encode("utf-8", "surrogatepass")))
    robots = Protego.parse(rules)
    robots.can_fetch(material.ADDRESS, "biengioi")
    delay_s = robots.crawl_delay("biengioi")
    assert delay_s is None or delay_s >= 0, delay_s
    assert all(isinstance(url, str) for url in robots.sitemaps)
    assert our_rules(rules) == rules


# --- what lists and pages say -------------------------------------------------------------------------


def check_seed(given: tuple[SeedKind, str | bytes]) -> None:
    kind, body = given
    page = page_of(body)
    listing = read_seed(
        page,
        PAPER,
        Seed(kind, page.url),
        is_article=looks_like_article,
        section_rule=None,
        not_before=NOW - timedelta(days=7),
        now=NOW,
        limits=FetchLimits(),
    )
    assert len(listing.candidates) <= 2 * MAX_OFFERED
    for candidate in listing.candidates:
        check_canonical(candidate.url)
        assert PAPER.owns(candidate.url)
        assert candidate.title is None or candidate.title.strip(), candidate
        if candidate.title and kind is not SeedKind.SECTION:
            assert is_kept_line(candidate.title), candidate.title
        check_published(candidate.published, NOW)
        assert candidate.changed_at is None or candidate.changed_at.tzinfo is not None
    for seed in listing.more:
        check_canonical(seed.url)
        assert PAPER.owns(seed.url)
    if not listing.candidates and not listing.more and kind is not SeedKind.SECTION:
        assert listing.failure or not listing.problem


def check_list(html: str) -> None:
    check_seed((SeedKind.SECTION, html))
    for seed in home_seeds(page_of(html), PAPER, (), NOW - timedelta(days=7)):
        assert PAPER.owns(seed.url), seed


def check_page(given: str | bytes) -> None:
    page = page_of(given)
    document = read_document(page)
    article = extract_article(page)
    if isinstance(document, Refused):
        assert isinstance(article, Refused)
        assert article.detail == one_line(article.detail)
        return
    assert isinstance(document, Document)
    text = visible_text(document)
    assert is_kept_line(text)
    stand_in = recognise(page, document.html, text)
    assert stand_in is None or stand_in.detail == one_line(stand_in.detail)
    if isinstance(article, Refused):
        return
    check_article(article)
    outlinks = story_outlinks(leading_away(document, PAPER.owns), article)
    assert all(not PAPER.owns(link.url) for link in outlinks)


def check_article(article: Article) -> None:
    paragraphs = article.text.split("\n")
    assert 0 < len(article.text) <= MAX_TEXT
    lines = [*paragraphs, *article.captions, *article.authors, *article.tags]
    lines += [line for line in (article.title, article.lead, article.section) if line is not None]
    for line in lines:
        assert line, article
        assert is_kept_line(line), line
    assert article.lead is None or article.text.startswith(article.lead)
    assert article.title is None or len(article.title) <= 600
    for url in (article.canonical_url, article.image_url):
        if url is not None:
            check_canonical(url)
    check_published(article.published, NOW)
    json.dumps([article.title, article.text, *article.warnings], ensure_ascii=False).encode()


def check_events(article: tuple[str, str, str | None]) -> None:
    """Events are read out of any text: a few, every value with a place in it, and the same every time."""
    title, text, published = article
    events = extract_events(title, text, published)
    assert len(events) <= MAX_EVENTS
    assert events == extract_events(title, text, published)
    parts = {Part.TITLE: html.unescape(title), Part.TEXT: html.unescape(text)}
    parts = {part: unicodedata.normalize("NFC", one) for part, one in parts.items()}
    for event in events:
        named = (*event.places, *event.people, *event.bodies, *event.agreements, *event.figures)
        spans = [event.act, *(span for one in named for span in getattr(one, "spans", ()) or (one.span,))]
        for span in spans:
            assert isinstance(span, Span)
            assert 0 <= span.start < span.end <= len(parts[span.part])
    json.dumps([event.to_json(spans=True) for event in events])
