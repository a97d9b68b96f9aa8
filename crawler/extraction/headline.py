"""The headline without the name of the paper, and the lead without the name of its agency.

The headline stands near the story, is about it, and is not the title of every page of its paper. The
lead (sapo) is the paragraph that most papers keep apart from the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice, pairwise, takewhile
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.extraction.boilerplate import boxes, is_caption, story
from crawler.extraction.document import select
from crawler.extraction.metadata import SEPARATOR, Metadata, Site, is_office
from crawler.extraction.page_blocks import (
    SENTENCE,
    Block,
    Outline,
    Surroundings,
    above_story,
    is_longer,
    line,
    masthead,
    names,
    read_blocks,
)
from crawler.extraction.result import Document
from crawler.extraction.wording import class_pattern, wording
from crawler.families import Layout
from crawler.text.dates import read_moment
from crawler.text.normalize import clean, fold, plain, squeeze

LONGEST = 300
"""Characters of the longest headline."""
MOST_IN_HEADING = 20 * LONGEST
"""Characters within an ``<h1>`` that is looked at, unseen ones too: it may hold all others."""
LONGEST_UNTOLD = 180
"""Characters of the longest line that is taken for a headline without being told so."""
FEWEST_WORDS = 4
"""Words of the shortest line that is taken for a headline without being told so."""
ALIKE = 0.4
"""An ``<h1>`` that shares fewer words with the metadata is the paper's name, not the headline."""
SECTION_WORDS = 6
"""Words of the longest line that may be the name of a section."""
CLEARLY = 3
"""Pairs of words by which a line must say more of the story than what the metadata call it."""
ABOUT = 0.25
"""Share of its pairs of words that a headline has in common with its story, where nothing else marks it."""
_HEADINGS = {"h1": 6.0, "h2": 4.0, "h3": 3.0, "h4": 2.0, "h5": 1.0, "h6": 1.0}
_WEIGHT_OF_NAME, _WEIGHT_OF_BOLD, _WEIGHT_OF_WORDS = 3.0, 1.0, 5.0
SHORTEST_LEAD = 40
"""Characters of the shortest lead."""
LONGEST_LEAD = 1200
"""Characters of the longest lead."""
FEWEST = 3
"""Paragraphs of the shortest story whose first may be its lead for standing apart alone."""
SAME = 48
"""Characters, squeezed, in which a description and a paragraph must agree from the start."""


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
    calls = {origin: title[: LONGEST * 2] for origin, title in calls.items()}
    bare = {origin: without_site(title, site) for origin, title in calls.items() if title}
    bare = {origin: title for origin, title in bare.items() if not site.is_generic(title)}
    certain = {origin: title for origin, title in bare.items() if not site.is_doubtful(title)}
    innermost = (node for node in document.tree.iter("h1") if node.find(".//h1") is None)
    nodes = (node for node in innermost if not is_longer(node, MOST_IN_HEADING))
    headings = [text for node in nodes if 0 < len(text := line(node)) <= LONGEST]
    headings = [text for text in headings if not site.is_generic(text)]
    zone = _Zone(document, outline, story, site)
    shown = _shown((*calls.values(), *bare.values()), outline, site)
    if shown and zone.confirms(shown):
        return _cut(shown.text), "line"
    alike = max(((_likeness(text, one), text) for text in headings for one in certain.values()), default=None)
    if not shown and alike and alike[0] >= ALIKE:
        return _cut(alike[1]), "h1"
    if near := zone.nearest([shown.text] if shown else [*bare.values()], shown):
        return _cut(near), "above the story"
    if shown:
        return _cut(shown.text), "line"
    for origin, title in (certain or bare).items():
        return _cut(title), origin
    return (_cut(headings[0]), "h1") if headings else (None, "")


def _shown(titles: Iterable[str], outline: Outline, site: Site) -> Block | None:
    """Return the line of the page that is the longest part of a title."""
    lines: dict[str, list[Block]] = {}
    for block in outline.blocks:
        if len(block.text) <= LONGEST:
            lines.setdefault(block.key, []).append(block)
    parts = {part for title in titles if title for part in (title, *_parts(title))}
    for part in sorted(parts, key=lambda one: (-len(one), one)):
        found = lines.get(squeeze(part))
        if found and not site.is_generic(found[0].text) and not site.is_doubtful(found[0].text):
            return min(found, key=lambda block: _HEADINGS.get(block.node.tag, 0.0) == 0)
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


