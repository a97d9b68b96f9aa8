"""The small fields: section, tags, image, the page's own address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from crawler.extraction.markup import line, names, select, squeeze
from crawler.extraction.metadata import Metadata
from crawler.extraction.page_blocks import Block
from crawler.extraction.result import Document
from crawler.extraction.surroundings import Surroundings
from crawler.extraction.wording import class_pattern, plain, wording
from crawler.families import Layout
from crawler.identity.urls import canonical_url, politeness_key
from crawler.text.normalize import clean

LONGEST_TAG = 80
"""Characters of the longest tag."""
LONGEST = 40
"""Characters of the longest section name."""
_ROOTS = frozenset({"", "trang chủ", "trang nhất", "home"})
_VAGUE = frozenset({"tin tức", "news", "tin tuc", "tin mới"})
_TAG_ADDRESS = re.compile(r"/(?:tags?|tu-khoa|keywords?)[/?=-]|-tag\d+|\.tag\b|[?&]tag=", re.IGNORECASE)


def read_section(
    document: Document, metadata: Metadata, layout: Layout, around: Surroundings
) -> tuple[str | None, str]:
    """Return the section that the page puts itself in, the innermost one.

    The layout's node, JSON-LD breadcrumbs, links around the headline whose class says section, the
    link to the folder of the page's address, the metadata, a lone link right above the headline.
    """
    for selector in layout.section:
        texts = [line(node) for node in select(document.tree, selector)]
        if found := _real(texts):
            return found[-1], f"css {selector}"
    told = {squeeze(metadata.told("headline")), squeeze(metadata.first("og:title")[0]), around.title}
    if found := [name for name in _real(metadata.crumbs) if squeeze(name) not in told]:
        return found[-1], "json-ld BreadcrumbList"
    pattern = class_pattern(wording().boilerplate.sections)
    if found := _real(_links([*around.above, *around.before], pattern)):
        return found[-1], "class section"
    if name := _folder(document):
        return name, "link to the folder of the address"
    for text, origin in (
        (metadata.told("articleSection"), "json-ld articleSection"),
        (metadata.first("article:section")[0], "meta article:section"),
    ):
        if (found := _real(text.split(","))) and plain(found[0]) not in _VAGUE:
            return found[0], origin
    if around.above and (last := around.above[-1]).link_share > 0.9 and (found := _real([last.text])):
        return found[0], "link above the headline"
    return None, ""


def _real(texts: Iterable[str]) -> list[str]:
    cleaned = (clean(text).strip(" ,;|›»/>") for text in texts)
    return [
        text
        for text in cleaned
        if len(text) <= LONGEST and plain(text) not in _ROOTS and not text[:1].isdigit()
    ]


def _links(blocks: Iterable[Block], pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield the texts of links in `blocks` that stand in a node named like `pattern`."""
    seen: set[HtmlElement] = set()
    for block in blocks:
        near = (block.node, *islice(block.node.iterancestors(), 3))
        named = any(pattern.search(names(node)) for node in near)
        for link in block.node.iter("a"):
            if link not in seen and (named or pattern.search(names(link))):
                seen.add(link)
                yield line(link)


def _folder(document: Document) -> str | None:
    """Return the text of the link to the innermost folder of the page's own path."""
    here = _parts(document.page.final_url)
    folders = [part for part in here.path.split("/")[1:-1] if part] if here else []
    named: dict[str, str] = {}
    for link in document.tree.iter("a"):
        address = _parts(link.get("href"))
        if address and (parts := [part for part in address.path.split("/") if part]):
            last = re.sub(r"\.\w+$", "", parts[-1])
            text = line(link) if last in folders and last not in named else ""
            if _real([text]):
                named[last] = _real([text])[0]
    return next((named[folder] for folder in reversed(folders) if folder in named), None)


def _parts(address: str | None) -> SplitResult | None:
    """Return the parts of an address; None where there is none or nobody can read it."""
    try:
        return urlsplit(address) if address else None
    except ValueError:
        return None


def _host(address: str) -> str:
    parts = _parts(address)
    return politeness_key(parts.hostname or "") if parts else ""


def read_tags(
    document: Document, metadata: Metadata, layout: Layout, around: Surroundings
) -> tuple[tuple[str, ...], str]:
    """Return the tags shown with the story, else those of the metadata."""
    seen, origin = _shown_tags(document, layout, around)
    lower = {tag.casefold() for tag in seen}
    lists = {
        f"meta {key}": [part for value in metadata.metas.get(key, ()) for part in clean(value).split(",")]
        for key in ("article:tag", "news_keywords", "keywords")
    }
    for where, texts in {**lists, "json-ld keywords": metadata.keywords()}.items():
        told = _tags(texts)
        # Of a long list, pages show a part, or load the rest later.
        if len(told) > len(seen) and lower <= {tag.casefold() for tag in told}:
            return told, where
    return seen, origin


def _shown_tags(document: Document, layout: Layout, around: Surroundings) -> tuple[tuple[str, ...], str]:
    for selector in layout.tags:
        if tags := _tags(line(node) for node in select(document.tree, selector)):
            return tags, f"css {selector}"
    nodes = dict.fromkeys(block.node for block in around.after)
    links = (link for node in nodes for link in node.iter("a"))
    tags = _tags(line(link) for link in links if _TAG_ADDRESS.search(link.get("href") or ""))
    return tags, "links to tags after the body" if tags else ""


def _tags(texts: Iterable[str]) -> tuple[str, ...]:
    tags = (clean(text).strip(" ,;#:•|").strip() for text in texts)
    labels = wording().phrases.drop
    return tuple(
        dict.fromkeys(tag for tag in tags if 1 < len(tag) <= LONGEST_TAG and plain(tag) not in labels)
    )


def read_image(document: Document, metadata: Metadata) -> tuple[str | None, str]:
    """Return the absolute address of the picture that the page shows for itself."""
    text, key = metadata.first("og:image", "og:image:url", "twitter:image", "image")
    if text and (found := canonical_url(text, document.page.final_url)):
        return found, f"meta {key}"
    return None, ""


def read_canonical(document: Document, metadata: Metadata) -> tuple[str | None, str]:
    """Return what the page calls its own address; another paper's address is no such thing."""
    link = document.tree.find(".//link[@rel='canonical'][@href]")
    said = {
        "link canonical": link.get("href") if link is not None else None,
        "meta og:url": metadata.first("og:url")[0],
    }
    for origin, address in said.items():
        found = canonical_url(address, document.page.final_url) if address else None
        parts = _parts(found)
        if found and parts and parts.path != "/" and _host(found) == _host(document.page.final_url):
            return found, origin
    return None, ""
