"""What names the paper and not the story: the words by which a constant title is told from a headline."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extraction.markup import line, names, squeeze
from crawler.extraction.metadata import Metadata
from crawler.extraction.result import Document
from crawler.extraction.wording import class_pattern, plain, wording
from crawler.text.fold import fold

SEPARATOR = re.compile(r"(?<!\s)\s+[-–—|»•]\s+|:\s+|(?:(?<!\s)\s+)?\|\s*")
_AUTHOR_ADDRESS = re.compile(r"/(?:tac-gia|authors?|phong-vien|but-danh)[/-]", re.IGNORECASE)
LEVELS = 5
"""Nodes around a link that may name it one of a menu."""
LONGEST_MENU = 40
"""Characters of the longest link that is taken for a section's name."""
FEWEST_WORDS = 2
"""Words of the shortest headline that is not doubted."""
MOST_WORDS = 14
"""Words of the longest name of an office."""
MOST_OTHERS = 4
"""Words in such a name that belong to a place, where capitals do not tell."""
_HOMES = frozenset({"", "/", "/index.html", "/index.php", "/default.aspx", "/home", "/trang-chu"})


@dataclass(frozen=True)
class Site:
    """The names that a page gives its paper.

    Args:
        names: folded to letters and digits: host, ``og:site_name``, publisher, the logo.
        tree: the page.
        shared: squeezed titles that other pages of this paper have as well.
    """

    names: frozenset[str]
    tree: HtmlElement
    shared: frozenset[str] = frozenset()

    @cached_property
    def _links(self) -> dict[str, list[HtmlElement]]:
        """The page's short links by their squeezed texts."""
        found: dict[str, list[HtmlElement]] = {}
        for link in self.tree.iter("a"):
            text = "".join(link.itertext())
            if len(text) <= 2 * LONGEST_MENU:
                found.setdefault(squeeze(text), []).append(link)
        return found

    def is_section(self, text: str) -> bool:
        """Whether a link in a menu or on the way home says `text`, and none names an author so."""
        links = self._links.get(squeeze(text), ())
        return any(map(_is_in_menu, links)) and not any(map(names_author, links))

    def is_generic(self, title: str) -> bool:
        """Whether `title` says nothing of a story: "Chi tiết tin", "Trang chủ - Báo Ví Dụ"."""
        words = wording().title.generic
        return all(part in words or self.is_name(part) for part in _parts(title))

    def is_doubtful(self, title: str) -> bool:
        """Whether `title` may be that of every page: an office's name, or one that others share."""
        if squeeze(title) in self.shared or len(title.split()) < FEWEST_WORDS:
            return True
        generic = wording().title.generic
        parts = SEPARATOR.split(title)
        return all(plain(part) in generic or self.is_name(plain(part)) or is_office(part) for part in parts)

    def is_name(self, part: str) -> bool:
        """Whether `part` is one of the paper's own names, or no words at all."""
        return key(part) in self.names or not any(map(str.isalnum, part))


def read_site(document: Document, metadata: Metadata, shared: Collection[str] = ()) -> Site:
    """Return what the page calls its paper: in its address, its metadata, and on its way home."""
    host = (urlsplit(document.page.final_url).hostname or "").removeprefix("www.")
    site, _ = metadata.first("og:site_name", "application-name", "generator")
    publisher = metadata.story.get("publisher")
    called = publisher.get("name") if isinstance(publisher, dict) else None
    told = [host, host.split(".")[0], site, site.partition(" - ")[0], called]
    for link in document.tree.iter("a"):
        if _leads_home(link.get("href"), host):
            told += [line(link), link.get("title"), *(image.get("alt") for image in link.iter("img"))]
    names = frozenset(key(name) for name in told if name and isinstance(name, str))
    return Site(names - {""}, document.tree, frozenset(map(squeeze, shared)))


def _is_in_menu(link: HtmlElement) -> bool:
    words = wording().boilerplate
    pattern = class_pattern((*words.menus, *words.sections))
    return any(
        node.tag in ("nav", "footer")
        or (node.tag == "header" and node.find(".//h1") is None)
        or pattern.search(names(node))
        for node in islice(link.iterancestors(), LEVELS)
    )


def names_author(link: HtmlElement) -> bool:
    """Whether a link leads to an author's page, or stands in a node that is named an author's."""
    if link.tag == "a" and _AUTHOR_ADDRESS.search(link.get("href") or ""):
        return True
    pattern = class_pattern(wording().boilerplate.authors)
    return any(pattern.search(names(node)) for node in (link, *islice(link.iterancestors(), 2)))


def is_office(title: str) -> bool:
    """Whether `title` is built like the name of an office, a portal or a paper.

    It begins with such a word, and what of it is written in small letters belongs to such names:
    "Sở Ngoại vụ tỉnh Lạng Sơn", but not "Sở Ngoại vụ Lạng Sơn làm việc với …".
    """
    words, text = wording().title, plain(title)
    if text in words.offices:
        return True
    syllables = title.split()
    if not text.startswith(tuple(f"{word} " for word in words.offices)) or len(syllables) > MOST_WORDS:
        return False
    if title.isupper():
        return len([one for one in text.split() if one not in words.office_words]) <= MOST_OTHERS
    return {plain(one) for one in syllables[1:] if one[:1].islower()} <= set(words.office_words)


def key(text: str) -> str:
    """Return `text` folded to letters and digits."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def _parts(title: str) -> list[str]:
    return [plain(part) for part in SEPARATOR.split(title)]


def _leads_home(address: str | None, host: str) -> bool:
    if not address or address.startswith(("#", "javascript:")):
        return False
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    if parts.query or parts.fragment or (parts.hostname or host).removeprefix("www.") != host:
        return False
    return parts.path.rstrip("/").lower() in _HOMES or parts.path == "./"
