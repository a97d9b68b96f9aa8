"""The links of a page: each address once, with the words that lead to it and where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.extraction import Document
from crawler.identity.urls import base_url, canonical_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FURNITURE_TAGS = frozenset({"nav", "footer"})
_BOILERPLATE = re.compile(
    r"(?:^|[\s_-])(?:menu|mainmenu|nav|navbar|navigation|footer|breadcrumbs?|topbar|sitemap)(?:$|[\s_-])",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HEADING_REACH = 3
"""Elements above a link among which a heading makes it a headline."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address that a page leads to.

    Args:
        url: canonical.
        title: the longest of its texts; of a picture alone, its description.
        is_prominent: it stands in a heading, or shows a picture.
        in_menu: all its places are in the menu, the breadcrumb or the foot of the page.
    """

    url: str
    title: str = ""
    is_prominent: bool = False
    in_menu: bool = False

    @property
    def word_count(self) -> int:
        """Words of the title."""
        return len(_WORD.findall(self.title))


@dataclass(frozen=True, slots=True)
class PageLinks:
    """All links of a page to the paper's own hosts, in the page's order, and how many lead elsewhere."""

    links: tuple[Link, ...]
    offsite_count: int


def read_links(document: Document, owns: Callable[[str], bool]) -> PageLinks:
    """Return the links of a page.

    Args:
        owns: whether an address is on a host of the paper.
    """
    base = base_url(document.tree, document.page.final_url)
    boilerplate = _Boilerplate()
    links: list[Link] = []
    offsite_count = 0
    owned: dict[str, bool] = {}
    resolved: dict[str, str | None] = {}
    for node in document.tree.iter("a"):
        href = node.get("href") or ""
        if href not in resolved:
            resolved[href] = canonical_url(href, base)
        url = resolved[href]
        if url is None:
            continue
        host = url.split("/", 3)[2]
        if host not in owned:
            owned[host] = owns(url)
        if not owned[host]:
            offsite_count += 1
            continue
        links.append(Link(url, _title(node), _is_prominent(node), boilerplate.holds(node)))
    return PageLinks(tuple(joined(links)), offsite_count)


def has_relation(node: HtmlElement, relation: str) -> bool:
    """Whether ``rel`` names a relation: a list of words in any case (HTML standard §4.6.7)."""
    return relation in (node.get("rel") or "").lower().split()


def joined(links: Iterable[Link]) -> list[Link]:
    """Return each address once, with all that its links say of it."""
    found: dict[str, Link] = {}
    for link in links:
        known = found.get(link.url)
        found[link.url] = _joined(known, link) if known else link
    return list(found.values())


def _joined(one: Link, other: Link) -> Link:
    return Link(
        one.url,
        max(one.title, other.title, key=len),
        one.is_prominent or other.is_prominent,
        one.in_menu and other.in_menu,
    )


def _title(node: HtmlElement) -> str:
    if text := " ".join(node.text_content().split()):
        return text
    pictures = (image.get("alt") for image in node.iter("img"))
    return " ".join((node.get("title") or next(filter(None, pictures), "")).split())


def _is_prominent(node: HtmlElement) -> bool:
    if any(inner.tag in _HEADINGS or inner.tag in ("img", "picture") for inner in node.iter()):
        return True
    return any(outer.tag in _HEADINGS for outer in _ancestors(node, _HEADING_REACH))


def _ancestors(node: HtmlElement, reach: int) -> Iterator[HtmlElement]:
    for distance, outer in enumerate(node.iterancestors()):
        if distance >= reach:
            return
        yield outer


class _Boilerplate:
    """Which elements belong to the page's menu, breadcrumb or foot; every element is looked at once."""

    def __init__(self) -> None:
        self._known: dict[HtmlElement, bool] = {}

    def holds(self, node: HtmlElement) -> bool:
        path: list[HtmlElement] = []
        answer = False
        current: HtmlElement | None = node
        while current is not None:
            if current in self._known:
                answer = self._known[current]
                break
            path.append(current)
            current = current.getparent()
        for one in reversed(path):
            answer = answer or _is_furniture(one)
            self._known[one] = answer
        return answer


def _is_furniture(node: HtmlElement) -> bool:
    if node.tag in _FURNITURE_TAGS:
        return True
    if node.tag in ("html", "body"):
        return False
    return any(_BOILERPLATE.search(node.get(name) or "") for name in ("class", "id"))
