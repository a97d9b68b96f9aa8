"""The page decoded, parsed once and asked by selectors, and the text a reader would see of it.

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
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from lxml import etree, html
from lxml.html import HtmlElement

from crawler.decision import Rejection
from crawler.extraction.page_blocks import names
from crawler.extraction.result import Document, Refused
from crawler.extraction.wording import class_pattern, wording
from crawler.page import Page
from crawler.text.normalize import clean, vietnamese_share

_DIALOGS = frozenset({"dialog", "alertdialog"})
_STORIES = ("h1", "article", "main")
MOST_BUTTONS = 50
"""Buttons whose surroundings are looked at."""
LONGEST_LAYER = 6000
"""Characters of the longest cookie notice."""


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
MAX_BYTES = 8 * 1024 * 1024
"""A longer page is no article; the parser's time and memory grow with it."""
MAX_DEPTH = 2000
"""Nested tags; libxml2 copies trees by recursion, so far deeper ones would overflow its stack."""
MAX_TABLES = 100
"""Nested tables; what trafilatura does for each of them it does again for those around it."""
_UNPARSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x(?P<hex>[0-9a-f]{1,8})|(?P<decimal>[0-9]{1,10}));?", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
MAX_CODE_POINT = 0x10FFFF
"""The last character of Unicode."""
_HIDDEN = frozenset({
    "script", "style", "noscript", "template", "nav", "footer", "select", "option", "button", "iframe", "svg",
})  # fmt: skip
_LISTS = frozenset({"ul", "ol", "table"})
_TELLING_METAS = frozenset({"description", "og:description", "og:title"})
LINK_LIST = 0.6
"""Share of link text from which a list or table is navigation."""
LONGEST_LIST = 4000
"""Characters from which a list or table is the frame of a page; the lists in it are judged."""
DEEPEST_LIST = 30
"""Lists around a list from which it is not judged any more."""


def decode(page: Page) -> str | Refused:
    """Return the characters of the page, or why they cannot be known."""
    media_type = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _HTML_TYPES:
        return Refused(Rejection.NOT_HTML, f"the server calls it {media_type}")
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


def read(page: Page) -> Document | Refused:
    """Return the page decoded and parsed, or why it cannot be."""
    if len(page.body) > MAX_BYTES:
        return Refused(Rejection.TOO_LONG, f"{len(page.body)} bytes, at most {MAX_BYTES} are read")
    characters = decode(page)
    if isinstance(characters, Refused):
        return characters
    tree = parse(characters)
    if tree is None:
        return Refused(Rejection.NO_TEXT, "the page is empty")
    if _deeper_than(tree, MAX_DEPTH):
        return Refused(Rejection.NO_TEXT, f"more than {MAX_DEPTH} nested tags")
    if tree.xpath(f"boolean(//table[count(ancestor::table) >= {MAX_TABLES}])"):
        return Refused(Rejection.NO_TEXT, f"more than {MAX_TABLES} nested tables")
    title = clean(tree.findtext(".//title")) or None
    return Document(page, characters, tree, title)


def parse(characters: str) -> html.HtmlElement | None:
    """Return the root of the parsed page; text under hundreds of tags is kept."""
    source = _UNPARSABLE.sub(" ", _REFERENCE.sub(_resolved, characters))
    source = _XML_DECLARATION.sub("", source)
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(source.encode(), parser=parser)
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


def visible(document: Document) -> str:
    """Return the title, the descriptions and the text that is not page boilerplate.

    A header that holds the headline may hold the lead too, so it stays.
    """
    parts = [document.title or ""]
    for meta in document.tree.iterfind(".//meta[@content]"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        if name in _TELLING_METAS:
            parts.append(meta.get("content") or "")
    parts.extend(_shown(document.tree))
    return clean("\n".join(parts))


def _shown(root: html.HtmlElement) -> Iterator[str]:
    stack: list[html.HtmlElement | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        if node.tail:
            stack.append(node.tail)
        if node.tag in _HIDDEN or (node.tag in _LISTS and _is_link_list(node)):
            continue
        if node.tag == "header" and node.find(".//h1") is None:
            continue
        stack.extend(reversed(node))
        if node.text:
            yield node.text


def has_more_text(node: html.HtmlElement, limit: int) -> bool:
    """Whether a node has more than `limit` characters of text, white space around its parts left out.

    No more of it is read than is needed to know.
    """
    length = 0
    for part in node.itertext():
        length += len(part.strip())
        if length > limit:
            return True
    return False


def _is_link_list(node: html.HtmlElement) -> bool:
    above = sum(1 for _ in islice(node.iterancestors(*_LISTS), DEEPEST_LIST))
    if above == DEEPEST_LIST or has_more_text(node, LONGEST_LIST):
        return False
    length = len("".join(node.itertext()).strip())
    return sum(len("".join(link.itertext()).strip()) for link in node.iter("a")) > LINK_LIST * length


def _deeper_than(tree: html.HtmlElement, limit: int) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limit:
            return True
    return False


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


def drop_layers(tree: HtmlElement) -> None:
    """Take out what lies over the page: cookie notices and dialogs, however long they are."""
    pattern = class_pattern(wording().boilerplate.layers)
    named = (
        node
        for node in tree.iter("div", "section", "aside", "dialog", "form")
        if node.tag == "dialog" or node.get("role") in _DIALOGS or pattern.search(names(node))
    )
    for node in [*named, *_cookie_notices(tree)]:
        if node.getparent() is not None and not any(node.find(f".//{tag}") is not None for tag in _STORIES):
            node.drop_tree()


def _cookie_notices(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the boxes around a button that speak of cookies."""
    if "".join(tree.itertext()).casefold().count("cookie") < 2:
        return
    for control in islice(tree.iter("button", "input"), MOST_BUTTONS):
        for node in islice(control.iterancestors(), 4):
            text = "".join(node.itertext())
            if len(text) > LONGEST_LAYER:
                break
            if text.casefold().count("cookie") >= 2:
                yield node
                break