class _Zone:
    """The lines above the story, where its headline stands."""

    def __init__(self, document: Document, outline: Outline, story: Sequence[Block], site: Site) -> None:
        self.document, self.outline, self.story, self.site = document, outline, story, site
        self.blocks = above_story(outline, story)

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """The pairs of words of the story."""
        return _pairs(" ".join(block.text for block in self.story if len(block.text) >= SENTENCE))

    def confirms(self, shown: Block) -> bool:
        """Whether a line that the metadata call the story is its headline without comparing it.

        It is too long for a section's name, and does not stand in the masthead.
        """
        if not self.blocks:
            return True
        is_long = len(shown.text.split()) > SECTION_WORDS
        return is_long and shown.node not in masthead(self.outline.tree, self.blocks[-1].node)

    def nearest(self, rivals: Sequence[str], below: Block | None = None) -> str | None:
        """Return the line above the story that is marked as a headline and speaks of it.

        Args:
            rivals: what the metadata call the story; the line beats those that say less of it.
            below: a line that shows one of them; the headline stands between it and the story.
        """
        known = set(map(squeeze, rivals))
        is_open = all(map(self.site.is_doubtful, rivals))
        start = self.blocks.index(below) + 1 if below in self.blocks else 0
        best: tuple[float, Block] | None = None
        for block in self.blocks[start:]:
            about = self._shared(block.text) / max(1, len(_pairs(block.text)))
            marked = _marked(block)
            if block.key in known or not self._may_be_headline(block):
                continue
            if marked < _HEADINGS["h4"] and not (is_open and about >= ABOUT):
                continue
            weight = marked + _WEIGHT_OF_WORDS * about
            if best is None or weight > best[0]:
                best = weight, block
        if best is None:
            return None
        found = best[1].text
        for rival in rivals:
            ahead = self._shared(found) - self._shared(rival)
            if ahead < (1 if self.site.is_doubtful(rival) else CLEARLY):
                return None
        return found

    def _may_be_headline(self, block: Block) -> bool:
        text, site = block.text, self.site
        if len(text.split()) < FEWEST_WORDS or len(text) > LONGEST_UNTOLD or text.endswith((".", ";", ",")):
            return False
        if site.is_generic(text) or site.is_doubtful(text) or site.is_section(text):
            return False
        if class_pattern(wording().boilerplate.leads).search(names(block.node)) or read_moment(text):
            return False
        return block.link_share <= 0.5 or all(map(self._leads_here, block.node.iter("a")))

    def _leads_here(self, link: HtmlElement) -> bool:
        here = urlsplit(self.document.page.final_url)
        try:
            there = urlsplit(urljoin(self.document.page.final_url, link.get("href") or ""))
        except ValueError:
            return False
        return not there.scheme.startswith("http") or (there.path, there.query) == (here.path, here.query)

    def _shared(self, text: str) -> int:
        """Return how many pairs of words `text` and the story have in common."""
        return len(_pairs(text) & self.pairs)


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


@dataclass(frozen=True, slots=True)
class Lead:
    """The lead, where it stands, and the captions of pictures in its node."""

    text: str | None
    origin: str
    captions: tuple[str, ...] = ()


def read_lead(document: Document, metadata: Metadata, layout: Layout, around: Surroundings) -> Lead:
    """Return the lead as the page shows it, and where; without text if it has none.

    The layout's node goes first; then a node between headline and body whose class says that it is
    the lead; then the paragraph there, or among the first two of the body, that begins like the
    page's description; then a bold one or a heading of a sentence's length that opens the story; then
    any sentence between headline and body, or a first paragraph that stands apart from the others.
    """
    for selector in layout.lead:
        for node in select(document.tree, selector):
            text, captions = _read(node, layout)
            if text:
                return Lead(text, f"css {selector}", captions)
    near = (*around.before, *around.body[:2])
    for block in near:
        if (node := _lead_node(block)) is not None:
            text, captions = _read(node, layout)
            if SHORTEST_LEAD <= len(text) <= LONGEST_LEAD and squeeze(text) != around.title:
                return Lead(text, f"class {node.get('class') or node.get('id')}", captions)
    for key in ("og:description", "description", "twitter:description"):
        told, _ = metadata.first(key)
        wanted = squeeze(without_agency(told)).rstrip(".…")[:SAME]
        if len(wanted) < SHORTEST_LEAD * 0.75:
            continue
        for block in near:
            if squeeze(bare(block)).startswith(wanted) and SHORTEST_LEAD <= len(block.text) <= LONGEST_LEAD:
                return Lead(bare(block), f"meta {key}, shown in <{block.node.tag}>")
    for block in (*around.before, *around.body[:1]):
        if (
            (block.is_bold or block.is_heading)
            and 60 <= len(block.text) <= LONGEST_LEAD
            and block.link_share < 0.5
        ):
            return Lead(bare(block), f"bold <{block.node.tag}> before the body")
    for block in story(around.before):
        if SENTENCE <= len(block.text) <= LONGEST_LEAD and block.link_share < 0.3 and not is_caption(block):
            return Lead(bare(block), f"<{block.node.tag}> between headline and body")
    if (first := _apart(around.body)) is not None:
        return Lead(bare(first), f"<{first.node.tag}> apart from the body")
    return Lead(None, "")


