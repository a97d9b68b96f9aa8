"""The headline: near the story, about it, and not the title of every page of its paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from urllib.parse import urljoin, urlsplit

from crawler.extraction.markup import line, names, select, squeeze
from crawler.extraction.metadata import Metadata
from crawler.extraction.page_blocks import Block
from crawler.extraction.result import Document
from crawler.extraction.site import SEPARATOR, Site, is_office
from crawler.extraction.surroundings import SENTENCE, Outline, above_story
from crawler.extraction.wording import class_pattern, plain, wording
from crawler.families import Layout
from crawler.text.dates import read_moment
from crawler.text.fold import fold
from crawler.text.normalize import clean

LONGEST = 300
LONGEST_UNTOLD = 180
"""Characters of the longest line that is taken for a headline without being told so."""
FEWEST_WORDS = 4
"""Words of the shortest line that is taken for a headline without being told so."""
ALIKE = 0.4
"""An ``<h1>`` that shares fewer words with the metadata is the paper's name, not the headline."""
ABOUT = 0.25
"""Share of its pairs of words that a headline has in common with its story, where nothing else marks it."""
_HEADINGS = {"h1": 6.0, "h2": 4.0, "h3": 3.0, "h4": 2.0, "h5": 1.0, "h6": 1.0}
_WEIGHT_OF_NAME, _WEIGHT_OF_BOLD, _WEIGHT_OF_WORDS = 3.0, 1.0, 5.0


def read_title(
    document: Document,
    metadata: Metadata,
    layout: Layout,
    outline: Outline,
    story: Sequence[Block],
    site: Site,
) -> tuple[str | None, str]:
    """Return the headline and where it was found; None if the page has none.

    The layout's own node goes first. Else it is what the metadata call the story, or the longest
    part of it up to or from a separator, that the page shows as a line of its own; then an ``<h1>``
    that nearly says the same. Where these are the title of every page ("Chi tiết tin", an office's
    name), it is the line above the story that looks most like a headline and speaks of it; then
    the metadata less the paper's name, then a lone ``<h1>``.

    Args:
        story: the blocks of the body.
    """
    for selector in layout.title:
        for node in select(document.tree, selector):
            if (text := line(node)) and not site.is_generic(text) and not site.is_doubtful(text):
                return _cut(text), f"css {selector}"
    meta, key = metadata.first("og:title", "twitter:title", "title")
    told = metadata.told("headline")
    calls = {f"meta {key}": meta, "json-ld headline": told, "title": document.title or ""}
    bare = {origin: without_site(title, site) for origin, title in calls.items() if title}
    bare = {origin: title for origin, title in bare.items() if not site.is_generic(title)}
    certain = {origin: title for origin, title in bare.items() if not site.is_doubtful(title)}
    headings = [text for node in document.tree.iter("h1") if 0 < len(text := line(node)) <= LONGEST]
    headings = [text for text in headings if not site.is_generic(text)]
    if found := _shown((*calls.values(), *bare.values()), outline, site):
        return _cut(found), "line"
    alike = max(((_likeness(text, one), text) for text in headings for one in certain.values()), default=None)
    if alike and alike[0] >= ALIKE:
        return _cut(alike[1]), "h1"
    if near := _nearest(document, outline, story, site, bare.values()):
        return _cut(near), "above the story"
    for origin, title in (certain or bare).items():
        return _cut(title), origin
    return (_cut(headings[0]), "h1") if headings else (None, "")


def _shown(titles: Iterable[str], outline: Outline, site: Site) -> str | None:
    """Return the longest part of a title that is a line of the page, as it stands there."""
    shown = {block.key: block.text for block in outline.blocks if len(block.text) <= LONGEST}
    parts = {part for title in titles if title for part in (title, *_parts(title))}
    for part in sorted(parts, key=lambda one: (-len(one), one)):
        found = shown.get(squeeze(part))
        if found and not site.is_generic(found) and not site.is_doubtful(found):
            return found
    return None


