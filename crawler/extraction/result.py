"""What reading a page gives: a document, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.decision import Rejection
from crawler.page import Page

GENERIC = "generic"
"""The family name that switches families off."""

if TYPE_CHECKING:
    from lxml.html import HtmlElement


@dataclass(frozen=True, slots=True)
class Markup:
    """A page decoded.

    Args:
        characters: what its bytes are.
        utf8: the same in UTF-8; the page's own bytes where they are that.
    """

    characters: str
    utf8: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A page decoded once and parsed once; it stays in the process that read it.

    Args:
        html: the decoded characters.
        tree: the root element; whoever wants to change it copies it first.
        title: the content of ``<title>``, cleaned.
        nodes: every element of the tree. lxml makes an object for an element whenever it is looked at and
            none is there; that these stay saves a tenth of reading an article.
    """

    page: Page
    html: str
    tree: HtmlElement
    title: str | None
    nodes: tuple[HtmlElement, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why no article comes of a page.

    Args:
        detail: the evidence in words, for `explain`.
        title: what the page calls itself, if that could be read.
    """

    reason: Rejection
    detail: str = ""
    title: str | None = None
