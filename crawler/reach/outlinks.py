"""Where a page leads to beyond its paper: hints for `sources suggest`.

Of a story those links count that stand in its text or in the line that names its origin, and the address
that the page gives as the text's own. Of a list page all count: what many papers link from their front
page. Sponsored and users' links never do (``rel``: developers.google.com/search, "Qualify your outbound
links").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.article import Article
from crawler.extraction import Document
from crawler.identity.urls import base_url, canonical_url, politeness_key
from crawler.reach.origins import is_never_a_paper, named_origins
from crawler.text.normalize import canonical_text, clean

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_HOSTS = 40
"""Hosts of one page that are remembered."""
_LONGEST_WORDS = 120
_LONGEST_CREDIT_LINE = 200
"""Characters of a line that may name where a text comes from."""
_LEAST_SENTENCE = 40
"""Characters of a paragraph in which a link can be told from a button ("Chia sẻ")."""
_MOST_AROUND_LINKS = 400_000
"""Characters around all foreign links of a page; no story is that long."""
_NOT_OURS = frozenset({"sponsored", "ugc"})
_TEXT_BLOCKS = frozenset({
    "p", "div", "li", "td", "figcaption", "blockquote", "section", "article", "main", "body",
    "h1", "h2", "h3", "h4",
})  # fmt: skip
_ORIGIN_METAS = frozenset({"syndication-source", "original-source", "source_url", "article:source"})
_DOOR = re.compile(r"https?://[a-z0-9.:-]+/")
_ELSEWHERE = re.compile(r"[:\\]|//")
"""What a link to another host must have; others may, too."""


class OutlinkKind(StrEnum):
    """Where on a page a link stands."""

    STORY = "story"
    CANONICAL = "canonical"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Outlink:
    """One link that leads away; of several to one host on one page the first that tells most.

    Args:
        host: politeness key of its host.
        url: canonical.
        words: its text, cut.
    """

    kind: OutlinkKind
    host: str
    url: str
    words: str


@dataclass(frozen=True, slots=True)
class LeadingAway:
    """A link of a page, before it is known which text is the story's.

    Args:
        line: what stands around it; None where it counts whatever the story is.
    """

    link: Outlink
    line: str | None


def leading_away(document: Document, owns: Callable[[str], bool]) -> tuple[LeadingAway, ...]:
    """Return the links of a page that a story on it may have; before extraction uses the tree up.

    Args:
        owns: whether an address is on a host of the paper.
    """
    lines: dict[HtmlElement, str] = {}
    room = _MOST_AROUND_LINKS
    found = [LeadingAway(one, None) for one in _declared(document, owns)]
    for node, url in _foreign_links(document, owns):
        block = _block_of(node)
        if block not in lines:
            lines[block] = clean(block.text_content())[:room]
            room -= len(lines[block])
        story_link = Outlink(OutlinkKind.STORY, _host_of(url), url, _text_of(node))
        found.append(LeadingAway(story_link, lines[block]))
    return tuple(found)


def story_outlinks(links: Iterable[LeadingAway], article: Article) -> tuple[Outlink, ...]:
    """Return where a story leads to, each host once.

    Args:
        links: those of its page.
        article: what was read on the page.
    """
    text = f" {canonical_text(' '.join((article.text, *article.captions)))} "
    is_told: dict[str | None, bool] = {None: True}
    for one in links:
        if one.line is not None and one.line not in is_told:
            is_told[one.line] = _is_told(one.line, text)
    return _once(one.link for one in links if is_told[one.line])


def list_outlinks(document: Document, owns: Callable[[str], bool]) -> tuple[Outlink, ...]:
    """Return where a list page leads to, each host once."""
    return _once(
        Outlink(OutlinkKind.LIST, _host_of(url), url, _text_of(node))
        for node, url in _foreign_links(document, owns)
    )


def _once(found: Iterator[Outlink] | list[Outlink]) -> tuple[Outlink, ...]:
    kept: dict[str, Outlink] = {}
    for one in found:
        if len(kept) < MOST_HOSTS:
            kept.setdefault(one.host, one)
    return tuple(kept.values())


def _declared(document: Document, owns: Callable[[str], bool]) -> Iterator[Outlink]:
    """Yield what the page's head gives as the address that the text comes from."""
    base = base_url(document.tree, document.page.final_url)
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
        if url and not owns(url) and not is_never_a_paper(_host_of(url)):
            yield Outlink(OutlinkKind.CANONICAL, _host_of(url), url, "")


def _is_told(block: str, text: str) -> bool:
    """Whether a line is a sentence of the story, or names where it comes from."""
    if len(block) <= _LONGEST_CREDIT_LINE and any(named_origins([block])):
        return True
    own = canonical_text(block)
    return len(own) >= _LEAST_SENTENCE and f" {own} " in text


def _foreign_links(document: Document, owns: Callable[[str], bool]) -> Iterator[tuple[HtmlElement, str]]:
    base = base_url(document.tree, document.page.final_url)
    is_home, own = owns(base), set()
    for node in document.tree.iter("a"):
        href = node.get("href") or ""
        door = _DOOR.match(href)
        # Most links of a page lead home, which shows without taking them apart.
        if door[0] in own if door else is_home and not _ELSEWHERE.search(href):
            continue
        if _NOT_OURS & set((node.get("rel") or "").lower().split()):
            continue
        url = canonical_url(href, base)
        if url and owns(url):
            own.update([door[0]] if door else [])
        elif url and not is_never_a_paper(_host_of(url)):
            yield node, url


def _block_of(node: HtmlElement) -> HtmlElement:
    return next((outer for outer in node.iterancestors() if outer.tag in _TEXT_BLOCKS), node)


def _host_of(url: str) -> str:
    return politeness_key(urlsplit(url).hostname or "")


def _text_of(node: HtmlElement) -> str:
    return clean(node.text_content() or node.get("title") or "")[:_LONGEST_WORDS]
