"""What a page says of itself to machines (``<meta>``, JSON-LD), and what on it names its paper."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extraction.page_blocks import line, names
from crawler.extraction.result import Document
from crawler.extraction.wording import class_pattern, wording
from crawler.text.normalize import clean, fold, plain, squeeze

_ARTICLE_TYPES = re.compile(r"article|blogposting|report\b", re.IGNORECASE)
_FIELDS = ("headline", "datePublished", "dateModified", "description", "articleSection", "name")
_BROKEN_FIELD = re.compile(rf'"({"|".join(_FIELDS[:5])})"\s*:\s*"((?:[^"\\]|\\.)*)"')
_BROKEN_AUTHOR = re.compile(r'"author"\s*:[^}]{0,500}?"name"\s*:\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
MAX_JSON = 300_000
"""Characters of a script that are read as JSON-LD."""
SEPARATOR = re.compile(r"(?<!\s)\s+[-–—|»•]\s+|:\s+|(?:(?<!\s)\s+)?\|\s*")
_AUTHOR_ADDRESS = re.compile(r"/(?:tac-gia|authors?|phong-vien|but-danh)[/-]", re.IGNORECASE)
MOST_LINKS = 20
"""Links with the same words that are looked at."""
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


@dataclass(frozen=True, slots=True)
class Metadata:
    """The machine-readable head of a page.

    Args:
        metas: values by ``property``, ``name`` or ``itemprop``, lower case, in document order.
        story: the JSON-LD object of the article; empty when there is none.
        crumbs: names of a JSON-LD BreadcrumbList, outermost first.
    """

    metas: Mapping[str, tuple[str, ...]]
    story: Mapping[str, Any]
    crumbs: tuple[str, ...] = ()

    def first(self, *keys: str) -> tuple[str, str]:
        """Return the first value with text of the metas named, cleaned, and its name."""
        for key in keys:
            for value in self.metas.get(key, ()):
                if text := clean(value):
                    return text, key
        return "", ""

    def told(self, key: str) -> str:
        """Return a text of the JSON-LD object, cleaned; empty when it is not there or no text."""
        value = self.story.get(key)
        if isinstance(value, list) and value:
            value = value[-1]
        return clean(value) if isinstance(value, str) else ""

    @property
    def is_article(self) -> bool:
        """Whether the page calls itself an article."""
        return bool(self.story) or "article:published_time" in self.metas

    @property
    def is_walled(self) -> bool:
        """Whether the page says that not everybody may read it (schema.org ``isAccessibleForFree``)."""
        return str(self.story.get("isAccessibleForFree", "")).casefold() == "false"

    def keywords(self) -> list[str]:
        """Return the keywords of the JSON-LD object, which writes them as a list or as one text."""
        value = self.story.get("keywords")
        values = value if isinstance(value, list) else [value]
        return [clean(part) for one in values if isinstance(one, str) for part in one.split(",")]

    def people(self) -> list[str]:
        """Return the names under ``author`` of the JSON-LD object, organisations left out."""
        return list(_people(self.story.get("author")))


def read_metadata(tree: HtmlElement) -> Metadata:
    """Return what the page at `tree` says of itself; broken JSON-LD gives what can be saved."""
    metas: dict[str, list[str]] = {}
    for node in tree.iter("meta"):
        content = node.get("content")
        key = node.get("property") or node.get("name") or node.get("itemprop")
        if content and key:
            metas.setdefault(key.strip().lower(), []).append(content)
    story: dict[str, Any] = {}
    crumbs: tuple[str, ...] = ()
    for one in _json_ld(tree):
        kinds = one.get("@type")
        kind = " ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds or "")
        if _ARTICLE_TYPES.search(kind) and len(one) > len(story):
            story = one
        elif kind == "BreadcrumbList" and not crumbs:
            crumbs = tuple(_crumbs(one.get("itemListElement")))
    return Metadata({key: tuple(values) for key, values in metas.items()}, story, crumbs)


def _json_ld(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = (script.text or "").strip().strip(";")[:MAX_JSON]
        try:
            yield from _objects(json.loads(text, strict=False))
        except (ValueError, RecursionError):
            yield _salvage(text)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        one = stack.pop(0)
        if isinstance(one, list):
            stack = one + stack
        elif isinstance(one, dict):
            yield one
            if "@graph" in one:
                stack.insert(0, one["@graph"])


def _salvage(text: str) -> dict[str, Any]:
    """Return the plain fields of an object that no parser reads: raw quotes, missing commas."""
    if not _ARTICLE_TYPES.search(text):
        return {}
    found: dict[str, Any] = {"@type": "Article"}
    for key, value in _BROKEN_FIELD.findall(text):
        found.setdefault(key, value.replace('\\"', '"').replace("\\/", "/"))
    if author := _BROKEN_AUTHOR.search(text):
        found["author"] = {"name": author[1]}
    return found


def _people(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield clean(value)
    elif isinstance(value, list):
        for one in value:
            yield from _people(one)
    elif isinstance(value, dict) and "Organization" not in str(value.get("@type", "")):
        yield from _people(value.get("name"))


def _crumbs(items: Any) -> Iterator[str]:
    for one in items if isinstance(items, list) else ():
        if isinstance(one, dict):
            inner = one.get("item")
            name = one.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
            if isinstance(name, str) and clean(name):
                yield clean(name)


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
        links = self._links.get(squeeze(text), [])[:MOST_LINKS]
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