def _parts(title: str) -> Iterator[str]:
    """Yield what stands before each separator of `title`, if it is long enough for a headline.

    What stands behind the name of an office is one, too: "Sở Ngoại vụ - Hai tỉnh ký …".
    """
    for match in SEPARATOR.finditer(title):
        head = title[: match.start()]
        if len(head.split()) >= (5 if ":" in match.group() else 3):
            yield head
        if ":" not in match.group() and (is_office(head) or plain(head) in wording().title.generic):
            yield title[match.end() :]


def _nearest(
    document: Document, outline: Outline, story: Sequence[Block], site: Site, rivals: Iterable[str]
) -> str | None:
    """Return the line above the story that is marked as a headline and speaks of it.

    Args:
        rivals: what the metadata call the story; a line beats them if it says more of the story,
            and if it says clearly more where they do not look like the name of an office.
    """
    pairs = _pairs(" ".join(block.text for block in story if len(block.text) >= SENTENCE))
    best: tuple[float, float, str] | None = None
    for block in above_story(outline, story):
        text = block.text
        if (
            len(text.split()) < FEWEST_WORDS
            or len(text) > LONGEST_UNTOLD
            or not _may_be_headline(block, document)
        ):
            continue
        if site.is_generic(text) or site.is_doubtful(text) or block.key in site.sections:
            continue
        about = _share(text, pairs)
        marked = _marked(block)
        if marked < _HEADINGS["h4"] and about < ABOUT:
            continue
        weight = marked + _WEIGHT_OF_WORDS * about
        if best is None or weight > best[0]:
            best = (weight, about, text)
    if best is None:
        return None
    for rival in rivals:
        if best[1] <= _share(rival, pairs) + (0 if site.is_doubtful(rival) else ABOUT):
            return None
    return best[2]


def _may_be_headline(block: Block, document: Document) -> bool:
    if block.text.endswith((".", ";", ",")) and not block.is_heading:
        return False
    if class_pattern(wording().boilerplate.leads).search(names(block.node)) or read_moment(block.text):
        return False
    here = urlsplit(document.page.final_url)
    for link in block.node.iter("a") if block.link_share > 0.5 else ():
        try:
            there = urlsplit(urljoin(document.page.final_url, link.get("href") or ""))
        except ValueError:
            return False
        if there.scheme.startswith("http") and (there.path, there.query) != (here.path, here.query):
            return False
    return True


def _marked(block: Block) -> float:
    """Return how strongly the markup says that a line is a headline."""
    pattern = class_pattern(wording().boilerplate.titles)
    near = (block.node, *islice(block.node.iterancestors(), 2))
    heading = max(_HEADINGS.get(node.tag, 0.0) for node in near)
    is_named = any(pattern.search(names(node)) for node in (*near, *islice(block.node.iterdescendants(), 3)))
    return heading + _WEIGHT_OF_NAME * is_named + _WEIGHT_OF_BOLD * block.is_bold


def _pairs(text: str) -> set[tuple[str, str]]:
    words = re.findall(r"\w+", fold(text))
    return set(pairwise(words))


def _share(text: str, pairs: set[tuple[str, str]]) -> float:
    own = _pairs(text)
    return len(own & pairs) / max(1, len(own))


def without_site(title: str, site: Site) -> str:
    """Return `title` without the parts at its end, and at its beginning, that only name the paper."""
    words = wording().title
    for match in reversed(list(SEPARATOR.finditer(title))):
        tail = plain(title[match.end() :])
        if not (
            site.is_name(tail)
            or tail in words.generic
            or tail.startswith(words.begins)
            or tail.endswith(words.ends)
            or (is_office(title[match.end() :]) and not is_office(title[: match.start()]))
        ):
            break
        title = title[: match.start()]
    while leading := SEPARATOR.search(title):
        head = title[: leading.start()]
        is_name = site.is_name(plain(head)) or plain(head) in words.generic or is_office(head)
        if ":" in leading.group() or not is_name:
            break
        title = title[leading.end() :]
    return title


def _cut(title: str) -> str:
    return clean(title)[: LONGEST * 2].strip()


def _likeness(one: str, other: str) -> float:
    """Return the share of words that two headlines have in common, of the longer one's."""
    left, right = set(fold(one).split()), set(fold(other).split())
    return len(left & right) / max(len(left), len(right), 1)
