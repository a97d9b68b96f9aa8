"""The page parsed once, and the text a reader would see of it."""

from __future__ import annotations

import html as html_references
import re
from collections.abc import Iterator

from lxml import etree, html

from crawler.decision import Rejection
from crawler.extraction.decoding import decode
from crawler.extraction.result import Document, Refused
from crawler.page import Page
from crawler.text.normalize import clean

MAX_BYTES = 8 * 1024 * 1024
"""A longer page is no article; the parser's time and memory grow with it."""
MAX_DEPTH = 2000
"""Nested tags; libxml2 copies trees by recursion, so far deeper ones would overflow its stack."""

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


def _is_link_list(node: html.HtmlElement) -> bool:
    length = len("".join(node.itertext()).strip())
    if length > LONGEST_LIST:
        return False
    return sum(len("".join(link.itertext()).strip()) for link in node.iter("a")) > LINK_LIST * length


def _deeper_than(tree: html.HtmlElement, limit: int) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limit:
            return True
    return False