def _apart(body: Sequence[Block]) -> Block | None:
    """Return the first paragraph of a story if those after it share a node that does not hold it.

    A cell of a table is no such node: tables set whole stories.
    """
    if len(body) < FEWEST or not SHORTEST_LEAD <= len(body[0].text) <= LONGEST_LEAD:
        return None
    first, *others = body[:FEWEST]
    if first.image or not first.text.endswith((".", "!", "?", "…", "”", '"')):
        return None
    parent = others[0].node.getparent()
    above = list(first.node.iterancestors())
    is_apart = all(block.node.getparent() is parent for block in others) and parent not in above
    return first if is_apart and not any(node.tag in ("td", "li") for node in above[:3]) else None


def bare(block: Block) -> str:
    """Return the text of a block without the paper's name in front."""
    return without_agency(_unlabelled(block.node, block.text))


def without_agency(text: str) -> str:
    """Return `text` without the paper's name in front: "(ĐCSVN) - Ngày 5/11, …" → "Ngày 5/11, …".

    What stands in brackets before a dash is such a name. Without brackets only listed names are,
    written in capitals or as an address: "GLO - …", "VOV.VN - …".
    """
    match = _agency().match(text)
    if match is None:
        return text
    bare = match["bare"]
    return text[match.end() :] if bare is None or bare.isupper() or "." in bare else text


@cache
def _agency() -> re.Pattern[str]:
    name = "|".join(re.escape(one) for one in sorted(wording().lead.agencies, key=len, reverse=True))
    return re.compile(
        rf"\s{{0,20}}(?:[(\[]\s{{0,20}}(?:{name})\s{{0,20}}[)\]][\s:.–—-]*"
        rf"|\([^()]{{2,25}}\)\s{{0,20}}[–—-]+\s*|(?P<bare>{name})\s{{0,20}}[–—-]+\s+)",
        re.IGNORECASE,
    )


def _unlabelled(node: HtmlElement, text: str) -> str:
    """Return `text` without an agency's name in front that the markup of `node` sets apart."""
    agencies = wording().lead.agencies
    for inner in islice(node.iterdescendants("span", "strong", "b", "em", "i", "a", "font"), 3):
        label = line(inner)
        if text.startswith(label) and label != text and plain(label) in agencies:
            return text[len(label) :].lstrip(" \t-–—:.|")
    return text


def _read(node: HtmlElement, layout: Layout) -> tuple[str, tuple[str, ...]]:
    """Return the text of a lead's node, and the captions of the pictures in it."""
    blocks = list(story(read_blocks(node, boxes(node, layout))))
    is_short = sum(len(block.text) for block in blocks) <= 2 * LONGEST_LEAD
    captions = {block.text: None for block in blocks if is_short and _is_with_picture(block, node)}
    told = [block.text for block in blocks if block.text not in captions]
    if not told:
        told, captions = [block.text for block in blocks], {}
    return without_agency(_unlabelled(node, " ".join(told))), tuple(captions)


def _is_with_picture(block: Block, lead: HtmlElement) -> bool:
    """Whether a line of a lead's node shares a node of its own with a picture, or is set apart behind one."""
    if block.node is not lead and any(
        one.find(".//img") is not None
        for one in takewhile(lambda one: one is not lead, (block.node, *block.node.iterancestors()))
    ):
        return True
    return block.image and (is_caption(block) or block.slanted >= 0.9 * len(block.text))


def _lead_node(block: Block) -> HtmlElement | None:
    """Return the first of the block's node and its nearest parents that is named a lead."""
    words = wording().boilerplate
    pattern = class_pattern(words.leads)
    for node in (block.node, *islice(block.node.iterancestors(), 2)):
        name = names(node)
        if pattern.search(name) or not set(words.lead_words).isdisjoint(name.split()):
            return node
    return None
