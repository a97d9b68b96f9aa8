"""Selectors, class names and the text of nodes: what every field's reader needs of lxml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from lxml import etree
from lxml.html import HtmlElement

from crawler.text.normalize import clean

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hr", "li", "main", "nav", "object", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
UNSEEN = frozenset({
    "script", "style", "noscript", "template", "iframe", "svg", "select", "option", "button", "input",
    "textarea", "nav", "footer", "audio", "video", "object", "embed", "map", "canvas", "head", "link",
    "meta", "title",
})  # fmt: skip
_SEPARATORS = re.compile(r"[-_]")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


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


def names(node: HtmlElement) -> str:
    """Return the class names, id and roles of `node`, lower case, without ``-`` and ``_``."""
    get = node.get
    parts = (get("class"), get("id"), get("itemprop"), get("data-role"), get("data-slot"), get("rel"))
    return _SEPARATORS.sub("", " ".join(part for part in parts if part).lower())


def is_hidden(node: HtmlElement) -> bool:
    """Whether the style of `node` itself keeps it from being seen."""
    style = node.get("style")
    return bool(style and _HIDDEN.search(style)) or node.get("hidden") is not None


def line(node: HtmlElement) -> str:
    """Return the seen text of `node` as one line."""
    parts: list[str] = []
    for piece in pieces(node):
        if parts and is_glued(parts[-1], piece):
            parts.append(" ")
        parts.append(piece)
    return clean("".join(parts))


def is_glued(before: str, after: str) -> bool:
    """Whether a space belongs between two pieces of text that an element's edge divides.

    Place names in front of a lead are set apart by styles alone ("LàoThỏa thuận").
    """
    return before[-2:].isalpha() and after[:1].isupper() and after[1:2].islower()


def pieces(node: HtmlElement) -> Iterator[str]:
    """Yield the pieces of text seen in `node`; a block boundary and a ``<br>`` are a newline."""
    stack: list[HtmlElement | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        if item is not node and item.tail:
            stack.append(item.tail)
        if item.tag in UNSEEN or is_hidden(item):
            continue
        if item.tag == "br":
            yield "\n"
            continue
        if item.tag in BLOCKS:
            yield "\n"
            stack.append("\n")
        stack.extend(reversed(item))
        if item.text:
            yield item.text


def squeeze(text: str) -> str:
    """Return `text` without white space and in lower case, to compare what two places say."""
    return "".join(text.casefold().split())
