"""The page decoded, skimmed, parsed once and asked by selectors.

It is skimmed with lexbor, which builds the tree of the HTML standard in a tenth of the time that lxml takes
for its own. Most pages are told to be about something else by that text alone; of them no other is built.

Bytes into characters: byte order mark, what the bytes are, then what the page says of itself. Valid
UTF-8 with letters outside ASCII is never anything else by chance, so it goes before a declaration:
pages that call themselves utf-16 or windows-1252 and are UTF-8 exist, the reverse shows in the bytes.
Otherwise the order is that of the HTML standard: header, ``<meta>``, detection; where the text is not
Vietnamese, which tells the right one, the reading that loses least wins.
"""

from __future__ import annotations

import codecs
import html as html_references
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from lxml import etree, html
from lxml.html import HtmlElement
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.decision import Rejection
from crawler.extraction.result import Document, Markup, Refused
from crawler.page import Page
from crawler.text.normalize import clean, vietnamese_share

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
_READ_AS = dict.fromkeys(("unicode-escape", "raw-unicode-escape", "utf-7", "punycode", "idna"), "utf-8")
_READ_AS |= {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252"}
"""What browsers make of a label; what only Python knows could make halves of characters."""
_HTML_TYPES = frozenset({
    "", "text/html", "application/xhtml+xml", "text/plain", "text/xml", "application/xml",
    "application/octet-stream",
})  # fmt: skip
_META = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s{0,20}=\s{0,20}[\"']?\s{0,20}([\w:.-]{2,40})",
    re.IGNORECASE,
)
_HEADER = re.compile(r"charset\s{0,20}=\s{0,20}[\"']?\s{0,20}([\w:.-]+)", re.IGNORECASE)
_TAG = re.compile(r"<(?:!doctype|html|head|body|meta|div|p|title|article|table)\b", re.IGNORECASE)
_MOJIBAKE = re.compile("á[º»][\u0080-\u00ff\u0152-\u2122]|Ä[\u0080-\u2122‘]|Æ[°¡]|Ã[\u00a1-\u00bf]")
MOST_BROKEN = 50
"""Sequences in a page that is not encoded twice: the letters are Vietnamese, too, and names have them."""
_MARKUP = re.compile(r"<(?:script|style)\b[^<>]*>[^<]*|<[^<>]*>", re.IGNORECASE)
_NO_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(rss|feed|urlset|sitemapindex|rdf:rdf)\b", re.IGNORECASE
)
_UNTELLING = bytes(code for code in range(128) if code != ord("<"))
"""The bytes of UTF-8 that are left out where signs of harm are counted: without them a page is a fiftieth."""
MAX_LOST = 0.05
"""Share of lost characters among those outside ASCII up to which a reading is believed."""
MAX_STRAY = 0.05
"""Share of bytes outside ASCII up to which a page is not Vietnamese, whose letters are mostly such."""
MAX_LOST_LETTERS = 0.005
"""Share of lost characters among all up to which a text can be read: an English one with its quotes lost."""
SAMPLE = 400_000
"""Characters that are looked at to judge a decoding."""
MAX_BYTES = 8 * 1024 * 1024
"""A longer page is no article; the parser's time and memory grow with it."""
MAX_DEPTH = 2000
"""Nested tags; libxml2 copies trees by recursion, so far deeper ones would overflow its stack."""
MAX_ABOVE = 1_000_000
"""Tags around links and paragraphs, counted for each: trafilatura looks along them. Pages have 50,000."""
_DEEP = etree.XPath(f"boolean({'/'.join('*' * 100)})")
"""Whether anything stands a hundred tags deep, which is far from harm; hardly a page comes so far."""
MAX_UNCLOSED = 10_000
"""Tags without an end; a parser of the HTML standard takes time with the square of what stays open."""
_NEVER_NESTED = re.compile(
    r"<(?:br|img|input|hr|meta|link|source|wbr|p|li|d[dt]|t[dhr]|option)\b", re.IGNORECASE
)
"""Tags that have no end, or that the next of their kind ends."""
MAX_NESTED = 100
"""Tables, or articles, within each other: what trafilatura does for each it does for all around it again."""
_UNPARSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPACE_FOR_CONTROLS = bytes(32 if code < 32 and code not in b"\t\n\r" else code for code in range(256))
_NEAR_NONCHARACTERS = "\uffff".encode()[:2]
"""How U+FFFE and U+FFFF begin in UTF-8, and hardly anything else."""
_REFERENCE = re.compile(r"&#(?:x(?P<hex>[0-9a-f]{1,8})|(?P<decimal>[0-9]{1,10}));?", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
MAX_CODE_POINT = 0x10FFFF
"""The last character of Unicode."""
_HIDDEN = [
    "script", "style", "noscript", "template", "nav", "footer", "select", "option", "button", "iframe", "svg",
]  # fmt: skip
_LISTS = "ul, ol, table"
_TELLING_METAS = frozenset({"description", "og:description", "og:title"})
LINK_LIST = 0.6
"""Share of link text from which a list or table is navigation."""
MOST_JUDGED = 1000
"""Lists of a page, and headers, that are judged; the text of further ones counts."""
LONGEST_LIST = 4000
"""Characters from which a list or table is the frame of a page; the lists in it are judged."""


@dataclass(frozen=True, slots=True)
class Skimmed:
    """What is seen of a page at first sight.

    Args:
        title: the content of ``<title>``, cleaned; None where there is none.
        text: the title, the descriptions and the text that is not page boilerplate, in one line.
    """

    title: str | None
    text: str


def decode(page: Page) -> Markup | Refused:
    """Return the characters of the page, or why they cannot be known."""
    if len(page.body) > MAX_BYTES:
        return Refused(Rejection.TOO_LONG, f"{len(page.body)} bytes, at most {MAX_BYTES} are read")
    media_type = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _HTML_TYPES:
        return Refused(Rejection.NOT_HTML, f"the server calls it {media_type}")
    html, utf8 = _plain_utf8(page.body), page.body
    if html is None:
        html = _characters(page)
        if html is None:
            return Refused(Rejection.BAD_ENCODING, "no character encoding fits the bytes")
        utf8 = html.encode("utf-8", "replace")
    if not _TAG.search(html, 0, SAMPLE):
        return Refused(Rejection.NOT_HTML, "there is no HTML tag in it")
    if found := _NO_PAGE.match(html):
        return Refused(Rejection.NOT_HTML, f"it is a feed or a sitemap (<{found[1]}>)")
    signs = utf8.translate(None, _UNTELLING)
    if signs.count(b"<") > MAX_UNCLOSED and (unclosed := _unclosed(html)) > MAX_UNCLOSED:
        return Refused(Rejection.NO_TEXT, f"{unclosed} tags are never closed")
    return _damage(html, signs.decode()) or Markup(html, utf8)


def _unclosed(html: str) -> int:
    return html.count("<") - 2 * html.count("</") - len(_NEVER_NESTED.findall(html))


def _plain_utf8(body: bytes) -> str | None:
    """Return the characters of what shows no sign of being anything else."""
    if body.startswith(tuple(mark for mark, _ in _BOMS)) or _wide(body):
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _characters(page: Page) -> str | None:
    body = page.body
    if (told := _told_by_bytes(body)) is not None:
        return told
    if (text := _plain_utf8(body)) is not None:
        return text
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
    """Return Python's name of an encoding label, as the Encoding standard has it."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return "utf-8"
    return _READ_AS.get(name, name)


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


def _damage(html: str, signs: str) -> Refused | None:
    """Return why the page cannot be read; `signs` are its characters outside ASCII, with all harm."""
    replaced = signs.count("\ufffd")
    if replaced > 20 and _lost(html) > MAX_LOST and replaced > MAX_LOST_LETTERS * len(_prose(html)):
        return Refused(Rejection.BAD_ENCODING, f"{replaced} characters could not be decoded")
    if len(_MOJIBAKE.findall(signs)) <= MOST_BROKEN:
        return None
    broken = len(_MOJIBAKE.findall(html, 0, SAMPLE))
    if broken > MOST_BROKEN and vietnamese_share(_prose(html)) < 0.05:
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


def read(page: Page) -> Document | Refused:
    """Return the page decoded and parsed, or why it cannot be."""
    markup = decode(page)
    return markup if isinstance(markup, Refused) else document_of(page, markup.characters)


def document_of(page: Page, characters: str) -> Document | Refused:
    """Return the page of these characters parsed, or why it cannot be."""
    tree = parse(characters)
    if tree is None:
        return Refused(Rejection.NO_TEXT, "the page is empty")
    if harm := _depth_harm(tree):
        return Refused(Rejection.NO_TEXT, harm)
    for name in ("table", "article"):
        if tree.xpath(f"boolean(//{name}[count(ancestor::{name}) >= {MAX_NESTED}])"):
            return Refused(Rejection.NO_TEXT, f"more than {MAX_NESTED} nested <{name}>")
    title = clean(tree.findtext(".//title")) or None
    return Document(page, characters, tree, title, tuple(tree.iter()))


def parse(characters: str) -> html.HtmlElement | None:
    """Return the root of the parsed page; text under hundreds of tags is kept."""
    source = _XML_DECLARATION.sub("", _REFERENCE.sub(_resolved, characters))
    utf8 = source.encode("utf-8", "replace").translate(_SPACE_FOR_CONTROLS)  # far faster than a pattern
    if _NEAR_NONCHARACTERS in utf8:
        utf8 = _UNPARSABLE.sub(" ", utf8.decode()).encode()
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(utf8, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    return tree


def _resolved(reference: re.Match[str]) -> str:
    """Return a numeric reference as libxml2 can read it: it ends the text at one to a control character.

    The HTML standard (§13.2.5.80) calls those a parse error and goes on, and reads 128-159 as
    windows-1252.
    """
    code = int(reference["hex"], 16) if reference["hex"] else int(reference["decimal"])
    if code > MAX_CODE_POINT or _UNPARSABLE.match(chr(code)):
        return " "
    return html_references.unescape(reference.group()) if 128 <= code < 160 else reference.group()


def skim(markup: str | bytes) -> Skimmed:
    """Return what is seen of a page at first sight.

    Scripts, navigation, footer, form controls and lists of links are boilerplate. A header that holds the
    headline may hold the lead too, so it stays.

    Args:
        markup: its characters, or those in UTF-8, which is what the parser reads.
    """
    tree = LexborHTMLParser(markup)
    titled = tree.css_first("title")
    title = clean(titled.text()) if titled else ""
    parts = [title]
    for meta in tree.css("meta[content]"):
        told = meta.attributes
        if (told.get("name") or told.get("property") or "").lower() in _TELLING_METAS:
            parts.append(told["content"] or "")
    tree.strip_tags(_HIDDEN)
    _remove(tree, "header", lambda header: header.css_first("h1") is None)
    _remove(tree, _LISTS, _is_link_list)
    if tree.body is not None:
        parts.append(tree.body.text(separator="\n"))
    return Skimmed(title or None, clean("\n".join(parts)))


def _remove(tree: LexborHTMLParser, selector: str, is_furniture: Callable[[LexborNode], bool]) -> None:
    gone: set[int] = set()  # what is within a node that was removed is no node any more
    for node in tree.css(selector)[:MOST_JUDGED]:
        if node.mem_id not in gone and is_furniture(node):
            gone.update(inner.mem_id for inner in node.css(selector))
            node.remove()


def _is_link_list(node: LexborNode) -> bool:
    length, links = len(node.text().strip()), node.css("a")
    if not 0 < length <= LONGEST_LIST or len(links) > LONGEST_LIST:  # most of so many links are empty
        return False
    return sum(len(link.text().strip()) for link in links) > LINK_LIST * length


def _depth_harm(tree: html.HtmlElement) -> str | None:
    """Return why a tree is too deep to be read."""
    if not _DEEP(tree):
        return None
    depth = above = 0
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        above += depth if event == "start" and node.tag in ("a", "p", "blockquote", "code", "pre", "q") else 0
        if depth > MAX_DEPTH:
            return f"more than {MAX_DEPTH} nested tags"
        if above > MAX_ABOVE:
            return f"too many links and paragraphs in nested tags (over {MAX_ABOVE:,} pairs with a tag)"
    return None


@cache
def compiled(selector: str) -> etree.XPath:
    """Return `selector`, CSS or (beginning with ``/``, ``.`` and ``/``, or ``(``) XPath, compiled.

    Raises:
        ValueError: it is neither.
    """
    try:
        if selector.startswith(("/", "./", "(")):
            return etree.XPath(selector)
        return etree.XPath(HTMLTranslator().css_to_xpath(selector))
    except (etree.XPathError, SelectorError) as error:
        raise ValueError(str(error)) from error


def select(root: HtmlElement, selector: str) -> list[HtmlElement]:
    """Return the elements that `selector` finds under `root`, in document order."""
    found: Any = compiled(selector)(root)
    return [node for node in found if isinstance(node, HtmlElement)]
