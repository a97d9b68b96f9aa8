"""Links from pages to hosts that the paper does not name; hints for `sources suggest`.

Of a story those count that stand in its text or in the line that names its origin, and the address
that the page gives as the text's own. Of a list page all count: what many papers link from their
front page. Sponsored and users' links never do (``rel``: developers.google.com/search, "Qualify
your outbound links").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.article import Article
from crawler.extraction import Document
from crawler.identity.content import canonical_text
from crawler.identity.urls import canonical_url, politeness_key
from crawler.reach.origins import is_never_a_paper, named_origins
from crawler.reach.outlink import Outlink, OutlinkKind
from crawler.text.normalize import clean
from spiders.discovery.links import base_url

MOST_HOSTS = 40
"""Hosts of one page that are remembered."""
_LONGEST_WORDS = 120
_LONGEST_CREDIT = 200
"""Characters of a line that may name where a text comes from."""
_LEAST_SENTENCE = 40
"""Characters of a paragraph in which a link can be told from a button ("Chia sẻ")."""
_NOT_OURS = frozenset({"sponsored", "ugc"})
_BLOCKS = frozenset({
    "p", "div", "li", "td", "figcaption", "blockquote", "section", "article", "main", "body",
    "h1", "h2", "h3", "h4",
})  # fmt: skip
_ORIGIN_METAS = frozenset({"syndication-source", "original-source", "source_url", "article:source"})


def story_outlinks(document: Document, owns: Callable[[str], bool], article: Article) -> tuple[Outlink, ...]:
    """Return where a story leads to, each host once.

    Args:
        owns: whether an address is on a host of the paper.
        article: what was read on the page.
    """
    text = f" {canonical_text(' '.join((article.text, *article.captions)))} "
    found = [*_declared(document, owns), *_in_story(document, owns, text)]
    return _once(found)


def list_outlinks(document: Document, owns: Callable[[str], bool]) -> tuple[Outlink, ...]:
    """Return where a list page leads to, each host once."""
    return _once(
        Outlink(OutlinkKind.LIST, _host(url), url, _words(node)) for node, url in _links(document, owns)
    )


def _once(found: Iterator[Outlink] | list[Outlink]) -> tuple[Outlink, ...]:
    kept: dict[str, Outlink] = {}
    for one in found:
        if len(kept) < MOST_HOSTS:
            kept.setdefault(one.host, one)
    return tuple(kept.values())


def _declared(document: Document, owns: Callable[[str], bool]) -> Iterator[Outlink]:
    """Yield what the page's head gives as the address that the text comes from."""
    base = base_url(document)
    hrefs = [
        node.get("href")
        for node in document.tree.iter("link")
        if {"canonical", "syndication"} & set((node.get("rel") or "").lower().split())
    ]
    hrefs += [
        node.get("content")
        for node in document.tree.iter("meta")
        if (node.get("name") or node.get("property") or "").lower() in _ORIGIN_METAS
    ]
    for href in hrefs:
        url = canonical_url(href or "", base)
        if url and not owns(url) and not is_never_a_paper(_host(url)):
            yield Outlink(OutlinkKind.CANONICAL, _host(url), url, "")


def _in_story(document: Document, owns: Callable[[str], bool], text: str) -> Iterator[Outlink]:
    for node, url in _links(document, owns):
        block = clean(_block(node).text_content())
        own = canonical_text(block)
        is_credit = len(block) <= _LONGEST_CREDIT and any(named_origins([block]))
        if is_credit or (len(own) >= _LEAST_SENTENCE and f" {own} " in text):
            yield Outlink(OutlinkKind.STORY, _host(url), url, _words(node))


def _links(document: Document, owns: Callable[[str], bool]) -> Iterator[tuple[HtmlElement, str]]:
    base = base_url(document)
    for node in document.tree.iter("a"):
        if _NOT_OURS & set((node.get("rel") or "").lower().split()):
            continue
        url = canonical_url(node.get("href") or "", base)
        if url and not owns(url) and not is_never_a_paper(_host(url)):
            yield node, url


def _block(node: HtmlElement) -> HtmlElement:
    return next((outer for outer in node.iterancestors() if outer.tag in _BLOCKS), node)


def _host(url: str) -> str:
    return politeness_key(urlsplit(url).hostname or "")


def _words(node: HtmlElement) -> str:
    return clean(node.text_content() or node.get("title") or "")[:_LONGEST_WORDS]
