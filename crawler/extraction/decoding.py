"""Bytes into characters: byte order mark, what the bytes are, then what the page says of itself.

Valid UTF-8 with letters outside ASCII is never anything else by chance, so it goes before a
declaration: pages that call themselves utf-16 or windows-1252 and are UTF-8 exist, the reverse
shows in the bytes. Otherwise the order is that of the HTML standard: header, ``<meta>``, detection;
where the text is not Vietnamese, which tells the right one, the reading that loses least wins.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from crawler.decision import Rejection
from crawler.extraction.result import Refused
from crawler.page import Page
from crawler.text.language import vietnamese_share

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = frozenset({
    "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949",
    "iso2022_jp", "cp1251", "koi8-r", "koi8-u", "cp874", "tis-620", "iso8859-11",
})  # fmt: skip
"""Encodings of other scripts; bytes that fit one look Vietnamese in windows-1258, which fits any."""
_HTML_TYPES = frozenset(
    {
        "",
        "text/html",
        "application/xhtml+xml",
        "text/plain",
        "text/xml",
        "application/xml",
        "application/octet-stream",
    }
)
_META = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s{0,20}=\s{0,20}[\"']?\s{0,20}([\w:.-]{2,40})",
    re.IGNORECASE,
)
_HEADER = re.compile(r"charset\s{0,20}=\s{0,20}[\"']?\s{0,20}([\w:.-]+)", re.IGNORECASE)
_TAG = re.compile(r"<(?:!doctype|html|head|body|meta|div|p|title|article|table)\b", re.IGNORECASE)
_MOJIBAKE = re.compile("á[º»][\u0080-\u00ff\u0152-\u2122]|Ä[\u0080-\u2122‘]|Æ[°¡]|Ã[\u00a1-\u00bf]")
_MARKUP = re.compile(r"<(?:script|style)\b[^<>]*>[^<]*|<[^<>]*>", re.IGNORECASE)
_NO_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(rss|feed|urlset|sitemapindex|rdf:rdf)\b", re.IGNORECASE
)
MAX_LOST = 0.05
"""Share of lost characters among those outside ASCII up to which a reading is believed."""
MAX_STRAY = 0.05
"""Share of bytes outside ASCII up to which a page is not Vietnamese, whose letters are mostly such."""
MAX_LOST_LETTERS = 0.005
"""Share of lost characters among all up to which a text can be read: an English one with its quotes lost."""
SAMPLE = 400_000
"""Characters that are looked at to judge a decoding."""


def decode(page: Page) -> str | Refused:
    """Return the characters of the page, or why they cannot be known."""
    if page.content_type not in _HTML_TYPES:
        return Refused(Rejection.NOT_HTML, f"the server calls it {page.content_type}")
    html = _characters(page)
    if html is None:
        return Refused(Rejection.BAD_ENCODING, "no character encoding fits the bytes")
    if not _TAG.search(html[:SAMPLE]):
        return Refused(Rejection.NOT_HTML, "there is no HTML tag in it")
    if found := _NO_PAGE.match(html):
        return Refused(Rejection.NOT_HTML, f"it is a feed or a sitemap (<{found[1]}>)")
    return _damage(html) or html


def _characters(page: Page) -> str | None:
    body = page.body
    if (told := _told_by_bytes(body)) is not None:
        return told
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = list(dict.fromkeys(_declared(page)))
    read: dict[str, str] = {}
    for encoding in dict.fromkeys(("utf-8", *declared)):
        text = _try(body, encoding)
        if text is None:
            continue
        if _is_right(text, encoding):
            return text
        read[encoding] = text
    if not declared and (found := _detected(body)):
        read[found] = _try(body, found) or ""
    if len(body) and sum(map((128).__le__, body)) <= MAX_STRAY * len(body):
        # What calls itself UTF-8 and has a few stray bytes is English with the quotes of Windows.
        read.setdefault("cp1252", _try(body, "cp1252") or "")
    if not any(encoding in _FOREIGN and _lost(text) <= MAX_LOST for encoding, text in read.items()):
        vietnamese = _try(body, "cp1258")
        if vietnamese and _is_right(vietnamese, "cp1258"):
            return vietnamese
    return min(read.values(), key=lambda text: round(_lost(text), 2), default=None)


def _is_right(text: str, encoding: str) -> bool:
    """Whether a reading leaves no doubt: UTF-8 that loses next to nothing, or Vietnamese letters."""
    if encoding == "utf-8":
        return _lost(text) <= MAX_LOST
    return encoding not in _FOREIGN and vietnamese_share(_prose(text)) >= 0.05


def _told_by_bytes(body: bytes) -> str | None:
    """Return the characters where a byte order mark or the zeros of UTF-16 tell the encoding."""
    for mark, marked in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(marked, "replace")
    wide = _wide(body)
    return body.decode(wide, "replace") if wide else None


def _wide(body: bytes) -> str | None:
    """Return the UTF-16 whose ASCII half shows as zeros, when there is no byte order mark."""
    head = body[:2000]
    if len(head) < 4:
        return None
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if zeros.count(0) > 0.6 * len(zeros):
            return encoding
    return None


def _declared(page: Page) -> Iterator[str]:
    if header := _HEADER.search(page.headers.get("content-type", "")):
        yield _name(header[1])
    if meta := _META.search(page.body[:4096]):
        yield _name(meta[1].decode("ascii", "replace"))


def _detected(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    found = from_bytes(body[:SAMPLE]).best()
    return found.encoding if found else None


def _name(label: str) -> str:
    """Return Python's name of an encoding label; Latin-1 means windows-1252 on the web."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return "utf-8"
    if name in ("gb2312", "gbk"):
        return "gb18030"  # which contains both, as the Encoding standard has it
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _try(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding, "replace")
    except (LookupError, UnicodeError):
        return None


def _prose(html: str) -> str:
    return _MARKUP.sub(" ", html[:SAMPLE])


def _lost(html: str) -> float:
    """Return the share of U+FFFD among the characters outside ASCII."""
    outside = sum(map((128).__le__, map(ord, html)))
    return html.count("\ufffd") / outside if outside else 0.0


def _damage(html: str) -> Refused | None:
    replaced = html.count("\ufffd")
    if replaced > 20 and _lost(html) > MAX_LOST and replaced > MAX_LOST_LETTERS * len(_prose(html)):
        return Refused(Rejection.BAD_ENCODING, f"{replaced} characters could not be decoded")
    broken = len(_MOJIBAKE.findall(html[:SAMPLE]))
    if broken > 50 and vietnamese_share(_prose(html)) < 0.05:
        return Refused(Rejection.BAD_ENCODING, f"encoded twice: {broken} sequences like \u00e1\u00ba")
    return None


def decode_markup(page: Page) -> str:
    """Return the characters of a feed or a sitemap; what cannot be known is U+FFFD."""
    characters = _characters(page)
    return page.body.decode("utf-8", "replace") if characters is None else characters


def decode_utf8(body: bytes) -> str:
    """Return the characters of a file that must be UTF-8, as robots.txt; also of one saved as UTF-16."""
    told = _told_by_bytes(body)
    return body.decode("utf-8", "replace") if told is None else told
